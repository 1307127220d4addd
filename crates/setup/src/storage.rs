//! The values of the axis `storage`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::backing::{Backing, LoopFileSystem};

/// A way for containers to get roots of their own from an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StorageKind {
    /// A mount of the kernel's overlayfs.
    Overlay,
    /// The same by a program, through FUSE.
    FuseOverlayfs,
    /// A mount of aufs.
    Aufs,
    /// Snapshots of a Btrfs subvolume.
    Btrfs,
    /// Clones of a ZFS snapshot.
    Zfs,
    /// Thin snapshots of a block device, through the device mapper.
    Devicemapper,
    /// Thin snapshots of a logical volume, through LVM.
    Lvm,
    /// A deep copy.
    Vfs,
    /// Read-only binds of the image, and a copy of what is declared writable.
    Bind,
}

/// Other names of [`StorageKind::Vfs`]: LXD's, and that of earlier versions.
const NAMES_OF_VFS: &[&str] = &["dir", "copy"];

impl StorageKind {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Overlay,
        Self::FuseOverlayfs,
        Self::Aufs,
        Self::Btrfs,
        Self::Zfs,
        Self::Devicemapper,
        Self::Lvm,
        Self::Vfs,
        Self::Bind,
    ];

    /// Value of the axis.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Overlay => "overlay",
            Self::FuseOverlayfs => "fuse-overlayfs",
            Self::Aufs => "aufs",
            Self::Btrfs => "btrfs",
            Self::Zfs => "zfs",
            Self::Devicemapper => "devicemapper",
            Self::Lvm => "lvm",
            Self::Vfs => "vfs",
            Self::Bind => "bind",
        }
    }

    /// The store that it is given where none is asked for.
    pub const fn usual_backing(self) -> Backing {
        match self {
            Self::Btrfs => Backing::on_loop(LoopFileSystem::Btrfs),
            Self::Overlay
            | Self::FuseOverlayfs
            | Self::Aufs
            | Self::Zfs
            | Self::Devicemapper
            | Self::Lvm
            | Self::Vfs
            | Self::Bind => Backing::Host,
        }
    }
}

impl fmt::Display for StorageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that no storage has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no storage '{name}'; choose one of {}", known())]
pub struct UnknownStorage {
    /// The name.
    pub name: String,
}

fn known() -> String {
    let names: Vec<_> = StorageKind::ALL.iter().map(|kind| kind.name()).collect();
    names.join(", ")
}

impl FromStr for StorageKind {
    type Err = UnknownStorage;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        if NAMES_OF_VFS.contains(&name) {
            return Ok(Self::Vfs);
        }
        Self::ALL
            .iter()
            .copied()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| UnknownStorage {
                name: name.to_owned(),
            })
    }
}

/// Which storage to use.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub enum StorageChoice {
    /// An overlay; where the host cannot mount one, a deep copy, with a warning.
    #[default]
    Auto,
    /// This one or nothing.
    Kind(StorageKind),
}

/// The name of [`StorageChoice::Auto`].
const AUTO: &str = "auto";

impl StorageChoice {
    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => AUTO,
            Self::Kind(kind) => kind.name(),
        }
    }

    /// The storage of a manager that prefers an overlay where the choice is left open.
    pub const fn or_overlay(self) -> StorageKind {
        match self {
            Self::Auto => StorageKind::Overlay,
            Self::Kind(kind) => kind,
        }
    }

    /// Every choice, for the command line.
    pub fn all() -> impl Iterator<Item = Self> {
        let kinds = StorageKind::ALL.iter().copied().map(Self::Kind);
        std::iter::once(Self::Auto).chain(kinds)
    }

    /// The store that it is given where none is asked for.
    pub const fn usual_backing(self) -> Backing {
        match self {
            Self::Auto => Backing::Host,
            Self::Kind(kind) => kind.usual_backing(),
        }
    }
}

impl fmt::Display for StorageChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for StorageChoice {
    type Err = UnknownStorage;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        if name == AUTO {
            return Ok(Self::Auto);
        }
        name.parse().map(Self::Kind)
    }
}

impl TryFrom<String> for StorageChoice {
    type Error = UnknownStorage;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        name.parse()
    }
}

impl From<StorageChoice> for String {
    fn from(choice: StorageChoice) -> Self {
        choice.name().to_owned()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn names_are_read_back_and_are_those_of_recordings() {
        for &kind in StorageKind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
            let json = serde_json::to_string(&kind).unwrap();
            assert_eq!(json, format!("\"{kind}\""));
        }
        assert_eq!("dir".parse(), Ok(StorageKind::Vfs));
        assert_eq!("copy".parse(), Ok(StorageKind::Vfs));
    }

    #[test]
    fn an_unknown_name_is_refused_with_those_known() {
        let error = "unionfs".parse::<StorageKind>().unwrap_err().to_string();
        assert!(
            error.contains("'unionfs'") && error.contains("lvm"),
            "{error}"
        );
    }

    #[test]
    fn choices_are_found_by_their_names() {
        for choice in StorageChoice::all() {
            assert_eq!(choice.name().parse(), Ok(choice));
            let json = serde_json::to_string(&choice).unwrap();
            assert_eq!(json, format!("\"{choice}\""));
            assert_eq!(
                serde_json::from_str::<StorageChoice>(&json).unwrap(),
                choice
            );
        }
        assert!("unionfs".parse::<StorageChoice>().is_err());
    }

    #[test]
    fn snapshots_of_btrfs_have_a_store_that_they_work_on() {
        let backing = StorageChoice::Kind(StorageKind::Btrfs).usual_backing();
        assert_eq!(backing.to_string(), "loop:btrfs:2G");
        assert_eq!(StorageChoice::Auto.usual_backing(), Backing::Host);
        assert_eq!(StorageChoice::Auto.or_overlay(), StorageKind::Overlay);
    }
}

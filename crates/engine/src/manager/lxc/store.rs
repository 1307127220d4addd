//! The ways in which LXC keeps root file systems, which it calls backing stores.

use crate::manager::Refusal;
use setup::storage::{StorageChoice, StorageKind};

/// A backing store of lxc-copy(1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackingStore {
    /// A folder, copied by rsync(1).
    Dir,
    /// A layer over the image's folder.
    Overlay,
    /// A snapshot of the image's subvolume.
    Btrfs,
}

impl BackingStore {
    /// The one for a storage; where the choice is left open, the one that copies nothing.
    ///
    /// # Errors
    /// When there is none for it.
    pub fn of(storage: StorageChoice) -> Result<Self, Refusal> {
        match storage {
            StorageChoice::Auto | StorageChoice::Kind(StorageKind::Overlay) => Ok(Self::Overlay),
            StorageChoice::Kind(StorageKind::Vfs) => Ok(Self::Dir),
            StorageChoice::Kind(StorageKind::Btrfs) => Ok(Self::Btrfs),
            StorageChoice::Kind(
                StorageKind::FuseOverlayfs
                | StorageKind::Aufs
                | StorageKind::Zfs
                | StorageKind::Devicemapper
                | StorageKind::Lvm
                | StorageKind::Bind,
            ) => Err(Refusal::new(
                "lxc is driven with its backing stores overlay, dir and btrfs alone",
                "choose overlay, vfs or btrfs",
            )),
        }
    }

    /// Value of the axis `storage`.
    pub const fn axis(self) -> &'static str {
        match self {
            Self::Dir => "vfs",
            Self::Overlay => "overlay",
            Self::Btrfs => "btrfs",
        }
    }

    /// LXC's name for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dir => "dir",
            Self::Overlay => "overlay",
            Self::Btrfs => "btrfs",
        }
    }

    /// The one that the image is kept in: an overlay lies over a folder.
    pub const fn of_image(self) -> &'static str {
        match self {
            Self::Dir | Self::Overlay => "dir",
            Self::Btrfs => "btrfs",
        }
    }

    /// Options of lxc-copy that make a container's root file system.
    pub const fn copy_options(self) -> &'static [&'static str] {
        match self {
            Self::Dir => &[],
            Self::Overlay => &["--snapshot", "--backingstorage=overlay"],
            Self::Btrfs => &["--snapshot", "--backingstorage=btrfs"],
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn what_was_chosen_is_what_is_recorded() {
        for kind in [StorageKind::Overlay, StorageKind::Vfs, StorageKind::Btrfs] {
            let store = BackingStore::of(StorageChoice::Kind(kind)).unwrap();
            assert_eq!(store.axis(), kind.name());
        }
        let error = BackingStore::of(StorageChoice::Kind(StorageKind::Zfs)).unwrap_err();
        assert!(
            error.to_string().contains("overlay, dir and btrfs"),
            "{error}"
        );
    }
}

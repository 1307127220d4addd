//! The ways in which LXD keeps root file systems, which it calls storage pools.

use serde_json::{Value, json};

use super::daemon;
use crate::manager::Refusal;
use setup::storage::{StorageChoice, StorageKind};

/// A driver of storage pools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolDriver {
    /// Folders, into which images are unpacked.
    Dir,
    /// Snapshots of the image's subvolume.
    Btrfs,
}

impl PoolDriver {
    /// The one for a storage; where the choice is left open, the one that every host has.
    ///
    /// # Errors
    /// When there is none for it.
    pub fn of(storage: StorageChoice) -> Result<Self, Refusal> {
        match storage {
            StorageChoice::Auto | StorageChoice::Kind(StorageKind::Vfs) => Ok(Self::Dir),
            StorageChoice::Kind(StorageKind::Btrfs) => Ok(Self::Btrfs),
            StorageChoice::Kind(
                StorageKind::Overlay
                | StorageKind::FuseOverlayfs
                | StorageKind::Aufs
                | StorageKind::Zfs
                | StorageKind::Devicemapper
                | StorageKind::Lvm
                | StorageKind::Bind,
            ) => Err(Refusal::new(
                "lxd is driven with its storage drivers dir and btrfs alone, and has none for overlays",
                "choose vfs or btrfs",
            )),
        }
    }

    /// Value of the axis `storage`.
    pub const fn axis(self) -> &'static str {
        match self {
            Self::Dir => "vfs",
            Self::Btrfs => "btrfs",
        }
    }

    /// LXD's name for it, and the pool's.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dir => "dir",
            Self::Btrfs => "btrfs",
        }
    }

    /// The pool for LXD's interface. LXD makes the folder, as a subvolume where it wants one.
    pub fn description(self) -> Value {
        let name = self.name();
        let config = match self {
            // Beside what the daemon keeps.
            Self::Dir => json!({}),
            Self::Btrfs => json!({ "source": format!("{}/{name}", daemon::POOLS) }),
        };
        json!({ "name": name, "driver": name, "config": config })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn what_was_chosen_is_what_is_recorded() {
        for kind in [StorageKind::Vfs, StorageKind::Btrfs] {
            let driver = PoolDriver::of(StorageChoice::Kind(kind)).unwrap();
            assert_eq!(driver.axis(), kind.name());
            assert_eq!(driver.description()["driver"], driver.name());
        }
        let error = PoolDriver::of(StorageChoice::Kind(StorageKind::Overlay)).unwrap_err();
        assert!(error.to_string().contains("overlay"), "{error}");
    }
}

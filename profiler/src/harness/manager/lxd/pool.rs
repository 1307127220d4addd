//! How LXD keeps root file systems, which it calls storage pools.

use serde_json::{Value, json};

use super::daemon;
use crate::harness::manager::ManagerError;
use crate::harness::storage::StorageChoice;

/// A driver of storage pools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolDriver {
    /// Folders, into which images are unpacked.
    Dir,
    /// Snapshots of the image's subvolume.
    Btrfs,
}

impl PoolDriver {
    /// The one for a choice, where the pool lies on a file system of this type.
    ///
    /// # Errors
    /// When LXD has no such driver, or the file system is of the wrong type.
    pub fn choose(choice: StorageChoice, file_system: &str) -> Result<Self, ManagerError> {
        match choice {
            StorageChoice::Auto if file_system == "btrfs" => Ok(Self::Btrfs),
            StorageChoice::Auto | StorageChoice::Copy => Ok(Self::Dir),
            StorageChoice::Overlay => Err(ManagerError::Unsupported {
                what: "lxd has no storage driver for overlay".to_owned(),
                remedy: "use vfs or btrfs".to_owned(),
            }),
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
    fn without_a_choice_the_file_system_decides() {
        let choose = |file_system| PoolDriver::choose(StorageChoice::Auto, file_system).unwrap();
        assert_eq!(choose("btrfs"), PoolDriver::Btrfs);
        assert_eq!(choose("ext4"), PoolDriver::Dir);
        let error = PoolDriver::choose(StorageChoice::Overlay, "ext4").unwrap_err();
        assert!(error.to_string().contains("overlay"));
    }
}

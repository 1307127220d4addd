//! How LXC keeps root file systems, which it calls backing stores.

use std::path::Path;

use super::super::embedded::host::file_system_of;
use crate::harness::manager::ManagerError;
use crate::harness::storage::StorageChoice;

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
    /// The one for a choice, where containers lie on a file system of this type; and why it is
    /// another one than was asked for.
    ///
    /// # Errors
    /// When the file system is of the wrong type.
    pub fn choose(
        choice: StorageChoice,
        file_system: &str,
    ) -> Result<(Self, Option<String>), ManagerError> {
        let store = match choice {
            // The upper layer cannot be an overlay itself (filesystems/overlayfs.rst, v6.18).
            StorageChoice::Auto if file_system == "overlay" => {
                let why = "storage vfs stands in for overlay, which cannot lie on another one";
                return Ok((Self::Dir, Some(why.to_owned())));
            }
            StorageChoice::Auto | StorageChoice::Overlay => Self::Overlay,
            StorageChoice::Copy => Self::Dir,
        };
        Ok((store, None))
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

    /// What tells lxc-copy to make a container's.
    pub const fn copy_options(self) -> &'static [&'static str] {
        match self {
            Self::Dir => &[],
            Self::Overlay => &["--snapshot", "--backingstorage=overlay"],
            Self::Btrfs => &["--snapshot", "--backingstorage=btrfs"],
        }
    }
}

/// The type of the file system that containers are to lie on.
///
/// # Errors
/// When /proc is not mounted or the folder is gone.
pub fn backing_of(folder: &Path) -> Result<String, ManagerError> {
    std::fs::canonicalize(folder)
        .and_then(|folder| file_system_of(&folder))
        .map_err(ManagerError::system("find the containers' file system"))
}

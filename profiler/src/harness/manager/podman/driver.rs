//! podman's storage drivers.

use crate::harness::manager::ManagerError;
use crate::harness::storage::StorageChoice;

/// The program of the driver overlay without the kernel's overlayfs.
pub const FUSE_OVERLAYFS: &str = "fuse-overlayfs";

/// A driver as podman is told to use it (containers-storage.conf(5)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Driver {
    /// Its name.
    pub name: &'static str,
    /// A program that mounts instead of the kernel.
    pub mount_program: Option<&'static str>,
}

impl Driver {
    /// The driver for a storage.
    ///
    /// # Errors
    /// When podman has none for it.
    pub fn of(storage: StorageChoice) -> Result<Self, ManagerError> {
        let plain = |name| Self {
            name,
            mount_program: None,
        };
        match storage.name() {
            "auto" | "overlay" => Ok(plain("overlay")),
            "fuse-overlayfs" => Ok(Self {
                name: "overlay",
                mount_program: Some(FUSE_OVERLAYFS),
            }),
            "copy" | "vfs" => Ok(plain("vfs")),
            "btrfs" => Ok(plain("btrfs")),
            "zfs" => Ok(plain("zfs")),
            "aufs" => Ok(plain("aufs")),
            "devicemapper" => Ok(plain("devicemapper")),
            other => Err(ManagerError::Unsupported {
                what: format!("podman has no storage driver for {other}"),
                remedy: "choose overlay, fuse-overlayfs, vfs or btrfs".to_owned(),
            }),
        }
    }

    /// Value of the axis `storage`: what was used.
    pub fn storage(self) -> &'static str {
        self.mount_program.unwrap_or(self.name)
    }
}

//! podman's storage drivers.

use crate::manager::Refusal;
use setup::storage::{StorageChoice, StorageKind};

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
    /// The driver for a storage; where the choice is left open, the one that podman prefers.
    ///
    /// # Errors
    /// When podman has none for it.
    pub fn of(storage: StorageChoice) -> Result<Self, Refusal> {
        let plain = |name| {
            Ok(Self {
                name,
                mount_program: None,
            })
        };
        match storage {
            StorageChoice::Auto | StorageChoice::Kind(StorageKind::Overlay) => plain("overlay"),
            StorageChoice::Kind(StorageKind::FuseOverlayfs) => Ok(Self {
                name: "overlay",
                mount_program: Some(FUSE_OVERLAYFS),
            }),
            StorageChoice::Kind(StorageKind::Vfs) => plain("vfs"),
            StorageChoice::Kind(StorageKind::Btrfs) => plain("btrfs"),
            StorageChoice::Kind(StorageKind::Zfs) => plain("zfs"),
            StorageChoice::Kind(StorageKind::Aufs) => plain("aufs"),
            StorageChoice::Kind(StorageKind::Devicemapper) => plain("devicemapper"),
            StorageChoice::Kind(StorageKind::Lvm | StorageKind::Bind) => Err(Refusal::new(
                "podman has no storage driver for logical volumes or bind mounts",
                "choose overlay, fuse-overlayfs, vfs or btrfs",
            )),
        }
    }

    /// Value of the axis `storage`: what was used.
    pub fn storage(self) -> &'static str {
        self.mount_program.unwrap_or(self.name)
    }
}

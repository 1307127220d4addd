//! dockerd's storage drivers.

use crate::manager::Refusal;
use setup::storage::{StorageChoice, StorageKind};

/// The driver for a storage; where the choice is left open, the one that dockerd prefers.
///
/// # Errors
/// When dockerd has none for it.
pub fn driver(storage: StorageChoice) -> Result<&'static str, Refusal> {
    match storage.or_overlay() {
        StorageKind::Overlay => Ok("overlay2"),
        StorageKind::FuseOverlayfs => Ok("fuse-overlayfs"),
        StorageKind::Aufs => Ok("aufs"),
        StorageKind::Btrfs => Ok("btrfs"),
        StorageKind::Zfs => Ok("zfs"),
        StorageKind::Devicemapper => Ok("devicemapper"),
        StorageKind::Vfs => Ok("vfs"),
        StorageKind::Lvm | StorageKind::Bind => Err(Refusal::new(
            "dockerd has no storage driver for logical volumes or bind mounts",
            "choose overlay, fuse-overlayfs, vfs or btrfs",
        )),
    }
}

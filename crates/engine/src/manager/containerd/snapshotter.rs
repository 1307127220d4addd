//! containerd's snapshotters.

use crate::manager::Refusal;
use setup::storage::{StorageChoice, StorageKind};

/// The snapshotter for a storage; where the choice is left open, the one that containerd prefers.
///
/// # Errors
/// When containerd has none for it built in.
pub fn snapshotter(storage: StorageChoice) -> Result<&'static str, Refusal> {
    match storage.or_overlay() {
        StorageKind::Overlay => Ok("overlayfs"),
        StorageKind::Btrfs => Ok("btrfs"),
        StorageKind::Zfs => Ok("zfs"),
        StorageKind::Vfs => Ok("native"),
        // A thin pool must be made and named to the one for the device mapper; the one for
        // fuse-overlayfs is a program of its own.
        StorageKind::Devicemapper
        | StorageKind::FuseOverlayfs
        | StorageKind::Aufs
        | StorageKind::Lvm
        | StorageKind::Bind => Err(Refusal::new(
            "containerd is driven with its snapshotters overlayfs, btrfs, zfs and native alone",
            "choose overlay, vfs or btrfs",
        )),
    }
}

//! containerd's snapshotters.

use setup::storage::StorageKind;

/// The snapshotter for a storage; none where containerd has none built in.
pub const fn snapshotter(storage: StorageKind) -> Option<&'static str> {
    match storage {
        StorageKind::Overlay => Some("overlayfs"),
        StorageKind::Btrfs => Some("btrfs"),
        StorageKind::Zfs => Some("zfs"),
        StorageKind::Vfs => Some("native"),
        // A thin pool must be made and named to the one for the device mapper; the one for
        // fuse-overlayfs is a program of its own.
        StorageKind::Devicemapper
        | StorageKind::FuseOverlayfs
        | StorageKind::Aufs
        | StorageKind::Lvm
        | StorageKind::Bind => None,
    }
}

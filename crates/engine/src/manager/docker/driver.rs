//! dockerd's storage drivers.

use setup::storage::StorageKind;

/// The driver for a storage; none where dockerd has no such driver.
pub const fn driver(storage: StorageKind) -> Option<&'static str> {
    match storage {
        StorageKind::Overlay => Some("overlay2"),
        StorageKind::FuseOverlayfs => Some("fuse-overlayfs"),
        StorageKind::Aufs => Some("aufs"),
        StorageKind::Btrfs => Some("btrfs"),
        StorageKind::Zfs => Some("zfs"),
        StorageKind::Devicemapper => Some("devicemapper"),
        StorageKind::Vfs => Some("vfs"),
        StorageKind::Lvm | StorageKind::Bind => None,
    }
}

//! dockerd's storage drivers.

use crate::harness::storage::{StorageChoice, StorageKind};

/// The driver for a storage; none where dockerd has no such driver. What is left open is an
/// overlay, as dockerd itself prefers.
pub const fn driver(storage: StorageChoice) -> Option<&'static str> {
    match storage {
        StorageChoice::Auto | StorageChoice::Kind(StorageKind::Overlay) => Some("overlay2"),
        StorageChoice::Kind(StorageKind::FuseOverlayfs) => Some("fuse-overlayfs"),
        StorageChoice::Kind(StorageKind::Aufs) => Some("aufs"),
        StorageChoice::Kind(StorageKind::Btrfs) => Some("btrfs"),
        StorageChoice::Kind(StorageKind::Zfs) => Some("zfs"),
        StorageChoice::Kind(StorageKind::Devicemapper) => Some("devicemapper"),
        StorageChoice::Kind(StorageKind::Vfs) => Some("vfs"),
        StorageChoice::Kind(StorageKind::Lvm | StorageKind::Bind) => None,
    }
}

/// Value of the axis `storage`: what was used.
pub const fn storage_name(storage: StorageChoice) -> &'static str {
    match storage {
        StorageChoice::Auto => StorageKind::Overlay.name(),
        StorageChoice::Kind(kind) => kind.name(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_storage_that_is_left_open_is_an_overlay() {
        assert_eq!(driver(StorageChoice::Auto), Some("overlay2"));
        assert_eq!(storage_name(StorageChoice::Auto), "overlay");
        assert_eq!(driver(StorageChoice::Kind(StorageKind::Lvm)), None);
    }
}

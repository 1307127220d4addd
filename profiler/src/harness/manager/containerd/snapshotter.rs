//! containerd's snapshotters.

use crate::harness::storage::{StorageChoice, StorageKind};

/// The snapshotter for a storage; none where containerd has none built in. What is left open is an
/// overlay, as ctr itself prefers.
pub const fn snapshotter(storage: StorageChoice) -> Option<&'static str> {
    match storage {
        StorageChoice::Auto | StorageChoice::Kind(StorageKind::Overlay) => Some("overlayfs"),
        StorageChoice::Kind(StorageKind::Btrfs) => Some("btrfs"),
        StorageChoice::Kind(StorageKind::Zfs) => Some("zfs"),
        StorageChoice::Kind(StorageKind::Vfs) => Some("native"),
        // A thin pool must be made and named to the one for the device mapper; the one for
        // fuse-overlayfs is a program of its own.
        StorageChoice::Kind(
            StorageKind::Devicemapper
            | StorageKind::FuseOverlayfs
            | StorageKind::Aufs
            | StorageKind::Lvm
            | StorageKind::Bind,
        ) => None,
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
        assert_eq!(snapshotter(StorageChoice::Auto), Some("overlayfs"));
        assert_eq!(
            snapshotter(StorageChoice::Kind(StorageKind::Vfs)),
            Some("native")
        );
        assert_eq!(
            snapshotter(StorageChoice::Kind(StorageKind::Devicemapper)),
            None
        );
    }
}

//! Names of the engine's folders: made by the crate `engine`, recognised in paths by the crate
//! `analysis`.

/// Prefix of the name of an engine's folder; its process number follows.
pub const ENGINE_PREFIX: &str = "ctrprof-";
/// The cache of images, below a folder for caches.
pub const IMAGES: &str = "ctrprof/images";

/// In the engine's folder: a backing store of its own.
pub const STORE: &str = "store";
/// In a store: the image as a storage keeps it.
pub const IMAGE: &str = "image";
/// In a store: the root on which a storage is tried out.
pub const TRIAL: &str = "trial";

/// In a run's folder: a clone of a ZFS snapshot.
pub const DATASET: &str = "dataset";
/// In a run's folder: the mount of a thin device.
pub const DEVICE: &str = "device";
/// In a run's folder: the root file system.
pub const ROOTFS: &str = "rootfs";
/// In a run's folder: a Btrfs snapshot.
pub const SNAPSHOT: &str = "snapshot";
/// In a run's folder: the upper layer of an overlay.
pub const UPPER: &str = "upper";
/// In a run's folder: the work folder of an overlay.
pub const WORK: &str = "work";
/// In a run's folder: copies of the folders that are written to.
pub const WRITABLE: &str = "writable";

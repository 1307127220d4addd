//! Folders in which managers keep images and layers: the managers' defaults, and those of the
//! embedded engine, which the crate `engine` names by itself.

/// Where storage drivers keep their layers by default.
pub(super) const GRAPH_ROOTS: &[&str] = &[
    "/var/lib/containerd",
    "/var/lib/containers/storage",
    "/var/lib/docker",
    "/var/lib/incus",
    "/var/lib/lxc",
    "/var/lib/lxd",
    "/var/lib/nerdctl",
    "/var/snap/lxd/common/lxd",
];
/// The same for unprivileged users, below their home directories.
pub(super) const GRAPH_ROOTS_IN_HOME: &[&str] = &[
    "/.local/share/containerd",
    "/.local/share/containers/storage",
    "/.local/share/docker",
    "/.local/share/lxc",
];

/// Where the embedded engine keeps images, below a folder for caches (`image/cache.rs` of the crate
/// `engine`).
pub(super) const IMAGES_OF_ENGINE: &str = "/ctrprof/images/";
/// How the name of the embedded engine's folder begins; its process number follows (`PREFIX` in
/// `directory.rs` of the crate `engine`).
pub(super) const FOLDER_OF_ENGINE: &str = "/ctrprof-";
/// Folders in there that are a store or an image of the engine's storages (`backing/store.rs` and
/// `storage` of the crate `engine`).
pub(super) const STORES_OF_ENGINE: &[&str] = &["store", "image", "trial"];
/// Entries of a run's folder, whose name is a number, that are made by its storages (`storage` of the
/// crate `engine`).
pub(super) const LAYERS_OF_RUN: &[&str] = &[
    "dataset", "device", "rootfs", "snapshot", "upper", "work", "writable",
];

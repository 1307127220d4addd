//! Folders in which managers keep images and layers: the managers' defaults, and those of the
//! embedded engine.

use setup::folders;

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

/// Folders in the engine's folder that are a store or an image of its storages.
pub(super) const STORES_OF_ENGINE: &[&str] = &[folders::STORE, folders::IMAGE, folders::TRIAL];
/// Entries of a run's folder, whose name is a number, that are made by its storages.
pub(super) const LAYERS_OF_RUN: &[&str] = &[
    folders::DATASET,
    folders::DEVICE,
    folders::ROOTFS,
    folders::SNAPSHOT,
    folders::UPPER,
    folders::WORK,
    folders::WRITABLE,
];

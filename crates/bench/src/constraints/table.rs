//! The table of combinations that cannot work whatever is installed.

use super::HostFacts;
use engine::cgroup::CgroupLayout;
use setup::configuration::{
    CgroupAttach, CgroupSource, CgroupVersion, Configuration, ManagerKind, NetworkKind,
    SeccompChoice,
};
use setup::image::ImageSource;
use setup::runtime::RuntimeChoice;
use setup::storage::{StorageChoice, StorageKind};

/// One line of the table.
pub(super) struct Constraint {
    /// Whether it forbids the configuration on this host.
    pub(super) forbids: fn(&Configuration, &HostFacts) -> bool,
    pub(super) why: &'static str,
    pub(super) remedy: &'static str,
}

pub(super) const CONSTRAINTS: &[Constraint] = &[
    Constraint {
        forbids: |configuration, _| {
            configuration.runtime == RuntimeChoice::Libcontainer && !is_embedded(configuration)
        },
        why: "libcontainer is a library in the embedded engine, which other managers cannot call",
        remedy: "choose a runtime that is a program, such as crun or runc",
    },
    Constraint {
        forbids: |configuration, _| {
            (configuration.runtime == RuntimeChoice::Liblxc) != is_lxc(configuration)
        },
        why: "lxc and lxd have a runtime of their own built in, liblxc, and no other manager has it",
        remedy: "leave the choice of the runtime to the manager",
    },
    Constraint {
        forbids: |configuration, _| {
            (configuration.runtime == RuntimeChoice::None) != is_bare(configuration)
        },
        why: "bare has no runtime, since it makes no container, and every other manager has one",
        remedy: "leave the choice of the runtime to the manager",
    },
    Constraint {
        forbids: |configuration, _| is_bare(configuration) && has_choice(configuration),
        why: "bare makes no container, for which a storage, image, network or control groups could be chosen",
        remedy: "leave them out",
    },
    Constraint {
        forbids: |configuration, host| {
            configuration.cgroup == CgroupVersion::V2 && host.cgroups != CgroupLayout::V2
        },
        why: "the controllers of this host are in hierarchies of version 1",
        remedy: "boot with systemd.unified_cgroup_hierarchy=1",
    },
    Constraint {
        forbids: |configuration, host| {
            configuration.cgroup == CgroupVersion::V1 && host.cgroups == CgroupLayout::V2
        },
        why: "this host has all controllers in the unified hierarchy",
        remedy: "boot with systemd.unified_cgroup_hierarchy=0",
    },
    Constraint {
        forbids: |configuration, _| {
            !is_embedded(configuration)
                && (configuration.cgroup_source != CgroupSource::Fresh
                    || configuration.cgroup_attach != CgroupAttach::Runtime)
        },
        why: "only the embedded engine chooses where control groups come from and how they are entered",
        remedy: "use manager embedded",
    },
    Constraint {
        forbids: |configuration, host| {
            configuration.cgroup_attach == CgroupAttach::CloneInto
                && host.cgroups != CgroupLayout::V2
        },
        why: "CLONE_INTO_CGROUP takes a group of version 2, and this host's controllers are in version 1",
        remedy: "use the attachment procs, or a host with version 2",
    },
    Constraint {
        forbids: |configuration, _| {
            configuration.cgroup_attach != CgroupAttach::Runtime
                && is_embedded(configuration)
                && configuration.runtime.name() != "crun"
        },
        why: "of the runtimes crun alone can be told to leave control groups to the engine",
        remedy: "use runtime crun, or the attachment runtime",
    },
    Constraint {
        forbids: |configuration, _| {
            !is_embedded(configuration) && configuration.network == NetworkKind::Pool
        },
        why: "only the embedded engine takes network namespaces from a pool",
        remedy: "use network bridge",
    },
    Constraint {
        forbids: |configuration, _| {
            configuration.rootless && configuration.manager != ManagerKind::Podman
        },
        why: "only podman is run without root",
        remedy: "use manager podman",
    },
    Constraint {
        forbids: |configuration, _| {
            configuration.seccomp == SeccompChoice::Default
                && configuration.runtime == RuntimeChoice::Libcontainer
        },
        why: "libcontainer is built into this program without libseccomp, which compiles filters",
        remedy: "use runtime crun or runc, or leave the seccomp profile out",
    },
    Constraint {
        forbids: |configuration, _| {
            configuration.seccomp != SeccompChoice::Usual
                && matches!(
                    configuration.manager,
                    ManagerKind::Bare | ManagerKind::Lxc | ManagerKind::Lxd
                )
        },
        why: "lxc, lxd and bare are not told which seccomp profile a container has",
        remedy: "leave the seccomp profile to the manager",
    },
    Constraint {
        forbids: |configuration, _| {
            is_podman(configuration)
                && matches!(
                    configuration.storage,
                    StorageChoice::Kind(StorageKind::Lvm | StorageKind::Bind)
                )
        },
        why: "podman has no storage driver for logical volumes or bind mounts",
        remedy: "choose overlay, fuse-overlayfs, vfs or btrfs",
    },
    Constraint {
        forbids: |configuration, _| {
            is_podman(configuration)
                && configuration.rootless
                && matches!(
                    configuration.storage,
                    StorageChoice::Kind(
                        StorageKind::Aufs
                            | StorageKind::Btrfs
                            | StorageKind::Zfs
                            | StorageKind::Devicemapper
                    )
                )
        },
        why: "without root podman may not use this storage driver: its snapshots or mounts take privileges on the whole host",
        remedy: "choose overlay, fuse-overlayfs or vfs",
    },
    Constraint {
        forbids: |configuration, _| {
            configuration.manager == ManagerKind::Lxc
                && is_none_of(
                    configuration.storage,
                    &[StorageKind::Overlay, StorageKind::Vfs, StorageKind::Btrfs],
                )
        },
        why: "lxc is driven with its backing stores overlay, dir and btrfs alone",
        remedy: "choose overlay, vfs or btrfs",
    },
    Constraint {
        forbids: |configuration, _| {
            configuration.manager == ManagerKind::Lxd
                && is_none_of(
                    configuration.storage,
                    &[StorageKind::Vfs, StorageKind::Btrfs],
                )
        },
        why: "lxd is driven with its storage drivers dir and btrfs alone, and has none for overlays",
        remedy: "choose vfs or btrfs",
    },
    Constraint {
        forbids: |configuration, _| {
            configuration.manager == ManagerKind::Lxd && configuration.network == NetworkKind::Host
        },
        why: "lxd gives every container a network namespace of its own",
        remedy: "use network bridge, or manager lxc",
    },
    Constraint {
        forbids: |configuration, _| {
            configuration.manager == ManagerKind::Docker
                && matches!(
                    configuration.storage,
                    StorageChoice::Kind(StorageKind::Lvm | StorageKind::Bind)
                )
        },
        why: "dockerd has no storage driver for logical volumes or bind mounts",
        remedy: "choose overlay, fuse-overlayfs, vfs or btrfs",
    },
    Constraint {
        forbids: |configuration, _| {
            configuration.manager == ManagerKind::Containerd
                && is_none_of(
                    configuration.storage,
                    &[
                        StorageKind::Overlay,
                        StorageKind::Btrfs,
                        StorageKind::Zfs,
                        StorageKind::Vfs,
                    ],
                )
        },
        why: "containerd is driven with its snapshotters overlayfs, btrfs, zfs and native alone",
        remedy: "choose overlay, vfs or btrfs",
    },
    Constraint {
        forbids: |configuration, _| {
            configuration.manager == ManagerKind::Containerd
                && configuration.network == NetworkKind::Bridge
        },
        why: "ctr sets no network up for a container that is created apart from its start",
        remedy: "use network none or host, or manager docker",
    },
    Constraint {
        forbids: |configuration, _| {
            (is_embedded(configuration) || is_lxc(configuration))
                && matches!(configuration.image, ImageSource::Reference(_))
        },
        why: "this manager pulls no images from registries of OCI images",
        remedy: "use podman, docker or containerd, or save the image to a file and use archive:FILE",
    },
];

/// Whether a storage was chosen, and is not among these.
fn is_none_of(storage: StorageChoice, kinds: &[StorageKind]) -> bool {
    match storage {
        StorageChoice::Auto => false,
        StorageChoice::Kind(kind) => !kinds.contains(&kind),
    }
}

fn is_embedded(configuration: &Configuration) -> bool {
    configuration.manager == ManagerKind::Embedded
}

fn is_bare(configuration: &Configuration) -> bool {
    configuration.manager == ManagerKind::Bare
}

/// Whether a property of containers was chosen.
fn has_choice(configuration: &Configuration) -> bool {
    configuration.storage != StorageChoice::Auto
        || configuration.backing.is_some()
        || configuration.cgroup != CgroupVersion::Host
        || configuration.network != NetworkKind::None
        || configuration.image != ImageSource::default()
}

fn is_podman(configuration: &Configuration) -> bool {
    configuration.manager == ManagerKind::Podman
}

fn is_lxc(configuration: &Configuration) -> bool {
    matches!(configuration.manager, ManagerKind::Lxc | ManagerKind::Lxd)
}

//! Combinations of the axes that cannot work, and why: a table, looked at before anything is run.

mod table;
mod workload;

use std::io;
use std::path::Path;

use engine::cgroup::CgroupLayout;
use engine::program::Program;
use engine::runtime::find_program;
use engine::storage::{self, Missing};
use engine::workload::Workload;
use setup::backing::Backing;
use setup::configuration::{Configuration, ManagerKind, NetworkKind};
use setup::runtime::RuntimeChoice;
use setup::storage::{StorageChoice, StorageKind};
use table::CONSTRAINTS;

/// The facts of the host that decide about configurations.
#[derive(Clone, Copy, Debug)]
pub struct HostFacts {
    /// How control groups are mounted.
    pub cgroups: CgroupLayout,
    /// The lack of a storage, such as [`storage::missing`].
    pub missing_storage: fn(StorageKind, &Backing) -> Option<Missing>,
    /// Whether an OCI runtime of this name is installed, or one is at this path.
    pub has_runtime: fn(&Path) -> bool,
    /// Whether a program is installed.
    pub has_program: fn(&Program) -> bool,
}

impl HostFacts {
    /// The facts of this host.
    ///
    /// # Errors
    /// When no control groups are mounted.
    pub fn of_host() -> io::Result<Self> {
        Ok(Self {
            cgroups: CgroupLayout::of_host()?,
            missing_storage: storage::missing,
            has_runtime: |program| find_program(program).is_ok(),
            has_program: |program| program.path().is_some(),
        })
    }
}

/// Why a configuration cannot work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}; {remedy}")]
pub struct Refusal {
    /// The reason.
    pub why: String,
    /// An alternative.
    pub remedy: String,
}

/// A manager, and a program without which it cannot be driven at all, with its package.
const PROGRAMS: &[(ManagerKind, Program)] = &[
    (ManagerKind::Podman, Program::new("podman", "podman")),
    (ManagerKind::Docker, Program::new("dockerd", "docker.io")),
    (ManagerKind::Docker, Program::new("docker", "docker.io")),
    (
        ManagerKind::Docker,
        Program::new("containerd", "containerd"),
    ),
    (
        ManagerKind::Containerd,
        Program::new("containerd", "containerd"),
    ),
    (ManagerKind::Containerd, Program::new("ctr", "containerd")),
    (ManagerKind::Lxc, Program::new("lxc-start", "lxc")),
    // Copies folders.
    (ManagerKind::Lxc, Program::new("rsync", "rsync")),
    (ManagerKind::Lxd, Program::new("lxd", "lxd")),
    (ManagerKind::Lxd, Program::new("lxc", "lxd-client")),
];

/// Needed by podman without root on any network, and on a bridge.
const NEWUIDMAP: Program = Program::new("newuidmap", "uidmap");
const SLIRP4NETNS: Program = Program::new("slirp4netns", "slirp4netns");

/// Every reason why a configuration cannot work on this host with a workload; none if it can.
pub fn refusals(
    configuration: &Configuration,
    workload: &Workload,
    host: &HostFacts,
) -> Vec<Refusal> {
    CONSTRAINTS
        .iter()
        .filter(|constraint| (constraint.forbids)(configuration, host))
        .map(|constraint| Refusal {
            why: constraint.why.to_owned(),
            remedy: constraint.remedy.to_owned(),
        })
        .chain(missing_storage(configuration, host))
        .chain(missing_programs(configuration, host))
        .chain(missing_runtime(configuration, host))
        .chain(workload::unmet(configuration, workload))
        .collect()
}

fn missing_programs(
    configuration: &Configuration,
    host: &HostFacts,
) -> impl Iterator<Item = Refusal> {
    let of_manager = PROGRAMS
        .iter()
        .filter(|(manager, _)| *manager == configuration.manager)
        .map(|(_, program)| *program);
    let rootless = configuration.rootless;
    let is_bridged = configuration.network == NetworkKind::Bridge;
    of_manager
        .chain(rootless.then_some(NEWUIDMAP))
        .chain((rootless && is_bridged).then_some(SLIRP4NETNS))
        .filter(|program| !(host.has_program)(program))
        .map(|Program { name, package }| Refusal {
            why: format!("there is no program {name}"),
            remedy: format!("install it (debian: apt-get install {package})"),
        })
}

/// A runtime that is a program must be there, by its name or at its path.
fn missing_runtime(configuration: &Configuration, host: &HostFacts) -> Option<Refusal> {
    let RuntimeChoice::Program(path) = &configuration.runtime else {
        return None;
    };
    (!(host.has_runtime)(path)).then(|| Refusal {
        why: format!("there is no runtime {} here", path.display()),
        remedy: "install it, or give its path".to_owned(),
    })
}

/// The host's lack for the storage and the store that it lies on. Where the choice is left open,
/// something is always there.
fn missing_storage(configuration: &Configuration, host: &HostFacts) -> Option<Refusal> {
    match configuration.storage {
        StorageChoice::Kind(kind) => {
            let missing = (host.missing_storage)(kind, &configuration.backing())?;
            Some(Refusal {
                why: missing.what,
                remedy: missing.remedy,
            })
        }
        StorageChoice::Auto => None,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use setup::configuration::{
        CgroupAttach, CgroupSource, CgroupVersion, NetworkKind, SeccompChoice,
    };
    use setup::image::ImageSource;

    fn reasons(change: impl FnOnce(&mut Configuration), cgroups: CgroupLayout) -> Vec<Refusal> {
        let mut configuration = Configuration::default();
        change(&mut configuration);
        refusals(&configuration, &Workload::hello_world(), &host(cgroups))
    }

    fn host(cgroups: CgroupLayout) -> HostFacts {
        let missing_storage = |kind: StorageKind, _: &Backing| {
            (kind == StorageKind::Zfs).then(|| Missing {
                what: "the kernel has no zfs".to_owned(),
                remedy: "install it".to_owned(),
            })
        };
        HostFacts {
            cgroups,
            missing_storage,
            has_runtime: |program| !program.ends_with("kata-runtime"),
            has_program: |program| !["ctr", "slirp4netns"].contains(&program.name),
        }
    }

    #[test]
    fn what_works_is_not_refused() {
        for cgroups in [CgroupLayout::V1, CgroupLayout::V2, CgroupLayout::Hybrid] {
            assert_eq!(reasons(|_| {}, cgroups), []);
        }
        let bare = Configuration {
            manager: ManagerKind::Bare,
            runtime: RuntimeChoice::None,
            ..Configuration::default()
        };
        let netns = Workload::named("netns", None).unwrap();
        assert_eq!(refusals(&bare, &netns, &host(CgroupLayout::Hybrid)), []);
        let docker = |configuration: &mut Configuration| {
            configuration.manager = ManagerKind::Docker;
            configuration.runtime = RuntimeChoice::named("runc");
            configuration.network = NetworkKind::Bridge;
        };
        assert_eq!(reasons(docker, CgroupLayout::Hybrid), []);
    }

    #[test]
    fn a_storage_that_the_host_lacks_is_refused_under_every_manager() {
        let zfs = |configuration: &mut Configuration| {
            configuration.storage = StorageChoice::Kind(StorageKind::Zfs);
        };
        let found = reasons(zfs, CgroupLayout::V2);
        assert_eq!(found[0].to_string(), "the kernel has no zfs; install it");
        let of_docker = |configuration: &mut Configuration| {
            zfs(configuration);
            configuration.manager = ManagerKind::Docker;
            configuration.runtime = RuntimeChoice::named("runc");
        };
        assert_eq!(reasons(of_docker, CgroupLayout::V2), found);
    }

    #[test]
    fn a_manager_whose_program_is_missing_is_refused_with_the_package() {
        let of = |manager, runtime| {
            let change = |configuration: &mut Configuration| {
                configuration.manager = manager;
                configuration.runtime = runtime;
            };
            reasons(change, CgroupLayout::V2)
        };
        assert_eq!(of(ManagerKind::Lxd, RuntimeChoice::Liblxc), []);
        let found = of(ManagerKind::Containerd, RuntimeChoice::named("runc"));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].why, "there is no program ctr");
        assert!(found[0].remedy.contains("apt-get install containerd"));
    }

    #[test]
    fn without_root_a_bridge_takes_a_program_of_its_own() {
        let on = |network| {
            let change = |configuration: &mut Configuration| {
                configuration.manager = ManagerKind::Podman;
                configuration.runtime = RuntimeChoice::named("crun");
                configuration.rootless = true;
                configuration.network = network;
            };
            reasons(change, CgroupLayout::V2)
        };
        assert_eq!(on(NetworkKind::None), []);
        assert_eq!(
            on(NetworkKind::Bridge)[0].why,
            "there is no program slirp4netns"
        );
    }

    #[test]
    fn a_runtime_that_is_not_there_is_refused_by_name_and_by_path() {
        for runtime in ["kata-runtime", "/opt/kata-runtime"] {
            let kata = |configuration: &mut Configuration| {
                configuration.runtime = RuntimeChoice::named(runtime);
            };
            let reasons = reasons(kata, CgroupLayout::V2);
            assert!(reasons[0].why.contains(runtime), "{reasons:?}");
        }
    }

    #[test]
    fn every_constraint_forbids_something() {
        type Change = fn(&mut Configuration);
        let cases: &[(Change, CgroupLayout, &str)] = &[
            (
                |c| c.manager = ManagerKind::Podman,
                CgroupLayout::V2,
                "libcontainer",
            ),
            (
                |c| c.runtime = RuntimeChoice::Liblxc,
                CgroupLayout::V2,
                "liblxc",
            ),
            (
                |c| c.runtime = RuntimeChoice::None,
                CgroupLayout::V2,
                "every other manager has one",
            ),
            (
                |c| {
                    c.manager = ManagerKind::Bare;
                    c.runtime = RuntimeChoice::None;
                    c.network = NetworkKind::Bridge;
                },
                CgroupLayout::V2,
                "could be chosen",
            ),
            (
                |c| c.cgroup = CgroupVersion::V2,
                CgroupLayout::Hybrid,
                "version 1",
            ),
            (
                |c| c.cgroup = CgroupVersion::V1,
                CgroupLayout::V2,
                "unified",
            ),
            (|c| c.rootless = true, CgroupLayout::V2, "without root"),
            (
                |c| {
                    c.runtime = RuntimeChoice::named("crun");
                    c.cgroup_attach = CgroupAttach::CloneInto;
                },
                CgroupLayout::V1,
                "CLONE_INTO",
            ),
            (
                |c| c.cgroup_attach = CgroupAttach::CloneInto,
                CgroupLayout::V2,
                "crun alone",
            ),
            (
                |c| {
                    c.manager = ManagerKind::Podman;
                    c.runtime = RuntimeChoice::named("crun");
                    c.cgroup_source = CgroupSource::Pool;
                },
                CgroupLayout::V2,
                "control groups come from",
            ),
            (
                |c| {
                    c.manager = ManagerKind::Docker;
                    c.runtime = RuntimeChoice::named("crun");
                    c.network = NetworkKind::Pool;
                },
                CgroupLayout::V2,
                "from a pool",
            ),
            (
                |c| c.seccomp = SeccompChoice::Default,
                CgroupLayout::V2,
                "without libseccomp",
            ),
            (
                |c| {
                    c.manager = ManagerKind::Lxc;
                    c.runtime = RuntimeChoice::Liblxc;
                    c.seccomp = SeccompChoice::None;
                },
                CgroupLayout::V2,
                "are not told which seccomp profile",
            ),
            (
                |c| {
                    c.manager = ManagerKind::Podman;
                    c.storage = StorageChoice::Kind(StorageKind::Bind);
                },
                CgroupLayout::V2,
                "no storage driver",
            ),
            (
                |c| {
                    c.manager = ManagerKind::Podman;
                    c.storage = StorageChoice::Kind(StorageKind::Btrfs);
                    c.rootless = true;
                },
                CgroupLayout::V2,
                "may not use this storage driver",
            ),
            (
                |c| {
                    c.manager = ManagerKind::Lxc;
                    c.storage = StorageChoice::Kind(StorageKind::FuseOverlayfs);
                },
                CgroupLayout::V2,
                "backing stores",
            ),
            (
                |c| {
                    c.manager = ManagerKind::Lxd;
                    c.storage = StorageChoice::Kind(StorageKind::Overlay);
                },
                CgroupLayout::V2,
                "none for overlays",
            ),
            (
                |c| {
                    c.manager = ManagerKind::Lxd;
                    c.network = NetworkKind::Host;
                },
                CgroupLayout::V2,
                "namespace of its own",
            ),
            (
                |c| {
                    c.manager = ManagerKind::Docker;
                    c.storage = StorageChoice::Kind(StorageKind::Lvm);
                },
                CgroupLayout::V2,
                "dockerd has no storage driver",
            ),
            (
                |c| {
                    c.manager = ManagerKind::Containerd;
                    c.storage = StorageChoice::Kind(StorageKind::Devicemapper);
                },
                CgroupLayout::V2,
                "snapshotters",
            ),
            (
                |c| {
                    c.manager = ManagerKind::Containerd;
                    c.network = NetworkKind::Bridge;
                },
                CgroupLayout::V2,
                "sets no network up",
            ),
            (
                |c| {
                    c.manager = ManagerKind::Lxc;
                    c.image = ImageSource::Reference("docker.io/library/alpine".to_owned());
                },
                CgroupLayout::V2,
                "pulls no images",
            ),
        ];
        assert_eq!(cases.len(), CONSTRAINTS.len());
        for (change, cgroups, reason) in cases {
            let found = reasons(change, *cgroups);
            assert!(
                found.iter().any(|refusal| refusal.why.contains(reason)),
                "{reason}"
            );
        }
    }
}

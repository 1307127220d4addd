//! Combinations of the axes that cannot work, and why: a table, looked at before anything is run.

use std::io;

use super::backing::Backing;
use super::cgroup::CgroupLayout;
use super::configuration::{
    CgroupAttach, CgroupSource, CgroupVersion, Configuration, ManagerKind, NetworkKind,
};
use super::runtime::RuntimeChoice;
use super::storage::{self, Missing, StorageChoice, StorageKind};

/// What of the host decides about configurations.
#[derive(Clone, Copy, Debug)]
pub struct HostFacts {
    /// How control groups are mounted.
    pub cgroups: CgroupLayout,
    /// What is missing for a storage, such as [`storage::missing`].
    pub missing_storage: fn(StorageKind, &Backing) -> Option<Missing>,
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
        })
    }
}

/// Why a configuration cannot work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}; {remedy}")]
pub struct Refusal {
    /// The reason.
    pub why: String,
    /// What to do instead.
    pub remedy: String,
}

/// One line of the table.
struct Constraint {
    /// Whether it forbids the configuration on this host.
    forbids: fn(&Configuration, &HostFacts) -> bool,
    why: &'static str,
    remedy: &'static str,
}

const CONSTRAINTS: &[Constraint] = &[
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
                    || configuration.cgroup_attach != CgroupAttach::Procs)
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
            configuration.cgroup_attach == CgroupAttach::CloneInto
                && is_embedded(configuration)
                && configuration.runtime.name() != "crun"
        },
        why: "of the runtimes crun alone can be told not to write cgroup.procs, which takes the time that being born in the group would save",
        remedy: "use runtime crun, or the attachment procs",
    },
    Constraint {
        forbids: |configuration, _| {
            !is_embedded(configuration) && configuration.network == NetworkKind::Pool
        },
        why: "only the embedded engine takes network namespaces from a pool",
        remedy: "use network bridge",
    },
    Constraint {
        forbids: |configuration, _| !is_embedded(configuration) && configuration.backing.is_some(),
        why: "only the embedded engine makes a store for its storage to lie on",
        remedy: "use manager embedded, or give the manager a folder on such a store",
    },
    Constraint {
        forbids: |configuration, _| {
            configuration.rootless && configuration.manager != ManagerKind::Podman
        },
        why: "only podman is run without root",
        remedy: "use manager podman",
    },
];

/// Every reason why a configuration cannot work on this host; none if it can.
pub fn refusals(configuration: &Configuration, host: &HostFacts) -> Vec<Refusal> {
    CONSTRAINTS
        .iter()
        .filter(|constraint| (constraint.forbids)(configuration, host))
        .map(|constraint| Refusal {
            why: constraint.why.to_owned(),
            remedy: constraint.remedy.to_owned(),
        })
        .chain(missing_storage(configuration, host))
        .collect()
}

/// What the host lacks for the storage of the embedded engine; other managers look for themselves.
/// Where the choice is left open, something is always there.
fn missing_storage(configuration: &Configuration, host: &HostFacts) -> Option<Refusal> {
    match configuration.storage {
        StorageChoice::Kind(kind) if is_embedded(configuration) => {
            let missing = (host.missing_storage)(kind, &configuration.backing())?;
            Some(Refusal {
                why: missing.what,
                remedy: missing.remedy,
            })
        }
        StorageChoice::Kind(_) | StorageChoice::Auto => None,
    }
}

fn is_embedded(configuration: &Configuration) -> bool {
    configuration.manager == ManagerKind::Embedded
}

fn is_lxc(configuration: &Configuration) -> bool {
    matches!(configuration.manager, ManagerKind::Lxc | ManagerKind::Lxd)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reasons(change: impl FnOnce(&mut Configuration), cgroups: CgroupLayout) -> Vec<Refusal> {
        let mut configuration = Configuration::default();
        change(&mut configuration);
        let missing_storage = |kind: StorageKind, _: &Backing| {
            (kind == StorageKind::Zfs).then(|| Missing {
                what: "the kernel has no zfs".to_owned(),
                remedy: "install it".to_owned(),
            })
        };
        let host = HostFacts {
            cgroups,
            missing_storage,
        };
        refusals(&configuration, &host)
    }

    #[test]
    fn what_works_is_not_refused() {
        for cgroups in [CgroupLayout::V1, CgroupLayout::V2, CgroupLayout::Hybrid] {
            assert_eq!(reasons(|_| {}, cgroups), []);
        }
        let docker = |configuration: &mut Configuration| {
            configuration.manager = ManagerKind::Docker;
            configuration.runtime = RuntimeChoice::named("runc");
            configuration.network = NetworkKind::Bridge;
        };
        assert_eq!(reasons(docker, CgroupLayout::Hybrid), []);
    }

    #[test]
    fn a_storage_that_the_host_lacks_is_refused_for_the_embedded_engine() {
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
        assert_eq!(reasons(of_docker, CgroupLayout::V2), []);
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
                |c| {
                    c.manager = ManagerKind::Docker;
                    c.runtime = RuntimeChoice::named("crun");
                    c.backing = Some(Backing::Host);
                },
                CgroupLayout::V2,
                "a store for its storage",
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

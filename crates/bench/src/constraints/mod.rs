//! Combinations of the axes that cannot work, and why, found before anything is run: those that the
//! manager cannot bring about anywhere, and those for which this host lacks something.

mod workload;

use std::io;

use engine::cgroup::CgroupLayout;
use engine::image;
use engine::manager::{self, Refusal};
use engine::program::Program;
use engine::runtime::{self, libcontainer};
use engine::storage::{self, Missing};
use engine::workload::Workload;
use setup::backing::Backing;
use setup::configuration::{CgroupAttach, CgroupVersion, Configuration, ManagerKind, NetworkKind};
use setup::image::ImageSource;
use setup::runtime::RuntimeChoice;
use setup::storage::{StorageChoice, StorageKind};

/// The facts of the host that decide about configurations.
#[derive(Clone, Copy, Debug)]
pub struct HostFacts {
    /// How control groups are mounted.
    pub cgroups: CgroupLayout,
    /// The lack of a storage, such as [`storage::missing`].
    pub missing_storage: fn(StorageKind, &Backing) -> Option<Missing>,
    /// Whether a runtime can be had, such as [`runtime::is_here`].
    pub has_runtime: fn(&RuntimeChoice) -> bool,
    /// Whether a program is installed.
    pub has_program: fn(&Program) -> bool,
    /// The programs that an image cannot be made without, such as [`image::missing_programs`].
    pub missing_for_image: fn(&ImageSource) -> Vec<Program>,
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
            has_runtime: runtime::is_here,
            has_program: |program| program.path().is_some(),
            missing_for_image: image::missing_programs,
        })
    }
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
    manager::refusals(configuration)
        .into_iter()
        .chain(
            of_control_groups(configuration, host.cgroups)
                .into_iter()
                .flatten(),
        )
        .chain(missing_storage(configuration, host))
        .chain(missing_programs(configuration, host))
        .chain(missing_runtime(configuration, host))
        .chain(workload::unmet(configuration, workload))
        .collect()
}

/// The version of control groups that the host does not have.
fn of_control_groups(configuration: &Configuration, layout: CgroupLayout) -> [Option<Refusal>; 3] {
    let is_v2 = layout == CgroupLayout::V2;
    [
        Refusal::when(
            configuration.cgroup == CgroupVersion::V2 && !is_v2,
            "the controllers of this host are in hierarchies of version 1",
            "boot with systemd.unified_cgroup_hierarchy=1",
        ),
        Refusal::when(
            configuration.cgroup == CgroupVersion::V1 && is_v2,
            "this host has all controllers in the unified hierarchy",
            "boot with systemd.unified_cgroup_hierarchy=0",
        ),
        Refusal::when(
            configuration.cgroup_attach == CgroupAttach::CloneInto && !is_v2,
            "CLONE_INTO_CGROUP takes a group of version 2, and this host's controllers are in version 1",
            "use the attachment procs, or a host with version 2",
        ),
    ]
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
        .chain((host.missing_for_image)(&configuration.image))
        .map(|Program { name, package }| Refusal {
            why: format!("there is no program {name}"),
            remedy: format!("install it (debian: apt-get install {package})"),
        })
}

/// A runtime must be there: a program by its name or at its path, a library built in.
fn missing_runtime(configuration: &Configuration, host: &HostFacts) -> Option<Refusal> {
    let choice = &configuration.runtime;
    if (host.has_runtime)(choice) {
        return None;
    }
    Some(match choice {
        RuntimeChoice::Libcontainer => Refusal::new(libcontainer::LEFT_OUT, libcontainer::REMEDY),
        RuntimeChoice::Liblxc | RuntimeChoice::None | RuntimeChoice::Program(_) => Refusal::new(
            format!("there is no runtime {} here", choice.argument().display()),
            "install it, or give its path",
        ),
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
            has_runtime: |choice| choice.name() != "kata-runtime",
            has_program: |program| !["ctr", "slirp4netns"].contains(&program.name),
            missing_for_image: |image| match image {
                ImageSource::MuslBusybox => vec![Program::new("musl-gcc", "musl-tools")],
                _ => Vec::new(),
            },
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
    fn an_image_that_cannot_be_made_here_is_refused_with_the_package() {
        let musl = |configuration: &mut Configuration| {
            configuration.image = ImageSource::MuslBusybox;
        };
        let reasons = reasons(musl, CgroupLayout::V2);
        assert_eq!(reasons[0].why, "there is no program musl-gcc");
        assert!(reasons[0].remedy.contains("musl-tools"), "{reasons:?}");
    }

    #[test]
    fn a_library_that_was_left_out_is_refused_with_the_remedy() {
        let host = HostFacts {
            has_runtime: |choice| *choice != RuntimeChoice::Libcontainer,
            ..host(CgroupLayout::V2)
        };
        let reasons = |configuration| refusals(&configuration, &Workload::hello_world(), &host);
        let found = reasons(Configuration::default());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].why, "this ctrprof was built without libcontainer");
        assert!(found[0].remedy.contains("crun"));
        let crun = Configuration {
            runtime: RuntimeChoice::named("crun"),
            ..Configuration::default()
        };
        assert_eq!(reasons(crun), []);
    }

    #[test]
    fn a_version_of_control_groups_that_the_host_lacks_is_refused() {
        type Change = fn(&mut Configuration);
        let cases: &[(Change, CgroupLayout, &str)] = &[
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
            (
                |c| {
                    c.runtime = RuntimeChoice::named("crun");
                    c.cgroup_attach = CgroupAttach::CloneInto;
                },
                CgroupLayout::V1,
                "CLONE_INTO",
            ),
        ];
        for (change, cgroups, reason) in cases {
            let found = reasons(change, *cgroups);
            assert!(found[0].why.contains(reason), "{found:?}");
        }
    }
}

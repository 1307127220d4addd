#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use setup::storage::{StorageChoice, StorageKind};

use super::*;

#[test]
fn whatever_a_manager_cannot_do_is_refused_with_the_reason() {
    type Change = fn(&mut Configuration);
    let cases: &[(Change, &str)] = &[
        (|c| c.manager = ManagerKind::Podman, "libcontainer"),
        (|c| c.runtime = RuntimeChoice::Liblxc, "liblxc"),
        (
            |c| c.runtime = RuntimeChoice::None,
            "every other manager has one",
        ),
        (
            |c| {
                c.manager = ManagerKind::Bare;
                c.runtime = RuntimeChoice::None;
                c.network = NetworkKind::Bridge;
            },
            "could be chosen",
        ),
        (|c| c.rootless = true, "without root"),
        (|c| c.cgroup_attach = CgroupAttach::CloneInto, "crun alone"),
        (
            |c| {
                c.manager = ManagerKind::Podman;
                c.runtime = RuntimeChoice::named("crun");
                c.cgroup_source = CgroupSource::Pool;
            },
            "control groups come from",
        ),
        (
            |c| {
                c.manager = ManagerKind::Docker;
                c.runtime = RuntimeChoice::named("crun");
                c.network = NetworkKind::Pool;
            },
            "from a pool",
        ),
        (|c| c.seccomp = SeccompChoice::Default, "without libseccomp"),
        (
            |c| {
                c.manager = ManagerKind::Lxc;
                c.runtime = RuntimeChoice::Liblxc;
                c.seccomp = SeccompChoice::None;
            },
            "are not told which seccomp profile",
        ),
        (
            |c| {
                c.manager = ManagerKind::Podman;
                c.storage = StorageChoice::Kind(StorageKind::Bind);
            },
            "no storage driver",
        ),
        (
            |c| {
                c.manager = ManagerKind::Podman;
                c.storage = StorageChoice::Kind(StorageKind::Btrfs);
                c.rootless = true;
            },
            "may not use this storage driver",
        ),
        (
            |c| {
                c.manager = ManagerKind::Lxc;
                c.storage = StorageChoice::Kind(StorageKind::FuseOverlayfs);
            },
            "backing stores",
        ),
        (
            |c| {
                c.manager = ManagerKind::Lxd;
                c.storage = StorageChoice::Kind(StorageKind::Overlay);
            },
            "none for overlays",
        ),
        (
            |c| {
                c.manager = ManagerKind::Lxd;
                c.network = NetworkKind::Host;
            },
            "namespace of its own",
        ),
        (
            |c| {
                c.manager = ManagerKind::Docker;
                c.storage = StorageChoice::Kind(StorageKind::Lvm);
            },
            "dockerd has no storage driver",
        ),
        (
            |c| {
                c.manager = ManagerKind::Containerd;
                c.storage = StorageChoice::Kind(StorageKind::Devicemapper);
            },
            "snapshotters",
        ),
        (
            |c| {
                c.manager = ManagerKind::Containerd;
                c.network = NetworkKind::Bridge;
            },
            "sets no network up",
        ),
        (
            |c| {
                c.manager = ManagerKind::Lxc;
                c.image = ImageSource::Reference("docker.io/library/alpine".to_owned());
            },
            "pulls no images",
        ),
    ];
    for (change, reason) in cases {
        let mut configuration = Configuration::default();
        change(&mut configuration);
        let found = refusals(&configuration);
        assert!(
            found.iter().any(|refusal| refusal.why.contains(reason)),
            "{reason}: {found:?}"
        );
    }
}

#[test]
fn every_manager_brings_about_what_it_prefers() {
    for &manager in ManagerKind::ALL {
        let axes = [("manager".to_owned(), manager.name().to_owned())].into();
        let configuration = Configuration::from_axes(&axes).unwrap();
        assert_eq!(refusals(&configuration), []);
    }
}

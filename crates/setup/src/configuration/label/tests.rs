#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::backing::{Backing, LoopFileSystem};
use crate::configuration::{CgroupAttach, CgroupSource, CgroupVersion, ManagerKind, NetworkKind};
use crate::image::ImageSource;
use crate::storage::StorageChoice;

/// Text in which everything that a label gives a meaning is likely.
fn text() -> impl Strategy<Value = String> {
    proptest::collection::vec(
        prop_oneof![
            Just("/".to_owned()),
            Just("%2F".to_owned()),
            Just("v1".to_owned()),
            Just("none/root".to_owned()),
            Just("/seccomp-none".to_owned()),
            "[@+:%a-z\u{e9}]{1,3}",
            any::<char>().prop_map(String::from),
        ],
        0..6,
    )
    .prop_map(|pieces| pieces.concat())
}

fn backing() -> impl Strategy<Value = Backing> {
    let on_loop = (select(LoopFileSystem::ALL), 0..1_u64 << 40).prop_map(|(file_system, more)| {
        Backing::Loop {
            file_system,
            bytes: file_system.minimum().bytes + more,
        }
    });
    prop_oneof![
        Just(Backing::Host),
        text().prop_map(|path| Backing::Path(format!("/{path}").into())),
        on_loop,
    ]
}

fn configuration() -> impl Strategy<Value = Configuration> {
    let storages: Vec<StorageChoice> = StorageChoice::all().collect();
    let programs = prop_oneof![
        Just("libcontainer".to_owned()),
        Just("none".to_owned()),
        text()
    ];
    let images = prop_oneof![
        Just("host-gnu".to_owned()),
        Just("oci:/a/b".to_owned()),
        text()
    ];
    let cgroup = (
        select(CgroupVersion::ALL),
        select(CgroupSource::ALL),
        select(CgroupAttach::ALL),
    );
    (
        (select(ManagerKind::ALL), programs, select(storages)),
        (proptest::option::of(backing()), cgroup, images),
        (
            select(NetworkKind::ALL),
            any::<bool>(),
            select(SeccompChoice::ALL),
        ),
    )
        .prop_map(
            |((manager, runtime, storage), (backing, cgroup, image), rest)| {
                let (cgroup, cgroup_source, cgroup_attach) = cgroup;
                let (network, rootless, seccomp) = rest;
                Configuration {
                    manager,
                    runtime: RuntimeChoice::named(&runtime),
                    storage,
                    backing,
                    cgroup,
                    cgroup_source,
                    cgroup_attach,
                    image: image.into(),
                    network,
                    rootless,
                    seccomp,
                }
            },
        )
}

proptest! {
    #[test]
    fn a_label_is_read_back_to_the_same_configuration(configuration in configuration()) {
        let label = configuration.to_string();
        prop_assert_eq!(label.parse(), Ok(configuration), "{}", label);
    }

    #[test]
    fn any_text_is_a_label_or_an_error(text in text()) {
        if let Ok(configuration) = text.parse::<Configuration>() {
            prop_assert_eq!(configuration.to_string().parse(), Ok(configuration));
        }
    }
}

#[test]
fn a_label_names_what_is_not_as_by_default_and_nothing_else() {
    let mut configuration = Configuration::default();
    let usual = "embedded/libcontainer/auto/host/host-gnu/none/root";
    assert_eq!(configuration.to_string(), usual);
    configuration.seccomp = SeccompChoice::None;
    assert_eq!(configuration.to_string(), format!("{usual}/seccomp-none"));
}

#[test]
fn labels_keep_the_slashes_of_images_and_escape_those_of_other_paths() {
    for label in [
        "docker/runc/vfs/v2/docker.io/library/centos:7/bridge/root",
        "embedded/crun/overlay/host/oci:/a/none/none/root/seccomp-default",
        "embedded/%2Fopt%2Fcrun/btrfs@%2Fmnt%2Fx/v2+pool+clone-into/host-gnu/none/rootless",
    ] {
        let configuration: Configuration = label.parse().unwrap();
        assert_eq!(configuration.to_string(), label);
    }
    let centos: Configuration = "docker/runc/vfs/v2/docker.io/library/centos:7/bridge/root"
        .parse()
        .unwrap();
    let reference = "docker.io/library/centos:7".to_owned();
    assert_eq!(centos.image, ImageSource::Reference(reference));
}

#[test]
fn a_text_that_is_no_label_is_refused_with_the_reason() {
    for (text, reason) in [
        ("", "manager"),
        ("podman/crun", "has no storage"),
        ("podman/crun/overlay/v3/host-gnu/bridge/root", "'v3'"),
        ("podman/crun/overlay/v1/bridge/root", "has no image"),
        ("podman/crun/overlay/v1/host-gnu/bridge/nobody", "'nobody'"),
        (
            "podman/crun/overlay/v1/host-gnu/bridge/root/seccomp-x",
            "'x'",
        ),
        ("podman/%FF/overlay/v1/host-gnu/bridge/root", "UTF-8"),
    ] {
        let error = text.parse::<Configuration>().unwrap_err().to_string();
        assert!(error.contains(reason), "{text}: {error}");
    }
}

//! What the study calls a cell of a bench.

use super::published::{CellKey, Published};
use crate::design::{StudyConfiguration, TESTS};
use crate::report::AsideReason;
use setup::bench::Cell;

/// A cell of a bench by its name in the study.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named {
    /// The cell of the study.
    pub key: CellKey,
    /// Whether the name comes from the configuration, because no label says it.
    pub is_derived: bool,
}

/// The name of a cell in the study: by its label, else by its configuration.
///
/// # Errors
/// When the study has none for it.
pub fn named(cell: &Cell, published: &Published) -> Result<Named, AsideReason> {
    let labelled = StudyConfiguration::from_label(&cell.label);
    let is_derived = labelled.is_none();
    let configuration = labelled
        .or_else(|| derived(&cell.configuration))
        .and_then(|configuration| published.place(&configuration));
    let test = TESTS.iter().position(|test| test.workload == cell.workload);
    let key = CellKey {
        configuration: configuration.ok_or(AsideReason::UnknownConfiguration)?,
        test: test.ok_or(AsideReason::UnknownWorkload)?,
    };
    Ok(Named { key, is_derived })
}

/// The network of a configuration, which the study has no axis for.
pub fn network(configuration: &str) -> Option<&str> {
    configuration.rsplit('/').nth(1)
}

/// Images made of the host's files.
const STAND_INS: [&str; 2] = ["host-busybox", "host-gnu"];

/// Whether the image of a configuration is made of the host's files, and so none of the study's.
pub fn is_stand_in(configuration: &str) -> bool {
    let image = configuration.rsplit('/').nth(2);
    image.is_some_and(|image| STAND_INS.contains(&image))
}

/// What the study would call a configuration, which is written as
/// `manager/runtime/storage[@backing]/cgroup/image/network/rights`. Images and what storage lies on
/// may have slashes of their own.
fn derived(configuration: &str) -> Option<StudyConfiguration> {
    let parts: Vec<&str> = configuration.split('/').collect();
    let [manager, runtime, middle @ .., _network, rights] = parts.as_slice() else {
        return None;
    };
    let cgroup = middle.iter().position(|part| is_cgroup(part))?;
    let storage = *middle[..cgroup].first()?;
    let storage = storage.split_once('@').map_or(storage, |(name, _)| name);
    let rootless = match *rights {
        "root" => false,
        "rootless" => true,
        _ => return None,
    };
    Some(StudyConfiguration {
        manager: manager_name(manager).to_owned(),
        image: image_name(middle.get(cgroup + 1..)?.last()?)?.to_owned(),
        runtime: runtime_name(runtime).to_owned(),
        storage: storage_name(manager, storage).to_owned(),
        rootless,
    })
}

/// `v2+pool`, and such.
fn is_cgroup(part: &str) -> bool {
    let version = part.split_once('+').map_or(part, |(version, _)| version);
    ["host", "v1", "v2"].contains(&version)
}

/// The study's prototype drives a runtime itself, as the embedded engine does.
fn manager_name(manager: &str) -> &str {
    match manager {
        "embedded" => "contingious",
        other => other,
    }
}

fn runtime_name(runtime: &str) -> &str {
    match runtime {
        "liblxc" => "lxc",
        other => other,
    }
}

fn storage_name<'a>(manager: &str, storage: &'a str) -> &'a str {
    match (manager, storage) {
        ("lxd", "vfs") => "dir",
        (_, other) => other,
    }
}

/// The images made from the host's files stand for those with the same programs; a reference is
/// known by its last part.
fn image_name(last: &str) -> Option<&'static str> {
    let name = last.split([':', '@']).next()?;
    match name {
        "host-busybox" | "alpine" => Some("alpine"),
        "host-gnu" | "centos" => Some("centos"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn derived_name(configuration: &str) -> Option<String> {
        derived(configuration).map(|configuration| configuration.to_string())
    }

    #[test]
    fn a_configuration_without_a_label_is_known_by_its_parts() {
        for (configuration, expected) in [
            (
                "podman/crun/overlay/host/host-busybox/bridge/rootless",
                "podman alpine crun overlay rootless",
            ),
            (
                "embedded/crun/bind/v1/host-busybox/none/root",
                "contingious alpine crun bind",
            ),
            (
                "lxd/liblxc/vfs/host/host-gnu/bridge/root",
                "lxd centos lxc dir",
            ),
            (
                "docker/runc/vfs/v2/docker.io/library/centos:7/bridge/root",
                "docker centos runc vfs",
            ),
            (
                "embedded/crun/btrfs@/mnt/x/v2+pool+clone-into/host-gnu/none/root",
                "contingious centos crun btrfs",
            ),
        ] {
            assert_eq!(derived_name(configuration).as_deref(), Some(expected));
        }
        for configuration in [
            "",
            "podman/crun",
            "podman/crun/overlay/v3/host-gnu/bridge/root",
            "podman/crun/overlay/v1/debootstrap/bridge/root",
            "podman/crun/overlay/v1/host-gnu/bridge/nobody",
        ] {
            assert_eq!(derived_name(configuration), None, "{configuration}");
        }
    }

    #[test]
    fn what_the_study_does_not_know_is_told_apart() {
        let published = Published::study().unwrap();
        let cell = |configuration: &str, workload: &str, label: &str| Cell {
            configuration: configuration.to_owned(),
            workload: workload.to_owned(),
            label: label.to_owned(),
        };
        let podman = "podman/crun/overlay/host/host-gnu/none/root";
        let found = named(&cell(podman, "hello-world", ""), &published).unwrap();
        let labelled = cell("x", "hello-world", "podman,centos,crun,overlay,0");
        let same = named(&labelled, &published).unwrap();
        assert_eq!((found.key, found.is_derived), (same.key, true));
        assert!(!same.is_derived);
        // The label of another matrix says nothing, and the configuration does.
        let foreign = cell(podman, "hello-world", "crun on overlay");
        assert_eq!(named(&foreign, &published), Ok(found));
        // A name in the study's way that the study does not have is not overruled.
        let wrong = cell(podman, "hello-world", "podman,centos,youki,overlay,0");
        let unknown = Err(AsideReason::UnknownConfiguration);
        assert_eq!(named(&wrong, &published), unknown);
        let no_test = named(&cell(podman, "script", ""), &published);
        assert_eq!(no_test, Err(AsideReason::UnknownWorkload));
        assert_eq!(network(podman), Some("none"));
        assert!(is_stand_in(podman) && !is_stand_in(&podman.replace("host-gnu", "alpine:3")));
    }
}

//! Names of a bench's cells in the study.

use super::published::{CellKey, Published};
use crate::design::{StudyConfiguration, TESTS};
use crate::report::AsideReason;
use setup::bench::Cell;
use setup::configuration::{Configuration, ManagerKind};
use setup::image::ImageSource;
use setup::runtime::RuntimeChoice;
use setup::storage::{StorageChoice, StorageKind};

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
        .or_else(|| derived(&cell.configuration.parse().ok()?))
        .and_then(|configuration| published.place(&configuration));
    let test = TESTS.iter().position(|test| test.workload == cell.workload);
    let key = CellKey {
        configuration: configuration.ok_or(AsideReason::UnknownConfiguration)?,
        test: test.ok_or(AsideReason::UnknownWorkload)?,
    };
    Ok(Named { key, is_derived })
}

/// The name of a configuration in the study.
fn derived(configuration: &Configuration) -> Option<StudyConfiguration> {
    Some(StudyConfiguration {
        manager: manager_name(configuration.manager).to_owned(),
        image: image_name(&configuration.image)?.to_owned(),
        runtime: runtime_name(&configuration.runtime),
        storage: storage_name(configuration).to_owned(),
        rootless: configuration.rootless,
    })
}

/// The study's prototype drives a runtime itself, as the embedded engine does.
fn manager_name(manager: ManagerKind) -> &'static str {
    match manager {
        ManagerKind::Embedded => "contingious",
        other => other.name(),
    }
}

fn runtime_name(runtime: &RuntimeChoice) -> String {
    match runtime {
        RuntimeChoice::Liblxc => "lxc".to_owned(),
        other => other.name(),
    }
}

fn storage_name(configuration: &Configuration) -> &'static str {
    match (configuration.manager, configuration.storage) {
        (ManagerKind::Lxd, StorageChoice::Kind(StorageKind::Vfs)) => "dir",
        (_, storage) => storage.name(),
    }
}

/// Whether an image is made on this host to stand for one of the study's.
pub fn is_stand_in(image: &ImageSource) -> bool {
    matches!(
        image,
        ImageSource::HostGnu | ImageSource::HostBusybox | ImageSource::MuslBusybox
    )
}

/// The images made from the host's files stand for those with the same programs; a reference is
/// known by its last part.
fn image_name(image: &ImageSource) -> Option<&'static str> {
    let name = match image {
        ImageSource::HostBusybox | ImageSource::MuslBusybox => "alpine",
        ImageSource::HostGnu => "centos",
        ImageSource::Reference(reference) => {
            let last = reference.rsplit('/').next()?;
            last.split([':', '@']).next()?
        }
        ImageSource::OciLayout(_) | ImageSource::Archive(_) | ImageSource::Debootstrap { .. } => {
            return None;
        }
    };
    ["alpine", "centos"]
        .into_iter()
        .find(|known| *known == name)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn derived_name(configuration: &str) -> Option<String> {
        let name = derived(&configuration.parse().ok()?)?;
        Some(name.to_string())
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
                "podman/crun/overlay/host/host-gnu/none/root/seccomp-none",
                "podman centos crun overlay",
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
    }
}

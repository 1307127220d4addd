//! The values that globs in a matrix choose from: those of each axis, and the workloads.

use super::matrix::Known;
use engine::workload::Workload;
use engine::workload::catalogue::{Kind, UnknownWorkload};
use setup::bench::WorkloadLabel;
use setup::configuration::{CgroupVersion, ManagerKind, NetworkKind, SeccompChoice};
use setup::size::Size;
use setup::storage::StorageKind;

/// OCI runtimes that globs choose from; any other is named by its path.
const RUNTIMES: [&str; 8] = [
    "libcontainer",
    "liblxc",
    "crun",
    "runc",
    "youki",
    "runsc",
    "kata-runtime",
    "kata-fc",
];
/// Images that globs choose from; any other is named: by its path or reference, and those that are made
/// from packages of a distribution.
const IMAGES: [&str; 2] = ["host-gnu", "host-busybox"];

/// Everything that this version knows.
#[derive(Clone, Copy, Debug)]
pub struct Catalogue;

impl Known for Catalogue {
    /// Values that stand for one of the others, as `auto`, `host` and `usual` do, are not among
    /// them, nor is `bare`, which is no manager of containers.
    fn values(&self, axis: &str) -> Vec<String> {
        let names: Vec<&str> = match axis {
            "manager" => ManagerKind::ALL
                .iter()
                .filter(|&&manager| manager != ManagerKind::Bare)
                .map(|value| value.name())
                .collect(),
            "runtime" => RUNTIMES.into(),
            "storage" => StorageKind::ALL.iter().map(|value| value.name()).collect(),
            "cgroup" => CgroupVersion::ALL
                .iter()
                .filter(|&&version| version != CgroupVersion::Host)
                .map(|value| value.name())
                .collect(),
            "network" => NetworkKind::ALL.iter().map(|value| value.name()).collect(),
            "image" => IMAGES.into(),
            "rootless" => vec!["no", "yes"],
            "seccomp" => SeccompChoice::ALL
                .iter()
                .filter(|&&choice| choice != SeccompChoice::Usual)
                .map(|choice| choice.name())
                .collect(),
            _ => Vec::new(),
        };
        names.into_iter().map(str::to_owned).collect()
    }

    fn workloads(&self) -> Vec<String> {
        let sizes = |kind: Kind| Size::ALL.map(|size| format!("{}/{size}", kind.name()));
        Kind::every()
            .flat_map(|kind| match kind.has_sizes() {
                true => sizes(kind).to_vec(),
                false => vec![kind.name().to_owned()],
            })
            .collect()
    }

    fn is_apart(&self, workload: &str) -> bool {
        let name = WorkloadLabel::from(workload).name;
        Kind::BARE.iter().any(|kind| kind.name() == name)
    }
}

/// The workload that a matrix names: a name, or a name and a size as in `io-read/md`.
///
/// # Errors
/// When there is none of that name or size.
pub fn workload(name: &str) -> Result<Workload, UnknownWorkload> {
    match name.split_once('/') {
        Some((name, size)) => Workload::named(name, Some(size.parse()?)),
        None => Workload::named(name, None),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::matrix::Matrix;
    use crate::matrix::Point;
    use setup::configuration::AXES;
    use setup::configuration::Configuration;
    use setup::runtime::RuntimeChoice;

    #[test]
    fn every_known_value_of_every_axis_is_a_configuration_and_comes_back() {
        for axis in AXES {
            let values = Catalogue.values(axis);
            assert!(!values.is_empty(), "{axis}");
            for name in values {
                let point: Point = [(axis.to_owned(), name.clone())].into();
                assert_eq!(Configuration::from_axes(&point).unwrap().axis(axis), name);
            }
        }
        for name in Catalogue.workloads() {
            assert!(workload(&name).is_ok(), "{name}");
        }
    }

    #[test]
    fn what_needs_no_container_is_named_and_not_matched_by_chance() {
        let all = Matrix::parse("workloads = \"*\"\nconfigurations = [{}]").unwrap();
        let chosen = all.workloads(&Catalogue).unwrap();
        assert!(chosen.contains(&"ping".to_owned()));
        assert!(!chosen.iter().any(|name| name.starts_with("netns")));
        let text = "workloads = [\"netns/xs\", \"netns-churn\"]\nconfigurations = [{ manager = \"bare\" }]";
        let named = Matrix::parse(text).unwrap();
        assert_eq!(named.workloads(&Catalogue).unwrap().len(), 6);
        let points = named.points(&Catalogue).unwrap();
        let bare = Configuration::from_axes(&points[0]).unwrap();
        assert_eq!(bare.manager, ManagerKind::Bare);
        assert_eq!(bare.runtime, RuntimeChoice::None);
    }
}

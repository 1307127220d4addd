//! What a matrix can name on this version of ctrprof: the values of each axis, and the way from
//! names to a configuration and back.

use super::matrix::{Known, Point};
use engine::workload::Workload;
use engine::workload::catalogue::{Kind, UnknownWorkload};
use setup::backing::Backing;
use setup::configuration::{
    CgroupAttach, CgroupSource, CgroupVersion, Configuration, ManagerKind, NetworkKind,
    SeccompChoice, UnknownValue,
};
use setup::image::ImageSource;
use setup::runtime::RuntimeChoice;
use setup::size::Size;
use setup::storage::{StorageChoice, StorageKind};

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
/// Images that globs choose from; any other is named by its path or reference.
const IMAGES: [&str; 2] = ["host-gnu", "host-busybox"];

/// Everything that this version knows.
#[derive(Clone, Copy, Debug)]
pub struct Catalogue;

impl Known for Catalogue {
    /// What stands for one of the others, as `auto`, `host` and `usual` do, is not among them, nor is `bare`,
    /// which is no manager of containers.
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
        let mut apart = Kind::BARE.iter();
        apart.any(|kind| workload.split('/').next() == Some(kind.name()))
    }
}

/// The configuration that a matrix names; an axis that it leaves out has its default, and the
/// runtime the one that the manager prefers.
///
/// # Errors
/// When an axis has no such value.
pub fn configuration(point: &Point) -> Result<Configuration, UnknownValue> {
    let value = |axis: &str| point.get(axis).map(String::as_str);
    let manager: ManagerKind = value("manager").map_or(Ok(ManagerKind::default()), str::parse)?;
    let (cgroup, cgroup_source, cgroup_attach) = cgroup(value("cgroup").unwrap_or("host"))?;
    let (storage, backing) =
        value("storage").map_or(Ok((StorageChoice::default(), None)), storage)?;
    Ok(Configuration {
        manager,
        runtime: RuntimeChoice::named(value("runtime").unwrap_or(manager.preferred_runtime())),
        storage,
        backing,
        cgroup,
        cgroup_source,
        cgroup_attach,
        image: value("image").map_or_else(ImageSource::default, |name| name.to_owned().into()),
        network: value("network").map_or(Ok(NetworkKind::default()), str::parse)?,
        rootless: value("rootless").map_or(Ok(false), rootless)?,
        seccomp: value("seccomp").map_or(Ok(SeccompChoice::default()), str::parse)?,
    })
}

/// The value of an axis of a configuration, as a matrix names it.
pub fn value(configuration: &Configuration, axis: &str) -> String {
    match axis {
        "manager" => configuration.manager.to_string(),
        "runtime" => configuration.runtime.name(),
        "storage" => storage_name(configuration),
        "cgroup" => cgroup_name(configuration),
        "network" => configuration.network.to_string(),
        "image" => configuration.image.to_string(),
        "rootless" => if configuration.rootless { "yes" } else { "no" }.to_owned(),
        "seccomp" => configuration.seccomp.to_string(),
        _ => String::new(),
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

/// A version, then what is not as by default, each behind a plus: `v2+pool+clone-into`.
fn cgroup(text: &str) -> Result<(CgroupVersion, CgroupSource, CgroupAttach), UnknownValue> {
    let mut parts = text.split('+');
    let version = parts.next().unwrap_or_default().parse()?;
    let (mut source, mut attach) = (CgroupSource::default(), CgroupAttach::default());
    for part in parts {
        match part.parse() {
            Ok(found) => source = found,
            Err(_) => attach = part.parse()?,
        }
    }
    Ok((version, source, attach))
}

fn cgroup_name(configuration: &Configuration) -> String {
    let mut name = configuration.cgroup.to_string();
    if configuration.cgroup_source != CgroupSource::default() {
        name = format!("{name}+{}", configuration.cgroup_source);
    }
    if configuration.cgroup_attach != CgroupAttach::default() {
        name = format!("{name}+{}", configuration.cgroup_attach);
    }
    name
}

/// A storage, and behind an at sign what it lies on: `btrfs@loop:btrfs:4G`.
fn storage(text: &str) -> Result<(StorageChoice, Option<Backing>), UnknownValue> {
    let known: Vec<&str> = StorageChoice::all().map(StorageChoice::name).collect();
    let (name, backing) = match text.split_once('@') {
        Some((name, backing)) => (name, Some(backing)),
        None => (text, None),
    };
    let choice = name.parse().map_err(|_| unknown("storage", name, &known))?;
    let backing = backing.map(|backing| {
        let forms = ["host", "/a/folder", "loop:ext4|xfs|btrfs:SIZE"];
        backing
            .parse()
            .map_err(|_| unknown("backing", backing, &forms))
    });
    Ok((choice, backing.transpose()?))
}

fn storage_name(configuration: &Configuration) -> String {
    let name = configuration.storage.name();
    match &configuration.backing {
        Some(backing) => format!("{name}@{backing}"),
        None => name.to_owned(),
    }
}

fn rootless(name: &str) -> Result<bool, UnknownValue> {
    match name {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(unknown("value of rootless", name, &["yes", "no"])),
    }
}

fn unknown(axis: &'static str, found: &str, known: &[&str]) -> UnknownValue {
    UnknownValue {
        axis,
        found: found.to_owned(),
        known: known.join(", "),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::matrix::{AXES, Matrix};

    fn point(values: &[(&str, &str)]) -> Point {
        let values = values.iter();
        values
            .map(|&(axis, value)| (axis.to_owned(), value.to_owned()))
            .collect()
    }

    #[test]
    fn every_known_value_of_every_axis_is_a_configuration_and_comes_back() {
        for axis in AXES {
            let values = Catalogue.values(axis);
            assert!(!values.is_empty(), "{axis}");
            for name in values {
                let configuration = configuration(&point(&[(axis, &name)])).unwrap();
                assert_eq!(value(&configuration, axis), name);
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
        let bare = configuration(&points[0]).unwrap();
        assert_eq!(bare.manager, ManagerKind::Bare);
        assert_eq!(bare.runtime, RuntimeChoice::None);
    }

    #[test]
    fn what_is_not_named_is_as_the_manager_prefers() {
        let chosen = configuration(&point(&[("manager", "docker")])).unwrap();
        assert_eq!(chosen.runtime.name(), "runc");
        assert_eq!(chosen.image, ImageSource::HostGnu);
    }

    #[test]
    fn control_groups_are_named_with_what_is_not_as_by_default() {
        for name in ["v2", "v2+pool", "v2+clone-into", "v1+pool+clone-into"] {
            let configuration = configuration(&point(&[("cgroup", name)])).unwrap();
            assert_eq!(value(&configuration, "cgroup"), name);
        }
    }

    #[test]
    fn an_unknown_value_is_refused_with_those_known() {
        for (axis, name, known) in [
            ("manager", "rkt", "podman"),
            ("storage", "tape", "overlay"),
            ("cgroup", "v2+quick", "clone-into"),
            ("rootless", "maybe", "yes, no"),
        ] {
            let error = configuration(&point(&[(axis, name)]))
                .unwrap_err()
                .to_string();
            assert!(
                error.contains(name.trim_start_matches("v2+")) && error.contains(known),
                "{error}"
            );
        }
        assert!(workload("sleep").is_err());
    }
}

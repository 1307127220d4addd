//! The values of a configuration's axes as text, one at a time: what a matrix names, what a label
//! is made of, and what selectors of questions match.

use std::collections::BTreeMap;

use super::{
    CgroupAttach, CgroupSource, CgroupVersion, Configuration, ManagerKind, NetworkKind,
    SeccompChoice, UnknownValue,
};
use crate::backing::Backing;
use crate::image::ImageSource;
use crate::runtime::RuntimeChoice;
use crate::storage::StorageChoice;

/// The axes of a configuration, by the names that a matrix gives them.
pub const AXES: [&str; 8] = [
    "manager", "runtime", "storage", "cgroup", "network", "image", "rootless", "seccomp",
];

impl Configuration {
    /// The configuration whose axes have these values. An axis that is left out has its default,
    /// and the runtime the one that the manager prefers.
    ///
    /// # Errors
    /// When an axis has no such value.
    pub fn from_axes(axes: &BTreeMap<String, String>) -> Result<Self, UnknownValue> {
        let value = |axis: &str| axes.get(axis).map(String::as_str);
        let manager: ManagerKind =
            value("manager").map_or(Ok(ManagerKind::default()), str::parse)?;
        let (cgroup, cgroup_source, cgroup_attach) =
            parse_cgroup(value("cgroup").unwrap_or(CgroupVersion::default().name()))?;
        let (storage, backing) =
            value("storage").map_or(Ok((StorageChoice::default(), None)), parse_storage)?;
        Ok(Self {
            manager,
            runtime: RuntimeChoice::named(value("runtime").unwrap_or(manager.preferred_runtime())),
            storage,
            backing,
            cgroup,
            cgroup_source,
            cgroup_attach,
            image: value("image").map_or_else(ImageSource::default, |name| name.to_owned().into()),
            network: value("network").map_or(Ok(NetworkKind::default()), str::parse)?,
            rootless: value("rootless").map_or(Ok(false), parse_rootless)?,
            seccomp: value("seccomp").map_or(Ok(SeccompChoice::default()), str::parse)?,
        })
    }

    /// The value of an axis, as [`Self::from_axes`] takes it, but for the runtime: that is the
    /// program's name without its folder. Empty for an unknown axis.
    pub fn axis(&self, axis: &str) -> String {
        match axis {
            "manager" => self.manager.to_string(),
            "runtime" => self.runtime.name(),
            "storage" => match &self.backing {
                Some(backing) => format!("{}@{backing}", self.storage.name()),
                None => self.storage.name().to_owned(),
            },
            "cgroup" => self.cgroup_text(),
            "network" => self.network.to_string(),
            "image" => self.image.to_string(),
            "rootless" => if self.rootless { "yes" } else { "no" }.to_owned(),
            "seccomp" => self.seccomp.to_string(),
            _ => String::new(),
        }
    }

    /// A version, then what is not as by default, each behind a plus: `v2+pool+clone-into`.
    pub(super) fn cgroup_text(&self) -> String {
        let mut text = self.cgroup.to_string();
        if self.cgroup_source != CgroupSource::default() {
            text = format!("{text}+{}", self.cgroup_source);
        }
        if self.cgroup_attach != CgroupAttach::default() {
            text = format!("{text}+{}", self.cgroup_attach);
        }
        text
    }
}

/// Reads what [`Configuration::cgroup_text`] writes.
pub(super) fn parse_cgroup(
    text: &str,
) -> Result<(CgroupVersion, CgroupSource, CgroupAttach), UnknownValue> {
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

/// A storage, and behind an at sign what it lies on: `btrfs@loop:btrfs:4G`.
fn parse_storage(text: &str) -> Result<(StorageChoice, Option<Backing>), UnknownValue> {
    match text.split_once('@') {
        Some((name, backing)) => Ok((parse_storage_name(name)?, Some(parse_backing(backing)?))),
        None => Ok((parse_storage_name(text)?, None)),
    }
}

pub(super) fn parse_storage_name(name: &str) -> Result<StorageChoice, UnknownValue> {
    let known: Vec<&str> = StorageChoice::all().map(StorageChoice::name).collect();
    name.parse().map_err(|_| unknown("storage", name, &known))
}

pub(super) fn parse_backing(text: &str) -> Result<Backing, UnknownValue> {
    let forms = ["host", "/a/folder", "loop:ext4|xfs|btrfs:SIZE"];
    text.parse().map_err(|_| unknown("backing", text, &forms))
}

fn parse_rootless(name: &str) -> Result<bool, UnknownValue> {
    match name {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(unknown("value of rootless", name, &["yes", "no"])),
    }
}

pub(super) fn unknown(axis: &'static str, found: &str, known: &[&str]) -> UnknownValue {
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

    fn configuration(axis: &str, value: &str) -> Result<Configuration, UnknownValue> {
        Configuration::from_axes(&[(axis.to_owned(), value.to_owned())].into())
    }

    #[test]
    fn an_axis_that_is_left_out_is_as_the_manager_prefers() {
        let chosen = configuration("manager", "docker").unwrap();
        assert_eq!(chosen.runtime.name(), "runc");
        assert_eq!(chosen.image, ImageSource::HostGnu);
        let bare = configuration("manager", "bare").unwrap();
        assert_eq!(bare.runtime, RuntimeChoice::None);
    }

    #[test]
    fn control_groups_are_named_with_all_that_is_not_as_by_default() {
        for name in ["v2", "v2+pool", "v2+clone-into", "v1+pool+clone-into"] {
            assert_eq!(configuration("cgroup", name).unwrap().axis("cgroup"), name);
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
            let error = configuration(axis, name).unwrap_err().to_string();
            let found = name.trim_start_matches("v2+");
            assert!(error.contains(found) && error.contains(known), "{error}");
        }
    }
}

//! A configuration: one point of the matrix manager x runtime x storage x cgroup x image x network
//! x rootless x seccomp.

pub mod axes;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use axes::{
    CgroupAttach, CgroupSource, CgroupVersion, ManagerKind, NetworkKind, SeccompChoice,
};

use super::backing::Backing;
use super::image::ImageSource;
use super::runtime::RuntimeChoice;
use super::storage::StorageChoice;

/// A value that an axis does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no {axis} '{found}'; choose one of {known}")]
pub struct UnknownValue {
    /// Name of the axis.
    pub axis: &'static str,
    /// What was given.
    pub found: String,
    /// The values, with commas between them.
    pub known: String,
}

/// One point of the matrix.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Configuration {
    /// Who takes the container through its lifecycle.
    pub manager: ManagerKind,
    /// The OCI runtime.
    pub runtime: RuntimeChoice,
    /// How a container gets its root file system.
    pub storage: StorageChoice,
    /// What that lies on; none leaves it to [`StorageChoice::usual_backing`].
    #[serde(default)]
    pub backing: Option<Backing>,
    /// Version of the control groups.
    pub cgroup: CgroupVersion,
    /// Where they come from.
    pub cgroup_source: CgroupSource,
    /// How the first process comes into them.
    pub cgroup_attach: CgroupAttach,
    /// Where the image comes from.
    pub image: ImageSource,
    /// The network.
    pub network: NetworkKind,
    /// Whether everything is done by a user who is not root.
    pub rootless: bool,
    /// The seccomp profile.
    #[serde(default)]
    pub seccomp: SeccompChoice,
}

impl Configuration {
    /// What the embedded engine's storage lies on.
    pub fn backing(&self) -> Backing {
        let usual = || self.storage.usual_backing();
        self.backing.clone().unwrap_or_else(usual)
    }
}

impl fmt::Display for Configuration {
    /// The axes with a slash between them; what is as by default among the finer ones is left out.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let runtime = self.runtime.name();
        write!(
            formatter,
            "{}/{runtime}/{}",
            self.manager,
            self.storage.name()
        )?;
        if let Some(backing) = &self.backing {
            write!(formatter, "@{backing}")?;
        }
        write!(formatter, "/{}", self.cgroup)?;
        if self.cgroup_source != CgroupSource::default() {
            write!(formatter, "+{}", self.cgroup_source)?;
        }
        if self.cgroup_attach != CgroupAttach::default() {
            write!(formatter, "+{}", self.cgroup_attach)?;
        }
        let rights = if self.rootless { "rootless" } else { "root" };
        write!(formatter, "/{}/{}/{rights}", self.image, self.network)?;
        match self.seccomp {
            SeccompChoice::Usual => Ok(()),
            chosen => write!(formatter, "/seccomp-{chosen}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_what_is_not_as_by_default_and_nothing_else() {
        let mut configuration = Configuration::default();
        let usual = "embedded/libcontainer/auto/host/host-gnu/none/root";
        assert_eq!(configuration.to_string(), usual);
        configuration.seccomp = SeccompChoice::None;
        assert_eq!(configuration.to_string(), format!("{usual}/seccomp-none"));
    }
}

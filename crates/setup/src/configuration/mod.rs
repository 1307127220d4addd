//! A configuration: one point of the matrix manager x runtime x storage x cgroup x image x network
//! x rootless x seccomp.

pub mod axes;
mod axis;
mod label;

use serde::{Deserialize, Serialize};

pub use axes::{
    CgroupAttach, CgroupSource, CgroupVersion, ManagerKind, NetworkKind, SeccompChoice,
};
pub use axis::AXES;
pub use label::LabelError;

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
    /// The value that was given.
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
    /// Its backing store; none leaves it to [`StorageChoice::usual_backing`].
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
    /// The backing store of the embedded engine's storage.
    pub fn backing(&self) -> Backing {
        let usual = || self.storage.usual_backing();
        self.backing.clone().unwrap_or_else(usual)
    }
}

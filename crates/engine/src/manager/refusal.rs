//! Configurations that a manager cannot bring about, whatever is installed.

use setup::configuration::{
    CgroupAttach, CgroupSource, Configuration, ManagerKind, NetworkKind, SeccompChoice,
};
use setup::image::ImageSource;
use setup::runtime::RuntimeChoice;

use super::{bare, containerd, docker, embedded, lxc, lxd, podman};

/// A reason why something cannot be done, and the remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}; {remedy}")]
pub struct Refusal {
    /// The reason.
    pub why: String,
    /// The remedy.
    pub remedy: String,
}

impl Refusal {
    /// A refusal.
    pub fn new(why: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            remedy: remedy.into(),
        }
    }

    /// A refusal if `condition` holds.
    pub fn when(condition: bool, why: &str, remedy: &str) -> Option<Self> {
        condition.then(|| Self::new(why, remedy))
    }
}

/// Every reason why the manager of a configuration cannot bring it about on any host.
pub fn refusals(configuration: &Configuration) -> Vec<Refusal> {
    let own = match configuration.manager {
        ManagerKind::Embedded => embedded::refusals(configuration),
        ManagerKind::Podman => podman::refusals(configuration),
        ManagerKind::Docker => docker::refusals(configuration),
        ManagerKind::Containerd => containerd::refusals(configuration),
        ManagerKind::Lxc => lxc::refusals(configuration),
        ManagerKind::Lxd => lxd::refusals(configuration),
        ManagerKind::Bare => bare::refusals(configuration),
    };
    of_runtime(configuration)
        .into_iter()
        .chain(of_embedded_alone(configuration))
        .flatten()
        .chain(own)
        .collect()
}

/// Runtimes that are part of some managers, and of no other.
fn of_runtime(configuration: &Configuration) -> [Option<Refusal>; 3] {
    let (manager, runtime) = (configuration.manager, &configuration.runtime);
    let is_lxc = matches!(manager, ManagerKind::Lxc | ManagerKind::Lxd);
    [
        Refusal::when(
            *runtime == RuntimeChoice::Libcontainer && manager != ManagerKind::Embedded,
            "libcontainer is a library in the embedded engine, which other managers cannot call",
            "choose a runtime that is a program, such as crun or runc",
        ),
        Refusal::when(
            (*runtime == RuntimeChoice::Liblxc) != is_lxc,
            "lxc and lxd have a runtime of their own built in, liblxc, and no other manager has it",
            "leave the choice of the runtime to the manager",
        ),
        Refusal::when(
            (*runtime == RuntimeChoice::None) != (manager == ManagerKind::Bare),
            "bare has no runtime, since it makes no container, and every other manager has one",
            "leave the choice of the runtime to the manager",
        ),
    ]
}

/// Choices that only the embedded engine has, and the one that only podman has.
fn of_embedded_alone(configuration: &Configuration) -> [Option<Refusal>; 3] {
    let is_embedded = configuration.manager == ManagerKind::Embedded;
    let chooses_groups = configuration.cgroup_source != CgroupSource::Fresh
        || configuration.cgroup_attach != CgroupAttach::Runtime;
    [
        Refusal::when(
            !is_embedded && chooses_groups,
            "only the embedded engine chooses where control groups come from and how they are entered",
            "use manager embedded",
        ),
        Refusal::when(
            !is_embedded && configuration.network == NetworkKind::Pool,
            "only the embedded engine takes network namespaces from a pool",
            "use network bridge",
        ),
        Refusal::when(
            configuration.rootless && configuration.manager != ManagerKind::Podman,
            "only podman is run without root",
            "use manager podman",
        ),
    ]
}

/// For managers that decide alone about the seccomp profile.
pub(super) fn of_seccomp(configuration: &Configuration) -> Option<Refusal> {
    Refusal::when(
        configuration.seccomp != SeccompChoice::Usual,
        "lxc, lxd and bare are not told which seccomp profile a container has",
        "leave the seccomp profile to the manager",
    )
}

/// For managers that pull no images from registries.
pub(super) fn of_reference(configuration: &Configuration) -> Option<Refusal> {
    Refusal::when(
        matches!(configuration.image, ImageSource::Reference(_)),
        "this manager pulls no images from registries of OCI images",
        "use podman, docker or containerd, or save the image to a file and use archive:FILE",
    )
}

#[cfg(test)]
mod tests;

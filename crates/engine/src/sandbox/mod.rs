//! The sandbox of an engine: namespaces of processes, mounts and, where one is needed, of the network,
//! in which everything happens that could outlive a run.
//!
//! The first process of the pid namespace is the engine itself. When it ends, however it ends, the
//! kernel kills every process of the namespace (pid_namespaces(7)), and with the last of them go
//! the namespaces with their mounts, bridges and virtual devices. It is told to die with its
//! parent, so nothing of this is left after a `kill -9` of either. What lives elsewhere (control
//! groups, folders) is named after the engine and removed by [`super::directory`].

mod host_network;
mod set_up;
mod supervisor;

use std::io;
use std::path::{Path, PathBuf};

pub use host_network::HostNetwork;
pub use set_up::set_up;
pub use supervisor::{SIGNAL_EXIT_BASE, supervise};

use setup::configuration::{Configuration, ManagerKind, NetworkKind};

/// The parts of a sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SandboxPlan {
    /// Whether it has a network of its own.
    pub network: bool,
    /// Whether /run, /dev/shm and the like begin empty: for managers, which keep notes there.
    pub empty_run: bool,
    /// An empty place for mounts that are moved away afterwards.
    pub scratch: PathBuf,
}

impl SandboxPlan {
    /// The sandbox that a configuration needs.
    pub fn of(configuration: &Configuration, scratch: &Path) -> Self {
        let is_embedded = configuration.manager == ManagerKind::Embedded;
        let is_bare = configuration.manager == ManagerKind::Bare;
        let network = match configuration.network {
            NetworkKind::None => !is_embedded,
            NetworkKind::Host | NetworkKind::Bridge | NetworkKind::Pool => true,
        };
        Self {
            network,
            empty_run: !is_embedded && !is_bare,
            scratch: scratch.to_path_buf(),
        }
    }
}

/// The error of making a sandbox.
#[derive(Debug, thiserror::Error)]
#[error(
    "failed to {action}: {source}; the engine needs CAP_SYS_ADMIN and, for a network, CAP_NET_ADMIN"
)]
pub struct SandboxError {
    action: &'static str,
    source: io::Error,
}

impl SandboxError {
    fn of<E: Into<io::Error>>(action: &'static str) -> impl FnOnce(E) -> Self {
        move |source| Self {
            action,
            source: source.into(),
        }
    }
}

//! The roles of processes.

use serde::{Deserialize, Serialize};

/// The part that a process has in a container's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "role_name"))]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The command line that asks a daemon (docker, ctr), or the traced command itself.
    Client,
    /// Who manages containers: podman, dockerd, containerd, the embedded engine.
    Manager,
    /// Who stays with a container: conmon, containerd-shim.
    Shim,
    /// The OCI runtime: crun, runc, youki.
    Runtime,
    /// A program that one of them starts: netavark, iptables, fuse-overlayfs.
    Helper,
    /// A process inside the container.
    Container,
    /// A kernel thread.
    KernelThread,
    /// None of these.
    Other,
}

impl Role {
    /// All roles, from the one who asks to the one who runs.
    pub const ALL: &'static [Self] = &[
        Self::Client,
        Self::Manager,
        Self::Shim,
        Self::Runtime,
        Self::Helper,
        Self::Container,
        Self::KernelThread,
        Self::Other,
    ];

    /// The name used in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Manager => "manager",
            Self::Shim => "shim",
            Self::Runtime => "runtime",
            Self::Helper => "helper",
            Self::Container => "container",
            Self::KernelThread => "kernel-thread",
            Self::Other => "other",
        }
    }
}

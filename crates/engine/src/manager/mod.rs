//! Managers: what stands between a person's request and the OCI runtime.

pub mod bare;
pub mod containerd;
pub mod daemon;
pub mod docker;
pub mod docker_commands;
pub mod embedded;
pub mod graph_root;
pub mod liblxc;
pub mod lxc;
pub mod lxd;
pub mod podman;
pub mod program;
mod refusal;
pub mod root_mount;
pub mod trial;

pub use refusal::{Refusal, refusals};

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use nix::unistd::Pid;

use super::cgroup::group::GroupError;
use super::child::ChildError;
use super::directory::EngineDirectory;
use super::image::ImageError;
use super::interrupt::{Interrupt, Interrupted};
use super::network::NetworkError;
use super::runtime::RuntimeError;
use super::sandbox::HostNetwork;
use super::spec::RunSpec;
use super::storage::StorageError;
use super::workload::Output;
use setup::configuration::{ManagerKind, SeccompChoice};

/// The container that is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Its name, unique on the host; its control groups are named after it.
    pub id: &'a str,
    /// Empty folder of the run, removed after it.
    pub directory: &'a Path,
    /// Port in the container that is to be reached from outside.
    pub container_port: Option<u16>,
}

/// A manager of containers, ready to be used. One value serves one container at a time, in the
/// order of the methods. Its first process does nothing: workloads are executed beside it.
///
/// Dropping a manager ends its daemons; whatever processes or mounts it leaves go with the sandbox
/// that it runs in ([`super::sandbox`]).
pub trait Manager {
    /// The set-up, by name of the axis or of a finer property, for the manifest: versions, driver
    /// options, and what stands in for what was asked for.
    fn description(&self) -> BTreeMap<String, String>;

    /// Sentences about what is not as asked for.
    fn warnings(&self) -> Vec<String> {
        Vec::new()
    }

    /// Makes ready, before a run and outside of its stages, what [`Manager::create`] takes from
    /// pools. `directory` is the folder of the run.
    ///
    /// # Errors
    /// When a pool cannot be filled.
    fn refill(&mut self, directory: &Path) -> Result<(), ManagerError> {
        let _ = directory;
        Ok(())
    }

    /// Makes the container, so that it can be started.
    ///
    /// # Errors
    /// When the manager refuses. [`Manager::discard`] then removes what there is.
    fn create(&mut self, request: &Request<'_>) -> Result<(), ManagerError>;

    /// Looks, outside of all stages, at what was made, where the workload is the manager's own
    /// ([`super::workload::Namespaces`]): such a run has no stages but `create` and `remove`.
    ///
    /// # Errors
    /// When the result is wrong.
    fn check(&mut self) -> Result<(), ManagerError> {
        Ok(())
    }

    /// Starts the first process.
    ///
    /// # Errors
    /// When it cannot be run.
    fn start(&mut self) -> Result<(), ManagerError>;

    /// Runs a command inside to its end.
    ///
    /// # Errors
    /// When it cannot be run; not when it fails, which the output says.
    fn exec(&mut self, command: &[String], interrupt: &Interrupt) -> Result<Output, ManagerError>;

    /// The first process, by its number in the sandbox. Asked outside of all stages.
    ///
    /// # Errors
    /// When the manager does not say.
    fn first_process(&mut self) -> Result<Pid, ManagerError>;

    /// Folders of the image that a program reads from to serve the container's files (FUSE); none
    /// where the kernel does. Asked outside of all stages.
    ///
    /// # Errors
    /// When the manager does not say.
    fn served_from(&mut self) -> Result<Vec<PathBuf>, ManagerError> {
        Ok(Vec::new())
    }

    /// Where the requested port of the container is reached. Asked outside of all stages.
    ///
    /// # Errors
    /// When no port was requested or the network has none.
    fn address(&mut self) -> Result<SocketAddr, ManagerError>;

    /// Kills the first process and waits until it is gone.
    ///
    /// # Errors
    /// When it cannot be killed.
    fn stop(&mut self) -> Result<(), ManagerError>;

    /// Removes the stopped container with all that it had.
    ///
    /// # Errors
    /// When something is left.
    fn remove(&mut self) -> Result<(), ManagerError>;

    /// Removes a container in whatever state it is, if there is one.
    ///
    /// # Errors
    /// When something is left.
    fn discard(&mut self) -> Result<(), ManagerError>;
}

/// An error of a manager.
#[derive(Debug, thiserror::Error)]
pub enum ManagerError {
    /// The root file system.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The image.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// The network.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The control groups.
    #[error(transparent)]
    Group(#[from] GroupError),
    /// The OCI runtime.
    #[error(transparent)]
    Runtime(RuntimeError),
    /// The bundle.
    #[error("failed to write {}: {source}; check the free space there", path.display())]
    Bundle {
        /// The file.
        path: PathBuf,
        source: io::Error,
    },
    /// A program ended with an error.
    #[error("{program} {action} failed: {message}")]
    Program {
        /// The program.
        program: String,
        /// Its subcommand.
        action: String,
        /// How it ended and what it wrote.
        message: String,
    },
    /// A program said something else than it should.
    #[error("{program} {action} printed {found:?}, which holds no {expected}; check its version")]
    Answer {
        /// The program.
        program: String,
        /// Its subcommand.
        action: String,
        /// The beginning of what it printed.
        found: String,
        /// The condition.
        expected: &'static str,
    },
    /// The daemon did not come up.
    #[error("{program} did not answer within {seconds} s; the end of its log: {log}")]
    Daemon {
        /// The program.
        program: &'static str,
        /// How long it was waited for.
        seconds: u64,
        /// The end of what it wrote.
        log: String,
    },
    /// A result that the manager made itself.
    #[error("{0}; the run is not counted")]
    Result(String),
    /// A request that cannot be met at all.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A file, pipe or process of the engine.
    #[error("failed to {action}: {source}")]
    System {
        /// The action that failed.
        action: String,
        source: io::Error,
    },
    /// The engine was asked to end.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
    /// A child process.
    #[error(transparent)]
    Child(ChildError),
}

impl ManagerError {
    /// A failed system call; `action` completes "failed to".
    pub fn system(action: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let action = action.into();
        move |source| Self::System { action, source }
    }
}

impl From<RuntimeError> for ManagerError {
    fn from(error: RuntimeError) -> Self {
        match error {
            RuntimeError::Interrupted(interrupted) => Self::Interrupted(interrupted),
            other => Self::Runtime(other),
        }
    }
}

impl From<ChildError> for ManagerError {
    fn from(error: ChildError) -> Self {
        match error {
            ChildError::Interrupted(interrupted) => Self::Interrupted(interrupted),
            ChildError::Wait { .. } | ChildError::Spawn { .. } => Self::Child(error),
        }
    }
}

/// Options of `podman create` and `docker create` for a choice of the seccomp profile.
const fn seccomp_options(choice: SeccompChoice) -> &'static [&'static str] {
    match choice {
        SeccompChoice::Usual | SeccompChoice::Default => &[],
        SeccompChoice::None => &["--security-opt", "seccomp=unconfined"],
    }
}

/// Where a manager is set up.
#[derive(Clone, Copy, Debug)]
pub struct Site<'a> {
    /// The runs that are asked for.
    pub spec: &'a RunSpec,
    /// The engine's folder, removed with the engine.
    pub directory: &'a EngineDirectory,
    /// The way to the host's network.
    pub host_network: &'a HostNetwork,
    /// A folder for images and layers: one that outlives the engine, if there is one.
    pub state: &'a Path,
}

/// Sets up the manager that a configuration asks for: daemons are started and the image is
/// imported.
///
/// # Errors
/// When a program is missing, a daemon does not come up, or the image cannot be imported.
pub fn open(site: &Site<'_>, interrupt: &Interrupt) -> Result<Box<dyn Manager>, ManagerError> {
    match site.spec.configuration.manager {
        ManagerKind::Embedded => Ok(Box::new(embedded::Embedded::open(site)?)),
        ManagerKind::Podman => Ok(Box::new(podman::Podman::open(site, interrupt)?)),
        ManagerKind::Lxc => Ok(Box::new(lxc::Lxc::open(site, interrupt)?)),
        ManagerKind::Lxd => Ok(Box::new(lxd::Lxd::open(site, interrupt)?)),
        ManagerKind::Docker => Ok(Box::new(docker::Docker::open(site, interrupt)?)),
        ManagerKind::Containerd => Ok(Box::new(containerd::Ctr::open(site, interrupt)?)),
        ManagerKind::Bare => Ok(Box::new(bare::Bare::open(site)?)),
    }
}

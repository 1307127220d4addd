//! podman, with and without root: everything that it knows is in folders of the engine's own.
//!
//! Each stage is one command: `create`, `start`, `exec`, `stop --time 0`, `rm`. A container is
//! looked at before the first run: what podman mounted, and whether it set the limits. podman has
//! no daemon, but conmon and, without root, a process that keeps the user namespace stay; they go
//! with the sandbox.

mod command;
mod delegation;
mod description;
mod directories;
mod driver;
mod host_folders;
mod image;
mod prepare;
mod settings;
mod user;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use nix::unistd::Pid;

use self::command::PodmanCommand;
use self::driver::Driver;
use super::docker_commands::{Container, DockerClient, DockerCommands};
use super::graph_root::GraphRoot;
use super::{Manager, ManagerError, Refusal, Request, Site, program, seccomp_options, trial};
use crate::interrupt::Interrupt;
use crate::limits::{CPU_PERIOD_US, CPU_QUOTA_US, MEMORY_LIMIT_BYTES};
use crate::storage::fuse_overlayfs;
use crate::workload::Output;
use setup::configuration::{Configuration, NetworkKind};
use setup::storage::{StorageChoice, StorageKind};

/// The first process of each container: workloads are executed beside it.
const ENTRY_POINT: [&str; 2] = ["/bin/sleep", "infinity"];

/// The layers below a container's own, separated by colons (podman-inspect(1)).
const LOWER_FOLDERS: &str = "{{.GraphDriver.Data.LowerDir}}";

/// podman with its settings, and at most one container.
pub struct Podman {
    podman: PodmanCommand,
    /// Name of the image in podman.
    image: String,
    network: &'static str,
    /// Control group that containers' groups are made in; none where podman may not choose one.
    cgroup_parent: Option<String>,
    /// Options of `create`.
    seccomp: &'static [&'static str],
    container: Option<Container>,
    description: BTreeMap<String, String>,
    warnings: Vec<String>,
    /// For commands that are not to be left half done.
    never: Interrupt,
    /// Dropped last: the rest lies on it.
    graph_root: GraphRoot,
}

impl Podman {
    /// podman for a configuration, with the image imported.
    ///
    /// # Errors
    /// When a program is missing, the image is refused, or no container can be made.
    pub fn open(site: &Site<'_>, interrupt: &Interrupt) -> Result<Self, ManagerError> {
        let configuration = &site.spec.configuration;
        let graph_root = prepare::graph_root(site)?;
        let podman = prepare::podman(site, graph_root.path())?;
        let cgroup_parent = prepare::cgroup_parent(site, podman.user)?;
        let image = image::provide(&podman, site, interrupt)?;
        prepare::discard_leftovers(&podman, interrupt)?;
        let mut podman = Self {
            image,
            network: network_name(configuration.network, configuration.rootless),
            cgroup_parent,
            seccomp: seccomp_options(configuration.seccomp),
            container: None,
            description: description::of_programs(&podman, configuration.network, interrupt)?,
            warnings: Vec::new(),
            never: Interrupt::never().map_err(ManagerError::system("open a pipe"))?,
            podman,
            graph_root,
        };
        podman.description.extend(podman.graph_root.description());
        if site.spec.image.is_reference() {
            let digest = image::digest(&podman.podman, &podman.image, interrupt)?;
            podman.description.insert("image_digest".to_owned(), digest);
        }
        podman.try_out(site)?;
        Ok(podman)
    }

    /// Looks at a container, for the description and the warnings.
    fn try_out(&mut self, site: &Site<'_>) -> Result<(), ManagerError> {
        let trial = trial::look(self, site)?;
        let storage = [
            ("storage", self.podman.driver.storage().to_owned()),
            ("storage_backing", self.graph_root.file_system()?),
        ];
        self.description.extend(
            storage
                .into_iter()
                .chain(trial.description)
                .map(|(name, value)| (name.to_owned(), value)),
        );
        let why = match self.podman.user {
            Some(_) => {
                "; podman without root sets limits only where it was given control groups, which takes version 2"
            }
            None => "",
        };
        let warnings = trial.warnings.into_iter();
        self.warnings
            .extend(warnings.map(|warning| format!("{warning}{why}")));
        Ok(())
    }

    fn commands(&self) -> DockerCommands<'_, PodmanCommand> {
        DockerCommands {
            client: &self.podman,
            container: self.container.as_ref(),
            interrupt: &self.never,
        }
    }
}

/// podman's name for a network (podman-create(1)). Without root it cannot attach to a bridge of
/// the sandbox's: slirp4netns(1) stands for it, in user mode.
const fn network_name(network: NetworkKind, rootless: bool) -> &'static str {
    match network {
        NetworkKind::None => "none",
        NetworkKind::Host => "host",
        NetworkKind::Bridge | NetworkKind::Pool if rootless => "slirp4netns",
        NetworkKind::Bridge | NetworkKind::Pool => "bridge",
    }
}

impl Manager for Podman {
    fn description(&self) -> BTreeMap<String, String> {
        self.description.clone()
    }

    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }

    fn create(&mut self, request: &Request<'_>) -> Result<(), ManagerError> {
        let mut command = self.podman.command("create");
        command.args(["--name", request.id, "--network", self.network]);
        command.arg(format!("--cpu-quota={CPU_QUOTA_US}"));
        command.arg(format!("--cpu-period={CPU_PERIOD_US}"));
        command.arg(format!("--memory={MEMORY_LIMIT_BYTES}b"));
        command.args(self.seccomp);
        if let Some(parent) = &self.cgroup_parent {
            command.args(["--cgroup-parent", parent]);
        }
        if let Some(port) = request.container_port {
            command.arg(format!("--publish=127.0.0.1::{port}"));
        }
        command
            .arg("--pull=never")
            .arg(&self.image)
            .args(ENTRY_POINT);
        // Noted before it is made: a failure may leave half of it.
        self.container = Some(Container {
            id: request.id.to_owned(),
            port: request.container_port,
        });
        program::succeed(&mut command, &self.never)?;
        Ok(())
    }

    fn start(&mut self) -> Result<(), ManagerError> {
        self.commands().call("start", &[])?;
        Ok(())
    }

    fn exec(&mut self, words: &[String], interrupt: &Interrupt) -> Result<Output, ManagerError> {
        self.commands().exec(words, interrupt)
    }

    fn first_process(&mut self) -> Result<Pid, ManagerError> {
        self.commands().first_process()
    }

    fn served_from(&mut self) -> Result<Vec<PathBuf>, ManagerError> {
        if self.podman.driver.storage() != fuse_overlayfs::NAME {
            return Ok(Vec::new());
        }
        let layers = self
            .commands()
            .call("inspect", &["--format", LOWER_FOLDERS])?;
        Ok(layers.split(':').map(PathBuf::from).collect())
    }

    fn address(&mut self) -> Result<SocketAddr, ManagerError> {
        self.commands().address()
    }

    fn stop(&mut self) -> Result<(), ManagerError> {
        // SIGKILL at once; the command ends when the container has.
        self.commands().call("stop", &["--time", "0"])?;
        Ok(())
    }

    fn remove(&mut self) -> Result<(), ManagerError> {
        self.commands().call("rm", &[])?;
        self.container = None;
        Ok(())
    }

    fn discard(&mut self) -> Result<(), ManagerError> {
        if self.container.is_some() {
            self.commands()
                .call("rm", &["--force", "--time", "0", "--ignore"])?;
            self.container = None;
        }
        Ok(())
    }
}

impl Drop for Podman {
    fn drop(&mut self) {
        self.podman.directories.release();
    }
}

/// Configurations that podman cannot bring about.
pub(super) fn refusals(configuration: &Configuration) -> Vec<Refusal> {
    let needs_root = matches!(
        configuration.storage,
        StorageChoice::Kind(
            StorageKind::Aufs | StorageKind::Btrfs | StorageKind::Zfs | StorageKind::Devicemapper
        )
    );
    let rootless = Refusal::when(
        configuration.rootless && needs_root,
        "without root podman may not use this storage driver: its snapshots or mounts take privileges on the whole host",
        "choose overlay, fuse-overlayfs or vfs",
    );
    let driver = Driver::of(configuration.storage).err();
    driver.into_iter().chain(rootless).collect()
}

//! docker: a dockerd and a containerd of the engine's own, driven by the client.
//!
//! Each stage is one command: `create`, `start`, `exec`, `kill`, `rm`. A container is taken through
//! its life before the first run, to see what becomes of it; it also warms the daemons up, whose
//! first container takes longer than those after it.

mod api;
mod client;
mod daemon;
mod description;
pub mod driver;
mod image;

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use nix::unistd::Pid;

use self::client::Client;
use self::daemon::Daemons;
use super::docker_commands::{Container, DockerClient, DockerCommands};
use super::graph_root::GraphRoot;
use super::{Manager, ManagerError, Refusal, Request, Site, program, seccomp_options, trial};
use crate::interrupt::Interrupt;
use crate::limits::{CPUS, MEMORY_LIMIT_BYTES};
use crate::workload::Output;
use setup::configuration::{Configuration, NetworkKind};

/// The first process of each container: workloads are executed beside it.
const ENTRY_POINT: &str = "/bin/sleep";
const ENTRY_POINT_ARGUMENT: &str = "infinity";

/// docker with its daemons, and at most one container.
pub struct Docker {
    client: Client,
    /// Name of the image in dockerd.
    image: String,
    network: NetworkKind,
    /// Options of `create`.
    seccomp: &'static [&'static str],
    container: Option<Container>,
    description: BTreeMap<String, String>,
    warnings: Vec<String>,
    /// For commands that are not to be left half done.
    never: Interrupt,
    _daemons: Daemons,
    /// After the daemons, which use it.
    graph_root: GraphRoot,
}

impl Docker {
    /// docker for a configuration, with the image imported.
    ///
    /// # Errors
    /// When a program is missing, a daemon does not come up, the image is refused, or no container
    /// can be made.
    pub fn open(site: &Site<'_>, interrupt: &Interrupt) -> Result<Self, ManagerError> {
        let configuration = &site.spec.configuration;
        let driver = driver::driver(configuration.storage)?;
        let client = Client::find(site.directory.path().join("docker"))?;
        let graph_root = GraphRoot::open(site, "docker")?;
        let start = |network| daemon::start(site, graph_root.path(), driver, network, interrupt);
        let daemons = start_with_image(site, &client, &start, interrupt)?;
        discard_leftovers(&client, graph_root.path(), interrupt)?;
        let mut docker = Self {
            client,
            image: site.spec.image.reference(),
            network: configuration.network,
            seccomp: seccomp_options(configuration.seccomp),
            container: None,
            description: BTreeMap::new(),
            warnings: Vec::new(),
            never: Interrupt::never().map_err(ManagerError::system("open a pipe"))?,
            _daemons: daemons,
            graph_root,
        };
        docker.describe(site, interrupt)?;
        Ok(docker)
    }

    fn describe(&mut self, site: &Site<'_>, interrupt: &Interrupt) -> Result<(), ManagerError> {
        let trial = trial::look(self, site)?;
        self.warnings = trial.warnings;
        let storage = site.spec.configuration.storage.or_overlay();
        let properties = [
            ("storage", storage.to_string()),
            ("storage_backing", self.graph_root.file_system()?),
        ];
        let digest = image::digest(&site.spec.image)?;
        let properties = properties
            .into_iter()
            .chain(trial.description)
            .chain(digest.map(|digest| ("image_digest", digest)));
        self.description = description::of_programs(self.network, interrupt)?;
        self.description
            .extend(properties.map(|(name, value)| (name.to_owned(), value)));
        self.description.extend(self.graph_root.description());
        Ok(())
    }

    fn commands(&self) -> DockerCommands<'_, Client> {
        DockerCommands {
            client: &self.client,
            container: self.container.as_ref(),
            interrupt: &self.never,
        }
    }
}

/// Starts the daemons with the image in their graph root.
fn start_with_image(
    site: &Site<'_>,
    client: &Client,
    start: &dyn Fn(NetworkKind) -> Result<Daemons, ManagerError>,
    interrupt: &Interrupt,
) -> Result<Daemons, ManagerError> {
    let image = &site.spec.image;
    let network = site.spec.configuration.network;
    let daemons = start(network)?;
    if image::is_there(image)? {
        return Ok(daemons);
    }
    if !image.is_reference() {
        image::provide(client, image, interrupt)?;
        return Ok(daemons);
    }
    // dockerd itself asks the registry, so it must be in the host's network; it makes nothing
    // there. Two daemons cannot share a graph root.
    drop(daemons);
    let pull = || -> Result<(), ManagerError> {
        let _daemons = start(NetworkKind::None)?;
        image::provide(client, image, interrupt)
    };
    let done = site.host_network.with_network(pull);
    done.map_err(ManagerError::system("enter the host's network"))??;
    start(network)
}

/// docker's name for a network (docker-create(1)).
const fn network_name(network: NetworkKind) -> &'static str {
    match network {
        NetworkKind::None => "none",
        NetworkKind::Host => "host",
        NetworkKind::Bridge | NetworkKind::Pool => "bridge",
    }
}

/// Removes the containers of an engine that was killed: images stay, for the next one.
fn discard_leftovers(
    client: &Client,
    graph_root: &Path,
    interrupt: &Interrupt,
) -> Result<(), ManagerError> {
    let read = || -> std::io::Result<Vec<std::ffi::OsString>> {
        let entries = fs::read_dir(graph_root.join("containers"))?;
        entries.map(|entry| Ok(entry?.file_name())).collect()
    };
    let left = read().map_err(ManagerError::system("look for left containers"))?;
    if !left.is_empty() {
        let mut command = client.command("rm");
        command.args(["--force", "--volumes"]).args(left);
        program::succeed(&mut command, interrupt)?;
    }
    Ok(())
}

impl Manager for Docker {
    fn description(&self) -> BTreeMap<String, String> {
        self.description.clone()
    }

    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }

    fn create(&mut self, request: &Request<'_>) -> Result<(), ManagerError> {
        let mut command = self.client.command("create");
        command
            .args(["--name", request.id])
            .args(["--network", network_name(self.network)])
            .args(["--cpus", CPUS])
            .arg(format!("--memory={MEMORY_LIMIT_BYTES}b"))
            .args(self.seccomp);
        if let Some(port) = request.container_port {
            command.arg(format!("--publish=127.0.0.1::{port}"));
        }
        command
            .args(["--pull=never", "--entrypoint", ENTRY_POINT])
            .args([&self.image, ENTRY_POINT_ARGUMENT]);
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

    fn address(&mut self) -> Result<SocketAddr, ManagerError> {
        self.commands().address()
    }

    fn stop(&mut self) -> Result<(), ManagerError> {
        // SIGKILL at once; the command ends when the container has.
        self.commands().call("kill", &[])?;
        Ok(())
    }

    fn remove(&mut self) -> Result<(), ManagerError> {
        self.commands().call("rm", &["--volumes"])?;
        self.container = None;
        Ok(())
    }

    fn discard(&mut self) -> Result<(), ManagerError> {
        let Some(container) = &self.container else {
            return Ok(());
        };
        if api::knows(&format!("/containers/{}/json", container.id))? {
            self.commands().call("rm", &["--force", "--volumes"])?;
        }
        self.container = None;
        Ok(())
    }
}

/// Configurations that docker cannot bring about.
pub(super) fn refusals(configuration: &Configuration) -> Vec<Refusal> {
    driver::driver(configuration.storage)
        .err()
        .into_iter()
        .collect()
}

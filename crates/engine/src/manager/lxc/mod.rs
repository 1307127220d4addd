//! The programs of LXC: lxc-copy, lxc-start, lxc-attach, lxc-stop, lxc-destroy.

mod bridge;
mod config;
mod image;
mod store;

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::unistd::Pid;

use super::graph_root::GraphRoot;
use super::liblxc::BindMount;
use super::{Manager, ManagerError, Request, Site, liblxc, program, trial};
use crate::cgroup::CgroupLayout;
use crate::interrupt::Interrupt;
use crate::network::MappedPort;
use crate::workload::Output;
use bridge::Bridge;
use config::Settings;
use image::{Containers, option};
use setup::configuration::NetworkKind;
use store::BackingStore;

/// Where all containers are, in the sandbox's own /run: LXC puts the paths of layers into mount
/// options as they are, where a comma or a colon in them would end them.
const CONTAINERS: &str = "/run/lxc-containers";

/// LXC, with its containers in a folder of the engine's.
pub struct Lxc {
    store: BackingStore,
    engine: String,
    bridge: Option<Bridge>,
    container: Option<Container>,
    /// For what must not be left half done.
    never: Interrupt,
    description: BTreeMap<String, String>,
    warnings: Vec<String>,
    _containers: BindMount,
    /// Dropped last: the containers lie on it.
    _graph_root: GraphRoot,
}

struct Container {
    id: String,
    address: Option<Ipv4Addr>,
    port: Option<MappedPort>,
    log: PathBuf,
}

impl Lxc {
    /// Makes the sandbox ready and brings the image in.
    ///
    /// # Errors
    /// When LXC is not installed, or the image cannot be copied.
    pub fn open(site: &Site<'_>, interrupt: &Interrupt) -> Result<Self, ManagerError> {
        let version = program::succeed(Command::new("lxc-start").arg("--version"), interrupt)?;
        liblxc::prepare_sandbox()?;
        let configuration = &site.spec.configuration;
        let store = BackingStore::of(configuration.storage)?;
        let graph_root = GraphRoot::open(site, &format!("lxc-{}", store.name()))?;
        let path = Path::new(CONTAINERS);
        fs::create_dir_all(path).map_err(ManagerError::system(format!("make {CONTAINERS}")))?;
        let containers = BindMount::new(graph_root.path(), path)?;
        let settings = Settings {
            has_common: Path::new(config::COMMON).exists(),
            cgroups: CgroupLayout::of_host()
                .map_err(ManagerError::system("look at the control groups"))?,
            network: configuration.network,
        };
        let scratch = site.directory.path();
        Containers { path, store }.import(
            &site.spec.image,
            &settings.text(),
            scratch,
            interrupt,
        )?;
        let bridge = match configuration.network {
            NetworkKind::None | NetworkKind::Host => None,
            NetworkKind::Bridge | NetworkKind::Pool => Some(Bridge::new()?),
        };
        let mut lxc = Self {
            description: describe(&version, store, settings, &graph_root)?,
            store,
            engine: site.directory.name().to_owned(),
            bridge,
            container: None,
            never: Interrupt::never().map_err(ManagerError::system("open a pipe"))?,
            warnings: Vec::new(),
            _containers: containers,
            _graph_root: graph_root,
        };
        let trial = trial::look(&mut lxc, site)?;
        let found = trial
            .description
            .map(|(name, value)| (name.to_owned(), value));
        lxc.description.extend(found);
        lxc.warnings = trial.warnings;
        Ok(lxc)
    }

    fn container(&self) -> Result<&Container, ManagerError> {
        self.container
            .as_ref()
            .ok_or_else(|| ManagerError::Unsupported {
                what: "there is no container".to_owned(),
                remedy: "create one first".to_owned(),
            })
    }

    /// A program that is told which container it is about.
    fn command(&self, program: &str, id: &str) -> Command {
        let mut command = Command::new(program);
        command
            .args(["-n", id])
            .arg(option("lxcpath", Path::new(CONTAINERS)))
            .current_dir("/");
        command
    }

    fn call(&self, program: &str, arguments: &[&str]) -> Result<String, ManagerError> {
        let mut command = self.command(program, &self.container()?.id);
        program::succeed(command.args(arguments), &self.never)
    }

    /// Settings that no two containers share.
    fn own_settings(&self, container: &Container) -> Vec<(&'static str, String)> {
        let groups = liblxc::groups(&self.engine, &container.id);
        let address = container.address.map(config::address);
        groups
            .into_iter()
            .chain(address.into_iter().flatten())
            .collect()
    }
}

fn describe(
    version: &str,
    store: BackingStore,
    settings: Settings,
    graph_root: &GraphRoot,
) -> Result<BTreeMap<String, String>, ManagerError> {
    let mut description = vec![
        ("manager_version", version.to_owned()),
        ("runtime_version", version.to_owned()),
        ("storage", store.axis().to_owned()),
        ("storage_driver", store.name().to_owned()),
        ("storage_backing", graph_root.file_system()?),
        ("cgroup", settings.cgroups.name().to_owned()),
    ];
    if settings.has_common {
        description.push(("lxc_include", config::COMMON.to_owned()));
    }
    if settings.network == NetworkKind::Bridge {
        let bridge = format!("{} {}", bridge::NAME, bridge::GATEWAY);
        description.push(("network_bridge", bridge));
    }
    let description = description
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    Ok(description.chain(graph_root.description()).collect())
}

impl Manager for Lxc {
    fn description(&self) -> BTreeMap<String, String> {
        self.description.clone()
    }

    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }

    fn create(&mut self, request: &Request<'_>) -> Result<(), ManagerError> {
        let address = self.bridge.as_mut().map(Bridge::next_address);
        self.container = Some(Container {
            id: request.id.to_owned(),
            address,
            port: None,
            log: request.directory.join("lxc.log"),
        });
        let mut command = self.command("lxc-copy", image::NAME);
        command
            .arg(format!("--newname={}", request.id))
            .args(self.store.copy_options());
        program::succeed(&mut command, &self.never)?;
        if let (Some(address), Some(port)) = (address, request.container_port) {
            let mapped = MappedPort::new(address, port)?;
            self.container = self.container.take().map(|container| Container {
                port: Some(mapped),
                ..container
            });
        }
        Ok(())
    }

    fn start(&mut self) -> Result<(), ManagerError> {
        let container = self.container()?;
        let mut command = self.command("lxc-start", &container.id);
        command
            .arg(option("logfile", &container.log))
            .arg("--logpriority=ERROR");
        for (key, value) in self.own_settings(container) {
            command.arg(format!("--define={key}={value}"));
        }
        match program::succeed(&mut command, &self.never) {
            Err(ManagerError::Program {
                program,
                action,
                message,
            }) => {
                let log = program::end(&fs::read(&container.log).unwrap_or_default());
                Err(ManagerError::Program {
                    program,
                    action,
                    message: format!("{message}; its log ends with {log:?}"),
                })
            }
            outcome => outcome.map(drop),
        }
    }

    fn exec(&mut self, command: &[String], interrupt: &Interrupt) -> Result<Output, ManagerError> {
        let mut attach = self.command("lxc-attach", &self.container()?.id);
        attach
            .args(["--clear-env", "--set-var=HOME=/root", "--"])
            .args(command);
        program::output(&mut attach, interrupt)
    }

    fn first_process(&mut self) -> Result<Pid, ManagerError> {
        let printed = self.call("lxc-info", &["--pid", "--no-humanize"])?;
        let pid = printed.parse().map_err(|_| ManagerError::Answer {
            program: "lxc-info".to_owned(),
            action: "--pid".to_owned(),
            found: printed,
            expected: "process number",
        })?;
        Ok(Pid::from_raw(pid))
    }

    fn address(&mut self) -> Result<SocketAddr, ManagerError> {
        let port = self.container()?.port.as_ref();
        port.map(MappedPort::address)
            .ok_or_else(|| ManagerError::Unsupported {
                what: "the container has no mapped port".to_owned(),
                remedy: "use the network bridge".to_owned(),
            })
    }

    fn stop(&mut self) -> Result<(), ManagerError> {
        self.call("lxc-stop", &["--kill"]).map(drop)
    }

    fn remove(&mut self) -> Result<(), ManagerError> {
        self.call("lxc-destroy", &[])?;
        self.forget()
    }

    /// A copy that failed half way has no settings, and LXC does not know it.
    fn discard(&mut self) -> Result<(), ManagerError> {
        let Some(container) = &self.container else {
            return Ok(());
        };
        let folder = Path::new(CONTAINERS).join(&container.id);
        if folder.join("config").exists() {
            return self
                .call("lxc-destroy", &["--force"])
                .and_then(|_| self.forget());
        }
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(ManagerError::system("remove a container"))?;
        }
        self.forget()
    }
}

impl Lxc {
    /// Removes the leftovers of a container that LXC has removed.
    fn forget(&mut self) -> Result<(), ManagerError> {
        match self.container.take().and_then(|container| container.port) {
            Some(port) => Ok(port.remove()?),
            None => Ok(()),
        }
    }
}

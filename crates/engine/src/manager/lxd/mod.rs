//! An LXD daemon of the engine's own, and `lxc`, its client.
//!
//! The daemon sees nothing of one that the host may run: its folder is in the sandbox's /run, its
//! bridge and firewall rules in the sandbox's network namespace.

mod client;
mod daemon;
mod image;
mod pool;
mod settings;

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Command;

use nix::unistd::Pid;
use serde_json::Value;

use super::graph_root::GraphRoot;
use super::{Manager, ManagerError, Request, Site, liblxc, program, trial};
use crate::cgroup::CgroupLayout;
use crate::interrupt::Interrupt;
use crate::network::{MAPPED_PORT, SANDBOX_ADDRESS};
use crate::workload::Output;
use client::Client;
use daemon::Daemon;
use pool::PoolDriver;
use settings::Settings;
use setup::configuration::NetworkKind;

/// Addresses that containers on the bridge have, one after the other.
const ADDRESSES: u32 = (1 << (32 - settings::PREFIX_BITS as u32)) - 3;

/// LXD, with its image, pool and network ready.
pub struct Lxd {
    client: Client,
    image: String,
    engine: String,
    has_bridge: bool,
    /// How many containers there were.
    count: u32,
    container: Option<Container>,
    /// For what must not be left half done.
    never: Interrupt,
    description: BTreeMap<String, String>,
    warnings: Vec<String>,
    /// Ended when it is dropped, before what it lies on.
    _daemon: Daemon,
    _graph_root: GraphRoot,
}

struct Container {
    id: String,
    has_port: bool,
}

impl Lxd {
    /// Starts the daemon and tells it all that containers share.
    ///
    /// # Errors
    /// When LXD is not installed or does not come up, or the image cannot be imported.
    pub fn open(site: &Site<'_>, interrupt: &Interrupt) -> Result<Self, ManagerError> {
        let configuration = &site.spec.configuration;
        let scratch = site.directory.path();
        let privileged = settings::without_user_namespaces();
        let settings = Settings {
            pool: PoolDriver::of(configuration.storage)?,
            has_bridge: configuration.network == NetworkKind::Bridge,
            is_privileged: privileged.is_some(),
        };
        let graph_root = GraphRoot::open(site, &format!("lxd-{}", settings.pool.name()))?;
        liblxc::prepare_sandbox()?;
        let daemon = Daemon::start(graph_root.path(), &scratch.join("lxd.log"), interrupt)?;
        let client = Client::new(&scratch.join("lxc-client"));
        settings::remove_leftovers(&client, interrupt)?;
        settings.apply(&client, interrupt)?;
        let image = &site.spec.image;
        image::import(&client, image, scratch, site.directory.name(), interrupt)?;
        let about = client.get("/1.0", interrupt)?.unwrap_or_default();
        let mut lxd = Self {
            description: describe(&about, settings, &graph_root)?,
            client,
            image: image::alias(image),
            engine: site.directory.name().to_owned(),
            has_bridge: settings.has_bridge,
            count: 0,
            container: None,
            never: Interrupt::never().map_err(ManagerError::system("open a pipe"))?,
            warnings: privileged
                .iter()
                .map(|why| without_namespace(why))
                .collect(),
            _daemon: daemon,
            _graph_root: graph_root,
        };
        let trial = trial::look(&mut lxd, site)?;
        let found = trial
            .description
            .map(|(name, value)| (name.to_owned(), value));
        lxd.description.extend(found);
        lxd.warnings.extend(trial.warnings);
        Ok(lxd)
    }

    fn container(&self) -> Result<&Container, ManagerError> {
        self.container
            .as_ref()
            .ok_or_else(|| ManagerError::Unsupported {
                what: "there is no container".to_owned(),
                remedy: "create one first".to_owned(),
            })
    }

    /// A subcommand on the container that must succeed.
    fn call(&self, subcommand: &str, options: &[&str]) -> Result<(), ManagerError> {
        let mut command = self.client.command(subcommand);
        command
            .arg("--quiet")
            .args(options)
            .arg(&self.container()?.id);
        program::succeed(&mut command, &self.never).map(drop)
    }

    /// Settings that only liblxc itself takes: the image has no init system, and nobody in it asks
    /// for an address.
    fn raw_settings(&self, id: &str) -> String {
        let mut lines = vec![("lxc.init.cmd", "/bin/sleep infinity".to_owned())];
        lines.extend(liblxc::groups(&self.engine, id));
        if self.has_bridge {
            let host = 1 + self.count % ADDRESSES;
            let address = Ipv4Addr::from(u32::from(settings::GATEWAY) + host);
            let with_prefix = format!("{address}/{}", settings::PREFIX_BITS);
            lines.push(("lxc.net.0.ipv4.address", with_prefix));
            lines.push(("lxc.net.0.ipv4.gateway", settings::GATEWAY.to_string()));
        }
        let lines = lines
            .iter()
            .map(|(key, value)| format!("{key} = {value}\n"));
        lines.collect()
    }

    /// LXD's own way to map a port: a process that passes connections on.
    fn map_port(&self, id: &str, port: u16) -> Command {
        let mut command = self.client.command("config");
        command
            .args(["device", "add", "--quiet", id, "port", "proxy"])
            .arg(format!("listen=tcp:{SANDBOX_ADDRESS}:{MAPPED_PORT}"))
            .arg(format!("connect=tcp:127.0.0.1:{port}"));
        command
    }
}

fn without_namespace(why: &str) -> String {
    format!("containers have no user namespace of their own: {why}")
}

fn describe(
    about: &Value,
    settings: Settings,
    graph_root: &GraphRoot,
) -> Result<BTreeMap<String, String>, ManagerError> {
    let environment = |name: &str| {
        let value = about["environment"][name].as_str();
        value.unwrap_or_default().to_owned()
    };
    let layout =
        CgroupLayout::of_host().map_err(ManagerError::system("look at the control groups"))?;
    let bridge = format!("{} {}", settings::BRIDGE, settings::GATEWAY);
    let only = |condition: bool, value: String| if condition { value } else { String::new() };
    let driver_version = environment("storage_version");
    let description = [
        ("manager_version", environment("server_version")),
        ("runtime_version", environment("driver_version")),
        ("storage", settings.pool.axis().to_owned()),
        ("storage_driver", settings.pool.name().to_owned()),
        ("storage_driver_version", driver_version),
        ("storage_backing", graph_root.file_system()?),
        ("cgroup", layout.name().to_owned()),
        ("network_bridge", only(settings.has_bridge, bridge)),
        (
            "network_firewall",
            only(settings.has_bridge, environment("firewall")),
        ),
        (
            "user_namespace",
            if settings.is_privileged { "no" } else { "yes" }.to_owned(),
        ),
    ]
    .map(|(name, value)| (name.to_owned(), value));
    let store = graph_root.description();
    Ok(description.into_iter().chain(store).collect())
}

impl Manager for Lxd {
    fn description(&self) -> BTreeMap<String, String> {
        self.description.clone()
    }

    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }

    fn create(&mut self, request: &Request<'_>) -> Result<(), ManagerError> {
        let mut init = self.client.command("init");
        init.args(["--quiet", &self.image, request.id, "--config"])
            .arg(format!("raw.lxc={}", self.raw_settings(request.id)));
        self.count += 1;
        self.container = Some(Container {
            id: request.id.to_owned(),
            has_port: request.container_port.is_some(),
        });
        program::succeed(&mut init, &self.never)?;
        if let Some(port) = request.container_port {
            program::succeed(&mut self.map_port(request.id, port), &self.never)?;
        }
        Ok(())
    }

    fn start(&mut self) -> Result<(), ManagerError> {
        match self.call("start", &[]) {
            Err(ManagerError::Program {
                program,
                action,
                message,
            }) => {
                let log = Path::new(daemon::FOLDER)
                    .join("logs")
                    .join(&self.container()?.id)
                    .join("lxc.log");
                let log = program::end(&fs::read(log).unwrap_or_default());
                Err(ManagerError::Program {
                    program,
                    action,
                    message: format!("{message}; liblxc wrote {log:?}"),
                })
            }
            outcome => outcome,
        }
    }

    fn exec(&mut self, command: &[String], interrupt: &Interrupt) -> Result<Output, ManagerError> {
        let mut exec = self.client.command("exec");
        exec.args([&self.container()?.id, "--"]).args(command);
        program::output(&mut exec, interrupt)
    }

    fn first_process(&mut self) -> Result<Pid, ManagerError> {
        let path = format!("/1.0/instances/{}/state", self.container()?.id);
        let state = self.client.get(&path, &self.never)?.unwrap_or_default();
        let pid = state["pid"]
            .as_i64()
            .and_then(|pid| i32::try_from(pid).ok());
        match pid {
            Some(pid) if pid > 0 => Ok(Pid::from_raw(pid)),
            Some(_) | None => Err(ManagerError::Answer {
                program: "lxc".to_owned(),
                action: format!("query {path}"),
                found: crate::workload::beginning(state.to_string().as_bytes()),
                expected: "process number",
            }),
        }
    }

    fn address(&mut self) -> Result<SocketAddr, ManagerError> {
        if self.has_bridge && self.container()?.has_port {
            return Ok((SANDBOX_ADDRESS, MAPPED_PORT).into());
        }
        Err(ManagerError::Unsupported {
            what: "the container has no mapped port".to_owned(),
            remedy: "use the network bridge".to_owned(),
        })
    }

    fn stop(&mut self) -> Result<(), ManagerError> {
        self.call("stop", &["--force"])
    }

    fn remove(&mut self) -> Result<(), ManagerError> {
        self.call("delete", &[])?;
        self.container = None;
        Ok(())
    }

    fn discard(&mut self) -> Result<(), ManagerError> {
        let Some(container) = &self.container else {
            return Ok(());
        };
        let path = format!("/1.0/instances/{}", container.id);
        if self.client.get(&path, &self.never)?.is_some() {
            self.call("delete", &["--force"])?;
        }
        self.container = None;
        Ok(())
    }
}

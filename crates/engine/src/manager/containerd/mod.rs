//! containerd: one of the engine's own, driven with ctr.
//!
//! The stages are `ctr container create`, `task start`, `task exec`, `task kill` with `task delete`
//! as soon as the process is gone, and `container delete`.

mod client;
pub mod daemon;
mod image;
mod runtime_link;
pub mod snapshotter;

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use self::client::Client;
use self::daemon::Settings;
use super::daemon::Daemon;
use super::graph_root::GraphRoot;
use super::{Manager, ManagerError, Request, Site, program, trial};
use crate::cgroup::CgroupLayout;
use crate::child;
use crate::interrupt::Interrupt;
use crate::limits::{CPU_PERIOD_US, CPU_QUOTA_US, MEMORY_LIMIT_BYTES};
use crate::workload::{self, Output};
use setup::configuration::{NetworkKind, SeccompChoice};

/// The first process of each container: workloads are executed beside it.
const ENTRY_POINT: [&str; 2] = ["/bin/sleep", "infinity"];
/// The answer of `ctr task delete` about a task whose end containerd has not heard of (client
/// `task.go`, 1.6).
const STILL_RUNNING: &str = "must be stopped before deletion";
/// How often it is asked to delete such a task; one takes milliseconds to ask.
const DELETE_TRIALS: u32 = 20;

/// ctr with its daemon, and at most one container.
pub struct Ctr {
    client: Client,
    /// Name of the image in containerd.
    image: String,
    snapshotter: &'static str,
    network: NetworkKind,
    seccomp: SeccompChoice,
    container: Option<Container>,
    description: BTreeMap<String, String>,
    warnings: Vec<String>,
    /// For commands that are not to be left half done.
    never: Interrupt,
    _containerd: Daemon,
    /// After the daemon, which uses it.
    graph_root: GraphRoot,
}

struct Container {
    id: String,
    /// Where ctr writes the number of its first process.
    pid_file: PathBuf,
    /// How many commands were executed in it: each has a name.
    executed: u32,
}

impl Container {
    /// As ctr wrote it down when it was started.
    fn first_process(&self) -> Result<Pid, ManagerError> {
        let written = fs::read_to_string(&self.pid_file)
            .map_err(ManagerError::system("read the number that ctr wrote"))?;
        let number = written.trim().parse().map_err(|_| ManagerError::Answer {
            program: "ctr".to_owned(),
            action: "task start".to_owned(),
            found: workload::beginning(written.as_bytes()),
            expected: "process number",
        })?;
        Ok(Pid::from_raw(number))
    }
}

impl Ctr {
    /// ctr for a configuration, with the image imported.
    ///
    /// # Errors
    /// When a program is missing, containerd does not come up, the image is refused, or no
    /// container can be made.
    pub fn open(site: &Site<'_>, interrupt: &Interrupt) -> Result<Self, ManagerError> {
        let configuration = &site.spec.configuration;
        let storage = configuration.storage;
        let snapshotter = snapshotter::snapshotter(storage.or_overlay()).ok_or_else(|| {
            ManagerError::Unsupported {
                what: format!("containerd has no snapshotter for {storage}"),
                remedy: "choose overlay, vfs or btrfs".to_owned(),
            }
        })?;
        let client = Client::find()?;
        let graph_root = GraphRoot::open(site, "containerd")?;
        let runtime = runtime_link::make(&configuration.runtime, site.directory.path())?;
        let settings = Settings {
            root: graph_root.path(),
            snapshotter,
            search_first: runtime.as_deref(),
        };
        let containerd = daemon::start(site, &settings, interrupt)?;
        client.remove_all(interrupt)?;
        let image = image::provide(&client, site, snapshotter, interrupt)?;
        let mut ctr = Self {
            client,
            image,
            snapshotter,
            network: configuration.network,
            seccomp: configuration.seccomp,
            container: None,
            description: BTreeMap::new(),
            warnings: Vec::new(),
            never: Interrupt::never().map_err(ManagerError::system("open a pipe"))?,
            _containerd: containerd,
            graph_root,
        };
        ctr.describe(site, interrupt)?;
        Ok(ctr)
    }

    fn describe(&mut self, site: &Site<'_>, interrupt: &Interrupt) -> Result<(), ManagerError> {
        let layout =
            CgroupLayout::of_host().map_err(ManagerError::system("look at the control groups"))?;
        let trial = trial::look(self, site)?;
        self.warnings = trial.warnings;
        let storage = site.spec.configuration.storage.or_overlay();
        let properties = [
            ("manager_version", daemon::version(interrupt)?),
            ("storage", storage.to_string()),
            ("storage_driver", self.snapshotter.to_owned()),
            ("storage_backing", self.graph_root.file_system()?),
            ("cgroup", layout.name().to_owned()),
            ("seccomp", profile(self.seccomp).to_owned()),
        ];
        let digest = image::digest(&self.client, &site.spec.image, interrupt)?;
        let properties = properties
            .into_iter()
            .chain(trial.description)
            .chain(digest.map(|digest| ("image_digest", digest)));
        self.description = properties
            .map(|(name, value)| (name.to_owned(), value))
            .chain(self.graph_root.description())
            .collect();
        Ok(())
    }

    fn succeed(&self, object: &str, action: &str, arguments: &[&str]) -> Result<(), ManagerError> {
        let mut command = self.client.command(object, action);
        command.args(arguments);
        program::succeed(&mut command, &self.never)?;
        Ok(())
    }

    /// Deletes a task whose process is gone, which containerd may not know yet.
    fn delete_task(&self, id: &str) -> Result<(), ManagerError> {
        for _ in 0..DELETE_TRIALS {
            let mut command = self.client.command("task", "delete");
            let output = program::output(command.arg(id), &self.never)?;
            if output.status.success() {
                return Ok(());
            }
            if !String::from_utf8_lossy(&output.stderr).contains(STILL_RUNNING) {
                return Err(program::failed(&command, &output));
            }
        }
        self.succeed("task", "delete", &["--force", id])
    }

    fn container(&self) -> Result<&Container, ManagerError> {
        self.container.as_ref().ok_or_else(no_container)
    }
}

fn no_container() -> ManagerError {
    ManagerError::Unsupported {
        what: "ctr has no container of this run".to_owned(),
        remedy: "create one first".to_owned(),
    }
}

fn no_port() -> ManagerError {
    ManagerError::Unsupported {
        what: "ctr maps no port of a container".to_owned(),
        remedy: "use manager docker, or a network without a mapped port".to_owned(),
    }
}

/// Without an option the container has a network namespace with nothing but loopback, which is down.
const fn network_options(network: NetworkKind) -> &'static [&'static str] {
    match network {
        NetworkKind::Host => &["--net-host"],
        NetworkKind::None | NetworkKind::Bridge | NetworkKind::Pool => &[],
    }
}

/// The profile that a container has for a choice.
const fn profile(choice: SeccompChoice) -> &'static str {
    match choice {
        SeccompChoice::Usual | SeccompChoice::None => "none",
        SeccompChoice::Default => "default",
    }
}

/// Without an option the container has no profile.
const fn seccomp_options(choice: SeccompChoice) -> &'static [&'static str] {
    match choice {
        SeccompChoice::Usual | SeccompChoice::None => &[],
        SeccompChoice::Default => &["--seccomp"],
    }
}

impl Manager for Ctr {
    fn description(&self) -> BTreeMap<String, String> {
        self.description.clone()
    }

    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }

    fn create(&mut self, request: &Request<'_>) -> Result<(), ManagerError> {
        if request.container_port.is_some() {
            return Err(no_port());
        }
        let mut command = self.client.command("container", "create");
        command
            .args(["--snapshotter", self.snapshotter])
            .arg(format!("--cpu-quota={CPU_QUOTA_US}"))
            .arg(format!("--cpu-period={CPU_PERIOD_US}"))
            .arg(format!("--memory-limit={MEMORY_LIMIT_BYTES}"))
            .args(network_options(self.network))
            .args(seccomp_options(self.seccomp))
            .args([self.image.as_str(), request.id])
            .args(ENTRY_POINT);
        // Noted before it is made: a failure may leave half of it.
        self.container = Some(Container {
            id: request.id.to_owned(),
            pid_file: request.directory.join("pid"),
            executed: 0,
        });
        program::succeed(&mut command, &self.never)?;
        Ok(())
    }

    fn start(&mut self) -> Result<(), ManagerError> {
        let container = self.container()?;
        let mut command = self.client.command("task", "start");
        command
            .args(["--detach", "--null-io", "--pid-file"])
            .arg(&container.pid_file)
            .arg(&container.id);
        program::succeed(&mut command, &self.never)?;
        Ok(())
    }

    fn exec(&mut self, words: &[String], interrupt: &Interrupt) -> Result<Output, ManagerError> {
        let container = self.container.as_mut().ok_or_else(no_container)?;
        container.executed += 1;
        let name = format!("exec-{}", container.executed);
        let mut command = self.client.command("task", "exec");
        command
            .args(["--exec-id", &name, &container.id])
            .args(words);
        // A shim that has just started a process waits for somebody to read its output, for up to
        // 30 s, and meanwhile tells of no end (pkg/process/exec.go, 1.6). So the client must not be
        // killed: it ends with the container.
        let end = || {
            if let Ok(first) = container.first_process() {
                let _ = kill(first, Signal::SIGKILL);
            }
        };
        Ok(child::run_until(end, &mut command, interrupt)?)
    }

    fn first_process(&mut self) -> Result<Pid, ManagerError> {
        self.container()?.first_process()
    }

    fn address(&mut self) -> Result<SocketAddr, ManagerError> {
        Err(no_port())
    }

    fn stop(&mut self) -> Result<(), ManagerError> {
        let first = self.first_process()?;
        let ended = child::pidfd_open(first).map_err(ManagerError::system("watch a container"))?;
        let id = self.container()?.id.clone();
        self.succeed("task", "kill", &["--signal", "SIGKILL", &id])?;
        child::await_end(&ended).map_err(ManagerError::system("wait for a container"))?;
        self.delete_task(&id)
    }

    fn remove(&mut self) -> Result<(), ManagerError> {
        let id = self.container()?.id.clone();
        self.succeed("container", "delete", &[&id])?;
        self.container = None;
        Ok(())
    }

    fn discard(&mut self) -> Result<(), ManagerError> {
        if self.container.take().is_some() {
            self.client.remove_all(&self.never)?;
        }
        Ok(())
    }
}

//! A runtime that is a program: crun, runc, youki, or any other with their command line.
//!
//! The program's processes come and go; the container's first process outlives them and is
//! inherited by this process, which makes itself a subreaper for that (prctl(2)), as a manager's
//! shim does.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use nix::unistd::Pid;

use super::{Bundle, Runtime, RuntimeError};
use crate::cgroup::birth::{self, Entrance};
use crate::child;
use crate::interrupt::Interrupt;
use crate::workload::{Output, beginning};

/// Tells crun to leave control groups alone (crun(1)).
const LEAVE_GROUPS: &str = "--cgroup-manager=disabled";

/// A runtime program with its state folder.
#[derive(Debug)]
pub struct CommandLine {
    program: PathBuf,
    name: String,
    state: PathBuf,
    /// In front of every subcommand.
    options: &'static [&'static str],
    container: Option<Running>,
}

#[derive(Debug)]
struct Running {
    id: String,
    /// The container's first process, once it is known and until it is reaped.
    first: Option<Pid>,
    /// The control group that the program's processes are put into, if they are.
    entrance: Option<Entrance>,
}

impl CommandLine {
    /// The program, which keeps its state under `state` and is told `options`.
    ///
    /// # Errors
    /// When this process cannot become a subreaper.
    pub fn new(
        program: PathBuf,
        state: PathBuf,
        options: &'static [&'static str],
    ) -> Result<Self, RuntimeError> {
        // SAFETY: PR_SET_CHILD_SUBREAPER takes a flag.
        if unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1) } != 0 {
            return Err(RuntimeError::System {
                action: "become the parent of orphaned containers",
                source: io::Error::last_os_error(),
            });
        }
        Ok(Self {
            name: setup::runtime::RuntimeChoice::Program(program.clone()).name(),
            program,
            state,
            options,
            container: None,
        })
    }

    fn command(&self, action: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--root").arg(&self.state).args(self.options);
        if self.entrance().is_some() {
            command.arg(LEAVE_GROUPS);
        }
        command.arg(action);
        command
    }

    fn entrance(&self) -> Option<&Entrance> {
        self.container.as_ref()?.entrance.as_ref()
    }

    /// Runs a subcommand on the container to its end, to which nobody can interrupt it: half a
    /// deletion is worse than a late end.
    fn call(&self, action: &'static str, arguments: &[&str]) -> Result<(), RuntimeError> {
        let output = self
            .command(action)
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .map_err(|source| self.spawn_error(source))?;
        self.succeeded(action, output.status, &output.stderr)
    }

    /// Deletes a container whose first process is gone. runsc waits until the server of its files
    /// is gone, too, which has become a child of ours.
    fn delete(&self, arguments: &[&str]) -> Result<(), RuntimeError> {
        let mut command = self.command("delete");
        let (status, written) = child::run_and_reap(command.args(arguments))
            .map_err(|source| self.spawn_error(source))?;
        self.succeeded("delete", status, &written)
    }

    fn succeeded(
        &self,
        action: &'static str,
        status: ExitStatus,
        written: &[u8],
    ) -> Result<(), RuntimeError> {
        if status.success() {
            return Ok(());
        }
        Err(self.program_error(action, status, written))
    }

    /// `create` leaves its standard streams to the container, so they must not be pipes that
    /// would then never end.
    fn call_create(&self, bundle: &Bundle, pid_file: &Path) -> Result<(), RuntimeError> {
        let log = bundle.directory.join("create.log");
        let file = |path: &Path| {
            File::options()
                .create(true)
                .append(true)
                .open(path)
                .map_err(|source| RuntimeError::System {
                    action: "open a log for the runtime",
                    source,
                })
        };
        let mut command = self.command("create");
        command
            .arg("--bundle")
            .arg(&bundle.directory)
            .arg("--pid-file")
            .arg(pid_file)
            .arg(&bundle.id)
            .stdin(Stdio::null())
            .stdout(file(&log)?)
            .stderr(file(&log)?);
        let status = match self.entrance() {
            Some(entrance) => birth::spawn(&mut command, entrance).and_then(child::reap),
            None => command.status(),
        };
        let status = status.map_err(|source| self.spawn_error(source))?;
        if status.success() {
            return Ok(());
        }
        let written = fs::read(&log).unwrap_or_default();
        Err(self.program_error("create", status, &written))
    }

    fn spawn_error(&self, source: io::Error) -> RuntimeError {
        RuntimeError::Child(child::ChildError::Spawn {
            program: self.program.display().to_string(),
            source,
        })
    }

    fn program_error(
        &self,
        action: &'static str,
        status: ExitStatus,
        written: &[u8],
    ) -> RuntimeError {
        RuntimeError::Program {
            program: self.name.clone(),
            action,
            message: format!("{status}; it wrote {:?}", beginning(written)),
        }
    }

    fn id(&self, action: &'static str) -> Result<&str, RuntimeError> {
        self.container
            .as_ref()
            .map(|running| running.id.as_str())
            .ok_or(RuntimeError::NoContainer(action))
    }

    /// Reaps the first process, which the caller has had killed.
    fn reap_first(&mut self) -> Result<(), RuntimeError> {
        let first = self
            .container
            .as_mut()
            .and_then(|running| running.first.take());
        if let Some(first) = first {
            child::reap_first(first).map_err(|source| RuntimeError::System {
                action: "wait for the container",
                source,
            })?;
        }
        Ok(())
    }
}

impl Runtime for CommandLine {
    fn name(&self) -> &str {
        &self.name
    }

    fn create(&mut self, bundle: &Bundle) -> Result<(), RuntimeError> {
        let pid_file = bundle.directory.join("first.pid");
        self.container = Some(Running {
            id: bundle.id.clone(),
            first: None,
            entrance: bundle.entrance.clone(),
        });
        self.call_create(bundle, &pid_file)?;
        let first = fs::read_to_string(&pid_file)
            .and_then(|text| text.trim().parse().map_err(io::Error::other))
            .map_err(|source| RuntimeError::System {
                action: "read the pid file that the runtime wrote",
                source,
            })?;
        if let Some(running) = &mut self.container {
            running.first = Some(Pid::from_raw(first));
        }
        Ok(())
    }

    fn start(&mut self) -> Result<(), RuntimeError> {
        self.call("start", &[self.id("start")?])
    }

    fn exec(&mut self, argv: &[String], interrupt: &Interrupt) -> Result<Output, RuntimeError> {
        let mut command = self.command("exec");
        command.arg(self.id("exec in")?).args(argv);
        Ok(match self.entrance() {
            Some(entrance) => child::run_in_group(&mut command, entrance, interrupt)?,
            None => child::run(&mut command, interrupt)?,
        })
    }

    fn first_process(&self) -> Result<Pid, RuntimeError> {
        self.container
            .as_ref()
            .and_then(|running| running.first)
            .ok_or(RuntimeError::NoContainer("look at"))
    }

    fn stop(&mut self) -> Result<(), RuntimeError> {
        self.call("kill", &[self.id("stop")?, "KILL"])?;
        self.reap_first()
    }

    fn remove(&mut self) -> Result<(), RuntimeError> {
        self.delete(&[self.id("remove")?])?;
        self.container = None;
        Ok(())
    }

    fn discard(&mut self) -> Result<(), RuntimeError> {
        let Some(running) = self.container.take() else {
            return Ok(());
        };
        if let Some(first) = running.first {
            child::kill_and_reap_first(first).map_err(|source| RuntimeError::System {
                action: "kill the container",
                source,
            })?;
        }
        self.delete(&["--force", &running.id])
    }
}

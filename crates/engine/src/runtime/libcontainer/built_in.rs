//! The runtime where the library is built in.
//!
//! The library clones an intermediate process and from it the container's first process, which
//! becomes a child of the caller (CLONE_PARENT), so its end can be waited for without polling.

use std::error::Error;
use std::fs::OpenOptions;
use std::io::{self, PipeReader, Read};
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use libcontainer::container::Container;
use libcontainer::container::builder::ContainerBuilder;
use libcontainer::signal::Signal;
use libcontainer::syscall::syscall::SyscallType;
use nix::unistd::Pid;

use super::NAME;
use super::entry_point::{EntryPoint, chain};
use crate::child::{self, OutputPipes};
use crate::interrupt::Interrupt;
use crate::runtime::{Bundle, Runtime, RuntimeError};
use crate::workload::Output;

/// The library, which keeps each container's state in a folder under `state`.
///
/// # Errors
/// None where the library is built in.
pub fn open(state: &Path) -> Result<Box<dyn Runtime>, RuntimeError> {
    Ok(Box::new(Libcontainer {
        state: state.to_path_buf(),
        container: None,
    }))
}

/// The library with its state folder.
struct Libcontainer {
    state: PathBuf,
    container: Option<Running>,
}

struct Running {
    container: Container,
    /// The container's first process, until it is reaped.
    first: Option<Pid>,
    /// Ends when the entry point runs; holds a message if it could not.
    entry: PipeReader,
}

impl Libcontainer {
    fn builder(&self, id: &str) -> Result<ContainerBuilder, RuntimeError> {
        ContainerBuilder::new(id.to_owned(), SyscallType::Linux)
            .with_root_path(&self.state)
            .and_then(ContainerBuilder::validate_id)
            .map_err(|error| library("prepare", &error))
    }

    fn running(&mut self, action: &'static str) -> Result<&mut Running, RuntimeError> {
        self.container
            .as_mut()
            .ok_or(RuntimeError::NoContainer(action))
    }
}

impl Runtime for Libcontainer {
    fn name(&self) -> &str {
        NAME
    }

    fn create(&mut self, bundle: &Bundle) -> Result<(), RuntimeError> {
        let (entry, entry_writer) = io::pipe().map_err(|source| system("open a pipe", source))?;
        let container = self
            .builder(&bundle.id)?
            .with_executor(EntryPoint {
                failure: Some(entry_writer.as_raw_fd()),
            })
            .with_stdin(null()?)
            .with_stdout(null()?)
            .with_stderr(null()?)
            .as_init(&bundle.directory)
            .with_systemd(false)
            .build()
            .map_err(|error| library("create", &error))?;
        // From here on the first process alone holds the write end.
        drop(entry_writer);
        self.container = Some(Running {
            first: container.pid().map(|pid| Pid::from_raw(pid.as_raw())),
            container,
            entry,
        });
        Ok(())
    }

    fn start(&mut self) -> Result<(), RuntimeError> {
        let running = self.running("start")?;
        running
            .container
            .start()
            .map_err(|error| library("start", &error))?;
        // The library returns once it told the first process to go on. A stage that ends there
        // would leave the entry point's execve to the next one, or to none.
        let mut failure = String::new();
        running
            .entry
            .read_to_string(&mut failure)
            .map_err(|source| system("wait for the entry point", source))?;
        if failure.is_empty() {
            Ok(())
        } else {
            Err(RuntimeError::EntryPoint(failure))
        }
    }

    fn exec(&mut self, argv: &[String], interrupt: &Interrupt) -> Result<Output, RuntimeError> {
        let id = self.running("exec in")?.container.id().to_owned();
        let (pipes, stdout, stderr) =
            OutputPipes::new().map_err(|source| system("open a pipe", source))?;
        let pid = self
            .builder(&id)?
            .with_executor(EntryPoint { failure: None })
            .with_stdin(null()?)
            .with_stdout(OwnedFd::from(stdout))
            .with_stderr(OwnedFd::from(stderr))
            .as_tenant()
            .with_container_args(argv.to_vec())
            .build()
            .map_err(|error| library("exec", &error))?;
        Ok(child::wait(Pid::from_raw(pid.as_raw()), pipes, interrupt)?)
    }

    fn first_process(&self) -> Result<Pid, RuntimeError> {
        self.container
            .as_ref()
            .and_then(|running| running.first)
            .ok_or(RuntimeError::NoContainer("look at"))
    }

    fn stop(&mut self) -> Result<(), RuntimeError> {
        let running = self.running("stop")?;
        let kill = Signal::try_from("KILL").map_err(|error| library("name a signal", &error))?;
        running
            .container
            .kill(kill, false)
            .map_err(|error| library("stop", &error))?;
        if let Some(first) = running.first.take() {
            child::reap_first(first).map_err(|source| system("wait for the container", source))?;
        }
        Ok(())
    }

    fn remove(&mut self) -> Result<(), RuntimeError> {
        self.running("remove")?
            .container
            .delete(false)
            .map_err(|error| library("remove", &error))?;
        self.container = None;
        Ok(())
    }

    fn discard(&mut self) -> Result<(), RuntimeError> {
        let Some(mut running) = self.container.take() else {
            return Ok(());
        };
        if let Some(first) = running.first.take() {
            child::kill_and_reap_first(first)
                .map_err(|source| system("kill the container", source))?;
        }
        running
            .container
            .delete(true)
            .map_err(|error| library("discard", &error))
    }
}

fn null() -> Result<OwnedFd, RuntimeError> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/null")
        .map(OwnedFd::from)
        .map_err(|source| system("open /dev/null", source))
}

fn system(action: &'static str, source: io::Error) -> RuntimeError {
    RuntimeError::System { action, source }
}

fn library(action: &'static str, error: &(dyn Error + 'static)) -> RuntimeError {
    RuntimeError::Library {
        action,
        message: chain(error),
    }
}

//! OCI runtimes: what makes a process of a bundle, and what ends it.

pub mod command_line;
pub mod libcontainer;
pub mod runsc;

use std::io;
use std::path::{Path, PathBuf};

use nix::unistd::Pid;
use setup::runtime::RuntimeChoice;

use super::cgroup::birth::Entrance;
use super::child::ChildError;
use super::interrupt::{Interrupt, Interrupted};
use super::program;
use super::workload::Output;
use setup::configuration::NetworkKind;

pub use self::command_line::CommandLine;

/// A bundle of the OCI runtime specification: a folder with `config.json`, and an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// Name of the container, unique on the host.
    pub id: String,
    /// The folder that holds `config.json`.
    pub directory: PathBuf,
    /// The control group that the runtime's processes, and so the container's, are put into; none
    /// where the runtime deals with groups.
    pub entrance: Option<Entrance>,
}

/// An OCI runtime. One value serves one container at a time, in the order of the methods.
pub trait Runtime {
    /// Value of the axis `runtime`.
    fn name(&self) -> &str;

    /// Makes the container: namespaces, cgroups and mounts, with a first process that waits.
    ///
    /// # Errors
    /// When the runtime refuses. [`Runtime::discard`] then removes what there is.
    fn create(&mut self, bundle: &Bundle) -> Result<(), RuntimeError>;

    /// Lets the first process run its entry point.
    ///
    /// # Errors
    /// When the entry point cannot be run.
    fn start(&mut self) -> Result<(), RuntimeError>;

    /// Runs a command inside to its end.
    ///
    /// # Errors
    /// When it cannot be run; not when it fails, which the output says.
    fn exec(&mut self, argv: &[String], interrupt: &Interrupt) -> Result<Output, RuntimeError>;

    /// The container's first process.
    ///
    /// # Errors
    /// When there is none.
    fn first_process(&self) -> Result<Pid, RuntimeError>;

    /// Kills the first process and waits until it is gone.
    ///
    /// # Errors
    /// When it cannot be killed.
    fn stop(&mut self) -> Result<(), RuntimeError>;

    /// Removes the stopped container's cgroups and state.
    ///
    /// # Errors
    /// When something is left.
    fn remove(&mut self) -> Result<(), RuntimeError>;

    /// Removes a container in whatever state it is, if there is one.
    ///
    /// # Errors
    /// When something is left.
    fn discard(&mut self) -> Result<(), RuntimeError>;
}

/// An error of a runtime.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// The library refused.
    #[error("libcontainer failed to {action}: {message}")]
    Library {
        /// The action that failed.
        action: &'static str,
        /// Its message, with the reasons below it.
        message: String,
    },
    /// The library is not built in.
    #[error("{}; {}", libcontainer::LEFT_OUT, libcontainer::REMEDY)]
    LeftOut,
    /// The program ended with an error.
    #[error("{program} {action} failed: {message}")]
    Program {
        /// The runtime.
        program: String,
        /// Its subcommand.
        action: &'static str,
        /// How it ended and what it wrote.
        message: String,
    },
    /// The entry point never ran.
    #[error("the container's entry point did not run: {0}")]
    EntryPoint(String),
    /// The program is nowhere to be found.
    #[error(
        "there is no runtime {0}; install it (debian: apt-get install crun, or runc), or give its path"
    )]
    NoProgram(String),
    /// A method was called out of order.
    #[error("there is no container to {0}; create one first")]
    NoContainer(&'static str),
    /// A file, pipe or child process of the engine.
    #[error("failed to {action}: {source}")]
    System {
        /// The action that failed.
        action: &'static str,
        source: io::Error,
    },
    /// The engine was asked to end.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
    /// A child process.
    #[error(transparent)]
    Child(ChildError),
}

impl From<ChildError> for RuntimeError {
    fn from(error: ChildError) -> Self {
        match error {
            ChildError::Interrupted(interrupted) => Self::Interrupted(interrupted),
            ChildError::Wait { .. } | ChildError::Spawn { .. } => Self::Child(error),
        }
    }
}

/// The runtime, which keeps its state under `state`, for containers with this network.
///
/// # Errors
/// When the program is not installed, the library is not built in, or this process cannot become the
/// parent of orphaned containers.
pub fn open(
    choice: &RuntimeChoice,
    state: &Path,
    network: NetworkKind,
) -> Result<Box<dyn Runtime>, RuntimeError> {
    match choice {
        RuntimeChoice::Libcontainer => libcontainer::open(state),
        RuntimeChoice::Liblxc => Err(RuntimeError::NoProgram(choice.name())),
        RuntimeChoice::None => Err(RuntimeError::NoProgram(choice.name())),
        RuntimeChoice::Program(program) => Ok(Box::new(CommandLine::new(
            find_program(program)?,
            state.to_path_buf(),
            runsc::options(choice, network),
        )?)),
    }
}

/// Whether a runtime can be had here: a program that is installed, or a library that is built in.
pub fn is_here(choice: &RuntimeChoice) -> bool {
    match choice {
        RuntimeChoice::Libcontainer => libcontainer::IS_BUILT_IN,
        // Parts of their managers.
        RuntimeChoice::Liblxc | RuntimeChoice::None => true,
        RuntimeChoice::Program(program) => find_program(program).is_ok(),
    }
}

/// The file that a name means in `PATH`, or the one at a path.
///
/// # Errors
/// When there is none.
pub fn find_program(name: &Path) -> Result<PathBuf, RuntimeError> {
    program::find(name).ok_or_else(|| RuntimeError::NoProgram(name.display().to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_not_there_is_refused_before_any_run() {
        assert!(find_program(Path::new("sh")).is_ok_and(|path| path.is_absolute()));
        for name in ["no-such-runtime", "/no/such/runtime"] {
            let error = find_program(Path::new(name)).map_err(|error| error.to_string());
            assert!(error.is_err_and(|message| message.contains(name)));
        }
    }
}

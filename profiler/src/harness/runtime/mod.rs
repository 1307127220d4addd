//! OCI runtimes: what makes a process of a bundle, and what ends it.

pub mod command_line;
pub mod libcontainer;
pub mod runsc;

use std::env;
use std::io;
use std::path::{Path, PathBuf};

use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

use super::cgroup::birth::Entrance;
use super::child::ChildError;
use super::configuration::NetworkKind;
use super::interrupt::{Interrupt, Interrupted};
use super::workload::Output;

pub use self::command_line::CommandLine;
pub use self::libcontainer::Libcontainer;

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

/// Name of LXC's library on the axis `runtime`.
const LIBLXC: &str = "liblxc";
/// Name of no runtime on the axis `runtime`.
const NONE: &str = "none";

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

/// What a runtime could not do.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// The library refused.
    #[error("libcontainer failed to {action}: {message}")]
    Library {
        /// What was tried.
        action: &'static str,
        /// Its message, with the reasons below it.
        message: String,
    },
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
        /// What was tried.
        action: &'static str,
        /// Why.
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

/// Which runtime to use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "PathBuf", into = "PathBuf")]
pub enum RuntimeChoice {
    /// youki's library, in the engine's own process.
    #[default]
    Libcontainer,
    /// LXC's library, which lxc and lxd have built in: no OCI runtime.
    Liblxc,
    /// None, where there is no container.
    None,
    /// A program that follows the OCI runtime command line, by name or path.
    Program(PathBuf),
}

impl RuntimeChoice {
    /// The choice that an argument means: `libcontainer`, a name such as `crun`, or a path.
    pub fn named(name: &str) -> Self {
        match name {
            libcontainer::NAME => Self::Libcontainer,
            LIBLXC => Self::Liblxc,
            NONE => Self::None,
            program => Self::Program(PathBuf::from(program)),
        }
    }

    /// The argument that means this choice.
    pub fn argument(&self) -> PathBuf {
        match self {
            Self::Libcontainer => PathBuf::from(libcontainer::NAME),
            Self::Liblxc => PathBuf::from(LIBLXC),
            Self::None => PathBuf::from(NONE),
            Self::Program(path) => path.clone(),
        }
    }

    /// Value of the axis `runtime`: a program's name without its folder.
    pub fn name(&self) -> String {
        let path = self.argument();
        path.file_name()
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into_owned()
    }

    /// The runtime, which keeps its state under `state`, for containers with this network.
    ///
    /// # Errors
    /// When the program is not installed, or this process cannot become the parent of orphaned
    /// containers.
    pub fn open(
        &self,
        state: &Path,
        network: NetworkKind,
    ) -> Result<Box<dyn Runtime>, RuntimeError> {
        match self {
            Self::Libcontainer => Ok(Box::new(Libcontainer::new(state.to_path_buf()))),
            Self::Liblxc => Err(RuntimeError::NoProgram(LIBLXC.to_owned())),
            Self::None => Err(RuntimeError::NoProgram(NONE.to_owned())),
            Self::Program(program) => Ok(Box::new(CommandLine::new(
                find_program(program)?,
                state.to_path_buf(),
                runsc::options(self, network),
            )?)),
        }
    }
}

impl From<PathBuf> for RuntimeChoice {
    fn from(name: PathBuf) -> Self {
        Self::named(&name.to_string_lossy())
    }
}

impl From<RuntimeChoice> for PathBuf {
    fn from(choice: RuntimeChoice) -> Self {
        choice.argument()
    }
}

/// The file that a name means in `PATH`, or the one at a path.
///
/// # Errors
/// When there is none.
pub fn find_program(program: &Path) -> Result<PathBuf, RuntimeError> {
    let has_folder = program.components().count() > 1;
    let folders = env::var_os("PATH").unwrap_or_default();
    let candidates: Vec<PathBuf> = if has_folder {
        vec![program.to_path_buf()]
    } else {
        env::split_paths(&folders)
            .map(|folder| folder.join(program))
            .collect()
    };
    candidates
        .into_iter()
        .find(|path| path.is_file())
        .ok_or_else(|| RuntimeError::NoProgram(program.display().to_string()))
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

    #[test]
    fn a_name_and_a_path_mean_programs() {
        assert_eq!(
            RuntimeChoice::named("libcontainer"),
            RuntimeChoice::Libcontainer
        );
        let crun = RuntimeChoice::named("/opt/bin/crun");
        assert_eq!(crun.name(), "crun");
        assert_eq!(crun.argument(), Path::new("/opt/bin/crun"));
    }
}

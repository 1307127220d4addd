//! Calling ctr.

use std::path::PathBuf;
use std::process::Command;

use super::daemon::SOCKET;
use crate::cgroup;
use crate::interrupt::Interrupt;
use crate::manager::{ManagerError, program};

/// Where images and containers are: ctr names control groups after it, and leaves no other choice.
pub const NAMESPACE: &str = cgroup::SHARED_PARENT;

/// ctr, which talks to our containerd alone.
#[derive(Clone, Debug)]
pub struct Client {
    program: PathBuf,
}

impl Client {
    /// Finds ctr.
    ///
    /// # Errors
    /// When it is not installed.
    pub fn find() -> Result<Self, ManagerError> {
        let program = program::find("ctr", "containerd")?;
        Ok(Self { program })
    }

    /// `ctr OBJECT ACTION`.
    pub fn command(&self, object: &str, action: &str) -> Command {
        let mut command = Command::new(&self.program);
        command
            .env_remove("CONTAINERD_SNAPSHOTTER")
            .arg(format!("--address={SOCKET}"))
            .arg(format!("--namespace={NAMESPACE}"))
            .args([object, action]);
        command
    }

    /// Removes all containers, whatever state they are in; images stay.
    ///
    /// # Errors
    /// When ctr cannot.
    pub fn remove_all(&self, interrupt: &Interrupt) -> Result<(), ManagerError> {
        let listed = |object| {
            let mut list = self.command(object, "list");
            program::succeed(list.arg("--quiet"), interrupt)
        };
        let tasks = listed("task")?;
        if !tasks.is_empty() {
            let mut delete = self.command("task", "delete");
            delete.arg("--force").args(tasks.split_whitespace());
            program::succeed(&mut delete, interrupt)?;
        }
        let containers = listed("container")?;
        if !containers.is_empty() {
            let mut delete = self.command("container", "delete");
            delete.args(containers.split_whitespace());
            program::succeed(&mut delete, interrupt)?;
        }
        Ok(())
    }
}

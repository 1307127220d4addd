//! The part of docker's command line that podman has, too.

use std::net::SocketAddr;
use std::process::Command;

use nix::unistd::Pid;

use super::{ManagerError, Refusal, program};
use crate::interrupt::Interrupt;
use crate::workload::Output;

/// A client with docker's subcommands.
pub trait DockerClient {
    /// Its name.
    const NAME: &'static str;

    /// A subcommand, with the options that go before it.
    fn command(&self, action: &str) -> Command;
}

/// A container that was asked for.
#[derive(Clone, Debug)]
pub struct Container {
    /// Its name.
    pub id: String,
    /// Its port that is mapped, if any.
    pub port: Option<u16>,
}

/// Subcommands on one container.
#[derive(Clone, Copy, Debug)]
pub struct DockerCommands<'a, C> {
    /// The client.
    pub client: &'a C,
    /// The container; none before it is made.
    pub container: Option<&'a Container>,
    /// Ends the client early.
    pub interrupt: &'a Interrupt,
}

impl<C: DockerClient> DockerCommands<'_, C> {
    /// Runs a subcommand on the container, which must succeed, and gives its standard output.
    ///
    /// # Errors
    /// When there is no container, or the subcommand fails.
    pub fn call(&self, action: &str, arguments: &[&str]) -> Result<String, ManagerError> {
        let mut command = self.client.command(action);
        command.args(arguments).arg(&self.container()?.id);
        program::succeed(&mut command, self.interrupt)
    }

    /// Runs a command in the container to its end.
    ///
    /// # Errors
    /// When there is no container, or the client cannot be run; not when the command fails.
    pub fn exec(&self, words: &[String], interrupt: &Interrupt) -> Result<Output, ManagerError> {
        let mut command = self.client.command("exec");
        command.arg(&self.container()?.id).args(words);
        program::output(&mut command, interrupt)
    }

    /// The container's first process.
    ///
    /// # Errors
    /// When there is none.
    pub fn first_process(&self) -> Result<Pid, ManagerError> {
        let written = self.call("inspect", &["--format", "{{.State.Pid}}"])?;
        match written.parse() {
            // A container that does not run has the number 0.
            Ok(number) if number > 0 => Ok(Pid::from_raw(number)),
            Ok(_) | Err(_) => Err(program::unexpected(
                C::NAME,
                "inspect",
                &written,
                "process number",
            )),
        }
    }

    /// The address that the container's port is mapped to.
    ///
    /// # Errors
    /// When no port is mapped.
    pub fn address(&self) -> Result<SocketAddr, ManagerError> {
        let container = self.container()?;
        let Some(port) = container.port else {
            return Err(ManagerError::from(Refusal::new(
                "no port of the container is mapped",
                "use a workload with a server and the network bridge",
            )));
        };
        let mut command = self.client.command("port");
        command.arg(&container.id).arg(port.to_string());
        let written = program::succeed(&mut command, self.interrupt)?;
        written
            .parse()
            .map_err(|_| program::unexpected(C::NAME, "port", &written, "address"))
    }

    fn container(&self) -> Result<&Container, ManagerError> {
        self.container.ok_or_else(|| {
            let why = format!("{} has no container of this run", C::NAME);
            ManagerError::from(Refusal::new(why, "create one first"))
        })
    }
}

//! Calling docker.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::api;
use crate::manager::docker_commands::DockerClient;
use crate::manager::{ManagerError, program};

/// Where Debian has the client that belongs to its daemon, also where another one is found first.
const PACKAGED: &str = "/usr/bin/docker";

/// The client, which talks to our daemon alone.
#[derive(Clone, Debug)]
pub struct Client {
    program: PathBuf,
    settings: PathBuf,
}

impl Client {
    /// Finds the client. `settings` is a folder that stands for the user's.
    ///
    /// # Errors
    /// When it is not installed.
    pub fn find(settings: PathBuf) -> Result<Self, ManagerError> {
        let packaged = Path::new(PACKAGED);
        let program = if packaged.is_file() {
            packaged.to_path_buf()
        } else {
            program::find("docker", "docker.io")?
        };
        Ok(Self { program, settings })
    }
}

impl DockerClient for Client {
    const NAME: &'static str = "docker";

    /// `docker ACTION`.
    fn command(&self, action: &str) -> Command {
        let mut command = Command::new(&self.program);
        for (name, _) in env::vars_os() {
            // They could lead to another daemon, or change what containers are given.
            if name.as_encoded_bytes().starts_with(b"DOCKER_") {
                command.env_remove(name);
            }
        }
        command
            .env("DOCKER_HOST", format!("unix://{}", api::SOCKET))
            .env("DOCKER_CONFIG", &self.settings)
            .arg(action);
        command
    }
}

//! `lxc`, the client.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::daemon;
use crate::interrupt::Interrupt;
use crate::manager::{ManagerError, program};

/// The client of the engine's own daemon.
#[derive(Debug)]
pub struct Client {
    /// Where it keeps its settings.
    settings: PathBuf,
}

impl Client {
    /// One with its settings in a folder, which it makes.
    pub fn new(settings: &Path) -> Self {
        Self {
            settings: settings.to_path_buf(),
        }
    }

    /// A subcommand.
    pub fn command(&self, subcommand: &str) -> Command {
        let mut command = Command::new("lxc");
        command
            .arg(subcommand)
            .env("LXD_DIR", daemon::FOLDER)
            .env("LXD_CONF", &self.settings)
            .current_dir("/");
        command
    }

    /// Asks for an object of the daemon's interface; none if there is no such object.
    ///
    /// # Errors
    /// When the client cannot be run or prints something else.
    pub fn get(&self, path: &str, interrupt: &Interrupt) -> Result<Option<Value>, ManagerError> {
        let mut command = self.command("query");
        let output = program::output(command.arg(path), interrupt)?;
        if !output.status.success() {
            let is_missing = String::from_utf8_lossy(&output.stderr).contains("not found");
            return match is_missing {
                true => Ok(None),
                false => Err(program::failed(&command, &output)),
            };
        }
        let found = String::from_utf8_lossy(&output.stdout);
        match serde_json::from_str(&found) {
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(ManagerError::Answer {
                program: "lxc".to_owned(),
                action: format!("query {path}"),
                found: crate::workload::beginning(found.as_bytes()),
                expected: "JSON",
            }),
        }
    }

    /// Sends an object to the daemon's interface and waits for what it begins.
    ///
    /// # Errors
    /// When the daemon refuses.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        body: &Value,
        interrupt: &Interrupt,
    ) -> Result<(), ManagerError> {
        let mut command = self.command("query");
        command
            .args(["--wait", "--request", method, "--data"])
            .arg(body.to_string())
            .arg(path);
        program::succeed(&mut command, interrupt).map(drop)
    }
}

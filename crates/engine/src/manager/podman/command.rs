//! Calling podman.

use std::env;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::directories::Directories;
use super::driver::Driver;
use super::user::User;
use crate::manager::docker_commands::DockerClient;

/// Variables that podman may inherit: how it reaches registries. All others
/// could lead it to another podman's settings.
const INHERITED: &[&str] = &[
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// Name of the file of settings.
pub const CONTAINERS_CONF: &str = "containers.conf";
/// Name of the file of settings for storage.
pub const STORAGE_CONF: &str = "storage.conf";

/// A podman with its settings.
#[derive(Clone, Debug)]
pub struct PodmanCommand {
    /// The program.
    pub program: PathBuf,
    /// Its folders.
    pub directories: Directories,
    /// Its storage driver.
    pub driver: Driver,
    /// The OCI runtime, by its path.
    pub runtime: PathBuf,
    /// Options of the runtime in front of every subcommand.
    pub runtime_options: &'static [&'static str],
    /// Program that mounts layers, by its path.
    pub mount_program: Option<PathBuf>,
    /// The user that it is run as; none for root.
    pub user: Option<User>,
}

impl DockerClient for PodmanCommand {
    const NAME: &'static str = "podman";

    /// `podman ACTION`, with the options that go before it. The folders are named there for
    /// whoever reads a recording: what is done below them is done for layers.
    fn command(&self, action: &str) -> Command {
        let mut command = Command::new(&self.program);
        command
            .env_clear()
            .env("PATH", search_path())
            .envs(INHERITED.iter().filter_map(|name| inherited(name)))
            .env("HOME", self.directories.home())
            .env("XDG_RUNTIME_DIR", self.directories.runtime())
            .env("TMPDIR", self.directories.temporary())
            .env(
                "CONTAINERS_CONF",
                self.directories.settings(CONTAINERS_CONF),
            )
            .env(
                "CONTAINERS_STORAGE_CONF",
                self.directories.settings(STORAGE_CONF),
            )
            .current_dir("/")
            .args([
                option("root", &self.directories.graph_root()),
                option("runroot", &self.directories.run_root()),
                option("storage-driver", Path::new(self.driver.name)),
                option("runtime", &self.runtime),
            ]);
        for flag in self.runtime_options {
            // podman puts the hyphens before it.
            let flag = flag.trim_start_matches('-');
            command.arg(option("runtime-flag", Path::new(flag)));
        }
        if let Some(program) = &self.mount_program {
            let value = format!("overlay.mount_program={}", program.display());
            command.arg(option("storage-opt", Path::new(&value)));
        }
        if let Some(user) = self.user {
            command.uid(user.id()).gid(user.id());
        }
        command.arg(action);
        command
    }
}

/// Where programs are looked for, with those of administrators: iptables, for instance, which the
/// one who calls need not have in `PATH`.
fn search_path() -> OsString {
    let mut path = env::var_os("PATH").unwrap_or_default();
    path.push(":/usr/local/sbin:/usr/sbin:/sbin");
    path
}

fn inherited(name: &'static str) -> Option<(&'static str, OsString)> {
    Some((name, env::var_os(name)?))
}

/// One word, so that the first word without a hyphen is the action.
fn option(name: &str, value: &Path) -> OsString {
    let mut option = OsString::from(format!("--{name}="));
    option.push(value);
    option
}

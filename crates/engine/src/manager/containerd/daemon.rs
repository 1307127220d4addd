//! A containerd of the engine's own: for ctr, and for dockerd, which would else start one with
//! plug-ins that make folders on the host.

use std::env;
use std::fs;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;

use crate::interrupt::Interrupt;
use crate::manager::daemon::Daemon;
use crate::manager::{ManagerError, Site, program};

/// Where it listens: in the sandbox's own /run.
pub const SOCKET: &str = "/run/containerd/containerd.sock";
/// Its state while containers run.
const STATE: &str = "/run/containerd";

/// Plug-ins that nobody asks for here: the one for Kubernetes, one that makes folders under /opt
/// and one that sends traces.
const NEVER: &[&str] = &[
    "io.containerd.grpc.v1.cri",
    "io.containerd.cri.v1.images",
    "io.containerd.cri.v1.runtime",
    "io.containerd.internal.v1.opt",
    "io.containerd.internal.v1.restart",
    "io.containerd.internal.v1.tracing",
    "io.containerd.tracing.processor.v1.otlp",
];

/// Those that make root file systems.
const SNAPSHOTTERS: &[&str] = &[
    "aufs",
    "blockfile",
    "btrfs",
    "devmapper",
    "erofs",
    "native",
    "overlayfs",
    "zfs",
];

/// The settings of a containerd.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// Where it keeps images.
    pub root: &'a Path,
    /// Its only snapshotter; without any, hardly another plug-in is loaded.
    pub snapshotter: &'a str,
    /// A folder where its shims look for programs before all others.
    pub search_first: Option<&'a Path>,
}

/// Starts containerd and waits until it serves.
///
/// # Errors
/// When it is not installed or does not come up.
pub fn start(
    site: &Site<'_>,
    settings: &Settings<'_>,
    interrupt: &Interrupt,
) -> Result<Daemon, ManagerError> {
    let directory = site.directory.path();
    let file = directory.join("containerd.toml");
    fs::write(&file, settings_text(settings))
        .map_err(ManagerError::system("write containerd's settings"))?;
    let mut command = Command::new(program::find("containerd", "containerd")?);
    command.arg("--config").arg(&file);
    if let Some(folder) = settings.search_first {
        let path = env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(folder.to_path_buf()).chain(env::split_paths(&path));
        let joined = env::join_paths(folders).map_err(std::io::Error::other);
        let joined = joined.map_err(ManagerError::system("set containerd's search path"))?;
        command.env("PATH", joined);
    }
    let log = directory.join("containerd.log");
    let mut daemon = Daemon::start("containerd", &mut command, &log)?;
    // It opens its socket last.
    daemon.await_answer(interrupt, || UnixStream::connect(SOCKET).is_ok())?;
    Ok(daemon)
}

/// The version that the program tells.
///
/// # Errors
/// When it cannot be run.
pub fn version(interrupt: &Interrupt) -> Result<String, ManagerError> {
    let mut command = Command::new(program::find("containerd", "containerd")?);
    let written = program::succeed(command.arg("--version"), interrupt)?;
    // containerd github.com/containerd/containerd VERSION REVISION
    let version = written.split_whitespace().nth(2);
    Ok(version.unwrap_or(&written).to_owned())
}

fn settings_text(settings: &Settings<'_>) -> String {
    let others = SNAPSHOTTERS
        .iter()
        .filter(|name| **name != settings.snapshotter)
        .map(|name| format!("io.containerd.snapshotter.v1.{name}"));
    let disabled: Vec<String> = NEVER
        .iter()
        .map(|&name| name.to_owned())
        .chain(others)
        .map(|name| quoted(&name))
        .collect();
    format!(
        "version = 2\nroot = {}\nstate = {}\ndisabled_plugins = [{}]\n[grpc]\naddress = {}\n",
        quoted(&settings.root.to_string_lossy()),
        quoted(STATE),
        disabled.join(", "),
        quoted(SOCKET),
    )
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_snapshotter_but_the_one_asked_for_is_left_out() {
        let of = |snapshotter| {
            settings_text(&Settings {
                root: Path::new("/x \"y\""),
                snapshotter,
                search_first: None,
            })
        };
        let text = of("btrfs");
        assert!(text.contains("root = \"/x \\\"y\\\"\""), "{text}");
        assert!(!text.contains("snapshotter.v1.btrfs"), "{text}");
        for name in ["snapshotter.v1.overlayfs", "grpc.v1.cri", "internal.v1.opt"] {
            assert!(text.contains(name), "{text}");
        }
        assert!(of("native").contains("snapshotter.v1.btrfs"));
    }
}

//! A containerd of the engine's own: for ctr, and for dockerd, which would else start one itself
//! and look whether it is up twice a second.

use std::fs;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;

use crate::harness::interrupt::Interrupt;
use crate::harness::manager::daemon::Daemon;
use crate::harness::manager::{ManagerError, Site, program};

/// Where it listens: in the world's own /run.
pub const SOCKET: &str = "/run/containerd/containerd.sock";
/// What it keeps while containers run.
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

/// Starts containerd and waits until it serves. It keeps images under `root`, and has no
/// snapshotter but the one named: without any, hardly another plug-in is loaded.
///
/// # Errors
/// When it is not installed or does not come up.
pub fn start(
    site: &Site<'_>,
    root: &Path,
    snapshotter: &str,
    interrupt: &Interrupt,
) -> Result<Daemon, ManagerError> {
    let directory = site.directory.path();
    let settings = directory.join("containerd.toml");
    fs::write(&settings, settings_text(root, snapshotter))
        .map_err(ManagerError::system("write containerd's settings"))?;
    let mut command = Command::new(program::find("containerd", "containerd")?);
    command.arg("--config").arg(&settings);
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

fn settings_text(root: &Path, snapshotter: &str) -> String {
    let others = SNAPSHOTTERS
        .iter()
        .filter(|name| **name != snapshotter)
        .map(|name| format!("io.containerd.snapshotter.v1.{name}"));
    let disabled: Vec<String> = NEVER
        .iter()
        .map(|&name| name.to_owned())
        .chain(others)
        .map(|name| quoted(&name))
        .collect();
    format!(
        "version = 2\nroot = {}\nstate = {}\ndisabled_plugins = [{}]\n[grpc]\naddress = {}\n",
        quoted(&root.to_string_lossy()),
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
        let text = settings_text(Path::new("/x \"y\""), "btrfs");
        assert!(text.contains("root = \"/x \\\"y\\\"\""), "{text}");
        assert!(!text.contains("snapshotter.v1.btrfs"), "{text}");
        for name in ["snapshotter.v1.overlayfs", "grpc.v1.cri", "internal.v1.opt"] {
            assert!(text.contains(name), "{text}");
        }
        assert!(settings_text(Path::new("/x"), "native").contains("snapshotter.v1.btrfs"));
    }
}

//! A dockerd of the engine's own.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use nix::mount::{MsFlags, mount};

use serde_json::json;

use super::api;
use crate::interrupt::Interrupt;
use crate::manager::daemon::Daemon;
use crate::manager::{ManagerError, Site, containerd, program};
use crate::runtime::{self, runsc};
use setup::configuration::{Configuration, NetworkKind};

/// Its state while containers run: in the sandbox's own /run.
const EXEC_ROOT: &str = "/run/docker";
const PID_FILE: &str = "/run/docker.pid";
/// Where it keeps a key of its own that nothing else names.
const KEYS: &str = "/etc/docker";
/// The runtime that it has by itself, and whose name no other may have.
const BUILT_IN: &str = "runc";
/// dockerd makes root file systems itself, but containerd must have a snapshotter.
const UNUSED_SNAPSHOTTER: &str = "native";

/// dockerd and its containerd; they end in this order.
#[derive(Debug)]
pub struct Daemons {
    _dockerd: Daemon,
    _containerd: Daemon,
}

/// Starts both and waits until dockerd serves. Only for a network with a bridge does it set one up.
///
/// # Errors
/// When one is not installed or does not come up.
pub fn start(
    site: &Site<'_>,
    graph_root: &Path,
    driver: &str,
    network: NetworkKind,
    interrupt: &Interrupt,
) -> Result<Daemons, ManagerError> {
    let directory = site.directory.path();
    let settings = directory.join("dockerd.json");
    let prepare = || -> std::io::Result<()> {
        fs::write(&settings, settings_text(&site.spec.configuration)?)?;
        Ok(hide_keys()?)
    };
    prepare().map_err(ManagerError::system("prepare dockerd's settings"))?;
    let root = directory.join("containerd");
    let of_containerd = containerd::daemon::Settings {
        root: &root,
        snapshotter: UNUSED_SNAPSHOTTER,
        search_first: None,
    };
    let containerd = containerd::daemon::start(site, &of_containerd, interrupt)?;
    let mut command = Command::new(program::find("dockerd", "docker.io")?);
    command
        .env("TMPDIR", directory)
        .arg("--config-file")
        .arg(&settings)
        .arg("--data-root")
        .arg(graph_root)
        .args(["--exec-root", EXEC_ROOT, "--pidfile", PID_FILE])
        .args(["--host", &format!("unix://{}", api::SOCKET)])
        .args(["--containerd", containerd::daemon::SOCKET])
        .args(["--storage-driver", driver])
        .arg("--log-level=warn")
        .arg(format!(
            "--cgroup-parent=/{}",
            site.directory.cgroup_parent()
        ))
        .args(["--exec-opt", "native.cgroupdriver=cgroupfs"])
        .args(runtime_options(&site.spec.configuration)?)
        .args(network_options(network));
    let log = directory.join("dockerd.log");
    let mut dockerd = Daemon::start("dockerd", &mut command, &log)?;
    dockerd.await_answer(interrupt, api::answers)?;
    Ok(Daemons {
        _dockerd: dockerd,
        _containerd: containerd,
    })
}

/// Covers the folder that dockerd writes a key to, in the sandbox's mount namespace. A host without
/// it has a dockerd that writes none (since 24).
fn hide_keys() -> nix::Result<()> {
    if !Path::new(KEYS).is_dir() {
        return Ok(());
    }
    mount(
        Some("ctrprof"),
        KEYS,
        Some("tmpfs"),
        MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC,
        Some("mode=755,size=1m"),
    )
}

/// Options that make a runtime the one of all containers.
fn runtime_options(configuration: &Configuration) -> Result<Vec<String>, ManagerError> {
    let runtime = &configuration.runtime;
    let argument = runtime.argument();
    if argument == Path::new(BUILT_IN) {
        return Ok(Vec::new());
    }
    let path = runtime::find_program(&argument)?;
    let name = runtime_name(&runtime.name());
    let by_default = format!("--default-runtime={name}");
    if !told(configuration).is_empty() {
        return Ok(vec![by_default]);
    }
    Ok(vec![
        format!("--add-runtime={name}={}", path.display()),
        by_default,
    ])
}

/// Options of the runtime in front of every subcommand.
fn told(configuration: &Configuration) -> &'static [&'static str] {
    runsc::options(&configuration.runtime, configuration.network)
}

/// Only here can a runtime be added that is told something.
fn settings_text(configuration: &Configuration) -> io::Result<String> {
    let told = told(configuration);
    if told.is_empty() {
        return Ok("{}".to_owned());
    }
    let runtime = &configuration.runtime;
    let path = runtime::find_program(&runtime.argument()).map_err(io::Error::other)?;
    let mut runtimes = serde_json::Map::new();
    let added = json!({ "path": path, "runtimeArgs": told });
    runtimes.insert(runtime_name(&runtime.name()), added);
    Ok(json!({ "runtimes": runtimes }).to_string())
}

/// A name that dockerd may give to a runtime of this name.
fn runtime_name(name: &str) -> String {
    if name == BUILT_IN {
        format!("other-{name}")
    } else {
        name.to_owned()
    }
}

/// Without a bridge neither the device nor a rule is needed, which takes dockerd long to make.
const fn network_options(network: NetworkKind) -> &'static [&'static str] {
    match network {
        NetworkKind::None | NetworkKind::Host => &[
            "--bridge=none",
            "--iptables=false",
            "--ip-forward=false",
            "--ip-masq=false",
        ],
        NetworkKind::Bridge | NetworkKind::Pool => &[],
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use setup::runtime::RuntimeChoice;
    use std::os::unix::fs::PermissionsExt;

    fn with(runtime: &str) -> Configuration {
        Configuration {
            runtime: RuntimeChoice::named(runtime),
            ..Configuration::default()
        }
    }

    #[test]
    fn a_runtime_is_added_unless_dockerd_has_it_already() {
        assert!(runtime_options(&with("runc")).unwrap().is_empty());
        let shell = runtime_options(&with("/bin/sh")).unwrap();
        assert_eq!(shell, ["--add-runtime=sh=/bin/sh", "--default-runtime=sh"]);
        assert_eq!(settings_text(&with("/bin/sh")).unwrap(), "{}");
        assert_eq!(runtime_name("runc"), "other-runc");
        assert!(runtime_options(&with("no-such-runtime")).is_err());
    }

    #[test]
    fn a_runtime_that_is_told_something_is_added_in_the_settings() {
        let folder = tempfile::tempdir().unwrap();
        let runsc = folder.path().join("runsc");
        fs::write(&runsc, "").unwrap();
        fs::set_permissions(&runsc, fs::Permissions::from_mode(0o755)).unwrap();
        let path = runsc.to_str().unwrap();
        let options = runtime_options(&with(path)).unwrap();
        assert_eq!(options, ["--default-runtime=runsc"]);
        let settings: serde_json::Value =
            serde_json::from_str(&settings_text(&with(path)).unwrap()).unwrap();
        let added = &settings["runtimes"]["runsc"];
        assert_eq!(added["path"], path);
        assert_eq!(added["runtimeArgs"], json!(["--network=none"]));
    }
}

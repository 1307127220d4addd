//! The set-up, for the manifest, as podman tells it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::command::PodmanCommand;
use crate::interrupt::Interrupt;
use crate::manager::docker_commands::DockerClient;
use crate::manager::{ManagerError, program};
use setup::configuration::NetworkKind;

/// Properties by name, as in [`crate::record`].
type Properties = BTreeMap<String, String>;

/// Versions and options, as `podman info` tells them.
///
/// # Errors
/// When podman cannot be run, or answers with something else.
pub fn of_programs(
    podman: &PodmanCommand,
    network: NetworkKind,
    interrupt: &Interrupt,
) -> Result<Properties, ManagerError> {
    let mut command = podman.command("info");
    command.args(["--format", "json"]);
    let written = program::succeed(&mut command, interrupt)?;
    let info: Value = serde_json::from_str(&written)
        .map_err(|_| program::unexpected("podman", "info", &written, "JSON object"))?;
    let program = network_program(network, podman.user.is_some());
    Ok(properties(&info, program))
}

/// Name of a property, and where `podman info` has it. Of a text with several lines the first
/// counts; what is missing is left out.
const TOLD: &[(&str, &str)] = &[
    ("manager_version", "/version/Version"),
    ("manager_cgroups", "/host/cgroupManager"),
    ("manager_log", "/host/logDriver"),
    ("shim_version", "/host/conmon/version"),
    ("runtime_version", "/host/ociRuntime/version"),
    ("cgroup", "/host/cgroupVersion"),
    ("storage_driver", "/store/graphDriverName"),
    (
        "storage_program",
        "/store/graphOptions/overlay.mount_program/Package",
    ),
    (
        "storage_native_diff",
        "/store/graphStatus/Native Overlay Diff",
    ),
    ("storage_metacopy", "/store/graphStatus/Using metacopy"),
    ("seccomp", "/host/security/seccompProfilePath"),
];

/// Where `podman info` has what makes a bridge; the other networks are not made.
const fn network_program(
    network: NetworkKind,
    rootless: bool,
) -> Option<(&'static str, &'static str)> {
    let directories = match network {
        NetworkKind::None | NetworkKind::Host => return None,
        NetworkKind::Bridge | NetworkKind::Pool if rootless => "/host/slirp4netns/version",
        NetworkKind::Bridge | NetworkKind::Pool => "/host/networkBackend",
    };
    Some(("network_program", directories))
}

fn properties(info: &Value, network_program: Option<(&'static str, &'static str)>) -> Properties {
    TOLD.iter()
        .chain(&network_program)
        .filter_map(|(name, directories)| {
            let text = info.pointer(directories)?.as_str()?.lines().next()?.trim();
            Some(((*name).to_owned(), text.to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_lines_are_taken_and_what_is_missing_is_left_out() {
        let info = serde_json::json!({
            "host": {
                "cgroupVersion": "v1",
                "networkBackend": "netavark",
                "ociRuntime": { "version": "crun version 1.8.1\ncommit: f8a" },
            },
            "store": { "graphStatus": { "Native Overlay Diff": "true" }, "graphOptions": null },
            "version": { "Version": "4.3.1" },
        });
        let properties = properties(&info, network_program(NetworkKind::Bridge, false));
        let pairs: Vec<(&str, &str)> = properties
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let expected = [
            ("cgroup", "v1"),
            ("manager_version", "4.3.1"),
            ("network_program", "netavark"),
            ("runtime_version", "crun version 1.8.1"),
            ("storage_native_diff", "true"),
        ];
        assert_eq!(pairs, expected);
    }
}

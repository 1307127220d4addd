//! The set-up, for the manifest, as dockerd tells it.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

use super::api;
use crate::interrupt::Interrupt;
use crate::manager::{ManagerError, containerd, program};
use setup::configuration::NetworkKind;

/// Properties by name, as in [`crate::record`].
pub type Properties = BTreeMap<String, String>;

/// Versions and options, as dockerd tells them.
///
/// # Errors
/// When it does not answer, or iptables is missing where it is needed.
pub fn of_programs(
    network: NetworkKind,
    interrupt: &Interrupt,
) -> Result<Properties, ManagerError> {
    let mut properties = properties(&api::tell("/info")?);
    let mut note = |name: &str, value: String| properties.insert(name.to_owned(), value);
    note(
        "containerd_version",
        containerd::daemon::version(interrupt)?,
    );
    match network {
        NetworkKind::None | NetworkKind::Host => {}
        NetworkKind::Bridge | NetworkKind::Pool => {
            let mut command = Command::new(program::find("iptables", "iptables")?);
            let version = program::succeed(command.arg("--version"), interrupt)?;
            note("network_program", version);
            note(
                "network_options",
                "docker0, iptables, userland-proxy".to_owned(),
            );
        }
    }
    Ok(properties)
}

/// Name of a property, and where `GET /info` has it; what is missing is left out.
const TOLD: &[(&str, &str)] = &[
    ("manager_version", "/ServerVersion"),
    ("manager_cgroups", "/CgroupDriver"),
    ("manager_log", "/LoggingDriver"),
    ("storage_driver", "/Driver"),
];

/// Name of a property, and the name that `DriverStatus` has for it: a list of pairs.
const TOLD_BY_DRIVER: &[(&str, &str)] = &[
    ("storage_native_diff", "Native Overlay Diff"),
    ("storage_userxattr", "userxattr"),
    ("storage_driver_version", "Build Version"),
    ("storage_library_version", "Library Version"),
];

fn properties(info: &Value) -> Properties {
    let by_driver = info["DriverStatus"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let of_driver = |wanted: &str| {
        let pair = by_driver.iter().find(|pair| pair[0] == wanted)?;
        pair[1].as_str()
    };
    let told = TOLD
        .iter()
        .map(|(name, place)| (*name, info.pointer(place).and_then(Value::as_str)));
    let told_by_driver = TOLD_BY_DRIVER
        .iter()
        .map(|(name, key)| (*name, of_driver(key)));
    let seccomp = security_option(info, "seccomp");
    let cgroup = info["CgroupVersion"]
        .as_str()
        .map(|version| format!("v{version}"));
    told.chain(told_by_driver)
        .filter_map(|(name, value)| Some((name, value?.to_owned())))
        .chain(seccomp.map(|profile| ("seccomp", profile)))
        .chain(cgroup.map(|version| ("cgroup", version)))
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// The profile of a security option, which dockerd tells as `name=seccomp,profile=default`.
fn security_option(info: &Value, name: &str) -> Option<String> {
    let prefix = format!("name={name},profile=");
    let options = info["SecurityOptions"].as_array()?.iter();
    let mut profiles = options.filter_map(|option| option.as_str()?.strip_prefix(&prefix));
    profiles.next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_read_from_either_form() {
        let info = serde_json::json!({
            "ServerVersion": "20.10.24",
            "CgroupVersion": "1",
            "Driver": "overlay2",
            "DriverStatus": [["Backing Filesystem", "extfs"], ["Native Overlay Diff", "true"]],
            "SecurityOptions": ["name=apparmor", "name=seccomp,profile=default"],
        });
        let properties = properties(&info);
        let pairs: Vec<(&str, &str)> = properties
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let expected = [
            ("cgroup", "v1"),
            ("manager_version", "20.10.24"),
            ("seccomp", "default"),
            ("storage_driver", "overlay2"),
            ("storage_native_diff", "true"),
        ];
        assert_eq!(pairs, expected);
    }
}

//! Settings of the daemon before the first container: its pool, its network, and the settings that
//! all containers share.

use std::fs;
use std::net::Ipv4Addr;
use std::process::Command;

use serde_json::{Value, json};

use super::client::Client;
use super::pool::PoolDriver;
use crate::interrupt::Interrupt;
use crate::limits::{CPU_PERIOD_US, CPU_QUOTA_US, MEMORY_LIMIT_BYTES};
use crate::manager::{ManagerError, program};

/// The bridge, by the name that `lxd init` gives it.
pub const BRIDGE: &str = "lxdbr0";
/// Its address.
pub const GATEWAY: Ipv4Addr = Ipv4Addr::new(10, 0, 4, 1);
/// Bits of the subnet's number.
pub const PREFIX_BITS: u8 = 24;

/// The settings of all containers.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Where their roots are.
    pub pool: PoolDriver,
    /// Whether they are on the bridge.
    pub has_bridge: bool,
    /// Whether they go without a user namespace.
    pub is_privileged: bool,
}

impl Settings {
    /// Makes the daemon have the pool, the bridge if there is to be one, and the default profile.
    ///
    /// # Errors
    /// When the daemon refuses.
    pub fn apply(self, client: &Client, interrupt: &Interrupt) -> Result<(), ManagerError> {
        let pool = format!("/1.0/storage-pools/{}", self.pool.name());
        if client.get(&pool, interrupt)?.is_none() {
            let description = self.pool.description();
            client.send("POST", "/1.0/storage-pools", &description, interrupt)?;
        }
        let bridge = format!("/1.0/networks/{BRIDGE}");
        let is_there = client.get(&bridge, interrupt)?.is_some();
        if self.has_bridge && !is_there {
            client.send("POST", "/1.0/networks", &network(), interrupt)?;
        }
        let profile = self.profile();
        client.send("PUT", "/1.0/profiles/default", &profile, interrupt)?;
        if is_there && !self.has_bridge {
            client.send("DELETE", &bridge, &Value::Null, interrupt)?;
        }
        Ok(())
    }

    fn profile(self) -> Value {
        let mut devices = json!({
            "root": { "type": "disk", "path": "/", "pool": self.pool.name() },
        });
        if self.has_bridge {
            devices["eth0"] = json!({ "type": "nic", "name": "eth0", "network": BRIDGE });
        }
        json!({
            "description": "containers of ctrprof",
            "config": {
                // Not again by the next daemon, when this one is killed.
                "boot.autostart": "false",
                "limits.cpu.allowance": cpu_allowance(),
                "limits.memory": MEMORY_LIMIT_BYTES.to_string(),
                "security.privileged": self.is_privileged.to_string(),
            },
            "devices": devices,
        })
    }
}

/// As LXD writes a quota: time in a period.
fn cpu_allowance() -> String {
    format!("{}ms/{}ms", CPU_QUOTA_US / 1_000, CPU_PERIOD_US / 1_000)
}

fn network() -> Value {
    json!({
        "name": BRIDGE,
        "type": "bridge",
        "config": {
            "ipv4.address": format!("{GATEWAY}/{PREFIX_BITS}"),
            "ipv6.address": "none",
        },
    })
}

/// Removes containers that engines left when they were killed.
///
/// # Errors
/// When the daemon refuses.
pub fn remove_leftovers(client: &Client, interrupt: &Interrupt) -> Result<(), ManagerError> {
    let mut list = client.command("list");
    let names = program::succeed(list.args(["--format=csv", "--columns=n"]), interrupt)?;
    for name in names.lines() {
        let mut delete: Command = client.command("delete");
        program::succeed(delete.args(["--quiet", "--force", name]), interrupt)?;
    }
    Ok(())
}

/// The reason, if any, for which containers cannot have user namespaces.
pub fn without_user_namespaces() -> Option<&'static str> {
    if !std::path::Path::new("/proc/self/ns/user").exists() {
        return Some("the kernel has no user namespaces");
    }
    let ranges = fs::read_to_string("/etc/subuid").ok();
    (!has_range(ranges.as_deref())).then_some("/etc/subuid has no range for root")
}

/// Whether root has user numbers to give away (subuid(5)); without the file LXD takes some.
fn has_range(subuid: Option<&str>) -> bool {
    subuid.is_none_or(|text| {
        text.lines()
            .any(|line| line.starts_with("root:") || line.starts_with("0:"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_have_limits_a_root_and_what_network_was_asked_for() {
        let mut settings = Settings {
            pool: PoolDriver::Dir,
            has_bridge: false,
            is_privileged: false,
        };
        let alone = settings.profile();
        assert_eq!(alone["config"]["limits.cpu.allowance"], "100ms/100ms");
        assert_eq!(alone["config"]["limits.memory"], "1073741824");
        assert_eq!(alone["config"]["boot.autostart"], "false");
        assert_eq!(alone["devices"]["root"]["pool"], "dir");
        assert!(alone["devices"].get("eth0").is_none());
        settings.has_bridge = true;
        assert_eq!(settings.profile()["devices"]["eth0"]["network"], BRIDGE);
    }

    #[test]
    fn a_range_for_somebody_else_is_none_for_root() {
        assert!(has_range(None));
        assert!(has_range(Some("alice:1:2\nroot:100000:65536\n")));
        assert!(!has_range(Some("alice:100000:65536\n")));
        assert!(!has_range(Some("")));
    }
}

//! The settings of a container (lxc.container.conf(5)).

use std::fmt::Write;
use std::net::Ipv4Addr;

use super::bridge;
use crate::cgroup::CgroupLayout;
use crate::limits::{CPU_PERIOD_US, CPU_QUOTA_US, MEMORY_LIMIT_BYTES};
use setup::configuration::NetworkKind;

/// The settings that LXC's package gives all containers: devices, capabilities, a filter of system
/// calls.
pub const COMMON: &str = "/usr/share/lxc/config/common.conf";

/// The facts that decide about a container's settings.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Whether [`COMMON`] is there.
    pub has_common: bool,
    /// Where the controllers are.
    pub cgroups: CgroupLayout,
    /// The network.
    pub network: NetworkKind,
}

impl Settings {
    /// The settings that all containers of an engine share, as lines.
    pub fn text(self) -> String {
        let mut text = String::new();
        let mut line = |key: &str, value: &str| {
            // A string takes everything.
            let _ = writeln!(text, "{key} = {value}");
        };
        if self.has_common {
            line("lxc.include", COMMON);
        } else {
            line("lxc.mount.auto", "cgroup:mixed proc:mixed sys:mixed");
        }
        line("lxc.init.cmd", "/bin/sleep infinity");
        for (key, value) in limits(self.cgroups) {
            line(key, &value);
        }
        for (key, value) in network(self.network) {
            line(&format!("lxc.net.0.{key}"), &value);
        }
        text
    }
}

/// One CPU and one gibibyte, for the version that has the controllers.
fn limits(cgroups: CgroupLayout) -> Vec<(&'static str, String)> {
    match cgroups {
        CgroupLayout::V1 | CgroupLayout::Hybrid => vec![
            ("lxc.cgroup.cpu.cfs_period_us", CPU_PERIOD_US.to_string()),
            ("lxc.cgroup.cpu.cfs_quota_us", CPU_QUOTA_US.to_string()),
            (
                "lxc.cgroup.memory.limit_in_bytes",
                MEMORY_LIMIT_BYTES.to_string(),
            ),
        ],
        CgroupLayout::V2 => vec![
            (
                "lxc.cgroup2.cpu.max",
                format!("{CPU_QUOTA_US} {CPU_PERIOD_US}"),
            ),
            ("lxc.cgroup2.memory.max", MEMORY_LIMIT_BYTES.to_string()),
        ],
    }
}

/// The device of the container, up, with loopback; but for its address.
fn network(kind: NetworkKind) -> Vec<(&'static str, String)> {
    let lines: &[(&str, &str)] = match kind {
        NetworkKind::None => &[("type", "empty"), ("flags", "up")],
        NetworkKind::Host => &[("type", "none")],
        NetworkKind::Bridge | NetworkKind::Pool => &[
            ("type", "veth"),
            ("link", bridge::NAME),
            ("name", "eth0"),
            ("flags", "up"),
        ],
    };
    lines
        .iter()
        .map(|&(key, value)| (key, value.to_owned()))
        .collect()
}

/// The settings that give a container its address on the bridge.
pub fn address(address: Ipv4Addr) -> [(&'static str, String); 2] {
    [
        (
            "lxc.net.0.ipv4.address",
            format!("{address}/{}", bridge::PREFIX_BITS),
        ),
        ("lxc.net.0.ipv4.gateway", bridge::GATEWAY.to_string()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(cgroups: CgroupLayout, network: NetworkKind) -> String {
        let settings = Settings {
            has_common: true,
            cgroups,
            network,
        };
        settings.text()
    }

    #[test]
    fn limits_are_given_in_the_words_of_the_version_that_counts() {
        for (layout, ours, theirs) in [
            (CgroupLayout::V1, "lxc.cgroup.", "lxc.cgroup2."),
            (CgroupLayout::Hybrid, "lxc.cgroup.", "lxc.cgroup2."),
            (CgroupLayout::V2, "lxc.cgroup2.", "lxc.cgroup."),
        ] {
            let text = text(layout, NetworkKind::None);
            assert!(text.contains(ours) && !text.contains(theirs), "{text}");
            assert!(text.contains("1073741824"), "{text}");
        }
        let v2 = text(CgroupLayout::V2, NetworkKind::None);
        assert!(v2.contains("lxc.cgroup2.cpu.max = 100000 100000\n"), "{v2}");
    }

    #[test]
    fn the_network_is_what_the_axis_says() {
        for (kind, line) in [
            (NetworkKind::None, "lxc.net.0.type = empty\n"),
            (NetworkKind::Host, "lxc.net.0.type = none\n"),
            (NetworkKind::Bridge, "lxc.net.0.link = lxcbr0\n"),
        ] {
            let text = text(CgroupLayout::V1, kind);
            assert!(text.contains(line), "{text}");
        }
    }

    #[test]
    fn without_the_packages_settings_file_systems_are_mounted_all_the_same() {
        let settings = Settings {
            has_common: false,
            cgroups: CgroupLayout::V2,
            network: NetworkKind::None,
        };
        let text = settings.text();
        assert!(text.contains("lxc.mount.auto") && !text.contains("lxc.include"));
    }
}

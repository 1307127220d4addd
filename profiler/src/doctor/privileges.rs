//! The privileges of this process.

use std::fs;

use super::group::Group;
use capture::namespace::{Namespace, Nesting};
use render::doctor::report::{Check, CheckState};

const GROUP: Group = Group("privileges");

/// A capability: its name, its number (capabilities(7), include/uapi/linux/capability.h), and what
/// is lost without it.
struct Capability {
    name: &'static str,
    number: u32,
    loss: &'static str,
}

const CAP_SYS_ADMIN: u32 = 21;

/// Asked for in this order.
const CAPABILITIES: &[Capability] = &[
    Capability {
        name: "CAP_BPF",
        number: 39,
        loss: "programs cannot be loaded",
    },
    Capability {
        name: "CAP_PERFMON",
        number: 38,
        loss: "programs cannot look into the kernel",
    },
    Capability {
        name: "CAP_SYSLOG",
        number: 34,
        loss: "the kernel hides its addresses",
    },
    Capability {
        name: "CAP_SYS_PTRACE",
        number: 19,
        loss: "executables, namespaces and functions of other users' processes are not known",
    },
    Capability {
        name: "CAP_SYS_ADMIN",
        number: CAP_SYS_ADMIN,
        loss: "`ctrprof run` cannot make containers; tracing works",
    },
];

/// Checks of this process. The kernel shows its addresses to some that lack CAP_SYSLOG.
pub fn checks(addresses_are_shown: bool) -> Vec<Check> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mut checks: Vec<Check> = match effective_capabilities(&status) {
        Some(effective) => CAPABILITIES
            .iter()
            .map(|wanted| capability(wanted, effective, addresses_are_shown))
            .collect(),
        None => vec![GROUP.warn(
            "capabilities",
            "/proc/self/status does not tell them",
            "mount proc at /proc",
        )],
    };
    checks.extend([
        namespace(Namespace::User, "may not load programs"),
        namespace(
            Namespace::Pid,
            "gives processes other numbers than the probes see",
        ),
        unprivileged_bpf(
            fs::read_to_string("/proc/sys/kernel/unprivileged_bpf_disabled")
                .ok()
                .as_deref(),
        ),
    ]);
    checks
}

/// Fails unless this process may make containers, which is better said before anything else fails for it.
pub fn check_containers_can_be_made() -> anyhow::Result<()> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    match effective_capabilities(&status) {
        Some(effective) if effective & (1 << CAP_SYS_ADMIN) == 0 => anyhow::bail!(
            "making containers needs CAP_SYS_ADMIN: run as root (for one that lacks root inside, add \
             --rootless)"
        ),
        Some(_) | None => Ok(()),
    }
}

/// The effective set (`CapEff`, proc_pid_status(5)) as bits.
fn effective_capabilities(status: &str) -> Option<u64> {
    let digits = status
        .lines()
        .find_map(|line| line.strip_prefix("CapEff:"))?;
    u64::from_str_radix(digits.trim(), 16).ok()
}

fn capability(wanted: &Capability, effective: u64, addresses_are_shown: bool) -> Check {
    let has = |number: u32| effective & (1 << number) != 0;
    if has(wanted.number) {
        return GROUP.ok(wanted.name, "effective");
    }
    let state = match wanted.name {
        "CAP_BPF" | "CAP_PERFMON" if has(CAP_SYS_ADMIN) => {
            return GROUP.ok(wanted.name, "implied by CAP_SYS_ADMIN");
        }
        "CAP_BPF" | "CAP_PERFMON" => CheckState::Missing,
        "CAP_SYSLOG" if addresses_are_shown => {
            return GROUP.ok(wanted.name, "not effective, and not needed here");
        }
        "CAP_SYSLOG" => CheckState::Missing,
        _ => CheckState::Warn,
    };
    let name = wanted.name;
    Check {
        state,
        ..GROUP.warn(
            name,
            "not effective",
            format!("run as root, or grant {name}; without it {}", wanted.loss),
        )
    }
}

/// Whether this process lives in the machine's first namespace of a kind.
fn namespace(kind: Namespace, otherwise: &str) -> Check {
    let name = format!("{} namespace", kind.name());
    match kind.nesting() {
        Nesting::First => GROUP.ok(&name, "the machine's own"),
        Nesting::Nested => GROUP.missing(
            &name,
            format!("a nested one: it {otherwise}"),
            "run outside of containers, or in one with the machine's pid and user namespaces",
        ),
        Nesting::Unknown => GROUP.warn(&name, "/proc does not tell it", "mount proc at /proc"),
    }
}

/// Says who else may load programs; for ctrprof itself it makes no difference.
fn unprivileged_bpf(setting: Option<&str>) -> Check {
    let meaning = match setting.map(str::trim) {
        Some("0") => "0: others may load some, too",
        Some("1") => "1: for good, privileged users alone load programs",
        Some("2") => "2: privileged users alone load programs",
        Some(_) | None => "not told",
    };
    GROUP.ok("unprivileged bpf", meaning)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state_of(name: &str, effective: u64, addresses_are_shown: bool) -> CheckState {
        let wanted = CAPABILITIES.iter().find(|wanted| wanted.name == name);
        wanted.map_or(CheckState::Missing, |wanted| {
            capability(wanted, effective, addresses_are_shown).state
        })
    }

    #[test]
    fn the_effective_set_is_read_from_the_status() {
        let status = "CapPrm:\t0000000000000001\nCapEff:\t000001ffffffffff\nCapBnd:\t0\n";
        assert_eq!(effective_capabilities(status), Some(0x1ff_ffff_ffff));
        assert_eq!(effective_capabilities("Name:\tx\n"), None);
    }

    #[test]
    fn tracing_needs_bpf_and_perfmon() {
        assert_eq!(state_of("CAP_BPF", 0, true), CheckState::Missing);
        assert_eq!(state_of("CAP_BPF", 1 << 39, true), CheckState::Ok);
        assert_eq!(state_of("CAP_PERFMON", 1 << 39, true), CheckState::Missing);
        assert_eq!(
            state_of("CAP_PERFMON", 1 << CAP_SYS_ADMIN, true),
            CheckState::Ok
        );
    }

    #[test]
    fn syslog_is_needed_only_where_addresses_are_hidden() {
        assert_eq!(state_of("CAP_SYSLOG", 0, false), CheckState::Missing);
        assert_eq!(state_of("CAP_SYSLOG", 0, true), CheckState::Ok);
    }

    #[test]
    fn the_others_cost_sight_alone() {
        assert_eq!(state_of("CAP_SYS_PTRACE", 0, true), CheckState::Warn);
        assert_eq!(state_of("CAP_SYS_ADMIN", 0, true), CheckState::Warn);
    }

    #[test]
    fn the_setting_for_other_users_is_explained() {
        assert!(
            unprivileged_bpf(Some("2\n"))
                .detail
                .starts_with("2: privileged")
        );
        assert_eq!(unprivileged_bpf(None).detail, "not told");
    }
}

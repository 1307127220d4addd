//! Control groups: which versions are mounted, how, and what they control.

use std::fs;

use super::group::Group;
use render::doctor::report::Check;

const GROUP: Group = Group("cgroups");

/// The controllers that limits of a container need.
const CONTROLLERS: &[&str] = &["cpu", "memory", "pids"];

/// A mounted hierarchy.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Hierarchy<'m> {
    path: &'m str,
    is_v2: bool,
    options: Vec<&'m str>,
}

/// Checks of what is mounted in this process's mount namespace.
pub fn checks() -> Vec<Check> {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let hierarchies = hierarchies(&mounts);
    let controllers_v2: String = hierarchies
        .iter()
        .filter(|hierarchy| hierarchy.is_v2)
        .filter_map(|hierarchy| {
            fs::read_to_string(format!("{}/cgroup.controllers", hierarchy.path)).ok()
        })
        .collect();
    let mut checks = vec![version(&hierarchies)];
    if !hierarchies.is_empty() {
        checks.push(mount_options(&hierarchies));
        checks.push(favordynmods(&hierarchies));
        checks.push(controllers(&hierarchies, &controllers_v2));
    }
    checks
}

/// proc_mounts(5): source, path, type, options.
fn hierarchies(mounts: &str) -> Vec<Hierarchy<'_>> {
    mounts
        .lines()
        .filter_map(|line| {
            let mut fields = line.split(' ').skip(1);
            let (path, kind, options) = (fields.next()?, fields.next()?, fields.next()?);
            let is_v2 = match kind {
                "cgroup" => false,
                "cgroup2" => true,
                _ => return None,
            };
            Some(Hierarchy {
                path,
                is_v2,
                options: options.split(',').collect(),
            })
        })
        .collect()
}

fn version(hierarchies: &[Hierarchy<'_>]) -> Check {
    let v1 = hierarchies
        .iter()
        .filter(|hierarchy| !hierarchy.is_v2)
        .count();
    let v2 = hierarchies.iter().find(|hierarchy| hierarchy.is_v2);
    let detail = match (v1, v2) {
        (0, None) => {
            return GROUP.warn(
                "version",
                "none are mounted",
                "mount -t cgroup2 cgroup2 /sys/fs/cgroup: containers need one",
            );
        }
        (0, Some(v2)) => format!("v2 at {}", v2.path),
        (count, None) => format!("v1: {count} hierarchies"),
        (_, Some(v2)) => format!("hybrid: v1, and v2 at {}", v2.path),
    };
    GROUP.ok("version", detail)
}

fn mount_options(hierarchies: &[Hierarchy<'_>]) -> Check {
    let named = hierarchies
        .iter()
        .find(|hierarchy| hierarchy.is_v2)
        .or(hierarchies.first());
    let options = named.map(|hierarchy| (hierarchy.options.join(","), hierarchy.path));
    let (options, path) = options.unwrap_or_default();
    GROUP.ok("mount options", format!("{options} ({path})"))
}

/// With `favordynmods` (v6.0 on) moving a process into a cgroup needs no grace period, but forks
/// and exits cost more (Documentation/admin-guide/cgroup-v2.rst, v6.18).
fn favordynmods(hierarchies: &[Hierarchy<'_>]) -> Check {
    let is_on = hierarchies
        .iter()
        .any(|hierarchy| hierarchy.options.contains(&"favordynmods"));
    let detail = if is_on {
        "on: moving processes is fast, forks cost more"
    } else {
        "off: moving a process waits for a grace period"
    };
    GROUP.ok("favordynmods", detail)
}

fn controllers(hierarchies: &[Hierarchy<'_>], controllers_v2: &str) -> Check {
    let is_there = |name: &&&str| {
        let in_v1 = hierarchies
            .iter()
            .any(|hierarchy| !hierarchy.is_v2 && hierarchy.options.contains(*name));
        in_v1
            || controllers_v2
                .split_whitespace()
                .any(|other| other == **name)
    };
    let (present, absent): (Vec<&&str>, Vec<&&str>) =
        CONTROLLERS.iter().partition(|name| is_there(name));
    let list = |names: &[&&str]| {
        names
            .iter()
            .map(|name| **name)
            .collect::<Vec<_>>()
            .join(", ")
    };
    if absent.is_empty() {
        return GROUP.ok("controllers", list(&present));
    }
    GROUP.warn(
        "controllers",
        format!("no {}", list(&absent)),
        "containers run without these limits; enable them on the kernel's command line (cgroup_enable=) or in the parent's cgroup.subtree_control",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use render::doctor::report::CheckState;

    const HYBRID: &str = "\
proc /proc proc rw 0 0
cgroup /sys/fs/cgroup/cpu cgroup rw,relatime,cpu,cpuacct 0 0
cgroup /sys/fs/cgroup/memory cgroup rw,relatime,memory 0 0
cgroup2 /sys/fs/cgroup/unified cgroup2 rw,nosuid,nsdelegate 0 0
";

    #[test]
    fn versions_are_told_apart() {
        let v2 = "cgroup2 /sys/fs/cgroup cgroup2 rw,nsdelegate,favordynmods 0 0\n";
        assert_eq!(
            version(&hierarchies(HYBRID)).detail,
            "hybrid: v1, and v2 at /sys/fs/cgroup/unified"
        );
        assert_eq!(version(&hierarchies(v2)).detail, "v2 at /sys/fs/cgroup");
        assert_eq!(
            version(&hierarchies("proc /proc proc rw 0 0\n")).state,
            CheckState::Warn
        );
        assert!(favordynmods(&hierarchies(v2)).detail.starts_with("on"));
        assert!(favordynmods(&hierarchies(HYBRID)).detail.starts_with("off"));
    }

    #[test]
    fn the_options_shown_are_those_of_v2() {
        assert_eq!(
            mount_options(&hierarchies(HYBRID)).detail,
            "rw,nosuid,nsdelegate (/sys/fs/cgroup/unified)"
        );
    }

    #[test]
    fn controllers_may_be_in_either_version() {
        let hybrid = hierarchies(HYBRID);
        assert_eq!(
            controllers(&hybrid, "hugetlb pids\n").detail,
            "cpu, memory, pids"
        );
        let check = controllers(&hybrid, "hugetlb\n");
        assert_eq!(
            (check.state, check.detail.as_str()),
            (CheckState::Warn, "no pids")
        );
    }
}

//! The requirements of containers without root.

use std::fs;

use super::group::Group;
use engine::program;
use render::doctor::report::Check;

const GROUP: Group = Group("rootless");

/// Names of programs, of which one is needed, and what for.
const PROGRAMS: &[(&[&str], &str)] = &[
    (
        &["newuidmap"],
        "install uidmap, to give containers more than one user",
    ),
    (
        &["newgidmap"],
        "install uidmap, to give containers more than one group",
    ),
    (
        &["slirp4netns", "pasta"],
        "install slirp4netns or passt, for networks without root",
    ),
    (
        &["fuse-overlayfs"],
        "install fuse-overlayfs, to profile it as storage",
    ),
];

/// Helpers, namespaces of users, and ranges of user numbers.
pub fn checks() -> Vec<Check> {
    let mut checks: Vec<Check> = PROGRAMS
        .iter()
        .map(|(names, remedy)| {
            helper(names, remedy, |name| {
                program::find(name).map(|path| path.to_string_lossy().into_owned())
            })
        })
        .collect();
    let read = |path: &str| fs::read_to_string(path).ok();
    checks.push(user_namespaces(
        read("/proc/sys/user/max_user_namespaces").as_deref(),
        read("/proc/sys/kernel/unprivileged_userns_clone").as_deref(),
    ));
    checks.push(ranges(&read("/etc/subuid").unwrap_or_default()));
    checks
}

fn helper(names: &[&str], remedy: &str, find: impl Fn(&str) -> Option<String>) -> Check {
    let name = names.join(", ");
    match names.iter().find_map(|name| find(name)) {
        Some(path) => GROUP.ok(&name, path),
        None => GROUP.warn(&name, "not found", remedy),
    }
}

/// namespaces(7): `max_user_namespaces`; the second is Debian's own switch.
fn user_namespaces(limit: Option<&str>, debian_switch: Option<&str>) -> Check {
    const NAME: &str = "user namespaces";
    if debian_switch.map(str::trim) == Some("0") {
        return GROUP.warn(
            NAME,
            "kernel.unprivileged_userns_clone is 0",
            "sysctl kernel.unprivileged_userns_clone=1",
        );
    }
    match limit.map(|limit| (limit.trim(), limit.trim().parse::<u64>())) {
        Some((_, Ok(0))) => GROUP.warn(
            NAME,
            "user.max_user_namespaces is 0",
            "sysctl user.max_user_namespaces=10000",
        ),
        Some((limit, Ok(_))) => GROUP.ok(NAME, format!("up to {limit}")),
        Some((_, Err(_))) | None => GROUP.warn(
            NAME,
            "not in this kernel",
            "use a kernel with CONFIG_USER_NS=y",
        ),
    }
}

/// subuid(5): `user:first:count` in each line.
fn ranges(subuid: &str) -> Check {
    let users = subuid
        .lines()
        .filter(|line| !line.starts_with('#') && line.split(':').count() == 3)
        .count();
    if users == 0 {
        return GROUP.warn(
            "subuid",
            "no user has a range of numbers",
            "usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER",
        );
    }
    GROUP.ok("subuid", format!("{users} ranges"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use render::doctor::report::CheckState;

    #[test]
    fn one_of_several_helpers_is_enough() {
        let pasta = |name: &str| (name == "pasta").then(|| "/usr/bin/pasta".to_owned());
        assert_eq!(
            helper(&["slirp4netns", "pasta"], "install", pasta).detail,
            "/usr/bin/pasta"
        );
        assert_eq!(
            helper(&["newuidmap"], "install", pasta).state,
            CheckState::Warn
        );
    }

    #[test]
    fn user_namespaces_can_be_switched_off_in_two_places() {
        assert_eq!(user_namespaces(Some("31000\n"), None).detail, "up to 31000");
        assert_eq!(
            user_namespaces(Some("31000\n"), Some("1\n")).state,
            CheckState::Ok
        );
        assert_eq!(
            user_namespaces(Some("31000\n"), Some("0\n")).state,
            CheckState::Warn
        );
        assert_eq!(user_namespaces(Some("0\n"), None).state, CheckState::Warn);
        assert_eq!(user_namespaces(None, None).detail, "not in this kernel");
    }

    #[test]
    fn ranges_are_counted() {
        assert_eq!(
            ranges("alice:100000:65536\n# bob:1:2\nbob:165536:65536\n").detail,
            "2 ranges"
        );
        assert_eq!(ranges("").state, CheckState::Warn);
    }
}

//! Limits of a container, under every manager.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit};
use nix::unistd::Pid;

/// CPU time that a container may use in each period: one CPU.
pub const CPU_QUOTA_US: i64 = 100_000;
/// Length of a period.
pub const CPU_PERIOD_US: u64 = 100_000;
/// The same, for managers that count CPUs.
pub const CPUS: &str = "1";
/// Memory that a container may use.
pub const MEMORY_LIMIT_BYTES: i64 = 1 << 30;

/// A file of a control group that holds a limit, and what it must hold.
struct LimitFile {
    /// The subject of the limit.
    subject: &'static str,
    /// Its controller, for the hierarchies of version 1; none for version 2.
    controller: Option<&'static str>,
    name: &'static str,
    expected: String,
}

fn limit_files() -> [LimitFile; 4] {
    let file = |subject, controller, name, expected| LimitFile {
        subject,
        controller,
        name,
        expected,
    };
    let memory = MEMORY_LIMIT_BYTES.to_string();
    [
        file(
            "memory",
            Some("memory"),
            "memory.limit_in_bytes",
            memory.clone(),
        ),
        file(
            "CPU time",
            Some("cpu"),
            "cpu.cfs_quota_us",
            CPU_QUOTA_US.to_string(),
        ),
        file("memory", None, "memory.max", memory),
        file(
            "CPU time",
            None,
            "cpu.max",
            format!("{CPU_QUOTA_US} {CPU_PERIOD_US}"),
        ),
    ]
}

/// Looks at the control groups of a process in a container, and gives a sentence about each limit
/// that it does not have.
///
/// # Errors
/// When there is no such process, or a file of its groups cannot be read.
pub fn missing(pid: Pid) -> io::Result<Vec<String>> {
    let groups = fs::read_to_string(format!("/proc/{pid}/cgroup"))?;
    missing_in(&groups, Path::new("/sys/fs/cgroup"))
}

/// The same for the contents of `/proc/PID/cgroup`, and hierarchies below `root`.
fn missing_in(groups: &str, root: &Path) -> io::Result<Vec<String>> {
    let is_v2 = !groups.lines().any(|line| controls(line, Some("memory")));
    let mut sentences = Vec::new();
    for limit in limit_files() {
        if limit.controller.is_none() != is_v2 {
            continue;
        }
        let found = match group_folder(groups, limit.controller, root) {
            Some(folder) => match fs::read_to_string(folder.join(limit.name)) {
                // The root group of version 2 has no limits.
                Err(error) if error.kind() == io::ErrorKind::NotFound => "no such file".to_owned(),
                text => text?.trim().to_owned(),
            },
            None => "no control group".to_owned(),
        };
        if found != limit.expected {
            sentences.push(format!(
                "the container's {} is not limited as asked for: {} is {found} instead of {}",
                limit.subject, limit.name, limit.expected
            ));
        }
    }
    Ok(sentences)
}

/// Whether a line of `/proc/PID/cgroup` is that of a controller's hierarchy, or without one that of
/// the unified hierarchy (cgroups(7)).
fn controls(line: &str, controller: Option<&str>) -> bool {
    let controllers = line.split(':').nth(1).unwrap_or_default();
    controllers
        .split(',')
        .any(|name| name == controller.unwrap_or_default())
}

fn group_folder(groups: &str, controller: Option<&str>, root: &Path) -> Option<PathBuf> {
    let line = groups.lines().find(|line| controls(line, controller))?;
    let path = line.splitn(3, ':').nth(2)?.trim_start_matches('/');
    Some(root.join(controller.unwrap_or_default()).join(path))
}

/// A limit of this process that containers inherit (getrlimit(2)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResourceLimit {
    /// Name, as managers call it.
    pub name: &'static str,
    /// Its hard value.
    pub hard: u64,
}

/// The hard limits of this process that managers would raise for containers, as far as there are
/// any.
pub fn of_this_process() -> Vec<ResourceLimit> {
    [
        ("nofile", Resource::RLIMIT_NOFILE),
        ("nproc", Resource::RLIMIT_NPROC),
    ]
    .into_iter()
    .filter_map(|(name, resource)| {
        let (_, hard) = getrlimit(resource).ok()?;
        (hard != RLIM_INFINITY).then_some(ResourceLimit { name, hard })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn group(root: &Path, path: &str, files: &[(&str, &str)]) {
        fs::create_dir_all(root.join(path)).unwrap();
        for (name, text) in files {
            fs::write(root.join(path).join(name), text).unwrap();
        }
    }

    #[test]
    fn limits_of_version_1_are_looked_for_in_each_hierarchy() {
        let root = tempfile::tempdir().unwrap();
        group(
            root.path(),
            "memory/a/b",
            &[("memory.limit_in_bytes", "1073741824\n")],
        );
        group(root.path(), "cpu/a", &[("cpu.cfs_quota_us", "-1\n")]);
        let groups = "9:name=systemd:/x\n5:memory:/a/b\n4:cpu,cpuacct:/a\n0::/x\n";
        let sentences = missing_in(groups, root.path()).unwrap();
        assert_eq!(
            sentences,
            [
                "the container's CPU time is not limited as asked for: cpu.cfs_quota_us is -1 instead of 100000"
            ]
        );
    }

    #[test]
    fn limits_of_version_2_are_in_one_group() {
        let root = tempfile::tempdir().unwrap();
        group(
            root.path(),
            "a",
            &[
                ("memory.max", "1073741824\n"),
                ("cpu.max", "100000 100000\n"),
            ],
        );
        assert!(missing_in("0::/a\n", root.path()).unwrap().is_empty());
        let at_root = missing_in("0::/\n", root.path()).unwrap();
        assert_eq!(at_root.len(), 2);
        assert!(at_root[0].contains("no such file"), "{at_root:?}");
    }

    #[test]
    fn hard_limits_are_those_that_the_kernel_shows() {
        let shown = fs::read_to_string("/proc/self/limits").unwrap();
        for limit in of_this_process() {
            assert!(shown.contains(&limit.hard.to_string()), "{limit:?}");
        }
    }
}

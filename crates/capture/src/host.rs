//! Facts about the machine.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use trace::manifest::{Host, HostCounts};

/// Where the kernel shows its own types.
pub const BTF_PATH: &str = "/sys/kernel/btf/vmlinux";

/// The machine as it is now.
pub fn host() -> Host {
    let uname = nix::sys::utsname::uname().ok();
    let text = |field: Option<&std::ffi::OsStr>| {
        field
            .map(|value| value.to_string_lossy().into_owned())
            .unwrap_or_default()
    };
    Host {
        kernel: text(uname.as_ref().map(|name| name.release())),
        machine: text(uname.as_ref().map(|name| name.machine())),
        cpus: std::thread::available_parallelism().map_or(1, |count| count.get() as u32),
        cgroup: cgroup_mode(&fs::read_to_string("/proc/self/mounts").unwrap_or_default()),
        load_milli: load_milli(&fs::read_to_string("/proc/loadavg").unwrap_or_default()),
    }
}

/// How much there is on the machine now. What cannot be read counts as nothing.
pub fn counts() -> HostCounts {
    let text = |path: &str| fs::read_to_string(path).unwrap_or_default();
    HostCounts {
        mounts: text("/proc/self/mountinfo").lines().count() as u64,
        cgroups: cgroups(&text("/proc/cgroups")),
        network_namespaces: network_namespaces(),
        loop_devices: loop_devices(),
        tasks: tasks(&text("/proc/loadavg")),
    }
}

/// The most control groups that a hierarchy has, from the contents of `/proc/cgroups`.
fn cgroups(cgroups: &str) -> u64 {
    let lines = cgroups.lines().filter(|line| !line.starts_with('#'));
    let numbers = lines.filter_map(|line| line.split_whitespace().nth(2)?.parse().ok());
    numbers.max().unwrap_or(0)
}

fn network_namespaces() -> u64 {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let namespaces: BTreeSet<PathBuf> = processes
        .filter_map(|process| fs::read_link(process.path().join("ns/net")).ok())
        .collect();
    namespaces.len() as u64
}

fn loop_devices() -> u64 {
    let devices = fs::read_dir("/sys/block").into_iter().flatten().flatten();
    let in_use = devices.filter(|device| device.path().join("loop/backing_file").exists());
    in_use.count() as u64
}

/// The number of threads, from the contents of `/proc/loadavg`: behind the slash.
fn tasks(loadavg: &str) -> u64 {
    let running = loadavg.split(' ').nth(3);
    let of = running.and_then(|running| running.split_once('/')?.1.parse().ok());
    of.unwrap_or(0)
}

/// Whether the kernel shows its types.
pub fn is_btf_available() -> bool {
    Path::new(BTF_PATH).exists()
}

/// `v1`, `v2` or `hybrid`, from the contents of `/proc/self/mounts`; empty without cgroups.
fn cgroup_mode(mounts: &str) -> String {
    let kinds = || mounts.lines().filter_map(|line| line.split(' ').nth(2));
    let (v1, v2) = (
        kinds().any(|kind| kind == "cgroup"),
        kinds().any(|kind| kind == "cgroup2"),
    );
    match (v1, v2) {
        (true, true) => "hybrid",
        (true, false) => "v1",
        (false, true) => "v2",
        (false, false) => "",
    }
    .to_owned()
}

/// The load average over a minute in thousandths, from the contents of `/proc/loadavg`.
fn load_milli(loadavg: &str) -> u32 {
    let minute = loadavg
        .split(' ')
        .next()
        .and_then(|text| text.parse::<f64>().ok());
    minute.map_or(0, |load| (load * 1000.0) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cgroup_mode_tells_hybrid_from_pure() {
        let v1 = "cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\n";
        let v2 = "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n";
        assert_eq!(cgroup_mode(v1), "v1");
        assert_eq!(cgroup_mode(v2), "v2");
        assert_eq!(cgroup_mode(&format!("{v1}{v2}")), "hybrid");
        assert_eq!(cgroup_mode("proc /proc proc rw 0 0\n"), "");
    }

    #[test]
    fn counts_are_those_of_the_kernels_tables() {
        let groups =
            "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t2\t71\t1\npids\t3\t90\t1\n";
        assert_eq!(cgroups(groups), 90);
        assert_eq!(tasks("0.52 0.58 0.59 1/389 2061\n"), 389);
        assert_eq!((cgroups(""), tasks("")), (0, 0));
        let counts = counts();
        assert!(counts.mounts > 0 && counts.tasks > 0, "{counts:?}");
        assert!(counts.network_namespaces > 0, "{counts:?}");
    }

    #[test]
    fn load_is_in_thousandths() {
        assert_eq!(load_milli("0.52 0.58 0.59 1/389 2061\n"), 520);
        assert_eq!(load_milli(""), 0);
    }
}

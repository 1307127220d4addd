//! Facts about the machine.

use std::fs;
use std::path::Path;

use trace::manifest::Host;

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
    fn load_is_in_thousandths() {
        assert_eq!(load_milli("0.52 0.58 0.59 1/389 2061\n"), 520);
        assert_eq!(load_milli(""), 0);
    }
}

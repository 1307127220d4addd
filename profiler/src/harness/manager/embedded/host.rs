//! What the engine asks of the host before its first run.

use std::fs;
use std::io;
use std::path::Path;

use super::spec::HostLimits;

/// Reads what the specification depends on.
///
/// # Errors
/// When /proc is not mounted.
pub fn limits() -> io::Result<HostLimits> {
    let status = fs::read_to_string("/proc/self/status")?;
    let file_systems = fs::read_to_string("/proc/filesystems")?;
    Ok(HostLimits {
        capabilities: permitted_capabilities(&status),
        mqueue: file_systems
            .lines()
            .any(|line| line.split_whitespace().last() == Some("mqueue")),
    })
}

/// The field `CapPrm` of proc_pid_status(5): a mask in hexadecimal.
fn permitted_capabilities(status: &str) -> u64 {
    status
        .lines()
        .find_map(|line| line.strip_prefix("CapPrm:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}

/// The type of the file system that `path`, which is absolute and without links, lies on.
///
/// # Errors
/// When /proc is not mounted.
pub fn file_system_of(path: &Path) -> io::Result<String> {
    let mounts = fs::read_to_string("/proc/self/mountinfo")?;
    Ok(type_of_mount(&mounts, path).unwrap_or("unknown").to_owned())
}

/// Finds the mount point that is the longest beginning of `path`, the last one of equals
/// (proc_pid_mountinfo(5)).
fn type_of_mount<'a>(mounts: &'a str, path: &Path) -> Option<&'a str> {
    mounts
        .lines()
        .filter_map(|line| {
            let (mount, file_system) = line.split_once(" - ")?;
            let point = Path::new(mount.split(' ').nth(4)?);
            let file_system = file_system.split(' ').next()?;
            path.starts_with(point)
                .then_some((point.components().count(), file_system))
        })
        .max_by_key(|&(length, _)| length)
        .map(|(_, file_system)| file_system)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mask_of_permitted_capabilities_is_read() {
        let status = "Name:\tcat\nCapInh:\t0000000000000000\nCapPrm:\t00000000000000a1\n";
        assert_eq!(permitted_capabilities(status), 0xa1);
        assert_eq!(permitted_capabilities("Name:\tcat\n"), 0);
    }

    #[test]
    fn the_nearest_and_last_mount_decides() {
        let mounts = "\
23 28 0:22 / / rw - ext4 /dev/vda rw
24 23 0:23 / /tmp rw shared:1 - xfs /dev/vdb rw
25 24 0:24 / /tmp rw - tmpfs tmpfs rw
26 24 0:25 / /tmp/x rw - btrfs /dev/vdc rw
";
        let kind = |path| type_of_mount(mounts, Path::new(path));
        assert_eq!(kind("/tmp/ctrprof-1"), Some("tmpfs"));
        assert_eq!(kind("/tmp/x"), Some("btrfs"));
        assert_eq!(kind("/tmpfoo"), Some("ext4"));
        assert_eq!(type_of_mount("", Path::new("/")), None);
    }
}

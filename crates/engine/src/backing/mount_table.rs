//! The mounts that this thread sees (proc_pid_mountinfo(5)).

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use nix::unistd::Pid;

/// One mount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// Where it is.
    pub point: PathBuf,
    /// Type of the file system.
    pub file_system: String,
    /// Options of the mount and of the file system, as the kernel shows them, such as
    /// `rw,relatime,data=ordered`; those that are both are named once.
    pub options: String,
}

/// Every mount of this thread's mount namespace, in the order in which they cover each other.
///
/// # Errors
/// When /proc is not mounted.
pub fn mounts() -> io::Result<Vec<Mount>> {
    Ok(parse(&fs::read("/proc/thread-self/mountinfo")?))
}

/// Every mount that another process sees.
///
/// # Errors
/// When there is no such process.
pub fn mounts_of(pid: Pid) -> io::Result<Vec<Mount>> {
    Ok(parse(&fs::read(format!("/proc/{pid}/mountinfo"))?))
}

/// The mount that `path`, which is absolute and without links, lies on.
///
/// # Errors
/// When /proc is not mounted.
pub fn mount_of(path: &Path) -> io::Result<Option<Mount>> {
    Ok(covering(mounts()?, path))
}

/// The mount point that is the longest beginning of `path`, the last one of equals.
fn covering(mounts: Vec<Mount>, path: &Path) -> Option<Mount> {
    mounts
        .into_iter()
        .filter(|mount| path.starts_with(&mount.point))
        .max_by_key(|mount| mount.point.components().count())
}

fn parse(table: &[u8]) -> Vec<Mount> {
    table
        .split(|&byte| byte == b'\n')
        .filter_map(parse_line)
        .collect()
}

/// Identifiers, device, root, point, options, optional fields, `-`, type, source, super options.
fn parse_line(line: &[u8]) -> Option<Mount> {
    let mut fields = line.split(|&byte| byte == b' ');
    let point = unescape(fields.nth(4)?);
    let own = fields.next()?;
    fields.find(|field| *field == b"-")?;
    let file_system = String::from_utf8_lossy(fields.next()?).into_owned();
    let of_file_system = fields.nth(1).unwrap_or_default();
    let mut options: Vec<&[u8]> = own.split(|&byte| byte == b',').collect();
    for option in of_file_system.split(|&byte| byte == b',') {
        if !option.is_empty() && !options.contains(&option) {
            options.push(option);
        }
    }
    Some(Mount {
        point: PathBuf::from(OsString::from_vec(point)),
        file_system,
        options: String::from_utf8_lossy(&options.join(&b',')).into_owned(),
    })
}

/// Blanks, tabs, line ends and backslashes are shown as a backslash and three octal digits.
fn unescape(shown: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(shown.len());
    let mut rest = shown;
    while let [first, tail @ ..] = rest {
        let octal = |digit: u8| {
            (b'0'..=b'7')
                .contains(&digit)
                .then(|| u32::from(digit - b'0'))
        };
        let escaped = match (first, tail) {
            (b'\\', [a, b, c, ..]) => octal(*a)
                .zip(octal(*b))
                .zip(octal(*c))
                .and_then(|((a, b), c)| u8::try_from(a * 64 + b * 8 + c).ok()),
            _ => None,
        };
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &tail[3..] } else { tail };
    }
    bytes
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    const TABLE: &[u8] = b"22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard\n\
        23 22 0:21 / /proc rw,relatime - proc proc rw\n\
        30 22 7:0 / /tmp/a\\040b\\134 rw,noatime shared:2 master:1 - xfs /dev/loop0 rw,attr2\n\
        31 30 7:1 / /tmp/a\\040b\\134 ro - btrfs /dev/loop1 rw,subvol=/\n";

    #[test]
    fn a_path_lies_on_the_last_of_the_longest_mount_points() {
        let covering = |path: &str| covering(parse(TABLE), Path::new(path)).unwrap();
        assert_eq!(covering("/tmp/a b\\/c").file_system, "btrfs");
        assert_eq!(covering("/tmp/a b").file_system, "ext4");
        assert_eq!(covering("/proc").file_system, "proc");
    }

    #[test]
    fn options_of_mount_and_file_system_are_joined() {
        let options: Vec<_> = parse(TABLE)
            .into_iter()
            .map(|mount| mount.options)
            .collect();
        assert_eq!(
            options,
            [
                "rw,relatime,discard",
                "rw,relatime",
                "rw,noatime,attr2",
                "ro,rw,subvol=/"
            ]
        );
    }

    #[test]
    fn every_line_of_this_hosts_table_is_understood() {
        let text = fs::read_to_string("/proc/thread-self/mountinfo").unwrap();
        assert_eq!(mounts().unwrap().len(), text.lines().count());
        assert!(mount_of(Path::new("/proc/self")).unwrap().is_some());
    }
}

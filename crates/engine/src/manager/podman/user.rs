//! The user that podman is without root: one that the host does not have.
//!
//! In the sandbox's private mounts alone, the files that name users and their subordinate ids hold
//! one more line, and the devices that programs without root need may be opened by everybody. In
//! its network, which it must have, everybody may ping.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use nix::mount::{MsFlags, mount};
use nix::sys::stat::{Mode, SFlag, makedev, mknod};

use super::directories::bind;

/// Name of the user.
const NAME: &str = "ctrprof";
/// Number of the user and of its group. Always the same, so that a graph root can be used again;
/// it lies between those of people and those that Debian and systemd give away.
const ID: u32 = 60_411;
/// First of its subordinate ids: beyond all that useradd(8) and systemd-nspawn(1) give away.
const FIRST_SUBORDINATE: u32 = 2_000_000_000;
/// How many there are, as useradd(8) would give: enough for every id of an image.
const SUBORDINATES: u32 = 65_536;

/// Devices that fuse-overlayfs and slirp4netns open, with their numbers
/// (Documentation/admin-guide/devices.txt, v6.18).
const DEVICES: &[(&str, u64, u64)] = &[("/dev/fuse", 10, 229), ("/dev/net/tun", 10, 200)];

/// Which groups may send pings without privileges, in the network namespace of whoever writes it
/// (icmp(7)): slirp4netns does so for the container.
const PING_GROUPS: &str = "/proc/sys/net/ipv4/ping_group_range";
/// The range that systemd sets on hosts (sysctl.d/50-default.conf).
const EVERY_GROUP: &str = "0 2147483647";

/// A user of the sandbox's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct User(());

impl User {
    /// Adds the user; `notes` is a folder of the sandbox's own for the files that hide the host's.
    /// `home` is the user's home.
    ///
    /// # Errors
    /// When a file cannot be written or hidden.
    pub fn add(notes: &Path, home: &Path) -> io::Result<Self> {
        fs::create_dir_all(notes)?;
        for (path, line) in lines(home) {
            hide(Path::new(path), &line, notes)?;
        }
        open_devices(&notes.join("dev"))?;
        fs::write(PING_GROUPS, EVERY_GROUP)?;
        Ok(Self(()))
    }

    /// Its number, and that of its group.
    pub const fn id(self) -> u32 {
        ID
    }
}

/// The files and the lines that they begin with: the first entry for a number counts.
fn lines(home: &Path) -> [(&'static str, String); 4] {
    let home = home.display();
    let subordinate = format!("{NAME}:{FIRST_SUBORDINATE}:{SUBORDINATES}");
    [
        ("/etc/passwd", format!("{NAME}:x:{ID}:{ID}::{home}:/bin/sh")),
        ("/etc/group", format!("{NAME}:x:{ID}:")),
        ("/etc/subuid", subordinate.clone()),
        ("/etc/subgid", subordinate),
    ]
}

/// Lets a file begin with one more line, for whoever shares this mount namespace.
fn hide(path: &Path, line: &str, notes: &Path) -> io::Result<()> {
    let host = fs::read_to_string(path).map_err(|source| named(path, &source))?;
    let copy = notes.join(path.file_name().unwrap_or_default());
    fs::write(&copy, format!("{line}\n{host}"))?;
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o644))?;
    bind(&copy, path)
}

fn named(path: &Path, source: &io::Error) -> io::Error {
    io::Error::new(source.kind(), format!("{}: {source}", path.display()))
}

/// Puts nodes that everybody may open over those of the host. They lie on a file system of their
/// own, since /run holds no devices.
fn open_devices(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    mount(
        Some("ctrprof"),
        folder,
        Some("tmpfs"),
        MsFlags::MS_NOSUID | MsFlags::MS_NOEXEC,
        Some("mode=755,size=16k"),
    )?;
    for &(path, major, minor) in DEVICES {
        let path = Path::new(path);
        if !path.exists() {
            continue;
        }
        let node = folder.join(path.file_name().unwrap_or_default());
        let everybody = Mode::from_bits_truncate(0o666);
        mknod(&node, SFlag::S_IFCHR, everybody, makedev(major, minor))?;
        // mknod(2) subtracts the umask.
        fs::set_permissions(&node, fs::Permissions::from_mode(0o666))?;
        bind(&node, path)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_gets_a_line_of_its_form() {
        let lines = lines(Path::new("/run/home"));
        let fields = lines.each_ref().map(|(_, line)| line.split(':').count());
        assert_eq!(fields, [7, 4, 3, 3]);
        assert_eq!(lines[0].1, "ctrprof:x:60411:60411::/run/home:/bin/sh");
        // The last of them must be an id.
        assert!(FIRST_SUBORDINATE.checked_add(SUBORDINATES).is_some());
    }
}

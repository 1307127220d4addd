//! The root of a container as the kernel sees it: what its manager mounted, and how.

use std::fs;
use std::io;

use nix::unistd::Pid;

/// The mount that is a container's root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootMount {
    /// Type of the file system.
    pub file_system: String,
    /// Its options and those of the mount, with commas between them; without the folders that its
    /// layers are in, which differ from one container to the next.
    pub options: String,
}

impl RootMount {
    /// The root of a process.
    ///
    /// # Errors
    /// When there is no such process.
    pub fn of(pid: Pid) -> io::Result<Self> {
        let mounts = fs::read_to_string(format!("/proc/{pid}/mountinfo"))?;
        Self::in_mounts(&mounts).ok_or_else(|| io::Error::other("the process has no root mount"))
    }

    /// The root in the contents of `/proc/PID/mountinfo` (proc_pid_mountinfo(5)); the last one is
    /// on top.
    fn in_mounts(mounts: &str) -> Option<Self> {
        let line = mounts
            .lines()
            .rfind(|line| line.split(' ').nth(4) == Some("/"))?;
        let (mount, file_system) = line.split_once(" - ")?;
        let of_mount = mount.split(' ').nth(5)?;
        let mut fields = file_system.split(' ');
        let file_system = fields.next()?.to_owned();
        let of_file_system = fields.nth(1).unwrap_or_default();
        let mut options: Vec<&str> = Vec::new();
        for option in of_mount.split(',').chain(of_file_system.split(',')) {
            if !names_a_folder(option) && !options.contains(&option) {
                options.push(option);
            }
        }
        Some(Self {
            file_system,
            options: options.join(","),
        })
    }
}

/// Whether an option's value is a path, as those of layers are: `lowerdir`, `upperdir`, `workdir`
/// and, since Linux 6.8, one `lowerdir+` for each.
fn names_a_folder(option: &str) -> bool {
    option
        .split_once('=')
        .is_some_and(|(_, value)| value.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_those_of_the_mount_and_of_its_file_system_without_layers() {
        let mounts = "\
22 21 0:20 / / rw,relatime - ext4 /dev/vda rw,discard
23 22 0:21 / /proc rw - proc proc rw
24 22 0:46 / / rw,nodev,relatime shared:3 - overlay overlay \
rw,lowerdir=/a/b:/c,upperdir=/d,workdir=/e,redirect_dir=nofollow,uuid=on
";
        let root = RootMount::in_mounts(mounts);
        let expected = RootMount {
            file_system: "overlay".to_owned(),
            options: "rw,nodev,relatime,redirect_dir=nofollow,uuid=on".to_owned(),
        };
        assert_eq!(root, Some(expected));
        assert_eq!(
            RootMount::in_mounts("23 22 0:21 / /proc rw - proc p rw\n"),
            None
        );
    }
}

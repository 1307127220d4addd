//! The root of a container as the kernel sees it: what its manager mounted, and how.

use std::io;
use std::path::Path;

use nix::unistd::Pid;

use crate::backing::mount_table::{self, Mount};

/// The mount that is a container's root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootMount {
    /// Type of the file system.
    pub file_system: String,
    /// Options of the mount and of the file system, with commas between them; without the folders
    /// that its layers are in, which differ from one container to the next.
    pub options: String,
}

impl RootMount {
    /// The root of a process.
    ///
    /// # Errors
    /// When there is no such process.
    pub fn of(pid: Pid) -> io::Result<Self> {
        Self::among(mount_table::mounts_of(pid)?)
            .ok_or_else(|| io::Error::other(format!("process {pid} has no root mount")))
    }

    /// Of several mounts at the root, the last one is on top.
    fn among(mounts: Vec<Mount>) -> Option<Self> {
        let root = mounts
            .into_iter()
            .rfind(|mount| mount.point == Path::new("/"))?;
        let options: Vec<&str> = root
            .options
            .split(',')
            .filter(|option| !names_a_folder(option))
            .collect();
        Some(Self {
            file_system: root.file_system,
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

    fn mount(point: &str, file_system: &str, options: &str) -> Mount {
        Mount {
            point: point.into(),
            file_system: file_system.to_owned(),
            options: options.to_owned(),
        }
    }

    #[test]
    fn options_are_those_of_the_topmost_root_without_layers() {
        let options =
            "rw,nodev,lowerdir=/a/b:/c,upperdir=/d,workdir=/e,redirect_dir=nofollow,uuid=on";
        let mounts = vec![
            mount("/", "ext4", "rw,discard"),
            mount("/proc", "proc", "rw"),
            mount("/", "overlay", options),
        ];
        let expected = RootMount {
            file_system: "overlay".to_owned(),
            options: "rw,nodev,redirect_dir=nofollow,uuid=on".to_owned(),
        };
        assert_eq!(RootMount::among(mounts), Some(expected));
        assert_eq!(RootMount::among(vec![mount("/proc", "proc", "rw")]), None);
    }
}

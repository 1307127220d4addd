//! The file systems that a loop device can carry.

use std::ffi::OsStr;
use std::path::Path;

use super::program::{Program, ProgramError};
use super::size::Size;

/// A file system on a loop device of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LoopFileSystem {
    /// ext4, as its own program makes it.
    Ext4,
    /// XFS, with d_type, which overlays need (the default of mkfs.xfs(8)).
    Xfs,
    /// Btrfs on one device: data single, metadata twice (the defaults of mkfs.btrfs(8)).
    Btrfs,
}

impl LoopFileSystem {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Ext4, Self::Xfs, Self::Btrfs];

    /// Its name, as in /proc/filesystems.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ext4 => "ext4",
            Self::Xfs => "xfs",
            Self::Btrfs => "btrfs",
        }
    }

    /// The one with this name, if there is one.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// The program that makes it.
    pub const fn program(self) -> Program {
        match self {
            Self::Ext4 => Program {
                name: "mkfs.ext4",
                package: "e2fsprogs",
            },
            Self::Xfs => Program {
                name: "mkfs.xfs",
                package: "xfsprogs",
            },
            Self::Btrfs => Program {
                name: "mkfs.btrfs",
                package: "btrfs-progs",
            },
        }
    }

    /// The smallest that its program makes: mkfs.xfs(8) since 5.19 refuses less than 300 MiB,
    /// mkfs.btrfs(8) less than about 110 MiB; below 16 MiB ext4 has no room for a journal worth
    /// the name.
    pub const fn minimum(self) -> Size {
        let mebibytes = match self {
            Self::Ext4 => 16,
            Self::Xfs => 300,
            Self::Btrfs => 128,
        };
        Size {
            bytes: mebibytes << 20,
        }
    }

    /// Makes it on `target`, a file or block device, whatever that held.
    ///
    /// On a file rather than a device, holes count as zeroes and nothing is left to be initialised
    /// in the background once it is mounted (mke2fs(8), `lazy_itable_init`).
    ///
    /// # Errors
    /// When its program is missing or fails.
    pub fn make(self, target: &Path) -> Result<(), ProgramError> {
        let force = match self {
            Self::Ext4 => "-F",
            Self::Xfs | Self::Btrfs => "-f",
        };
        let arguments = [OsStr::new("-q"), OsStr::new(force), target.as_os_str()];
        self.program().run(&arguments)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::fs::File;

    use super::*;

    #[test]
    fn names_are_read_back() {
        for &kind in LoopFileSystem::ALL {
            assert_eq!(LoopFileSystem::named(kind.name()), Some(kind));
        }
        assert_eq!(LoopFileSystem::named("vfat"), None);
    }

    #[test]
    fn the_smallest_is_large_enough_for_its_program() {
        let folder = tempfile::tempdir().unwrap();
        for &kind in LoopFileSystem::ALL {
            let path = folder.path().join(kind.name());
            let file = File::create(&path).unwrap();
            file.set_len(kind.minimum().bytes).unwrap();
            kind.make(&path).unwrap();
        }
    }
}

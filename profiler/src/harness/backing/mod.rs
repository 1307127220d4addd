//! Backing stores: the file system that images and containers lie on.
//!
//! Either the one that the engine's folder is on anyway, or a folder of the user's choice, or one
//! made for the occasion on a loop device, so that file systems can be compared on any host and the
//! page cache be emptied by mounting afresh.

pub mod file_system;
pub mod loop_device;
pub mod mount_table;
pub mod program;
pub mod removal;
pub mod size;
pub mod store;

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::str::FromStr;

use nix::errno::Errno;
use serde::{Deserialize, Serialize};

pub use file_system::LoopFileSystem;
pub use loop_device::LoopDevice;
use program::ProgramError;
use size::Size;
pub use store::Store;

/// Size of a loop device whose size was left open: 2 GiB, in a sparse file.
pub const DEFAULT_LOOP_BYTES: u64 = 2 << 30;

/// Where images and containers lie.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Backing {
    /// The file system that the engine's folder is on.
    #[default]
    Host,
    /// A folder, by its absolute path, on whatever file system.
    Path(PathBuf),
    /// A file system of our own in a sparse file behind a loop device.
    Loop {
        /// Which one.
        file_system: LoopFileSystem,
        /// Length of the file.
        bytes: u64,
    },
}

impl Backing {
    /// A loop device of the usual size.
    pub const fn on_loop(file_system: LoopFileSystem) -> Self {
        Self::Loop {
            file_system,
            bytes: DEFAULT_LOOP_BYTES,
        }
    }
}

impl fmt::Display for Backing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host => f.write_str("host"),
            Self::Path(path) => write!(f, "{}", path.display()),
            Self::Loop { file_system, bytes } => {
                let size = Size { bytes: *bytes };
                write!(f, "loop:{}:{size}", file_system.name())
            }
        }
    }
}

impl FromStr for Backing {
    type Err = BackingError;

    /// `host`, an absolute path, `loop:FILE-SYSTEM` or `loop:FILE-SYSTEM:SIZE`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "host" {
            return Ok(Self::Host);
        }
        if text.starts_with('/') {
            return Ok(Self::Path(PathBuf::from(text)));
        }
        let unknown = || BackingError::Unknown(text.to_owned());
        let description = text.strip_prefix("loop:").ok_or_else(unknown)?;
        let (name, size) = match description.split_once(':') {
            Some((name, size)) => (name, size.parse()?),
            None => (
                description,
                Size {
                    bytes: DEFAULT_LOOP_BYTES,
                },
            ),
        };
        let file_system = LoopFileSystem::named(name).ok_or_else(unknown)?;
        if size < file_system.minimum() {
            return Err(BackingError::TooSmall { file_system, size });
        }
        Ok(Self::Loop {
            file_system,
            bytes: size.bytes,
        })
    }
}

impl TryFrom<String> for Backing {
    type Error = BackingError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Backing> for String {
    fn from(backing: Backing) -> Self {
        backing.to_string()
    }
}

/// Why there is no backing store.
#[derive(Debug, thiserror::Error)]
pub enum BackingError {
    /// Words that name none.
    #[error(
        "there is no backing store '{0}'; write host, an absolute path, or loop:FILE-SYSTEM:SIZE with ext4, xfs or btrfs, such as loop:xfs:2G"
    )]
    Unknown(String),
    /// Words that are no size.
    #[error("'{0}' is no size; write a number with K, M, G or T, such as 2G")]
    Size(String),
    /// Smaller than the file system can be.
    #[error("{} of {size} is too small; give it {} or more", file_system.name(), file_system.minimum())]
    TooSmall {
        /// The file system.
        file_system: LoopFileSystem,
        /// What was asked for.
        size: Size,
    },
    /// No loop devices.
    #[error(
        "failed to get a loop device: {0}; run as root on a kernel with CONFIG_BLK_DEV_LOOP, with /dev/loop-control in /dev"
    )]
    NoLoop(io::Error),
    /// A loop device on a file of ours.
    #[error("failed to {action} {}: {source}; losetup --list shows who has which device", path.display())]
    Loop {
        /// What was tried.
        action: &'static str,
        /// The file, or the device.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The program that makes the file system.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// Mounting what was made.
    #[error("failed to mount {name} at {}: {source}; use a kernel with that file system", path.display())]
    Mount {
        /// Name of the file system.
        name: &'static str,
        /// The mount point.
        path: PathBuf,
        /// Why.
        source: Errno,
    },
    /// Unmounting it.
    #[error("failed to unmount {}: {source}; fuser -m finds who uses it", path.display())]
    Unmount {
        /// The mount point.
        path: PathBuf,
        /// Why.
        source: Errno,
    },
    /// A store that is not ours to mount afresh.
    #[error(
        "the store {0} is not ours to mount afresh; take one on a loop device, such as loop:ext4:2G"
    )]
    NotOurs(Backing),
    /// A file or folder of the store.
    #[error("failed to {action} {}: {source}; check the free space and the rights of that folder", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn what_is_shown_is_read_back() {
        for text in [
            "host",
            "/mnt/a disk",
            "loop:ext4:2G",
            "loop:xfs:300M",
            "loop:btrfs:3T",
        ] {
            let backing: Backing = text.parse().unwrap();
            assert_eq!(backing.to_string(), text);
            let json = serde_json::to_string(&backing).unwrap();
            assert_eq!(serde_json::from_str::<Backing>(&json).unwrap(), backing);
        }
        let usual: Backing = "loop:btrfs".parse().unwrap();
        assert_eq!(usual, Backing::on_loop(LoopFileSystem::Btrfs));
    }

    #[test]
    fn what_names_no_store_is_refused_with_the_remedy() {
        for (text, expected) in [
            ("", "loop:xfs:2G"),
            ("relative/path", "absolute path"),
            ("loop:vfat:2G", "ext4, xfs or btrfs"),
            ("loop:ext4:lots", "'lots' is no size"),
            ("loop:xfs:100M", "give it 300M or more"),
        ] {
            let error = text.parse::<Backing>().unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}

//! Backing stores: the file system that images and containers lie on.
//!
//! Either the one that the engine's folder is on anyway, or a folder of the user's choice, or one
//! made for the occasion on a loop device, so that file systems can be compared on any host and the
//! page cache be emptied by mounting afresh.

pub mod size;

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use size::Size;

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
    type Err = UnknownBacking;

    /// `host`, an absolute path, `loop:FILE-SYSTEM` or `loop:FILE-SYSTEM:SIZE`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "host" {
            return Ok(Self::Host);
        }
        if text.starts_with('/') {
            return Ok(Self::Path(PathBuf::from(text)));
        }
        let unknown = || UnknownBacking::Name(text.to_owned());
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
            return Err(UnknownBacking::TooSmall { file_system, size });
        }
        Ok(Self::Loop {
            file_system,
            bytes: size.bytes,
        })
    }
}

impl TryFrom<String> for Backing {
    type Error = UnknownBacking;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Backing> for String {
    fn from(backing: Backing) -> Self {
        backing.to_string()
    }
}

/// A text that names no backing store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownBacking {
    /// Words that name none.
    #[error(
        "there is no backing store '{0}'; write host, an absolute path, or loop:FILE-SYSTEM:SIZE with ext4, xfs or btrfs, such as loop:xfs:2G"
    )]
    Name(String),
    /// Words that are no size.
    #[error("'{0}' is no size; write a number with K, M, G or T, such as 2G")]
    Size(String),
    /// Smaller than the file system can be.
    #[error("{} of {size} is too small; give it {} or more", file_system.name(), file_system.minimum())]
    TooSmall {
        /// The file system.
        file_system: LoopFileSystem,
        /// The size that was asked for.
        size: Size,
    },
}

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

    #[test]
    fn names_are_read_back() {
        for &kind in LoopFileSystem::ALL {
            assert_eq!(LoopFileSystem::named(kind.name()), Some(kind));
        }
        assert_eq!(LoopFileSystem::named("vfat"), None);
    }
}

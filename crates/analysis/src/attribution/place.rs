//! The surroundings of a system call: the place where it works, and the trade of its process.

use super::file_system::FileSystem;
use super::program::Trade;

/// A place that decides the phase of the work done there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// None of the others.
    #[default]
    Elsewhere,
    /// The table of mounts of a process.
    MountTable,
    /// A cgroup hierarchy, or a process's place in it.
    Cgroup,
    /// The network's files in /proc and /sys, and its sysctls.
    Network,
    /// The id maps of a user namespace.
    IdMap,
    /// Attributes of a security module.
    Lsm,
    /// Where a manager keeps images and layers.
    GraphRoot,
    /// Elsewhere in /proc.
    Proc,
    /// Elsewhere in /sys.
    Sysfs,
}

impl Place {
    /// The file system that lies there as a rule.
    pub fn file_system(self) -> FileSystem {
        match self {
            Self::Proc | Self::MountTable | Self::IdMap => FileSystem::PROC,
            Self::Sysfs => FileSystem::SYSFS,
            Self::Elsewhere | Self::Cgroup | Self::Network | Self::Lsm | Self::GraphRoot => {
                FileSystem::default()
            }
        }
    }

    /// Whether what is reached from a directory there lies in the same place.
    pub(super) fn holds_what_is_below(self) -> bool {
        match self {
            Self::Cgroup | Self::Network | Self::Lsm | Self::GraphRoot => true,
            Self::Elsewhere | Self::MountTable | Self::IdMap | Self::Proc | Self::Sysfs => false,
        }
    }
}

/// The surroundings of a call that decide its phase beside its arguments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// Where its descriptor or path leads.
    pub place: Place,
    /// The trade of its process.
    pub trade: Trade,
    /// Whether the descriptor is only the directory that an absolute path makes irrelevant.
    pub descriptor_is_elsewhere: bool,
}

impl Context {
    /// The context of a call of which only the process is known.
    pub fn of_trade(trade: Trade) -> Self {
        Self {
            trade,
            ..Self::default()
        }
    }
}

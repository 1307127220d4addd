//! The place and the purpose of a system call, which decide its phase besides its arguments.

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
    /// In no directory: a file of `anon_inode`, of this kind.
    Anonymous(Anonymous),
}

/// The kinds of files of `anon_inode`, which all have one file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anonymous {
    /// A counter.
    Eventfd,
    /// A timer.
    Timer,
    /// Signals, to be read.
    Signalfd,
    /// Sets of descriptors that are waited for.
    Epoll,
    /// Changes of files.
    Inotify,
    /// A process.
    Pidfd,
    /// Queues of input and output.
    IoUring,
}

impl Anonymous {
    /// The kind that a call makes.
    pub fn made_by(call: &str) -> Option<Self> {
        Some(match call {
            "eventfd" | "eventfd2" => Self::Eventfd,
            "timerfd_create" => Self::Timer,
            "signalfd" | "signalfd4" => Self::Signalfd,
            "epoll_create" | "epoll_create1" => Self::Epoll,
            "inotify_init" | "inotify_init1" => Self::Inotify,
            "pidfd_open" => Self::Pidfd,
            "io_uring_setup" => Self::IoUring,
            _ => return None,
        })
    }

    /// The name used as a part.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Eventfd => "eventfd",
            Self::Timer => "timer",
            Self::Signalfd => "signalfd",
            Self::Epoll => "epoll",
            Self::Inotify => "inotify",
            Self::Pidfd => "pidfd",
            Self::IoUring => "io_uring",
        }
    }
}

impl Place {
    /// The file system that lies there as a rule.
    pub fn file_system(self) -> FileSystem {
        match self {
            Self::Proc | Self::MountTable | Self::IdMap => FileSystem::PROC,
            Self::Sysfs => FileSystem::SYSFS,
            Self::Anonymous(Anonymous::Pidfd) => FileSystem::PIDFS,
            Self::Anonymous(_) => FileSystem::ANON_INODE,
            Self::Elsewhere | Self::Cgroup | Self::Network | Self::Lsm | Self::GraphRoot => {
                FileSystem::default()
            }
        }
    }

    /// Whether what is reached from a directory there lies in the same place.
    pub(super) fn holds_what_is_below(self) -> bool {
        match self {
            Self::Cgroup | Self::Network | Self::Lsm | Self::GraphRoot => true,
            Self::Elsewhere
            | Self::MountTable
            | Self::IdMap
            | Self::Proc
            | Self::Sysfs
            | Self::Anonymous(_) => false,
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

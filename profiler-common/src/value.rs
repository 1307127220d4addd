//! Values of fields of records: flags, and codes.

/// Where the probe that made a record ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Context {
    /// In a user process's own context.
    Task = 0,
    /// In an interrupt (hard or soft) that came in while the current task ran.
    Interrupt = 1,
    /// In a kernel thread.
    KernelThread = 2,
    /// On a CPU that was idle: an interrupt, too.
    Idle = 3,
}

/// Bits of a record's `flags`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanFlags;

impl SpanFlags {
    /// A text was cut at [`crate::PATH_MAX_BYTES`] or [`crate::ARGV_MAX_BYTES`].
    pub const TEXT_CUT: u16 = 1;
    /// The call never returned: the thread ended inside it.
    pub const NEVER_RETURNED: u16 = 1 << 2;
    /// A text could not be read from the process's memory.
    pub const TEXT_UNREADABLE: u16 = 1 << 3;
}

/// The disposition of a process towards a signal (signal(7)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Disposition {
    /// Nothing: for most signals it is killed.
    Default = 0,
    /// The signal is ignored.
    Ignore = 1,
    /// A handler is run.
    Catch = 2,
}

impl Disposition {
    /// The disposition with this number, if there is one.
    pub const fn from_u32(value: u32) -> Option<Self> {
        match value {
            0 => Some(Self::Default),
            1 => Some(Self::Ignore),
            2 => Some(Self::Catch),
            _ => None,
        }
    }

    /// The name used in recordings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Ignore => "ignore",
            Self::Catch => "catch",
        }
    }
}

/// Bits of [`SignalRecord::flags`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignalFlags;

impl SignalFlags {
    /// The receiver is the first process of a pid namespace: signals without a handler do not
    /// reach it.
    pub const UNKILLABLE: u32 = 1;
    /// The receiver blocks the signal.
    pub const BLOCKED: u32 = 2;
}

/// The reason for which a process is in the tracked set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum JoinReason {
    /// It is the command, `--pid`, or a member of `--cgroup`.
    Root = 1,
    /// Its parent is tracked.
    Child = 2,
    /// A tracked process woke it through a socket, a pipe or an eventfd.
    Woken = 3,
    /// A tracked process connected to its socket.
    Connected = 4,
    /// It was moved into the cgroup that is a root.
    Cgroup = 5,
    /// It is ctrprof's own engine, or was forked by it and has executed no program since: its marks
    /// count ([`crate::MARK_PRCTL`]).
    Engine = 6,
    /// It is ctrprof's own engine before its first exec.
    HeldEngine = 7,
}

impl JoinReason {
    /// The reason with this number, if there is one.
    pub const fn from_u32(value: u32) -> Option<Self> {
        match value {
            1 => Some(Self::Root),
            2 => Some(Self::Child),
            3 => Some(Self::Woken),
            4 => Some(Self::Connected),
            5 => Some(Self::Cgroup),
            6 => Some(Self::Engine),
            7 => Some(Self::HeldEngine),
            _ => None,
        }
    }

    /// The reason of a process that one with this reason forks.
    pub const fn of_child(self) -> Self {
        match self {
            Self::Engine => Self::Engine,
            Self::Root
            | Self::Child
            | Self::Woken
            | Self::Connected
            | Self::Cgroup
            | Self::HeldEngine => Self::Child,
        }
    }

    /// The reason of a process with this reason once it has executed a program.
    pub const fn after_exec(self) -> Self {
        match self {
            Self::HeldEngine => Self::Engine,
            Self::Engine => Self::Child,
            Self::Root | Self::Child | Self::Woken | Self::Connected | Self::Cgroup => self,
        }
    }

    /// The name used in recordings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Child => "child",
            Self::Woken => "woken",
            Self::Connected => "connected",
            Self::Cgroup => "cgroup",
            Self::Engine | Self::HeldEngine => "engine",
        }
    }
}

/// The kind of a cgroup event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum CgroupOperation {
    /// It was made.
    Mkdir = 1,
    /// It was removed.
    Rmdir = 2,
    /// A task was moved into it.
    Attach = 3,
    /// It got its first task, or lost its last.
    Populated = 4,
}

impl CgroupOperation {
    /// The operation with this number, if there is one.
    pub const fn from_u32(value: u32) -> Option<Self> {
        match value {
            1 => Some(Self::Mkdir),
            2 => Some(Self::Rmdir),
            3 => Some(Self::Attach),
            4 => Some(Self::Populated),
            _ => None,
        }
    }

    /// The name used in recordings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mkdir => "mkdir",
            Self::Rmdir => "rmdir",
            Self::Attach => "attach",
            Self::Populated => "populated",
        }
    }
}

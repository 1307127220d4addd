//! The records, as they lie in the ring buffer.

use core::mem::size_of;

use crate::BUCKETS;

/// A field that holds no system call (the task was in user mode, or is a kernel thread).
pub const NO_SYSCALL: i32 = -1;

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $value:literal, $name:literal),+ $(,)?) => {
        /// The kind of a record. Doubles as the index of the per-CPU counters of lost records.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum RecordKind { $($(#[$doc])* $variant = $value),+ }

        impl RecordKind {
            /// All kinds.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The kind with this number, if there is one.
            pub const fn from_u8(value: u8) -> Option<Self> {
                match value { $($value => Some(Self::$variant),)+ _ => None }
            }

            /// The name used in reports.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }
    };
}

kinds! {
    /// [`SpanRecord`]
    Span = 1, "span",
    /// [`TotalRecord`]
    Total = 2, "total",
    /// [`SwitchRecord`]
    Switch = 3, "switch",
    /// [`WakeRecord`]
    Wake = 4, "wake",
    /// [`ForkRecord`]
    Fork = 5, "fork",
    /// [`ExecRecord`]
    Exec = 6, "exec",
    /// [`ExitRecord`]
    Exit = 7, "exit",
    /// [`RenameRecord`]
    Rename = 8, "rename",
    /// [`JoinRecord`]
    Join = 9, "join",
    /// [`MarkRecord`]
    Mark = 10, "mark",
    /// [`LockRecord`]
    Lock = 11, "lock",
    /// [`CgroupRecord`]
    Cgroup = 12, "cgroup",
    /// [`SampleRecord`]
    Sample = 13, "sample",
    /// [`FunctionRecord`]
    Function = 14, "function",
}

/// Entries of the loss counters: one for each kind, 0 for task storage that could not be had.
pub const LOSS_COUNTERS: usize = 16;
/// Index of the loss counter for task storage look-ups that failed (a re-entered one can).
pub const LOSS_STORAGE: usize = 0;

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

macro_rules! wire {
    ($($(#[$doc:meta])* struct $name:ident [$size:literal] { $($(#[$fdoc:meta])* $field:ident: $ty:ty),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        #[cfg_attr(feature = "zerocopy", derive(zerocopy::FromBytes, zerocopy::IntoBytes, zerocopy::Immutable, zerocopy::KnownLayout))]
        #[repr(C)]
        pub struct $name { $($(#[$fdoc])* pub $field: $ty),+ }
        const _: () = assert!(size_of::<$name>() == $size);
        const _: () = assert!(size_of::<$name>() % 8 == 0);
    )+};
}

wire! {
    /// The header of every record.
    struct Header [24] {
        /// Position in the sequence of the CPU: 0, 1, 2, ... A gap is a loss.
        sequence: u64,
        /// When it happened, in nanoseconds of CLOCK_MONOTONIC.
        at_ns: u64,
        /// The current thread when the probe ran (for a switch: the one that leaves).
        tid: u32,
        /// The CPU that it ran on.
        cpu: u16,
        /// A [`RecordKind`].
        kind: u8,
        /// A [`Context`].
        context: u8,
    }

    /// One system call of one thread, made at its exit (`header.at_ns` is the end).
    ///
    /// Followed by `text_len`, `text2_len` and `text3_len` bytes: the paths and names among its
    /// arguments, in the order of the arguments.
    struct SpanRecord [120] {
        /// Common part.
        header: Header,
        /// When the call was entered.
        start_ns: u64,
        /// The return value, or a negated errno.
        result: i64,
        /// The first four arguments, raw.
        args: [u64; 4],
        /// Clone flags, for calls that have some: from the argument, or through `clone3`'s pointer.
        clone_flags: u64,
        /// Time off the CPU inside the call, in nanoseconds.
        off_cpu_ns: u64,
        /// Time waiting for kernel locks inside the call, in nanoseconds.
        lock_wait_ns: u64,
        /// Process (thread group) of the thread.
        tgid: u32,
        /// Number of the call.
        nr: u32,
        /// `s_magic` of the file system behind its descriptor, 0 if it has none.
        fs_magic: u32,
        /// Address family of the socket behind its descriptor, 0 if there is none.
        socket_family: u16,
        /// Bits of [`SpanFlags`].
        flags: u16,
        /// Bytes of the first text.
        text_len: u16,
        /// Bytes of the second text.
        text2_len: u16,
        /// Bytes of the third text.
        text3_len: u16,
        /// Zero.
        reserved: u16,
    }

    /// Short system calls of one thread, one number and one file system, added up in the kernel.
    struct TotalRecord [288] {
        /// Common part; `at_ns` is when the slice was cut.
        header: Header,
        /// Start of the first call in it.
        first_ns: u64,
        /// End of the last call in it.
        last_ns: u64,
        /// Calls.
        count: u32,
        /// Calls that failed.
        errors: u32,
        /// Sum of their durations.
        total_ns: u64,
        /// Time off the CPU inside them.
        off_cpu_ns: u64,
        /// Time waiting for kernel locks inside them.
        lock_wait_ns: u64,
        /// The longest.
        max_ns: u64,
        /// Process of the thread.
        tgid: u32,
        /// Number of the call.
        nr: u32,
        /// `s_magic` behind the descriptor, 0 if none.
        fs_magic: u32,
        /// Address family of the socket behind the descriptor, 0 if none.
        socket_family: u32,
        /// How many fell into each bucket of [`crate::bucket_of`].
        buckets: [u32; BUCKETS],
    }

    /// One thread (`header.tid`) leaves a CPU, another takes it.
    ///
    /// Followed by `stack_len` frames: the kernel stack of the one that leaves, if it blocks.
    struct SwitchRecord [48] {
        /// Common part.
        header: Header,
        /// Process of the thread that leaves.
        prev_tgid: u32,
        /// State of the thread that leaves: the kernel's `__state` at the switch, 0 if runnable.
        prev_state: u32,
        /// System call in which it leaves, or [`NO_SYSCALL`].
        prev_syscall: i32,
        /// Thread that takes the CPU.
        next_tid: u32,
        /// Its process.
        next_tgid: u32,
        /// Whether the one that leaves was preempted.
        preempted: u16,
        /// Frames that follow.
        stack_len: u16,
    }

    /// A thread is woken by the current one (`header.tid`), or by an interrupt on its back.
    ///
    /// Followed by `stack_len` frames: the kernel stack of the waker.
    struct WakeRecord [40] {
        /// Common part; the context tells task from interrupt.
        header: Header,
        /// Process of the current thread.
        waker_tgid: u32,
        /// System call of the current thread, or [`NO_SYSCALL`].
        waker_syscall: i32,
        /// Who is woken.
        target_tid: u32,
        /// Frames that follow.
        stack_len: u16,
        /// 1 for the first wake-up of a new task.
        first: u16,
    }

    /// The current thread made a task.
    struct ForkRecord [80] {
        /// Common part.
        header: Header,
        /// Clone flags, 0 for `fork`.
        clone_flags: u64,
        /// Process of the parent.
        parent_tgid: u32,
        /// The new thread.
        child_tid: u32,
        /// Its process.
        child_tgid: u32,
        /// Its number inside its own pid namespace.
        inner_pid: u32,
        /// Inode number of that pid namespace.
        pid_namespace: u32,
        /// How deep that namespace is nested, 0 for the first.
        pid_level: u32,
        /// Inode number of its mount namespace.
        mount_namespace: u32,
        /// 1 if the child is tracked.
        tracked: u32,
        /// Its name, padded with NUL.
        comm: [u8; 16],
    }

    /// The current thread replaced its program.
    ///
    /// Followed by `path_len` bytes of path and `argv_len` bytes of NUL-separated arguments.
    struct ExecRecord [56] {
        /// Common part.
        header: Header,
        /// Process.
        tgid: u32,
        /// Thread number before the exec; differs from `tid` where a thread that does not lead did it.
        old_tid: u32,
        /// Number inside its own pid namespace.
        inner_pid: u32,
        /// Inode number of the pid namespace.
        pid_namespace: u32,
        /// Inode number of the mount namespace.
        mount_namespace: u32,
        /// 1 if tracked.
        tracked: u32,
        /// Bytes of path.
        path_len: u16,
        /// Bytes of arguments.
        argv_len: u16,
        /// Bits of [`SpanFlags`]: which of the two was cut.
        flags: u32,
    }

    /// The current thread ended.
    struct ExitRecord [40] {
        /// Common part.
        header: Header,
        /// Process.
        tgid: u32,
        /// The kernel's exit code: status in the second byte, signal in the first.
        exit_code: u32,
        /// 1 if it was the last thread of its process.
        group_dead: u32,
        /// 1 if it was tracked.
        tracked: u32,
    }

    /// The current thread gave a task a name.
    struct RenameRecord [48] {
        /// Common part.
        header: Header,
        /// Whose name.
        target_tid: u32,
        /// Zero.
        reserved: u32,
        /// The new name, padded with NUL.
        comm: [u8; 16],
    }

    /// A process joined the tracked set.
    struct JoinRecord [48] {
        /// Common part; the current thread is the one that caused it.
        header: Header,
        /// Process that joins.
        tgid: u32,
        /// A [`JoinReason`].
        reason: u32,
        /// System call in which the cause was, or [`NO_SYSCALL`].
        syscall: i32,
        /// `s_magic` behind the descriptor of that call.
        fs_magic: u32,
        /// The thread that was woken, 0 if none was.
        target_tid: u32,
        /// Zero.
        reserved: u32,
    }

    /// A mark set through [`crate::MARK_PRCTL`].
    struct MarkRecord [48] {
        /// Common part.
        header: Header,
        /// Which mark.
        code: u64,
        /// The argument of the mark: the number of the run.
        value: u64,
        /// Process that set it.
        tgid: u32,
        /// Zero.
        reserved: u32,
    }

    /// A wait for a kernel lock, made at its end. Followed by `stack_len` frames of the waiter.
    struct LockRecord [56] {
        /// Common part; `at_ns` is the end.
        header: Header,
        /// When the wait began.
        start_ns: u64,
        /// Address of the lock.
        address: u64,
        /// Process of the waiter.
        tgid: u32,
        /// The kernel's `LCB_F_*` flags (include/trace/events/lock.h, v6.18).
        lock_flags: u32,
        /// Number of the call in which it waited, or [`NO_SYSCALL`].
        syscall: i32,
        /// Frames that follow.
        stack_len: u32,
    }

    /// Something happened to a cgroup. Followed by `path_len` bytes of its path.
    struct CgroupRecord [56] {
        /// Common part.
        header: Header,
        /// Id of the cgroup: its kernfs node's.
        id: u64,
        /// A [`CgroupOperation`].
        operation: u32,
        /// Id of the hierarchy; under v1 an event comes once for each.
        hierarchy: u32,
        /// Thread that is moved, for an attach.
        target_tid: u32,
        /// New value, for `notify_populated`.
        populated: u32,
        /// Bytes of path.
        path_len: u32,
        /// Bits of [`SpanFlags`].
        flags: u32,
    }

    /// A sample of a tracked task. Followed by the frames of its kernel, then of its user stack.
    struct SampleRecord [40] {
        /// Common part.
        header: Header,
        /// Process.
        tgid: u32,
        /// System call that it was in, or [`NO_SYSCALL`].
        syscall: i32,
        /// Kernel frames that follow.
        kernel_len: u32,
        /// User frames that follow.
        user_len: u32,
    }

    /// One run of a kernel function, where the kernel allows function hooks; made at its return.
    struct FunctionRecord [40] {
        /// Common part; `at_ns` is the return.
        header: Header,
        /// When it was entered.
        start_ns: u64,
        /// Process.
        tgid: u32,
        /// Index of the function in the list of hooks.
        function: u32,
    }
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
            _ => None,
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

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
    /// [`ThrottleRecord`]
    Throttle = 15, "throttle",
    /// [`SignalRecord`]
    Signal = 18, "signal",
    /// [`DescriptorRecord`]
    Descriptor = 19, "descriptor",
    /// [`FaultsRecord`]
    Faults = 20, "faults",
    /// [`MemoryLimitRecord`]
    MemoryLimit = 21, "memory limit",
}

/// Entries of the loss counters: one for each kind, 0 for task storage that could not be had.
pub const LOSS_COUNTERS: usize = 32;
/// Index of the loss counter for task storage look-ups that failed (a re-entered one can).
pub const LOSS_STORAGE: usize = 0;

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

mod memory;

pub use memory::*;

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

    /// A task that could run is held back, because a control group has used up its CPU quota.
    ///
    /// Followed by `name_len` bytes: the group's name. Without a group where none was found.
    struct ThrottleRecord [88] {
        /// Common part; `at_ns` is that of the switch or wake-up at which it was seen.
        header: Header,
        /// Id of the group: its kernfs node's.
        group: u64,
        /// Its quota for each period.
        quota_ns: u64,
        /// Its period.
        period_ns: u64,
        /// When it gets its next quota, in nanoseconds of CLOCK_MONOTONIC.
        replenished_ns: u64,
        /// How long it has been held back so far, on all CPUs together.
        throttled_ns: u64,
        /// Thread that is held back.
        tid: u32,
        /// Its process.
        tgid: u32,
        /// Periods so far in which the group could have been held back.
        periods: u32,
        /// Periods so far in which it was.
        throttled_periods: u32,
        /// How far above the task's own group it is.
        levels: u16,
        /// 1 if all tasks of the group on that CPU are held back, 0 if this one alone is.
        whole_queue: u16,
        /// CPU whose part of the group is held back.
        cpu: u16,
        /// Bytes of its name.
        name_len: u16,
    }

    /// The current thread sent a signal, or made the kernel send one.
    struct SignalRecord [56] {
        /// Common part.
        header: Header,
        /// Number of the signal.
        signal: u32,
        /// The kernel's `TRACE_SIGNAL_*` (include/trace/events/signal.h, v6.18).
        result: u32,
        /// Process of the current thread.
        sender_tgid: u32,
        /// Thread that it was sent to.
        target_tid: u32,
        /// Its process.
        target_tgid: u32,
        /// 1 if it was sent to the whole process.
        whole_process: u32,
        /// A [`Disposition`].
        disposition: u32,
        /// Bits of [`SignalFlags`].
        flags: u32,
    }

    /// A file that a call waited for, made at the call's exit.
    ///
    /// Followed by `names` strings of [`crate::NAME_BYTES`], each ended by NUL: of a file its name and
    /// those of the directories above it, innermost first; of a unix socket the path of its peer.
    struct DescriptorRecord [104] {
        /// Common part.
        header: Header,
        /// When the call was entered.
        start_ns: u64,
        /// Inode number.
        inode: u64,
        /// Time limit of a socket for receiving, in nanoseconds; 0 for none.
        limit_ns: u64,
        /// Address of a socket's peer, for IPv4 the first four bytes; zero if unknown.
        peer_address: [u8; 16],
        /// Process.
        tgid: u32,
        /// Number of the call.
        nr: u32,
        /// The descriptor.
        descriptor: i32,
        /// `s_magic` of its file system.
        fs_magic: u32,
        /// `s_dev` of its file system.
        device: u32,
        /// Process at the other end of a unix socket, 0 if unknown.
        peer_pid: u32,
        /// Address family of a socket, else 0.
        family: u16,
        /// Type of a socket, else 0.
        socket_type: u16,
        /// Protocol of a socket, else 0.
        protocol: u16,
        /// Port of a socket's peer, 0 if unknown.
        peer_port: u16,
        /// Events that `poll` was asked for.
        events: u16,
        /// Those that it found.
        revents: u16,
        /// Strings that follow.
        names: u16,
        /// Zero.
        reserved: u16,
    }
}

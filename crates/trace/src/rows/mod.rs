//! The tables of a recording: raw facts, ids and addresses, never conclusions.
//!
//! Times are nanoseconds of CLOCK_MONOTONIC. String ids refer to `strings`, stack ids to `stacks`.

mod memory;
mod tables;

use crate::table;
pub use memory::{Faults, MemoryLimit};
pub use tables::{Fact, Tables};

table! {
    /// One system call of one thread.
    "spans": struct Span {
        /// When it was entered.
        start_ns: u64,
        /// How long it took.
        duration_ns: u64,
        /// Thread.
        tid: u32,
        /// Process (thread group) of the thread.
        tgid: u32,
        /// CPU on which it returned.
        cpu: u16,
        /// System call number of the recording's machine.
        nr: u32,
        /// Result: a value, or a negated errno.
        result: i64,
        /// First argument, raw.
        arg0: u64,
        /// Second argument, raw.
        arg1: u64,
        /// Third argument, raw.
        arg2: u64,
        /// Fourth argument, raw.
        arg3: u64,
        /// Clone flags of clone, clone3, unshare and setns.
        clone_flags: u64,
        /// Time off the CPU inside it.
        off_cpu_ns: u64,
        /// Time waiting for kernel locks inside it.
        lock_wait_ns: u64,
        /// Magic number of the file system behind its descriptor, 0 if none.
        fs_magic: u32,
        /// Address family of the socket behind its descriptor, 0 if none.
        socket_family: u16,
        /// Bits: 1 a text was cut, 4 the call never returned, 8 a text was unreadable.
        flags: u16,
        /// String id of the path or name in its first argument that has one of the first three.
        text: Option<u32>,
        /// String id of its second path or name (for mount: the target).
        text2: Option<u32>,
        /// String id of its third path or name (for mount: the type of the file system).
        text3: Option<u32>,
    }
}

table! {
    /// Short system calls of one thread, one number and one file system, added up in the kernel (level `summary`).
    "totals": struct Total {
        /// Start of the first call.
        from_ns: u64,
        /// End of the last call.
        to_ns: u64,
        /// Thread.
        tid: u32,
        /// Process.
        tgid: u32,
        /// System call number.
        nr: u32,
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
        /// Duration of the longest.
        max_ns: u64,
        /// Magic number of the file system behind the descriptor, 0 if none.
        fs_magic: u32,
        /// Address family of the socket behind the descriptor, 0 if none.
        socket_family: u16,
        /// Counts of the log-linear buckets of durations, four to a power of two from 128 ns on.
        buckets: Vec<u64>,
    }
}

table! {
    /// One time that a thread was off the CPU: from the switch that took it off to the one that put it back.
    "off_cpu": struct OffCpu {
        /// Thread.
        tid: u32,
        /// Process.
        tgid: u32,
        /// When it left the CPU.
        from_ns: u64,
        /// When it was back on one; nothing if the recording, or the thread, ended first.
        to_ns: Option<u64>,
        /// CPU that it left.
        from_cpu: u16,
        /// CPU that it came back on (that it left, if it did not).
        to_cpu: u16,
        /// The kernel's task state at the switch: 0 runnable, 1 interruptible, 2 uninterruptible, and flags.
        state: u32,
        /// Whether it was preempted.
        preempted: bool,
        /// System call in which it left, -1 if none.
        syscall: i32,
        /// Stack id of its kernel stack, if it blocked.
        stack: Option<u32>,
        /// When it was woken.
        wake_ns: Option<u64>,
        /// Thread that was current when it was woken.
        waker_tid: Option<u32>,
        /// Context of the waker: 0 task, 1 interrupt, 2 kernel thread, 3 idle CPU.
        waker_context: u8,
        /// System call of the waker, -1 if none.
        waker_syscall: i32,
        /// Stack id of the waker's kernel stack.
        waker_stack: Option<u32>,
        /// Whether an end of it was imputed because a switch was missed.
        imputed: bool,
    }
}

impl OffCpu {
    /// Whether the thread left its CPU because it had to wait, not because another took its place.
    pub const fn is_wait(&self) -> bool {
        self.state != 0 && !self.preempted
    }

    /// From when on it was runnable, given that it was off the CPU until `to_ns`: from its wake-up
    /// on, or all the time if it did not wait for anything.
    pub fn runnable_from_ns(&self, to_ns: u64) -> u64 {
        if self.is_wait() {
            self.wake_ns.unwrap_or(to_ns).min(to_ns)
        } else {
            self.from_ns
        }
    }
}

table! {
    /// One thread, known from /proc at the start or from its fork.
    "tasks": struct Task {
        /// Thread.
        tid: u32,
        /// Process.
        tgid: u32,
        /// Thread that made it (its parent process, for those older than the recording).
        parent_tid: u32,
        /// When it was made; nothing if before the recording.
        born_ns: Option<u64>,
        /// When its exit began; nothing if it outlived the recording.
        exiting_ns: Option<u64>,
        /// When it ended: its last moment on a CPU; nothing if it outlived the recording.
        ended_ns: Option<u64>,
        /// The kernel's exit code: status in the second byte, signal in the first.
        exit_code: u32,
        /// Whether it was the last thread of its process.
        group_dead: bool,
        /// Its first known name.
        comm: String,
        /// Path of its program at the start of the recording, empty for one born later.
        exe: String,
        /// Whether it is a kernel thread.
        kernel_thread: bool,
        /// Clone flags with which it was made.
        clone_flags: u64,
        /// Its number inside its own pid namespace.
        inner_pid: u32,
        /// Inode number of its pid namespace.
        pid_namespace: u32,
        /// How deep that namespace is nested.
        pid_level: u32,
        /// Inode number of its mount namespace when it was made.
        mount_namespace: u32,
        /// Reason for tracking its process: root, child, woken, connected, cgroup; empty if it is not.
        join_reason: String,
        /// When it joined.
        joined_ns: Option<u64>,
        /// Thread that made it join.
        joined_by: Option<u32>,
    }
}

table! {
    /// A task replaced its program.
    "execs": struct Exec {
        /// When.
        at_ns: u64,
        /// Thread number afterwards (the process's).
        tid: u32,
        /// Thread number before.
        old_tid: u32,
        /// Process.
        tgid: u32,
        /// Path of the program.
        path: String,
        /// Arguments, joined by NUL.
        argv: String,
        /// Number inside its own pid namespace.
        inner_pid: u32,
        /// Inode number of its pid namespace.
        pid_namespace: u32,
        /// Inode number of its mount namespace.
        mount_namespace: u32,
        /// Whether path or arguments were cut.
        cut: bool,
    }
}

table! {
    /// A task was given a name, by itself, by an exec or by another.
    "renames": struct Rename {
        /// When.
        at_ns: u64,
        /// Whose name.
        tid: u32,
        /// The new name.
        comm: String,
    }
}

table! {
    /// A timestamp set by the engine.
    "marks": struct Mark {
        /// When.
        at_ns: u64,
        /// Thread that set it.
        tid: u32,
        /// Process that set it.
        tgid: u32,
        /// Which mark: see the manual of marks in docs/recording.md.
        code: u64,
        /// The value of the mark: the number of the run.
        value: u64,
    }
}

table! {
    /// A wait for a kernel lock.
    "locks": struct LockWait {
        /// When it began.
        start_ns: u64,
        /// How long it took.
        duration_ns: u64,
        /// Thread that waited.
        tid: u32,
        /// Its process.
        tgid: u32,
        /// Address of the lock.
        address: u64,
        /// The kernel's LCB_F flags: 1 spin, 2 read, 4 write, 8 rt, 16 percpu, 32 mutex.
        lock_flags: u32,
        /// System call in which it waited, -1 if none.
        syscall: i32,
        /// Stack id of the waiter.
        stack: Option<u32>,
    }
}

table! {
    /// Something happened to a cgroup.
    "cgroups": struct CgroupEvent {
        /// When.
        at_ns: u64,
        /// Thread that did it.
        tid: u32,
        /// mkdir, rmdir, attach or populated.
        operation: String,
        /// Id of the hierarchy.
        hierarchy: u32,
        /// Id of the cgroup.
        id: u64,
        /// Its path inside the hierarchy.
        path: String,
        /// Thread that was moved, for an attach.
        target_tid: u32,
        /// New value, for populated.
        populated: bool,
    }
}

table! {
    /// The stack of a tracked task at a tick of the CPU clock.
    "samples": struct Sample {
        /// When.
        at_ns: u64,
        /// Thread.
        tid: u32,
        /// Process.
        tgid: u32,
        /// CPU.
        cpu: u16,
        /// System call that it was in, -1 if none.
        syscall: i32,
        /// Stack id of its kernel stack.
        kernel_stack: Option<u32>,
        /// Stack id of its user stack.
        user_stack: Option<u32>,
    }
}

table! {
    /// One run of a hooked kernel function.
    "functions": struct FunctionRun {
        /// When it was entered.
        start_ns: u64,
        /// How long it took.
        duration_ns: u64,
        /// Thread.
        tid: u32,
        /// Process.
        tgid: u32,
        /// String id of the function's name.
        function: u32,
    }
}

table! {
    /// A thread that could run is held back, because a control group has used up its CPU quota.
    "throttles": struct Throttle {
        /// When it was seen: the switch with which it left its CPU, or its wake-up.
        at_ns: u64,
        /// Thread.
        tid: u32,
        /// Process.
        tgid: u32,
        /// CPU whose part of the group is held back.
        cpu: u16,
        /// Id of the cgroup whose quota it is, 0 if it was not found.
        group: u64,
        /// Its name: the last part of its path.
        name: String,
        /// How far above the thread's own cgroup it is.
        levels: u16,
        /// Whether all threads of the group on that CPU are held back, not this one alone.
        whole_queue: bool,
        /// Its quota for each period, in nanoseconds of CPU time.
        quota_ns: u64,
        /// Its period.
        period_ns: u64,
        /// When it gets its next quota.
        replenished_ns: u64,
        /// Periods so far in which it had something to run.
        periods: u32,
        /// Periods so far in which it was held back.
        throttled_periods: u32,
        /// How long it was held back so far, on all CPUs together.
        throttled_ns: u64,
    }
}

table! {
    /// A signal that a thread sent, or made the kernel send, to or from a tracked process.
    "signals": struct Signal {
        /// When.
        at_ns: u64,
        /// Thread that sent it.
        sender_tid: u32,
        /// Its process.
        sender_tgid: u32,
        /// Thread that it was sent to.
        target_tid: u32,
        /// Its process.
        target_tgid: u32,
        /// Number of the signal.
        signal: u32,
        /// Whether it was sent to the whole process.
        whole_process: bool,
        /// Outcome: delivered, ignored, pending (it was already), lost.
        result: String,
        /// The receiver's disposition: default, ignore, catch.
        disposition: String,
        /// Whether the receiver is the first process of a pid namespace, which signals without a handler do not reach.
        unkillable: bool,
        /// Whether the receiver blocks it.
        blocked: bool,
    }
}

table! {
    /// A file or socket that a call waited for.
    "awaited": struct Awaited {
        /// Start of the call.
        start_ns: u64,
        /// Thread.
        tid: u32,
        /// Process.
        tgid: u32,
        /// System call number.
        nr: u32,
        /// The descriptor.
        descriptor: i32,
        /// Magic number of its file system.
        fs_magic: u32,
        /// Device number of its file system.
        device: u32,
        /// Inode number.
        inode: u64,
        /// Path of a file, as far as it is known; of a unix socket that of its peer.
        path: String,
        /// Address family of a socket, 0 for anything else.
        family: u16,
        /// Type of a socket: 1 stream, 2 datagram, ...
        socket_type: u16,
        /// Protocol of a socket: 6 TCP, 17 UDP, ...
        protocol: u16,
        /// Address of a socket's peer, empty if unknown.
        peer_address: String,
        /// Port of a socket's peer, 0 if unknown.
        peer_port: u16,
        /// Process at the other end of a unix socket, 0 if unknown.
        peer_pid: u32,
        /// Time limit of a socket for receiving (SO_RCVTIMEO), in nanoseconds; 0 for none or unknown.
        limit_ns: u64,
        /// Events that a poll was asked for.
        events: u16,
        /// Those that it found.
        revents: u16,
    }
}

table! {
    /// A stack, innermost frame first.
    "stacks": struct Stack {
        /// Id.
        id: u32,
        /// Addresses.
        frames: Vec<u64>,
    }
}

table! {
    /// The function at an address that occurs in a stack.
    "symbols": struct Symbol {
        /// Process whose address it is, 0 for the kernel.
        tgid: u32,
        /// Address.
        address: u64,
        /// Function; empty where only its program or library is known, or, without that, where nothing is any more.
        name: String,
        /// Offset from its start.
        offset: u64,
        /// Program or library, empty for the kernel.
        module: String,
        /// Source file and line, where the debug information tells; else empty.
        source: String,
        /// From when on it is that function's: of several at one address, which a process has that replaced its program, the last that is not later counts.
        from_ns: u64,
    }
}

table! {
    /// A string.
    "strings": struct Text {
        /// Id.
        id: u32,
        /// Text.
        text: String,
    }
}

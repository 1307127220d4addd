//! Rows for the tests of the pure crates: what a test does not say is zero, empty or absent.

use trace::manifest::{FORMAT_VERSION, Host, Manifest};
use trace::rows::{Exec, LockWait, Mark, MemoryLimit, OffCpu, Rename, Span, Task, Throttle, Total};
use trace::syscall::{self, Machine};

/// A recording of an x86_64 machine over `[0, ended_ns]` whose command took all of it.
pub fn manifest(ended_ns: u64) -> Manifest {
    Manifest {
        format: FORMAT_VERSION,
        host: Host {
            machine: "x86_64".to_owned(),
            ..Host::default()
        },
        ended_ns,
        command_ended_ns: ended_ns,
        level: "full".to_owned(),
        ..Manifest::default()
    }
}

/// The number of a call on x86_64.
pub fn number(name: &str) -> u32 {
    syscall::number(Machine::X86_64, name).unwrap_or_else(|| panic!("no call is named {name}"))
}

/// A call of a single-threaded process.
pub fn span(tid: u32, name: &str, start_ns: u64, duration_ns: u64) -> Span {
    Span {
        start_ns,
        duration_ns,
        tid,
        tgid: tid,
        cpu: 0,
        nr: number(name),
        result: 0,
        arg0: 0,
        arg1: 0,
        arg2: 0,
        arg3: 0,
        clone_flags: 0,
        off_cpu_ns: 0,
        lock_wait_ns: 0,
        fs_magic: 0,
        socket_family: 0,
        flags: 0,
        text: None,
        text2: None,
        text3: None,
    }
}

/// A sleep of a single-threaded process, that is woken and goes on at once.
pub fn off_cpu(tid: u32, from_ns: u64, to_ns: u64) -> OffCpu {
    OffCpu {
        tid,
        tgid: tid,
        from_ns,
        to_ns: Some(to_ns),
        from_cpu: 0,
        to_cpu: 0,
        state: 1,
        preempted: false,
        syscall: -1,
        stack: None,
        wake_ns: Some(to_ns),
        waker_tid: None,
        waker_context: 0,
        waker_syscall: -1,
        waker_stack: None,
        imputed: false,
    }
}

/// A single-threaded process is held back on CPU 0 by the quota of its own group, of 2 ms.
pub fn throttle(tid: u32, at_ns: u64, replenished_ns: u64, period_ns: u64) -> Throttle {
    Throttle {
        at_ns,
        tid,
        tgid: tid,
        cpu: 0,
        group: 5,
        name: "group".to_owned(),
        levels: 0,
        whole_queue: false,
        quota_ns: 2_000_000,
        period_ns,
        replenished_ns,
        periods: 1,
        throttled_periods: 0,
        throttled_ns: 0,
    }
}

/// A memory group of a single-threaded process has reached its limit of 8 MiB so often.
pub fn memory_limit(tid: u32, at_ns: u64, reached: u64) -> MemoryLimit {
    MemoryLimit {
        at_ns,
        tid,
        tgid: tid,
        group: 5,
        name: "group".to_owned(),
        levels: 0,
        limit_bytes: 8 << 20,
        is_high: false,
        reached,
    }
}

/// A tracked process of one thread that outlives the recording.
pub fn task(tid: u32, parent_tid: u32, born_ns: Option<u64>) -> Task {
    Task {
        tid,
        tgid: tid,
        parent_tid,
        born_ns,
        exiting_ns: None,
        ended_ns: None,
        exit_code: 0,
        group_dead: false,
        comm: String::new(),
        exe: String::new(),
        kernel_thread: false,
        clone_flags: 0,
        inner_pid: tid,
        pid_namespace: 1,
        pid_level: 0,
        mount_namespace: 1,
        join_reason: if born_ns.is_some() { "child" } else { "root" }.to_owned(),
        joined_ns: born_ns,
        joined_by: None,
    }
}

/// An exec in the first pid and mount namespace; `argv` separated by spaces.
pub fn exec(tid: u32, at_ns: u64, path: &str, argv: &str) -> Exec {
    Exec {
        at_ns,
        tid,
        old_tid: tid,
        tgid: tid,
        path: path.to_owned(),
        argv: argv.replace(' ', "\0"),
        inner_pid: tid,
        pid_namespace: 1,
        mount_namespace: 1,
        cut: false,
    }
}

/// A thread takes a name.
pub fn rename(tid: u32, at_ns: u64, comm: &str) -> Rename {
    Rename {
        at_ns,
        tid,
        comm: comm.to_owned(),
    }
}

/// A mark.
pub fn mark(tid: u32, at_ns: u64, code: u64, value: u64) -> Mark {
    Mark {
        at_ns,
        tid,
        tgid: tid,
        code,
        value,
    }
}

/// A wait for a lock.
pub fn lock(tid: u32, start_ns: u64, duration_ns: u64, stack: Option<u32>) -> LockWait {
    LockWait {
        start_ns,
        duration_ns,
        tid,
        tgid: tid,
        address: 0xffff_8880_0000_1000,
        lock_flags: 32,
        syscall: -1,
        stack,
    }
}

/// Short calls of one kind, all of the same duration.
pub fn total(tid: u32, name: &str, to_ns: u64, count: u32, each_ns: u64) -> Total {
    let mut buckets = vec![0; profiler_common::BUCKETS];
    buckets[profiler_common::bucket_of(each_ns)] = u64::from(count);
    let total_ns = u64::from(count) * each_ns;
    Total {
        from_ns: to_ns.saturating_sub(total_ns),
        to_ns,
        tid,
        tgid: tid,
        nr: number(name),
        count,
        errors: 0,
        total_ns,
        off_cpu_ns: 0,
        lock_wait_ns: 0,
        max_ns: each_ns,
        fs_magic: 0,
        socket_family: 0,
        buckets,
    }
}

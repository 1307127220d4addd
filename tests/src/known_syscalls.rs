//! The system calls of the tracee `known-syscalls`, for the tracee itself and for the test that counts.

/// Threads that work, beside the one that waits for them.
pub const THREADS: u64 = 3;
/// Forked processes that work.
pub const CHILDREN: u64 = 2;
/// Threads and processes that each make every call of [`CALLS`].
pub const WORKERS: u64 = THREADS + CHILDREN;

/// A system call, and how often one worker makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// Name of the system call.
    pub name: &'static str,
    /// Calls, failed ones too.
    pub count: u64,
    /// Calls that fail.
    pub errors: u64,
}

const fn call(name: &'static str, count: u64) -> Call {
    Call {
        name,
        count,
        errors: 0,
    }
}

/// Opens of /dev/null.
pub const OPENAT: u64 = 61;
/// Duplicates of a descriptor.
pub const DUP: u64 = 31;
/// Pipes, of two descriptors each.
pub const PIPE2: u64 = 23;
/// Event descriptors.
pub const EVENTFD2: u64 = 19;
/// Directories made, and removed again.
pub const MKDIRAT: u64 = 37;
/// Removals of what is not there.
pub const UNLINKAT_ERRORS: u64 = 3;

/// Every call, with numbers that are all different.
pub const CALLS: [Call; 20] = [
    call("getppid", 101),
    call("getuid", 97),
    call("gettid", 83),
    call("sched_yield", 79),
    call("umask", 73),
    call("uname", 71),
    call("getcwd", 67),
    call("openat", OPENAT),
    call("read", 59),
    call("write", 53),
    call("lseek", 47),
    call("fstat", 43),
    call("newfstatat", 41),
    call("mkdirat", MKDIRAT),
    Call {
        name: "unlinkat",
        count: MKDIRAT + UNLINKAT_ERRORS,
        errors: UNLINKAT_ERRORS,
    },
    call("dup", DUP),
    call("fcntl", 29),
    call("pipe2", PIPE2),
    call("eventfd2", EVENTFD2),
    // Whatever was opened is closed.
    call("close", OPENAT + DUP + 2 * PIPE2 + EVENTFD2),
];

/// How often one worker makes the call of this name.
pub fn count_of(name: &str) -> u64 {
    CALLS
        .iter()
        .find(|call| call.name == name)
        .map_or(0, |call| call.count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_calls_have_the_same_number() {
        for (index, call) in CALLS.iter().enumerate() {
            let twin = CALLS[index + 1..]
                .iter()
                .find(|other| other.count == call.count || other.name == call.name);
            assert_eq!(twin, None, "{call:?}");
        }
    }
}

//! Page faults and memory limits.

use crate::table;

table! {
    /// How many page faults a thread has had since it was born, when that was read: as it left its CPU, replaced its program or ended. No row where there were none since the last.
    "faults": struct Faults {
        /// When.
        at_ns: u64,
        /// Thread.
        tid: u32,
        /// Process.
        tgid: u32,
        /// Faults so far for which nothing had to be read.
        minor: u64,
        /// Faults so far that waited for a page to be read.
        major: u64,
    }
}

table! {
    /// A memory group of a tracked thread reached its limit, since the thread's last such row: memory had to be taken back before more was to be had.
    "memory_limits": struct MemoryLimit {
        /// When it was seen: as the thread left its CPU.
        at_ns: u64,
        /// Thread.
        tid: u32,
        /// Process.
        tgid: u32,
        /// Id of the cgroup whose limit it is.
        group: u64,
        /// Its name: the last part of its path.
        name: String,
        /// How far above the thread's own cgroup it is.
        levels: u16,
        /// The limit, in bytes.
        limit_bytes: u64,
        /// Whether the limit is `memory.high`, above which memory is taken back but not refused.
        is_high: bool,
        /// How often it was reached so far, by any thread.
        reached: u64,
    }
}

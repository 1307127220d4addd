//! Records of page faults and memory limits.

use core::mem::size_of;

use super::Header;

wire! {
    /// How many page faults the current thread has had since it was born: read when it leaves its CPU,
    /// replaces its program and ends, if there were any since the last record.
    struct FaultsRecord [48] {
        /// Common part.
        header: Header,
        /// Those for which nothing had to be read (`task_struct.min_flt`).
        minor: u64,
        /// Those that waited for a page to be read (`task_struct.maj_flt`).
        major: u64,
        /// Its process.
        tgid: u32,
        /// Padding.
        reserved: u32,
    }

    /// A memory group that the current thread belongs to is at its limit: more memory was wanted than
    /// it allows, since the thread's last record.
    ///
    /// Followed by `name_len` bytes: the group's name.
    struct MemoryLimitRecord [64] {
        /// Common part.
        header: Header,
        /// Id of the group: its kernfs node's.
        group: u64,
        /// Its limit.
        limit_bytes: u64,
        /// How often it was reached so far, by any thread.
        reached: u64,
        /// Process of the thread.
        tgid: u32,
        /// How far above the thread's own group it is.
        levels: u16,
        /// Bytes of its name.
        name_len: u16,
        /// 1 if the limit is `memory.high`, above which memory is taken back but not refused.
        is_high: u32,
        /// Padding.
        reserved: u32,
    }
}

//! Limits that both sides must agree on, and the layout of what is configured at load time.

/// Longest path kept in a record, in bytes; longer ones are cut and marked.
pub const PATH_MAX_BYTES: usize = 256;
/// Longest argument vector kept in a record, in bytes.
pub const ARGV_MAX_BYTES: usize = 1024;
/// Deepest stack kept in a record, in frames.
pub const STACK_MAX_FRAMES: usize = 48;
/// Bytes of one name of a path, NUL included.
pub const NAME_BYTES: usize = 64;
/// Names of a path that are told: a power of two.
pub const NAMES_MAX: usize = 8;
/// A call that was off its CPU this long waited: its descriptors are told.
pub const WAITED_NS: u64 = 1_000_000;

/// Frames of a user stack that are kept: as many as the kernel collects unless told otherwise
/// (`PERF_MAX_STACK_DEPTH`, include/uapi/linux/perf_event.h, v6.18). What names the work is at the
/// outer end, below recursions.
pub const USER_STACK_MAX_FRAMES: usize = 127;
/// System call numbers known to the kernel side; larger ones are classed as [`crate::SyscallClass::NONE`].
pub const SYSCALL_TABLE_LEN: usize = 1024;
/// Upper bound on CPUs that carry a sequence of their own.
pub const CPUS_MAX: usize = 1024;

/// `prctl(2)` operation by which ctrprof's engine sets a mark: `prctl(MARK_PRCTL, code, value, 0, 0)`.
///
/// The kernel answers EINVAL, since it knows no such operation ("CTRM" in ASCII); the probe on the
/// system call's entry takes the time, so a mark sits on the same clock and in the same order as
/// all other records.
pub const MARK_PRCTL: u64 = 0x4354_524d;

/// The kernel's `PF_KTHREAD` task flag (include/linux/sched.h, v6.18).
pub const PF_KTHREAD: u32 = 0x0020_0000;

/// How much is recorded of the system calls of tracked tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum CaptureLevel {
    /// Every system call is a span.
    Full = 0,
    /// Structural calls and long ones are spans, the short rest is added up in the kernel.
    Summary = 1,
}

/// Which scheduler events are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum SchedScope {
    /// Every switch and every wake-up on the machine: what the critical path needs.
    System = 0,
    /// Only those in which a tracked thread takes part.
    Tracked = 1,
}

/// Number of histogram buckets in a [`crate::TotalRecord`].
pub const BUCKETS: usize = 48;
/// Linear sub-buckets in each power of two, as a power of two.
const SUB_BUCKET_BITS: u32 = 2;
/// Durations below this power of two share the first bucket.
const FIRST_BUCKET_BITS: u32 = 7;

/// The histogram bucket of a duration: log-linear, four to a power of two, from 128 ns on.
#[inline(always)]
pub fn bucket_of(duration_ns: u64) -> usize {
    if duration_ns < 1 << FIRST_BUCKET_BITS {
        return 0;
    }
    let octave = 63 - duration_ns.leading_zeros();
    let sub = (duration_ns >> (octave - SUB_BUCKET_BITS)) & ((1 << SUB_BUCKET_BITS) - 1);
    let bucket = (((octave - FIRST_BUCKET_BITS) << SUB_BUCKET_BITS) as u64 + sub + 1) as usize;
    if bucket < BUCKETS {
        bucket
    } else {
        BUCKETS - 1
    }
}

/// The smallest duration that falls into `bucket`, in nanoseconds.
pub fn bucket_floor_ns(bucket: usize) -> u64 {
    let Some(index) = bucket.checked_sub(1) else {
        return 0;
    };
    let octave = FIRST_BUCKET_BITS + (index as u32 >> SUB_BUCKET_BITS);
    let sub = (index as u64) & ((1 << SUB_BUCKET_BITS) - 1);
    (1 << octave) + (sub << (octave - SUB_BUCKET_BITS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bucket_floors_fall_into_their_own_bucket() {
        for bucket in 0..BUCKETS {
            assert_eq!(bucket_of(bucket_floor_ns(bucket)), bucket);
        }
    }

    #[test]
    fn the_value_below_a_floor_falls_into_the_bucket_before() {
        for bucket in 1..BUCKETS {
            assert_eq!(bucket_of(bucket_floor_ns(bucket) - 1), bucket - 1);
        }
    }

    #[test]
    fn durations_past_the_last_bucket_are_kept_in_it() {
        assert_eq!(bucket_of(u64::MAX), BUCKETS - 1);
    }
}

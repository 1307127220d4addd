//! The values that the maps hold for each task, in its task storage.

use profiler_common::{BUCKETS, FUNCTIONS, JoinReason, NO_SYSCALL};

/// State of one task. All zero when made.
#[repr(C)]
pub struct TaskState {
    /// Generation of the tracked set against which `tracked` was last checked.
    pub generation: u64,
    /// A [`profiler_common::JoinReason`], 0 while the task is not tracked.
    pub tracked: u32,
    /// When the current system call was entered, 0 outside of one.
    pub entered_at_ns: u64,
    /// Its first four arguments.
    pub args: [u64; 4],
    /// Its clone flags, if it has some.
    pub clone_flags: u64,
    /// Its number.
    pub nr: u32,
    /// Its class.
    pub class: u32,
    /// File system behind its descriptor, where that has to be looked at on entry.
    pub fs_magic: u32,
    /// Socket family behind its descriptor, likewise.
    pub socket_family: u32,
    /// Time off the CPU inside it so far.
    pub off_cpu_ns: u64,
    /// Time waiting for locks inside it so far.
    pub lock_wait_ns: u64,
    /// When the task left the CPU, 0 while it is on one.
    pub off_since_ns: u64,
    /// When its wait for a lock began, 0 while it does not wait.
    pub lock_since_ns: u64,
    /// That lock.
    pub lock_address: u64,
    /// The flags of that wait.
    pub lock_flags: u32,
    /// The thread's page faults, minor and major, in the last record of them.
    pub faults: u64,
    /// The memory group in the last record of one at its limit.
    pub limit_group: u64,
    /// How often it had been there.
    pub limit_reached: u64,
}

impl TaskState {
    /// Whether the task is tracked.
    #[inline(always)]
    pub fn is_tracked(&self) -> bool {
        self.tracked != 0
    }

    /// The reason for which it is tracked; for one that is not, that of most.
    #[inline(always)]
    pub fn reason(&self) -> JoinReason {
        JoinReason::from_u32(self.tracked).unwrap_or(JoinReason::Child)
    }

    /// The system call that it is in, or [`NO_SYSCALL`].
    #[inline(always)]
    pub fn syscall(&self) -> i32 {
        if self.entered_at_ns == 0 {
            NO_SYSCALL
        } else {
            self.nr as i32
        }
    }
}

/// Entries of a task's table.
pub const ENTRIES: usize = 8;

/// One entry: calls of one number on one file system.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Entry {
    /// When the first of them began.
    pub first_ns: u64,
    /// When the last of them ended.
    pub last_ns: u64,
    /// Their time.
    pub total_ns: u64,
    /// Of it, off the CPU.
    pub off_cpu_ns: u64,
    /// Of it, waiting for locks.
    pub lock_wait_ns: u64,
    /// The longest of them.
    pub max_ns: u64,
    /// How many they are; 0 where the entry is free.
    pub count: u32,
    /// How many failed.
    pub errors: u32,
    /// Their number.
    pub nr: u32,
    /// The file system that they work on.
    pub fs_magic: u32,
    /// The socket family, likewise.
    pub socket_family: u32,
    /// Padding.
    pub reserved: u32,
    /// The number of calls in each bucket of duration.
    pub buckets: [u32; BUCKETS],
}

/// A task's table. All zero when made.
#[repr(C)]
pub struct TaskTotals {
    /// Generation of marks at which the table was last cut.
    pub mark_generation: u64,
    /// The task's process.
    pub tgid: u32,
    /// The task.
    pub tid: u32,
    /// The entries, by number and file system.
    pub entries: [Entry; ENTRIES],
}

/// When each hooked function that the task is in was entered, 0 for those that it is not in.
#[repr(C)]
pub struct FunctionStarts(pub [u64; FUNCTIONS]);

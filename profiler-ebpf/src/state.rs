//! What is known of each task, in its task storage.

use profiler_common::{JoinReason, NO_SYSCALL};

use crate::emit;
use crate::kernel::Task;
use crate::maps::{GENERATIONS, TASKS, TRACKED};

/// State of one task. All zero when made.
#[repr(C)]
pub struct TaskState {
    /// Generation of the tracked set against which `tracked` was last checked.
    pub generation: u64,
    /// A [`JoinReason`], 0 while the task is not tracked.
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
    /// How it waits for it.
    pub lock_flags: u32,
}

impl TaskState {
    /// Whether the task is tracked.
    #[inline(always)]
    pub fn is_tracked(&self) -> bool {
        self.tracked != 0
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

/// Index of the tracked set's generation in `GENERATIONS`.
pub const TRACKED_GENERATION: u32 = 0;
/// Index of the marks' generation.
pub const MARK_GENERATION: u32 = 1;

/// A generation.
#[inline(always)]
pub fn generation(index: u32) -> u64 {
    GENERATIONS.get(index).copied().unwrap_or(0)
}

/// Raises a generation. Atomic: two joins at once must leave a number that nobody has seen.
#[inline(always)]
pub fn raise_generation(index: u32) {
    if let Some(generation) = GENERATIONS.get_ptr_mut(index) {
        emit::fetch_add(generation, 1);
    }
}

/// The state of the current task, if it is tracked.
///
/// A task that is not tracked is looked up among the tracked processes once for each change of that
/// set; in between, its state says no.
#[inline(always)]
pub fn of_tracked(task: Task) -> Option<&'static mut TaskState> {
    let Some(state) = TASKS.get_or_create(task) else {
        emit::count_storage_failure();
        return None;
    };
    if state.is_tracked() {
        return Some(state);
    }
    let generation = generation(TRACKED_GENERATION);
    if state.generation == generation {
        return None;
    }
    state.generation = generation;
    // SAFETY: the value is a number, copied.
    let reason = unsafe { TRACKED.get(task.tgid()) }.copied()?;
    state.tracked = reason;
    Some(state)
}

/// Marks a trusted task as tracked.
#[inline(always)]
pub fn track(task: Task, reason: JoinReason) {
    match TASKS.get_or_create(task) {
        Some(state) => {
            if !state.is_tracked() {
                state.tracked = reason as u32;
            }
        }
        None => emit::count_storage_failure(),
    }
}

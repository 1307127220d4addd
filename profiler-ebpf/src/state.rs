//! The state of each task, in its task storage.

use profiler_common::JoinReason;

use crate::emit;
use crate::kernel::Task;
use crate::maps::{GENERATIONS, TASKS, TRACKED};
use crate::values::TaskState;

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

/// The current, tracked task has executed a program, which may be another's: whether its marks count is
/// decided anew.
#[inline(always)]
pub fn executed(task: Task, state: &mut TaskState) {
    let reason = state.reason().after_exec() as u32;
    if reason != state.tracked {
        state.tracked = reason;
        let _ = TRACKED.insert(task.tgid(), reason, 0);
    }
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

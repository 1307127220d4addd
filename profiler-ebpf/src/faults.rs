//! Page faults, counted by the kernel.
//!
//! `mm_account_fault` (mm/memory.c, v6.18) adds each fault that was handled to the task's own counters,
//! also one in which the kernel itself touches the memory for the task. The counters begin at 0 with
//! `copy_mm` and outlive an exec. They are read where a thread's life is cut into intervals: when it
//! leaves its CPU, the last time after all it did, and when it replaces its program and ends.

use profiler_common::*;

use crate::emit;
use crate::kernel::Task;
use crate::values::TaskState;

/// Sends the counts of the current task if they are not those of its last record.
#[inline(always)]
pub fn report(state: &mut TaskState, task: Task, now_ns: u64) {
    let (minor, major) = (task.minor_faults(), task.major_faults());
    let faults = minor.wrapping_add(major);
    if faults == state.faults {
        return;
    }
    state.faults = faults;
    emit::send(
        RecordKind::Faults,
        FaultsRecord {
            header: emit::header(RecordKind::Faults, Context::Task, now_ns),
            minor,
            major,
            tgid: task.tgid(),
            reserved: 0,
        },
    );
}

//! Marks: timestamps that ctrprof's engine sets with a `prctl` that the kernel does not know.

use profiler_common::{Context, JoinReason, MarkRecord, RecordKind};

use crate::emit;
use crate::kernel::Task;
use crate::state::{MARK_GENERATION, raise_generation};
use crate::values::TaskState;

/// Records a mark if it is the engine's; totals of all tasks are cut at it. Any program can make the same
/// call: what others set is only counted.
#[inline(always)]
pub fn set(task: Task, state: &TaskState, at_ns: u64) {
    if state.tracked != JoinReason::Engine as u32 {
        emit::count_refused_mark();
        return;
    }
    raise_generation(MARK_GENERATION);
    emit::send(
        RecordKind::Mark,
        MarkRecord {
            header: emit::header(RecordKind::Mark, Context::Task, at_ns),
            code: state.args[1],
            value: state.args[2],
            tgid: task.tgid(),
            reserved: 0,
        },
    );
}

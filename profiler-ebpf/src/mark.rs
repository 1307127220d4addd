//! Marks: timestamps that a harness sets with a `prctl` that the kernel does not know.

use profiler_common::{Context, MarkRecord, RecordKind};

use crate::emit;
use crate::kernel::Task;
use crate::state::{MARK_GENERATION, raise_generation};

/// Records a mark; totals of all tasks are cut at it.
#[inline(always)]
pub fn set(task: Task, args: &[u64; 4], at_ns: u64) {
    raise_generation(MARK_GENERATION);
    emit::send(
        RecordKind::Mark,
        MarkRecord {
            header: emit::header(RecordKind::Mark, Context::Task, at_ns),
            code: args[1],
            value: args[2],
            tgid: task.tgid(),
            reserved: 0,
        },
    );
}

//! Samples of tracked tasks at ticks of the CPU clock.

use core::ffi::c_void;

use profiler_common::*;

use crate::emit;
use crate::kernel::Task;
use crate::maps::{SAMPLE_SCRATCH, TASKS};
use crate::stack;

/// A tick, in whatever context it came.
#[inline(always)]
pub fn try_sample(context: *mut c_void) -> Option<()> {
    let task = Task::current();
    let state = TASKS.get(task).filter(|state| state.is_tracked())?;
    // SAFETY: the value is this program's alone; it does not interrupt itself.
    let scratch = unsafe { SAMPLE_SCRATCH.get_ptr_mut(0)?.as_mut()? };
    let kernel_frames = stack::kernel(context, &mut scratch.tail);
    // SAFETY: the tail has room for two stacks, and the first is at most one long.
    let user_tail = unsafe {
        scratch
            .tail
            .as_mut_ptr()
            .add(kernel_frames.min(STACK_MAX_FRAMES) * size_of::<u64>())
    };
    let user_frames = stack::user(context, user_tail);
    let record = SampleRecord {
        header: emit::header(RecordKind::Sample, Context::Interrupt, emit::now_ns()),
        tgid: task.tgid(),
        syscall: state.syscall(),
        kernel_len: kernel_frames as u32,
        user_len: user_frames as u32,
    };
    let bytes = (kernel_frames + user_frames) * size_of::<u64>();
    emit::send_scratch(RecordKind::Sample, scratch, record, bytes);
    Some(())
}

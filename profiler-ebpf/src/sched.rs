//! Switches: who leaves a CPU, where, and who takes it.

use profiler_common::*;

use crate::args::Args;
use crate::emit;
use crate::faults;
use crate::file::Behind;
use crate::globals::SCHED_SCOPE;
use crate::kernel::{Task, current_syscall};
use crate::maps::{SWITCH_SCRATCH, TASKS};
use crate::memory_limit;
use crate::stack;
use crate::syscall;
use crate::throttle;
use crate::values::TaskState;

/// `TASK_DEAD` (include/linux/sched.h, v6.18): the last switch of a task.
const TASK_DEAD: u32 = 0x80;

/// `sched_switch(bool preempt, task *prev, task *next, unsigned int prev_state)` (v5.18 on)
#[inline(always)]
pub fn try_sched_switch<A: Args>(args: &A) -> Option<()> {
    let now_ns = emit::now_ns();
    let preempted = args.word(0) as u8 != 0;
    let prev_state = args.word(3) as u32;
    // The one that leaves is still the current task.
    let prev = Task::current();
    let next = args.task(2);
    let prev_tracked = leave(prev, prev_state, now_ns);
    let next_tracked = A::TRUSTED && enter(next, now_ns);
    if SCHED_SCOPE.load() == SchedScope::Tracked as u32 && prev_tracked.is_none() && !next_tracked {
        return None;
    }
    let blocks = prev_state != 0 && !preempted;
    if !blocks {
        let _ = throttle::at_switch(prev, now_ns);
    }
    let prev_tid = prev.tid();
    // SAFETY: the value is this program's alone; it runs with interrupts off.
    let scratch = unsafe { SWITCH_SCRATCH.get_ptr_mut(0)?.as_mut()? };
    let frames = if blocks {
        stack::kernel(args.context(), &mut scratch.tail)
    } else {
        0
    };
    let record = SwitchRecord {
        header: emit::header(RecordKind::Switch, Context::Task, now_ns),
        prev_tgid: prev.tgid(),
        prev_state,
        prev_syscall: prev_syscall(prev, prev_tid, prev_tracked),
        next_tid: next.tid(),
        next_tgid: next.tgid(),
        preempted: u16::from(preempted),
        stack_len: frames as u16,
    };
    emit::send_scratch(
        RecordKind::Switch,
        scratch,
        record,
        frames * size_of::<u64>(),
    );
    Some(())
}

#[inline(always)]
fn prev_syscall(prev: Task, prev_tid: u32, tracked: Option<&mut TaskState>) -> i32 {
    match tracked {
        Some(state) => state.syscall(),
        None if prev_tid == 0 || prev.is_kernel_thread() => NO_SYSCALL,
        None => current_syscall(prev),
    }
}

/// Notes that the current task leaves its CPU; its state if it is tracked.
#[inline(always)]
fn leave(task: Task, task_state: u32, now_ns: u64) -> Option<&'static mut TaskState> {
    let state = TASKS.get(task)?;
    if !state.is_tracked() {
        return None;
    }
    state.off_since_ns = now_ns;
    faults::report(state, task, now_ns);
    let _ = memory_limit::report(state, task, now_ns);
    if task_state & TASK_DEAD != 0 && state.entered_at_ns != 0 {
        // It ends inside a call: exit and exit_group never return.
        let start_ns = state.entered_at_ns;
        state.entered_at_ns = 0;
        let mut record = syscall::span(state, task, start_ns, now_ns, 0, Behind::default());
        record.flags = SpanFlags::NEVER_RETURNED;
        emit::send(RecordKind::Span, record);
    }
    Some(state)
}

/// Notes that a task takes the CPU; whether it is tracked.
#[inline(always)]
fn enter(task: Task, now_ns: u64) -> bool {
    let Some(state) = TASKS.get(task) else {
        return false;
    };
    if !state.is_tracked() {
        return false;
    }
    let since_ns = state.off_since_ns;
    state.off_since_ns = 0;
    if since_ns != 0 && state.entered_at_ns != 0 && since_ns >= state.entered_at_ns {
        state.off_cpu_ns += now_ns.wrapping_sub(since_ns);
    }
    true
}

//! Wake-ups, seen in the waker.

use aya_ebpf::maps::PerCpuArray;
use profiler_common::*;

use crate::args::Args;
use crate::emit;
use crate::globals::SCHED_SCOPE;
use crate::join;
use crate::kernel::{Task, current_syscall};
use crate::maps::{Scratch, TASKS, WAKE_NEW_SCRATCH, WAKE_SCRATCH};
use crate::stack;
use crate::throttle;

const STACK_BYTES: usize = STACK_MAX_FRAMES * size_of::<u64>();
type WakeScratch = PerCpuArray<Scratch<WakeRecord, STACK_BYTES>>;

/// `sched_waking(task *p)`
#[inline(always)]
pub fn try_sched_waking<A: Args>(args: &A) -> Option<()> {
    wake(args, &WAKE_SCRATCH, false)
}

/// `sched_wakeup_new(task *p)`
#[inline(always)]
pub fn try_sched_wakeup_new<A: Args>(args: &A) -> Option<()> {
    wake(args, &WAKE_NEW_SCRATCH, true)
}

#[inline(always)]
fn wake<A: Args>(args: &A, scratch: &'static WakeScratch, first: bool) -> Option<()> {
    let now_ns = emit::now_ns();
    let waker = Task::current();
    let target = args.task(0);
    let waker_state = TASKS.get(waker).filter(|state| state.is_tracked());
    if SCHED_SCOPE.load() == SchedScope::Tracked as u32 && waker_state.is_none() {
        let is_tracked = A::TRUSTED && TASKS.get(target).is_some_and(|state| state.is_tracked());
        if !is_tracked {
            return None;
        }
    }
    // SAFETY: the value is this program's alone; it runs with interrupts off.
    let scratch = unsafe { scratch.get_ptr_mut(0)?.as_mut()? };
    let frames = stack::kernel(args.context(), &mut scratch.tail);
    let in_interrupt = stack::has_interrupt(scratch, frames);
    let context = emit::context(waker.tid(), waker.is_kernel_thread(), in_interrupt);
    let waker_syscall = match (&waker_state, context) {
        (_, Context::Idle | Context::KernelThread) => NO_SYSCALL,
        (Some(state), _) => state.syscall(),
        (None, _) => current_syscall(waker),
    };
    let record = WakeRecord {
        header: emit::header(RecordKind::Wake, context, now_ns),
        waker_tgid: waker.tgid(),
        waker_syscall,
        target_tid: target.tid(),
        stack_len: frames as u16,
        first: u16::from(first),
    };
    emit::send_scratch(RecordKind::Wake, scratch, record, frames * size_of::<u64>());
    if first {
        let _ = throttle::at_first_wake_up(target, now_ns);
    }
    if let (Some(state), Context::Task, false) = (waker_state, context, first) {
        join::at_wake_up::<A>(waker, state, target);
    }
    Some(())
}

//! Signals: who sends which to whom, and the receiver's disposition.

use profiler_common::*;

use crate::args::Args;
use crate::emit;
use crate::globals::*;
use crate::kernel::{Task, read, read_at};
use crate::maps::{TASKS, TRACKED};

/// `SIGURG` (signal(7)): by it Go's scheduler preempts threads of its own process.
const SIGURG: u32 = 23;
/// Highest number of a signal (`_NSIG`, include/uapi/asm-generic/signal.h, v6.18).
const SIGNALS: u32 = 64;
/// In `signal_struct.flags`: the first process of a pid namespace, which signals without a handler
/// do not reach (include/linux/sched/signal.h, v6.18).
const SIGNAL_UNKILLABLE: u32 = 0x40;

/// `signal_generate(int sig, struct kernel_siginfo *info, task *task, int group, int result)`
#[inline(always)]
pub fn try_signal_generate<A: Args>(args: &A) -> Option<()> {
    let sender = Task::current();
    let target = args.task(2);
    let signal = args.word(0) as u32;
    let target_tgid = target.tgid();
    let sender_tgid = sender.tgid();
    if !is_tracked::<A>(sender, target, target_tgid)
        || signal == SIGURG && sender_tgid == target_tgid
    {
        return None;
    }
    let context = emit::context(sender.tid(), sender.is_kernel_thread(), false);
    emit::send(
        RecordKind::Signal,
        SignalRecord {
            header: emit::header(RecordKind::Signal, context, emit::now_ns()),
            signal,
            result: args.word(4) as u32,
            sender_tgid,
            target_tid: target.tid(),
            target_tgid,
            whole_process: u32::from(args.word(3) != 0),
            disposition: disposition(target, signal),
            flags: flags(target, signal),
        },
    );
    Some(())
}

#[inline(always)]
fn is_tracked<A: Args>(sender: Task, target: Task, target_tgid: u32) -> bool {
    TASKS.get(sender).is_some_and(|state| state.is_tracked())
        || A::TRUSTED && TASKS.get(target).is_some_and(|state| state.is_tracked())
        // SAFETY: the value is a number, not used.
        || unsafe { TRACKED.get(target_tgid) }.is_some()
}

/// The receiver's disposition towards a signal.
#[inline(always)]
fn disposition(target: Task, signal: u32) -> u32 {
    if signal == 0 || signal > SIGNALS {
        return Disposition::Default as u32;
    }
    let handlers: u64 = read(target.address(), &OFF_TASK_SIGHAND);
    let actions = handlers + u64::from(OFF_SIGHAND_ACTION.load());
    let action = actions + u64::from(signal - 1) * u64::from(SIZE_K_SIGACTION.load());
    // SIG_DFL is 0, SIG_IGN 1 (include/uapi/asm-generic/signal-defs.h, v6.18).
    match read_at::<u64>(action + u64::from(OFF_K_SIGACTION_HANDLER.load())) {
        0 => Disposition::Default as u32,
        1 => Disposition::Ignore as u32,
        _ => Disposition::Catch as u32,
    }
}

#[inline(always)]
fn flags(target: Task, signal: u32) -> u32 {
    let process: u64 = read(target.address(), &OFF_TASK_SIGNAL);
    let mut flags = 0;
    if read::<u32>(process, &OFF_SIGNAL_FLAGS) & SIGNAL_UNKILLABLE != 0 {
        flags |= SignalFlags::UNKILLABLE;
    }
    let blocked: u64 = read(target.address(), &OFF_TASK_BLOCKED);
    if signal != 0 && signal <= SIGNALS && blocked >> (signal - 1) & 1 != 0 {
        flags |= SignalFlags::BLOCKED;
    }
    flags
}

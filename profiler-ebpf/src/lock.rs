//! Waits of tracked tasks for kernel locks.

use profiler_common::*;

use crate::args::Args;
use crate::emit;
use crate::kernel::Task;
use crate::maps::{LOCK_SCRATCH, TASKS};
use crate::stack;
use crate::values::TaskState;

/// `LCB_F_SPIN` (include/trace/events/lock.h, v6.18).
const LCB_F_SPIN: u32 = 1;
/// `LCB_F_MUTEX`: a mutex that spins before it sleeps has both.
const LCB_F_MUTEX: u32 = 1 << 5;

/// `contention_begin(void *lock, unsigned int flags)`
///
/// Spin locks are left out: they do not put anybody to sleep, and the ring buffer takes one.
#[inline(always)]
pub fn try_contention_begin<A: Args>(args: &A) -> Option<()> {
    let flags = args.word(1) as u32;
    if flags & LCB_F_SPIN != 0 && flags & LCB_F_MUTEX == 0 {
        return None;
    }
    let state = tracked()?;
    let address = args.word(0);
    // A mutex that spun in vain begins a second time: one wait.
    if state.lock_since_ns == 0 || state.lock_address != address {
        state.lock_since_ns = emit::now_ns();
        state.lock_address = address;
    }
    state.lock_flags = flags;
    Some(())
}

/// `contention_end(void *lock, int ret)`
#[inline(always)]
pub fn try_contention_end<A: Args>(args: &A) -> Option<()> {
    let state = tracked()?;
    let address = args.word(0);
    let start_ns = state.lock_since_ns;
    if start_ns == 0 || state.lock_address != address {
        return None;
    }
    state.lock_since_ns = 0;
    let now_ns = emit::now_ns();
    state.lock_wait_ns += now_ns.wrapping_sub(start_ns);
    // SAFETY: the value is this program's alone; it does not interrupt itself.
    let scratch = unsafe { LOCK_SCRATCH.get_ptr_mut(0)?.as_mut()? };
    let frames = stack::kernel(args.context(), &mut scratch.tail);
    let record = LockRecord {
        header: emit::header(RecordKind::Lock, Context::Task, now_ns),
        start_ns,
        address,
        tgid: Task::current().tgid(),
        lock_flags: state.lock_flags,
        syscall: state.syscall(),
        stack_len: frames as u32,
    };
    emit::send_scratch(RecordKind::Lock, scratch, record, frames * size_of::<u64>());
    Some(())
}

#[inline(always)]
fn tracked() -> Option<&'static mut TaskState> {
    TASKS
        .get(Task::current())
        .filter(|state| state.is_tracked())
}

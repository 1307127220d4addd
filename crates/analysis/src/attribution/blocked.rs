//! The phase of a wait, where nobody is followed: what the blocked thread itself says of it.
//!
//! In this order:
//!
//! 1. Its kernel stack ([`super::stack`]): a lock, a grace period, the disk, reclaim, the freezer.
//! 2. A contention event at that time: a lock.
//! 3. The system call that it is in: `wait4` waits for a process, `futex` and `epoll_wait` for
//!    whoever wakes it (`ipc`), `recvmsg` for a socket, and so on: the call's own phase.
//! 4. After a call, in task work: the call before, which left the work to be done.
//! 5. A page fault: `memory`.
//! 6. While exiting: `process`.
//! 7. A sleep that began before the recording: `ipc`, since it ended with a wake-up.
//! 8. Of a kernel thread: `namespaces` while it deletes some, else `ipc`: it waits for work.

use super::Attribution;
use super::category::Category;
use super::stack::Cause;
use crate::timeline::{Interval, ThreadId};
use trace::phase::Phase;

/// The state bit of a wait that signals end: `TASK_INTERRUPTIBLE` (include/linux/sched.h, v6.18).
const TASK_INTERRUPTIBLE: u32 = 1;
/// The state bit of a wait that they do not end.
const TASK_UNINTERRUPTIBLE: u32 = 2;

/// The phase of a blocked interval; `row` is its row of `off_cpu`.
pub fn category<'a>(
    attribution: &Attribution<'_, 'a>,
    id: ThreadId,
    interval: &Interval,
    row: u32,
) -> Category<'a> {
    let off_cpu = attribution.timeline.off_cpu(row);
    let meaning = attribution.stacks.meaning(off_cpu.stack);
    match meaning.map_or(Cause::Other, |meaning| meaning.cause) {
        Cause::Lock(name) => Category::named(Phase::Locks, name),
        Cause::Rcu(caller) => Category::named(Phase::Rcu, caller),
        Cause::Disk => Category::named(Phase::Disk, disk_part(attribution, id, interval, row)),
        Cause::Reclaim => Category::named(Phase::Memory, "reclaim"),
        Cause::Frozen => Category::named(Phase::Cgroups, "freezer"),
        Cause::Stopped => Category::named(Phase::Process, "stopped"),
        Cause::Other => lock_event(attribution, id, off_cpu.from_ns)
            .unwrap_or_else(|| by_call(attribution, id, interval, row)),
    }
}

/// Whether a thread waits for the kernel itself: for a lock, a grace period, the disk or memory.
/// Whoever ends such a wait did not work for the one that waits.
pub fn is_kernel_wait(attribution: &Attribution<'_, '_>, id: ThreadId, row: u32) -> bool {
    let off_cpu = attribution.timeline.off_cpu(row);
    let meaning = attribution.stacks.meaning(off_cpu.stack);
    match meaning.map_or(Cause::Other, |meaning| meaning.cause) {
        Cause::Lock(_) | Cause::Rcu(_) | Cause::Disk | Cause::Reclaim => true,
        Cause::Frozen | Cause::Stopped => false,
        Cause::Other => lock_event(attribution, id, off_cpu.from_ns).is_some(),
    }
}

/// The system call that waits for the disk, or that left the work to be done that does.
fn disk_part(
    attribution: &Attribution<'_, '_>,
    id: ThreadId,
    interval: &Interval,
    row: u32,
) -> &'static str {
    let off_cpu = attribution.timeline.off_cpu(row);
    let meaning = attribution.stacks.meaning(off_cpu.stack);
    if meaning.is_some_and(|meaning| meaning.in_page_fault) {
        return "page fault";
    }
    let before = || attribution.timeline.span_before(id, interval.start_ns);
    if meaning.is_some_and(|meaning| meaning.in_task_work)
        && let Some(before) = before()
    {
        let number = attribution.timeline.span(before).nr;
        return attribution
            .timeline
            .syscall_name(number)
            .unwrap_or("outside calls");
    }
    number(attribution, interval, row)
        .and_then(|number| attribution.timeline.syscall_name(number))
        .unwrap_or("outside calls")
}

/// The number of the system call that a blocked thread is in.
fn number(attribution: &Attribution<'_, '_>, interval: &Interval, row: u32) -> Option<u32> {
    match interval.span {
        Some(span) => Some(attribution.timeline.span(span).nr),
        None => u32::try_from(attribution.timeline.off_cpu(row).syscall).ok(),
    }
}

/// The lock whose contention event covers the instant at which the thread left its CPU.
fn lock_event<'a>(
    attribution: &Attribution<'_, 'a>,
    id: ThreadId,
    at_ns: u64,
) -> Option<Category<'a>> {
    let rows = attribution.timeline.thread(id).locks();
    let locks = &attribution.timeline.tables().locks;
    let begun = rows.partition_point(|&row| locks[row as usize].start_ns <= at_ns);
    let lock = &locks[rows[begun.checked_sub(1)?] as usize];
    (at_ns < lock.start_ns + lock.duration_ns).then(|| {
        let name = attribution.stacks.lock_name(lock.address, lock.stack);
        Category::named(Phase::Locks, name)
    })
}

fn by_call<'a>(
    attribution: &Attribution<'_, 'a>,
    id: ThreadId,
    interval: &Interval,
    row: u32,
) -> Category<'a> {
    let timeline = attribution.timeline;
    let off_cpu = timeline.off_cpu(row);
    if let Some(span) = interval.span {
        return attribution.call(span);
    }
    if let Ok(number) = u32::try_from(off_cpu.syscall) {
        return attribution.call_by_number(number);
    }
    let thread = timeline.thread(id);
    let is_exiting = thread
        .exiting_from_ns
        .is_some_and(|at_ns| off_cpu.from_ns >= at_ns);
    let is_worker = attribution.is_kernel_thread(id);
    let Some(meaning) = attribution.stacks.meaning(off_cpu.stack) else {
        // Nothing is known but the state. A wait outside calls that no signal ends is for a page;
        // one that was not seen to begin is in a call that was not, either.
        let is_for_page = off_cpu.state & TASK_UNINTERRUPTIBLE != 0;
        let is_older = off_cpu.imputed && off_cpu.state & TASK_INTERRUPTIBLE != 0;
        return match () {
            () if is_exiting => Category::named(Phase::Process, "exit"),
            () if is_worker => Category::named(Phase::Ipc, "kernel thread"),
            () if is_for_page => Category::named(Phase::Memory, "page fault"),
            () if is_older => Category::named(Phase::Ipc, "begun before the recording"),
            () => Category::unknown("wait outside calls"),
        };
    };
    let before = timeline.span_before(id, interval.start_ns);
    if let (true, Some(before)) = (meaning.in_task_work, before) {
        return attribution.call(before);
    }
    match () {
        () if meaning.in_page_fault => Category::named(Phase::Memory, "page fault"),
        () if meaning.in_exit || is_exiting => Category::named(Phase::Process, "exit"),
        () if meaning.deletes_namespaces => Category::named(Phase::Namespaces, "deletion"),
        () if is_worker => Category::named(Phase::Ipc, "kernel thread"),
        () => Category::unknown("wait outside calls"),
    }
}

//! Wake-ups that found nothing to do: several waits that are one.
//!
//! Condition variables, `wait4` and poll loops wake a thread that looks and waits again. The wait
//! was for what the last wake-up brought, so consecutive waits count as one if in between the
//! thread was on a CPU for less than 60 µs, and
//!
//! - they are in one system call, with the same kernel stack, or
//! - both wait for a futex, at nearly the same address, and the thread called nothing else in
//!   between: then it cannot have asked anybody for anything.

use crate::attribution::{Attribution, blocked};
use crate::timeline::{Backward, Interval, ThreadId, Timeline};
use trace::rows::OffCpu;

/// On a CPU for less than this between two waits, a thread has only looked.
const LOOK_NS: u64 = 60_000;
/// Two futexes this near are parts of one object: a condition variable has 48 bytes
/// (`pthread_cond_t`, glibc 2.36).
const NEAR_BYTES: u64 = 64;

/// Waits that count as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Merged {
    /// When the first of them began.
    pub(super) from_ns: u64,
    /// When the last of them began: what is before was decided by this rule.
    pub(super) before_ns: u64,
}

/// The waits that are one with that of `thread` before the cursor; nothing if it stands alone. None
/// is looked at that began before `floor_ns`.
pub(super) fn first_wait(
    attribution: &Attribution<'_, '_>,
    backward: &Backward<'_, '_>,
    thread: ThreadId,
    interval: &Interval,
    floor_ns: u64,
) -> Option<Merged> {
    let timeline = attribution.timeline();
    let rows = timeline.thread(thread).off_cpu();
    let mut at = backward.off_cpu_begun(thread).checked_sub(1)?;
    let last = timeline.off_cpu(rows[at]);
    let mut from_ns = last.from_ns;
    while from_ns > floor_ns
        && let Some(before) = at.checked_sub(1)
        && is_same_wait(timeline, thread, interval.span, rows[before], rows[at])
        && !blocked::is_kernel_wait(attribution, thread, rows[before])
    {
        at = before;
        from_ns = timeline.off_cpu(rows[at]).from_ns;
    }
    (from_ns < last.from_ns).then_some(Merged {
        from_ns,
        before_ns: last.from_ns,
    })
}

/// The last of the waits that are one with that in which `thread` is before the cursor and that
/// `ending` knows somebody to have ended, with what it says. It can lie after the end of what is
/// walked: whose wait it was does not depend on when one looks.
pub(super) fn last_wait<T>(
    attribution: &Attribution<'_, '_>,
    backward: &Backward<'_, '_>,
    thread: ThreadId,
    interval: &Interval,
    ending: impl Fn(u32) -> Option<T>,
) -> Option<T> {
    let timeline = attribution.timeline();
    let rows = timeline.thread(thread).off_cpu();
    let mut at = backward.off_cpu_begun(thread).checked_sub(1)?;
    let mut found = None;
    while let Some(&later) = rows.get(at + 1)
        && is_same_wait(timeline, thread, interval.span, rows[at], later)
        && !blocked::is_kernel_wait(attribution, thread, later)
    {
        at += 1;
        found = ending(later).or(found);
    }
    found
}

fn is_same_wait(
    timeline: &Timeline<'_>,
    thread: ThreadId,
    span: Option<u32>,
    earlier: u32,
    later: u32,
) -> bool {
    let (earlier, later) = (timeline.off_cpu(earlier), timeline.off_cpu(later));
    let only_looked = earlier
        .to_ns
        .is_some_and(|to_ns| later.from_ns.saturating_sub(to_ns) < LOOK_NS);
    earlier.is_wait()
        && only_looked
        && earlier.syscall == later.syscall
        && (is_same_call(timeline, span, earlier, later)
            || is_same_futex(timeline, thread, earlier, later))
}

/// Whether both waits are in the call `span`, and at the same place in the kernel.
fn is_same_call(
    timeline: &Timeline<'_>,
    span: Option<u32>,
    earlier: &OffCpu,
    later: &OffCpu,
) -> bool {
    let Some(span) = span.map(|row| timeline.span(row)) else {
        return false;
    };
    let end_ns = span.start_ns + span.duration_ns;
    span.start_ns <= earlier.from_ns && later.from_ns <= end_ns && earlier.stack == later.stack
}

fn is_same_futex(
    timeline: &Timeline<'_>,
    thread: ThreadId,
    earlier: &OffCpu,
    later: &OffCpu,
) -> bool {
    let calls = timeline.thread(thread).spans();
    let call_at = |at_ns| {
        let begun = calls.partition_point(|&row| timeline.span(row).start_ns <= at_ns);
        let call = begun.checked_sub(1)?;
        let span = timeline.span(calls[call]);
        (timeline.syscall_name(span.nr) == Some("futex")).then_some((call, span.arg0))
    };
    match (call_at(earlier.from_ns), call_at(later.from_ns)) {
        (Some(earlier), Some(later)) => {
            later.0 == earlier.0 + 1 && earlier.1.abs_diff(later.1) <= NEAR_BYTES
        }
        (None, _) | (_, None) => false,
    }
}

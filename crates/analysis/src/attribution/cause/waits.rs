//! The waits of a recording, as the kinds of causes look at them.

use crate::attribution::{Attribution, blocked};
use crate::timeline::{ThreadId, Timeline};
use trace::rows::OffCpu;

/// A wait of a thread, not for the kernel itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wait<'a> {
    /// Its row of `off_cpu`.
    pub(super) row: u32,
    pub(super) off_cpu: &'a OffCpu,
    pub(super) thread: ThreadId,
    /// The call that it is in: a row of `spans`.
    pub(super) span: Option<u32>,
    /// The name of that call; empty if it is in none.
    pub(super) call: &'static str,
}

impl Wait<'_> {
    /// How long it took, if it was seen to end.
    pub(super) fn duration_ns(&self) -> Option<u64> {
        let wake_ns = self.off_cpu.wake_ns?;
        Some(wake_ns.saturating_sub(self.off_cpu.from_ns))
    }

    /// Whether a timer ended it.
    pub(super) fn is_ended_by_timer(&self, attribution: &Attribution<'_, '_>) -> bool {
        const TASK: u8 = profiler_common::Context::Task as u8;
        let waker = attribution.stacks().meaning(self.off_cpu.waker_stack);
        waker.is_some_and(|waker| waker.in_timer)
            && attribution.stacks().waker_context(self.off_cpu) != TASK
    }
}

/// The waits of a thread, by time.
pub(super) fn of_thread<'t, 'a>(
    attribution: &'t Attribution<'t, 'a>,
    thread: ThreadId,
) -> impl Iterator<Item = Wait<'a>> + use<'t, 'a> {
    let timeline = attribution.timeline();
    let rows = timeline.thread(thread).off_cpu().iter().copied();
    rows.filter_map(move |row| {
        let off_cpu = timeline.off_cpu(row);
        if !off_cpu.is_wait() || blocked::is_kernel_wait(attribution, thread, row) {
            return None;
        }
        let span = call_at(timeline, thread, off_cpu.from_ns);
        let number = match span {
            Some(span) => Some(timeline.span(span).nr),
            None => u32::try_from(off_cpu.syscall).ok(),
        };
        Some(Wait {
            row,
            off_cpu,
            thread,
            span,
            call: number
                .and_then(|number| timeline.syscall_name(number))
                .unwrap_or_default(),
        })
    })
}

/// The call that a thread is in at an instant: a row of `spans`.
fn call_at(timeline: &Timeline<'_>, thread: ThreadId, at_ns: u64) -> Option<u32> {
    let spans = timeline.thread(thread).spans();
    let begun = spans.partition_point(|&row| timeline.span(row).start_ns <= at_ns);
    let row = *spans.get(begun.checked_sub(1)?)?;
    let span = timeline.span(row);
    (at_ns < span.start_ns + span.duration_ns).then_some(row)
}

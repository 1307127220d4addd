//! One thread's part in a stage: the time that it lived in it, and the calls that count there.

use crate::attribution::Attribution;
use crate::attribution::stage::StageWindow;
use crate::timeline::{Interval, ProcessId, Thread, ThreadId};
use trace::role::Role;
use trace::rows::{Span, Total};

/// A thread that takes part in a stage.
#[derive(Clone, Copy, Debug)]
pub struct Participant<'p, 'a> {
    /// The recording with its roles, containers and kinds of work.
    pub attribution: &'p Attribution<'p, 'a>,
    /// The thread.
    pub id: ThreadId,
    /// Its life.
    pub thread: &'p Thread,
    /// The stage, or the part of it that is looked at.
    pub window: StageWindow,
    /// From when on its system calls are recorded.
    tracked_from_ns: u64,
}

/// The tracked threads of those processes that take part in a stage.
pub fn participants<'p, 'a>(
    attribution: &'p Attribution<'p, 'a>,
    takes_part: &dyn Fn(ProcessId) -> bool,
    window: &'p StageWindow,
) -> impl Iterator<Item = Participant<'p, 'a>> {
    let timeline = attribution.timeline();
    timeline.thread_ids().filter_map(move |id| {
        let thread = timeline.thread(id);
        let tracked_from_ns = thread.tracked_from_ns;
        Some(Participant {
            attribution,
            id,
            thread,
            window: *window,
            tracked_from_ns: tracked_from_ns.filter(|_| takes_part(thread.process))?,
        })
    })
}

impl<'p, 'a> Participant<'p, 'a> {
    /// The same thread in those parts of the stage in which its process has one of these roles; in all of it
    /// where none is named.
    pub fn in_roles(self, roles: &[Role]) -> Vec<Self> {
        if roles.is_empty() {
            return vec![self];
        }
        let parts = self.attribution.roles().parts(self.thread.process);
        let bounds_ns = |index: usize| {
            // What a process begins as, it is from its beginning on.
            let from_ns = if index == 0 { 0 } else { parts[index].from_ns };
            let to_ns = parts.get(index + 1).map_or(u64::MAX, |next| next.from_ns);
            (from_ns, to_ns)
        };
        let chosen = (0..parts.len()).filter(|&index| roles.contains(&parts[index].role));
        let within = chosen.filter_map(|index| {
            let (from_ns, to_ns) = bounds_ns(index);
            let mut own = self;
            own.window.start_ns = own.window.start_ns.max(from_ns);
            own.window.end_ns = own.window.end_ns.min(to_ns);
            (own.window.start_ns < own.window.end_ns).then_some(own)
        });
        within.collect()
    }

    /// The states of the thread within the stage, from when it was tracked; waits for a CPU are cut
    /// wherever their reason changes.
    pub fn intervals(&self) -> impl Iterator<Item = Interval> + use<'p, 'a> {
        let from_ns = self.window.start_ns.max(self.tracked_from_ns);
        let attribution = self.attribution;
        let timeline = attribution.timeline();
        timeline
            .intervals(self.id, from_ns, self.window.end_ns)
            .flat_map(move |interval| attribution.cpu_waits().cut(timeline, interval))
    }

    /// Rows of `spans` that count in this stage.
    pub fn spans(&self) -> impl Iterator<Item = u32> {
        let timeline = self.attribution.timeline();
        let rows = self.thread.spans();
        let begun =
            rows.partition_point(|&row| timeline.span(row).start_ns <= self.window.start_ns);
        rows[begun.saturating_sub(1)..]
            .iter()
            .copied()
            .take_while(|&row| timeline.span(row).start_ns <= self.window.end_ns)
            // A call across a change of thread number stands in both lives; it counts in the last.
            .filter(|&row| timeline.span(row).tid == self.thread.tid)
            .filter(|&row| self.holds(counted_at_ns(timeline.span(row))))
    }

    /// Rows of `totals` that count in this stage.
    pub fn totals(&self) -> impl Iterator<Item = &'a Total> {
        let totals = &self.attribution.timeline().tables().totals;
        let rows = self.thread.totals();
        let first = rows.partition_point(|&row| totals[row as usize].to_ns <= self.window.start_ns);
        rows[first..]
            .iter()
            .map(|&row| &totals[row as usize])
            .take_while(|total| self.holds(total.to_ns))
    }

    /// Whether what ended at this instant belongs to the stage.
    fn holds(&self, at_ns: u64) -> bool {
        self.window.start_ns < at_ns && at_ns <= self.window.end_ns
    }
}

/// The instant by which a call belongs to a stage.
fn counted_at_ns(span: &Span) -> u64 {
    const NEVER_RETURNED: u16 = profiler_common::SpanFlags::NEVER_RETURNED;
    if span.flags & NEVER_RETURNED != 0 {
        span.start_ns
    } else {
        span.start_ns + span.duration_ns
    }
}

//! What the rules say of a thread before a cursor that only goes back: for the walk of one path, and for
//! the graph of all ([`super::graph`]).

use super::busy::{Napper, Stretch, Sweep, Waker};
use super::ending::{Ending, Endings};
use super::merge::{self, Merged};
use super::{origin, repetition};
use crate::attribution::{Attribution, blocked};
use crate::report::path::Heuristic;
use crate::timeline::{Backward, Interval, ProcessId, State, ThreadId};

/// Who is walked in the place of a thread that naps.
#[derive(Clone, Copy, Debug)]
pub(super) enum Instead {
    /// This thread, by this rule, back to this instant.
    Walk(ThreadId, Heuristic, u64),
    /// Nobody, back to this instant.
    Nobody(u64),
}

/// The rules, and how far back each thread has been looked at.
pub(super) struct Rules<'w, 't, 'a> {
    pub(super) attribution: &'w Attribution<'t, 'a>,
    takes_part: &'w dyn Fn(ProcessId) -> bool,
    endings: Endings,
    backward: Backward<'t, 'a>,
    /// Made when the first wait on a timer is met.
    sweep: Option<Sweep>,
}

impl<'w, 't, 'a> Rules<'w, 't, 'a> {
    /// `takes_part` tells which processes may be followed.
    pub(super) fn new(
        attribution: &'w Attribution<'t, 'a>,
        takes_part: &'w dyn Fn(ProcessId) -> bool,
    ) -> Self {
        Self {
            attribution,
            takes_part,
            endings: Endings::new(attribution),
            backward: Backward::new(attribution.timeline()),
            sweep: None,
        }
    }

    /// The state of a thread just before `at_ns`.
    pub(super) fn before(&mut self, thread: ThreadId, at_ns: u64) -> Option<Interval> {
        self.backward.before(thread, at_ns)
    }

    /// Who ended the wait of a thread before the cursor, and when: the last of those that are one
    /// with it decides.
    pub(super) fn ending(&self, thread: ThreadId, interval: &Interval, row: u32) -> (Ending, u64) {
        let timeline = self.attribution.timeline();
        let wake_ns = |row| timeline.off_cpu(row).wake_ns.unwrap_or(interval.end_ns);
        let of = |row| {
            let wait = (thread, interval, row);
            (
                self.endings.of(self.attribution, self.takes_part, wait),
                wake_ns(row),
            )
        };
        let ending = of(row);
        if ending.0 == Ending::Work {
            return ending;
        }
        let last = merge::last_wait(
            self.attribution,
            &self.backward,
            thread,
            interval,
            |later| Some(of(later)).filter(|(ending, _)| matches!(ending, Ending::By(_))),
        );
        last.unwrap_or(ending)
    }

    /// The waits that are one with that of a thread before the cursor.
    pub(super) fn first_wait(
        &self,
        thread: ThreadId,
        interval: &Interval,
        floor_ns: u64,
    ) -> Option<Merged> {
        merge::first_wait(self.attribution, &self.backward, thread, interval, floor_ns)
    }

    /// Whether a timer ended the wait after which a thread waits for a CPU.
    pub(super) fn is_nap(&self, thread: ThreadId, interval: &Interval, row: u32) -> bool {
        let is_wait = self.attribution.timeline().off_cpu(row).is_wait();
        let wait = (thread, interval, row);
        let ending = || self.endings.of(self.attribution, self.takes_part, wait);
        is_wait && ending() == Ending::Timer
    }

    /// Who is walked in the place of a thread that naps at the cursor, of those that `may_push` lets.
    pub(super) fn instead(
        &mut self,
        (thread, row): (ThreadId, u32),
        cursor_ns: u64,
        may_push: &dyn Fn(ThreadId) -> bool,
    ) -> Instead {
        let (attribution, takes_part) = (self.attribution, self.takes_part);
        let timeline = attribution.timeline();
        let endings = &self.endings;
        let sweep = self
            .sweep
            .get_or_insert_with(|| Sweep::new(attribution, endings, takes_part));
        sweep.move_to(cursor_ns);
        let backward = &mut self.backward;
        let napper = napper(attribution, thread, row);
        let follow = |waker: Waker| {
            let walked = origin::at(timeline, waker.thread, waker.wake_ns, cursor_ns);
            let is_own = timeline.thread(walked).process == napper.process;
            (!is_own && may_push(walked)).then_some(walked)
        };
        let may_count = |stretch: &Stretch| match stretch.waker() {
            Some(waker) => follow(waker).is_some(),
            None => may_push(stretch.thread),
        };
        let best = sweep.best(
            timeline,
            napper,
            |stretch| {
                may_count(stretch)
                    && (stretch.waker().is_some()
                        || origin::of(timeline, stretch.thread, cursor_ns).at_ns < cursor_ns
                            && is_busy(attribution, backward, stretch.thread, cursor_ns))
            },
            may_count,
        );
        let Some((stretch, from_ns)) = best else {
            return Instead::Nobody(sweep.until_ns(timeline, napper, may_count));
        };
        match stretch.waker() {
            Some(waker) => Instead::Walk(
                follow(waker).unwrap_or(stretch.thread),
                Heuristic::AwaitedProcess,
                from_ns,
            ),
            None => Instead::Walk(stretch.thread, Heuristic::BusyThread, from_ns),
        }
    }
}

/// The place of a thread that naps; `row` is its row of `off_cpu`. A program of one thread that
/// naps but once does so for its own sake; one that naps again and again looks for something that
/// others do.
fn napper(attribution: &Attribution<'_, '_>, thread: ThreadId, row: u32) -> Napper {
    let timeline = attribution.timeline();
    let process = timeline.thread(thread).process;
    Napper {
        process,
        may_await_others: timeline.process(process).threads.len() > 1
            || repetition::is_in_loop(timeline, thread, row),
    }
}

/// Whether a thread was on a CPU, waiting for one, or held up by the kernel just before `at_ns`.
fn is_busy(
    attribution: &Attribution<'_, '_>,
    backward: &mut Backward<'_, '_>,
    thread: ThreadId,
    at_ns: u64,
) -> bool {
    let state = backward
        .before(thread, at_ns)
        .map(|interval| interval.state);
    match state {
        Some(State::User | State::Syscall | State::Runnable(_)) => true,
        Some(State::Blocked(row)) => blocked::is_kernel_wait(attribution, thread, row),
        None => false,
    }
}

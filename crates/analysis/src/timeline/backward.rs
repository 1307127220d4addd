//! Goes back over the lives of threads, for walks from an end to its causes.
//!
//! [`Timeline::intervals`] cuts a window from its beginning on. A walk back needs the interval
//! before an instant, then the one before that, of one thread after the other. A [`Backward`]
//! keeps for each thread how far it has come, and gallops back from there: a walk is linear in the
//! intervals that it visits, and logarithmic in those that it skips.

use super::Timeline;
use super::interval::{Interval, State};
use super::thread::{Thread, ThreadId};

/// How many of a thread's rows begin before an instant.
#[derive(Clone, Copy, Debug)]
struct Position {
    at_ns: u64,
    off_cpu: usize,
    spans: usize,
}

/// The states of threads before instants that only go back.
#[derive(Debug)]
pub struct Backward<'t, 'a> {
    timeline: &'t Timeline<'a>,
    positions: Vec<Option<Position>>,
}

impl<'t, 'a> Backward<'t, 'a> {
    /// Starts anywhere.
    pub fn new(timeline: &'t Timeline<'a>) -> Self {
        Self {
            timeline,
            positions: vec![None; timeline.threads.len()],
        }
    }

    /// The state of a thread just before `at_ns`, since when at the latest; the interval ends at
    /// `at_ns`. Nothing before its birth. Asking for later instants again is allowed, but slower.
    pub fn before(&mut self, id: ThreadId, at_ns: u64) -> Option<Interval> {
        let thread = self.timeline.thread(id);
        if at_ns <= thread.born_ns {
            return None;
        }
        let position = self.move_to(id, thread, at_ns);
        let off = position.off_cpu.checked_sub(1).map(|at| {
            let (from_ns, to_ns) = self.timeline.off_cpu_bounds(thread, at);
            (thread.off_cpu[at], from_ns, to_ns)
        });
        let span = position.spans.checked_sub(1).map(|at| {
            let (start_ns, end_ns) = self.timeline.span_bounds(thread, at);
            (thread.spans[at], start_ns, end_ns)
        });
        let current = span.filter(|&(_, _, end_ns)| end_ns >= at_ns);
        let (start_ns, state) = match off {
            Some((row, from_ns, to_ns)) if to_ns >= at_ns => {
                self.off_cpu_before(row, (from_ns, to_ns), at_ns)
            }
            Some(_) | None => {
                let awake_ns = off.map_or(thread.born_ns, |(_, _, to_ns)| to_ns);
                on_cpu_before(thread, span, awake_ns, at_ns)
            }
        };
        Some(Interval {
            start_ns: start_ns.max(thread.born_ns),
            end_ns: at_ns,
            state,
            span: current.map(|(row, _, _)| row),
        })
    }

    /// How many of a thread's times off the CPU begin before the instant that was asked for last.
    pub fn off_cpu_begun(&self, id: ThreadId) -> usize {
        self.positions[id.index()].map_or(0, |position| position.off_cpu)
    }

    fn move_to(&mut self, id: ThreadId, thread: &Thread, at_ns: u64) -> Position {
        let known = self.positions[id.index()].filter(|known| known.at_ns >= at_ns);
        let (off_cpu, spans) = known.map_or((usize::MAX, usize::MAX), |known| {
            (known.off_cpu, known.spans)
        });
        let timeline = self.timeline;
        let position = Position {
            at_ns,
            off_cpu: begun_before(thread.off_cpu.len(), off_cpu, |at| {
                timeline.off_cpu(thread.off_cpu[at]).from_ns < at_ns
            }),
            spans: begun_before(thread.spans.len(), spans, |at| {
                timeline.span(thread.spans[at]).start_ns < at_ns
            }),
        };
        self.positions[id.index()] = Some(position);
        position
    }

    fn off_cpu_before(&self, row: u32, (from_ns, to_ns): (u64, u64), at_ns: u64) -> (u64, State) {
        let runnable_ns = self
            .timeline
            .off_cpu(row)
            .runnable_from_ns(to_ns)
            .max(from_ns);
        if runnable_ns < at_ns {
            (runnable_ns, State::Runnable(row))
        } else {
            (from_ns, State::Blocked(row))
        }
    }
}

/// The state of a thread that has been on a CPU since `awake_ns`, given its last call.
fn on_cpu_before(
    thread: &Thread,
    span: Option<(u32, u64, u64)>,
    awake_ns: u64,
    at_ns: u64,
) -> (u64, State) {
    match span {
        Some((_, start_ns, end_ns)) if end_ns >= at_ns => (start_ns.max(awake_ns), State::Syscall),
        Some(_) | None => {
            let returned_ns = span.map_or(0, |(_, _, end_ns)| end_ns);
            let exiting_ns = thread.exiting_from_ns.filter(|&from_ns| from_ns < at_ns);
            let start_ns = awake_ns.max(returned_ns).max(exiting_ns.unwrap_or(0));
            (start_ns, State::User)
        }
    }
}

/// How many of the first `hint` of `len` rows satisfy `has_begun`, which holds for the first ones
/// only: galloping back from the hint.
fn begun_before(len: usize, hint: usize, has_begun: impl Fn(usize) -> bool) -> usize {
    let mut high = hint.min(len);
    let mut low = high;
    let mut step = 1;
    while low > 0 && !has_begun(low - 1) {
        high = low - 1;
        low = low.saturating_sub(step);
        step *= 2;
    }
    if low == high {
        return low;
    }
    while low < high {
        let middle = low + (high - low) / 2;
        if has_begun(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::fixture::{manifest, off_cpu, span, task};
    use proptest::prelude::*;
    use trace::rows::Tables;

    proptest! {
        #[test]
        fn galloping_finds_what_counting_does(begun in 0_usize..300, len in 0_usize..300, hint in 0_usize..400) {
            let expected = begun.min(len).min(hint);
            prop_assert_eq!(begun_before(len, hint, |at| at < begun), expected);
        }

        /// Going back gives the same states as going forward, but that waits are not cut where
        /// a call begins or ends inside them.
        #[test]
        fn both_directions_see_the_same_life(steps in proptest::collection::vec((0_u64..30, 1_u64..30, 0_u8..3), 0..40)) {
            let tables = life(&steps);
            let manifest = manifest(10_000);
            let timeline = Timeline::new(&manifest, &tables);
            let id = timeline.thread_at(7, 0);
            prop_assert!(id.is_some());
            let Some(id) = id else { return Ok(()) };
            let mut backward = Backward::new(&timeline);
            let mut at_ns = 10_000;
            while let Some(interval) = backward.before(id, at_ns) {
                prop_assert!(interval.start_ns < at_ns);
                for probe in [interval.start_ns, interval.end_ns - 1] {
                    let forward = timeline.state_at(id, probe).map(|found| (found.state, found.span));
                    prop_assert_eq!(forward, Some((interval.state, interval.span)));
                }
                at_ns = interval.start_ns;
            }
            prop_assert_eq!(at_ns, 0);
        }
    }

    /// A life of thread 7: pauses, each followed by a call, a sleep, or a sleep in a call.
    fn life(steps: &[(u64, u64, u8)]) -> Tables {
        let mut tables = Tables {
            tasks: vec![task(7, 1, None)],
            ..Tables::default()
        };
        let mut at_ns = 1;
        for &(pause_ns, length_ns, kind) in steps {
            at_ns += pause_ns;
            match kind {
                0 => tables.spans.push(span(7, "read", at_ns, length_ns)),
                1 => tables.off_cpu.push(off_cpu(7, at_ns, at_ns + length_ns)),
                _ => {
                    let mut wait = off_cpu(7, at_ns + 1, at_ns + 1 + length_ns);
                    wait.wake_ns = Some(at_ns + 1 + length_ns / 2);
                    tables.off_cpu.push(wait);
                    tables.spans.push(span(7, "read", at_ns, length_ns + 2));
                    at_ns += 2;
                }
            }
            at_ns += length_ns;
        }
        tables
    }
}

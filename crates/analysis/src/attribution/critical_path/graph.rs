//! The graph of all that a stage's end had to wait for, by the rules of the walk.
//!
//! The walk goes back from the end and, where a thread waited for another, goes on with that other
//! alone. The graph keeps both: the thread could go on when it had come to its wait *and* the other
//! had come to its wake-up. So it holds every path, of which the walk tells the one that was taken.
//! Nodes are visited from the latest to the earliest, as the rules need it; only what the end
//! depends on is visited.

use std::collections::{BinaryHeap, HashMap};

use super::ending::Ending;
use super::order::{Found, in_order};
use super::origin;
use super::rules::{Instead, Rules};
use crate::attribution::Attribution;
use crate::report::path::Heuristic;
use crate::timeline::{Interval, ProcessId, State, ThreadId};
use crate::what_if::graph::{Node, Step};

/// The state of a thread in a stretch; nothing if it was not alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawStretch {
    /// Whose it is.
    pub thread: ThreadId,
    /// All of its interval, of which a part may lie outside the window.
    pub interval: Option<Interval>,
    /// When it begins.
    pub start_ns: u64,
    /// When it ends.
    pub end_ns: u64,
    /// Whether it is what is left of a wait that a timer ended.
    pub is_timer: bool,
}

/// The nodes, inputs first, what lies between them, and the node of the end.
#[derive(Clone, Debug, Default)]
pub struct RawGraph {
    /// The nodes.
    pub nodes: Vec<Node>,
    /// What threads did between nodes.
    pub stretches: Vec<RawStretch>,
    /// The position of the end.
    pub end: usize,
}

/// Builds the graph of what `thread` had to wait for at `end_ns`, back to `start_ns`.
pub fn build(
    attribution: &Attribution<'_, '_>,
    takes_part: &dyn Fn(ProcessId) -> bool,
    thread: ThreadId,
    (start_ns, end_ns): (u64, u64),
) -> RawGraph {
    let mut builder = Builder {
        rules: Rules::new(attribution, takes_part),
        start_ns,
        queue: BinaryHeap::new(),
        known: HashMap::new(),
        found: Vec::new(),
        stretches: Vec::new(),
        stretch_of: HashMap::new(),
    };
    let end = builder.node(thread, end_ns);
    while let Some((at_ns, _, node)) = builder.queue.pop() {
        let thread = builder.found[node].thread;
        builder.found[node].step = builder.step(thread, at_ns);
    }
    in_order(builder.found, builder.stretches, end)
}

struct Builder<'w, 't, 'a> {
    rules: Rules<'w, 't, 'a>,
    start_ns: u64,
    /// Nodes whose step is not known yet, by instant.
    queue: BinaryHeap<(u64, ThreadId, usize)>,
    known: HashMap<(ThreadId, u64), usize>,
    found: Vec<Found>,
    stretches: Vec<RawStretch>,
    stretch_of: HashMap<(ThreadId, u64, bool), usize>,
}

impl Builder<'_, '_, '_> {
    fn node(&mut self, thread: ThreadId, at_ns: u64) -> usize {
        if let Some(&node) = self.known.get(&(thread, at_ns)) {
            return node;
        }
        let node = self.found.len();
        self.found.push(Found {
            thread,
            at_ns,
            step: Step::Given,
            wait: None,
        });
        self.known.insert((thread, at_ns), node);
        self.queue.push((at_ns, thread, node));
        node
    }

    /// How a thread came to an instant.
    fn step(&mut self, thread: ThreadId, at_ns: u64) -> Step {
        if at_ns <= self.start_ns {
            return Step::Given;
        }
        let timeline = self.rules.attribution.timeline();
        let origin = origin::of(timeline, thread, at_ns);
        if origin.at_ns >= at_ns {
            return match origin.before {
                Some(before) => Step::Was(self.node(before, at_ns)),
                None => Step::Given,
            };
        }
        let floor_ns = self.start_ns.max(origin.at_ns);
        let ended_ns = timeline.thread(thread).ended_ns;
        if ended_ns < at_ns {
            let before_ns = ended_ns.max(floor_ns);
            let stretch = self.dead(thread, (ended_ns, at_ns));
            return self.own(thread, before_ns, stretch);
        }
        match self.rules.before(thread, at_ns) {
            Some(interval) => self.interval(thread, interval, floor_ns),
            None => Step::Given,
        }
    }

    /// As the walk's `spend`.
    fn interval(&mut self, thread: ThreadId, interval: Interval, floor_ns: u64) -> Step {
        let row = match interval.state {
            State::Blocked(row) => row,
            State::Runnable(row) if self.rules.is_nap(thread, &interval, row) => {
                return self.after_nap(thread, &interval, row, floor_ns);
            }
            State::Runnable(_) | State::User | State::Syscall => {
                return self.charge(thread, &interval, floor_ns, false);
            }
        };
        let (ending, wake_ns) = self.rules.ending(thread, &interval, row);
        match ending {
            Ending::By(waker) => {
                let timeline = self.rules.attribution.timeline();
                let waker = origin::at(timeline, waker, wake_ns, interval.end_ns);
                let merged = self.rules.first_wait(thread, &interval, floor_ns);
                let from_ns = merged.map_or(interval.start_ns, |merged| merged.from_ns);
                self.await_other(thread, &interval, (from_ns, floor_ns), (waker, false))
            }
            Ending::Work | Ending::Kernel | Ending::Stranger => {
                self.charge(thread, &interval, floor_ns, false)
            }
            Ending::Timer => self.on_timer(thread, &interval, row, floor_ns),
        }
    }

    fn on_timer(&mut self, thread: ThreadId, interval: &Interval, row: u32, floor_ns: u64) -> Step {
        match self.instead(thread, row, interval) {
            Instead::Walk(walked, _, from_ns) => {
                let from_ns = from_ns.max(interval.start_ns);
                self.await_other(thread, interval, (from_ns, floor_ns), (walked, true))
            }
            Instead::Nobody(until_ns) => {
                self.charge(thread, interval, floor_ns.max(until_ns), true)
            }
        }
    }

    fn after_nap(
        &mut self,
        thread: ThreadId,
        interval: &Interval,
        row: u32,
        floor_ns: u64,
    ) -> Step {
        match self.instead(thread, row, interval) {
            Instead::Walk(walked, Heuristic::AwaitedProcess, from_ns) => {
                let from_ns = from_ns.max(interval.start_ns);
                self.await_other(thread, interval, (from_ns, floor_ns), (walked, true))
            }
            Instead::Walk(_, _, until_ns) | Instead::Nobody(until_ns) => {
                self.charge(thread, interval, floor_ns.max(until_ns), false)
            }
        }
    }

    fn instead(&mut self, thread: ThreadId, row: u32, interval: &Interval) -> Instead {
        let is_other = |walked: ThreadId| walked != thread;
        self.rules
            .instead((thread, row), interval.end_ns, &is_other)
    }

    fn await_other(
        &mut self,
        thread: ThreadId,
        interval: &Interval,
        (from_ns, floor_ns): (u64, u64),
        (other, by_timer): (ThreadId, bool),
    ) -> Step {
        let from_ns = from_ns.max(floor_ns);
        if other == thread {
            return self.charge(thread, interval, from_ns, by_timer);
        }
        let before = self.node(thread, from_ns);
        let node = self.node(thread, interval.end_ns);
        let start_ns = from_ns;
        self.found[node].wait = Some((
            before,
            Interval {
                start_ns,
                ..*interval
            },
        ));
        let on = self.node(other, interval.end_ns);
        Step::Awaits {
            before,
            on,
            by_timer,
        }
    }

    /// The interval is the thread's own, back to its begin or `floor_ns`.
    fn charge(
        &mut self,
        thread: ThreadId,
        interval: &Interval,
        floor_ns: u64,
        is_timer: bool,
    ) -> Step {
        let stretch = self.stretch(thread, interval, is_timer);
        self.own(thread, interval.start_ns.max(floor_ns), stretch)
    }

    fn own(&mut self, thread: ThreadId, before_ns: u64, stretch: usize) -> Step {
        let before = self.node(thread, before_ns);
        Step::Own { before, stretch }
    }

    /// The stretch of an interval of which only what is before a cursor is given: all of it.
    fn stretch(&mut self, thread: ThreadId, interval: &Interval, is_timer: bool) -> usize {
        let timeline = self.rules.attribution.timeline();
        let whole = timeline
            .state_at(thread, interval.end_ns.saturating_sub(1))
            .filter(|whole| whole.state == interval.state);
        let end_ns = whole.map_or(interval.end_ns, |whole| whole.end_ns.max(interval.end_ns));
        let whole = Interval {
            end_ns,
            ..*interval
        };
        let key = (thread, interval.start_ns, is_timer);
        if let Some(&known) = self.stretch_of.get(&key) {
            return known;
        }
        self.add_stretch(
            key,
            RawStretch {
                thread,
                interval: Some(whole),
                start_ns: whole.start_ns,
                end_ns,
                is_timer,
            },
        )
    }

    /// A thread is over, and its end is told later.
    fn dead(&mut self, thread: ThreadId, (start_ns, end_ns): (u64, u64)) -> usize {
        let key = (thread, start_ns, false);
        if let Some(&known) = self.stretch_of.get(&key) {
            return known;
        }
        self.add_stretch(
            key,
            RawStretch {
                thread,
                interval: None,
                start_ns,
                end_ns,
                is_timer: false,
            },
        )
    }

    fn add_stretch(&mut self, key: (ThreadId, u64, bool), stretch: RawStretch) -> usize {
        let number = self.stretches.len();
        self.stretches.push(stretch);
        self.stretch_of.insert(key, number);
        number
    }
}

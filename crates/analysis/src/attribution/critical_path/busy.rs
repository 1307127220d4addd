//! Who worked while a thread napped.
//!
//! A thread that a timer woke did not wait for the timer's sake: it polls, or a time limit ran out,
//! while others work; and a runtime of many threads (Go's) has timers of its own. Who is walked in
//! its place, in this order:
//!
//! 1. a thread of the same process that was busy: on a CPU, waiting for one, or held up by the
//!    kernel (by a lock, a grace period, the disk, memory);
//! 2. the one that a thread of the same process waited for in a call that is about one thing: a
//!    child, a pipe, a socket, a file lock. Of several such waits that which began last, as it is
//!    what the process did last;
//! 3. a busy thread of its descendants;
//! 4. as 2., in a call that waits for many things at once. A runtime of many threads lets now one
//!    and now another of them wait so, with the limits of its timers: the process waits for whoever
//!    ends the next of these waits;
//! 5. any busy thread that takes part.
//!
//! Of several busy threads that with the longest stretch. The answer depends on the instant alone,
//! not on where the walk began: a stretch is walked no further back than to where one before it
//! in the order ends. Where there is nobody, the time is the timer's.
//!
//! One sweep over all stretches, by their ends, serves a whole walk, since the cursor only goes back.

use std::cmp::Reverse;

use super::ending::{Ending, Endings};
use super::repetition;
use crate::attribution::{Attribution, blocked};
use crate::timeline::{Interval, ProcessId, State, ThreadId, Timeline};

/// The thread that ended a wait, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Waker {
    pub(super) thread: ThreadId,
    pub(super) wake_ns: u64,
}

/// A stretch in which a thread was busy, or waited for another process.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    start_ns: u64,
    end_ns: u64,
    pub(super) thread: ThreadId,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Busy,
    /// In a call that is about one thing, or one that is about many.
    Waits(Waker, Subject),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    One,
    Many,
}

impl Stretch {
    /// Who ended the wait, if it is one.
    pub(super) fn waker(&self) -> Option<Waker> {
        match self.kind {
            Kind::Busy => None,
            Kind::Waits(waker, _) => Some(waker),
        }
    }

    /// Its place in the order for one that naps in `process`; nothing if it has none. Of two the
    /// lower one is walked.
    fn rank(&self, timeline: &Timeline<'_>, process: ProcessId, others: bool) -> Option<Rank> {
        let own = timeline.thread(self.thread).process;
        let (order, key_ns) = match self.kind {
            Kind::Busy => {
                let order = match () {
                    () if own == process => 1,
                    () if timeline.descends(own, process) => 3,
                    () if others => 5,
                    () => return None,
                };
                (order, self.end_ns - self.start_ns)
            }
            Kind::Waits(_, Subject::One) if own == process => (2, self.start_ns),
            Kind::Waits(_, Subject::Many) if own == process => (4, self.start_ns),
            Kind::Waits(..) => return None,
        };
        Some((order, Reverse(key_ns), self.thread))
    }
}

type Rank = (u8, Reverse<u64>, ThreadId);

/// The place of whoever naps.
#[derive(Clone, Copy, Debug)]
pub(super) struct Napper {
    /// Its process.
    pub(super) process: ProcessId,
    /// Whether threads count that have nothing to do with it but that they take part.
    pub(super) may_await_others: bool,
}

/// The sweep over the times at which threads were busy.
#[derive(Debug)]
pub(super) struct Sweep {
    /// All stretches, by end; those from `ahead` on end at or after the cursor.
    stretches: Vec<Stretch>,
    ahead: usize,
    /// Those that hold the instant before the cursor.
    current: Vec<Stretch>,
}

impl Sweep {
    /// The threads of all processes that take part.
    pub(super) fn new(
        attribution: &Attribution<'_, '_>,
        endings: &Endings,
        takes_part: &dyn Fn(ProcessId) -> bool,
    ) -> Self {
        let timeline = attribution.timeline();
        let mut stretches = Vec::new();
        for id in timeline.thread_ids() {
            let thread = timeline.thread(id);
            if thread.tracked_from_ns.is_some() && takes_part(thread.process) {
                add_busy(attribution, id, &mut stretches);
                add_waits(attribution, endings, takes_part, id, &mut stretches);
            }
        }
        join_waits_of_runtimes(timeline, &mut stretches);
        stretches.sort_unstable_by_key(|stretch| (stretch.end_ns, stretch.thread));
        Self {
            ahead: stretches.len(),
            stretches,
            current: Vec::new(),
        }
    }

    /// Goes back to an instant.
    pub(super) fn move_to(&mut self, at_ns: u64) {
        while let Some(next) = self.ahead.checked_sub(1)
            && self.stretches[next].end_ns >= at_ns
        {
            self.current.push(self.stretches[next]);
            self.ahead = next;
        }
        self.current.retain(|stretch| stretch.start_ns < at_ns);
    }

    /// The stretch to walk in the place of a thread that naps, and back to when.
    pub(super) fn best(
        &self,
        timeline: &Timeline<'_>,
        napper: Napper,
        mut may_walk: impl FnMut(&Stretch) -> bool,
        may_count: impl Fn(&Stretch) -> bool,
    ) -> Option<(Stretch, u64)> {
        let rank =
            |stretch: &Stretch| stretch.rank(timeline, napper.process, napper.may_await_others);
        let mut ranked: Vec<_> = self
            .current
            .iter()
            .filter_map(|stretch| Some((rank(stretch)?, stretch)))
            .collect();
        ranked.sort_unstable_by_key(|&(rank, _)| rank);
        let found = ranked.into_iter().find(|(_, stretch)| may_walk(stretch));
        let (best, stretch) = found?;
        let begun = self.ended_within(stretch.start_ns);
        let before = begun
            .rev()
            .find(|stretch| rank(stretch).is_some_and(|rank| rank < best) && may_count(stretch));
        let from_ns = before.map_or(stretch.start_ns, |before| before.end_ns);
        Some((*stretch, from_ns))
    }

    /// Until when there was somebody to walk, before the cursor; 0 if never.
    pub(super) fn until_ns(
        &self,
        timeline: &Timeline<'_>,
        napper: Napper,
        may_count: impl Fn(&Stretch) -> bool,
    ) -> u64 {
        let rank =
            |stretch: &Stretch| stretch.rank(timeline, napper.process, napper.may_await_others);
        self.ended_within(0)
            .rev()
            .find(|stretch| rank(stretch).is_some() && may_count(stretch))
            .map_or(0, |stretch| stretch.end_ns)
    }

    /// The stretches that ended after `from_ns` and before the cursor.
    fn ended_within(&self, from_ns: u64) -> std::slice::Iter<'_, Stretch> {
        let ahead = &self.stretches[..self.ahead];
        let first = ahead.partition_point(|stretch| stretch.end_ns <= from_ns);
        ahead[first..].iter()
    }
}

fn add_busy(attribution: &Attribution<'_, '_>, id: ThreadId, stretches: &mut Vec<Stretch>) {
    let timeline = attribution.timeline();
    let thread = timeline.thread(id);
    let mut busy_ns = thread.born_ns;
    let mut add = |start_ns, end_ns| {
        if start_ns < end_ns {
            stretches.push(Stretch {
                start_ns,
                end_ns,
                thread: id,
                kind: Kind::Busy,
            });
        }
    };
    for &row in thread.off_cpu() {
        let off_cpu = timeline.off_cpu(row);
        if off_cpu.is_wait() && !blocked::is_kernel_wait(attribution, id, row) {
            add(busy_ns, off_cpu.from_ns);
            let to_ns = off_cpu.to_ns.unwrap_or(thread.ended_ns);
            busy_ns = off_cpu.runnable_from_ns(to_ns);
        }
    }
    add(busy_ns, thread.ended_ns);
}

/// Adds the waits of a thread that another process ended, and the naps before one, in a loop that
/// waits for it with a time limit.
fn add_waits(
    attribution: &Attribution<'_, '_>,
    endings: &Endings,
    takes_part: &dyn Fn(ProcessId) -> bool,
    id: ThreadId,
    stretches: &mut Vec<Stretch>,
) {
    let timeline = attribution.timeline();
    let thread = timeline.thread(id);
    // The wait after the one that is looked at, and who ended it or those after it.
    let mut next: Option<(u32, Waker)> = None;
    for &row in thread.off_cpu().iter().rev() {
        let off_cpu = timeline.off_cpu(row);
        let Some(end_ns) = off_cpu.wake_ns.filter(|_| off_cpu.is_wait()) else {
            continue;
        };
        let interval = Interval {
            start_ns: off_cpu.from_ns,
            end_ns,
            state: State::Blocked(row),
            span: None,
        };
        let waker = match endings.of(attribution, takes_part, (id, &interval, row)) {
            Ending::By(waker) if timeline.thread(waker).process != thread.process => Some(Waker {
                thread: waker,
                wake_ns: end_ns,
            }),
            Ending::Timer => next
                .filter(|&(later, _)| repetition::links(timeline, row, later))
                .map(|(_, waker)| waker),
            Ending::By(_) | Ending::Stranger | Ending::Work | Ending::Kernel => None,
        };
        next = waker.map(|waker| (row, waker));
        let Some(waker) = waker.filter(|_| off_cpu.from_ns < end_ns) else {
            continue;
        };
        let subject = if endings.is_about_many(off_cpu) {
            Subject::Many
        } else {
            Subject::One
        };
        stretches.push(Stretch {
            start_ns: off_cpu.from_ns,
            end_ns,
            thread: id,
            kind: Kind::Waits(waker, subject),
        });
    }
}

/// Lets each wait for many things of a process of many threads begin where the one before ended:
/// in between, other threads of it waited for the same with time limits.
fn join_waits_of_runtimes(timeline: &Timeline<'_>, stretches: &mut [Stretch]) {
    let process = |stretch: &Stretch| timeline.thread(stretch.thread).process;
    let mut waits: Vec<&mut Stretch> = stretches
        .iter_mut()
        .filter(|stretch| {
            matches!(stretch.kind, Kind::Waits(_, Subject::Many))
                && timeline.process(process(stretch)).threads.len() > 1
        })
        .collect();
    waits.sort_unstable_by_key(|stretch| (process(stretch), stretch.end_ns, stretch.thread));
    let mut before: Option<(ProcessId, u64)> = None;
    for stretch in waits {
        let process = process(stretch);
        stretch.start_ns = match before {
            Some((other, end_ns)) if other == process => end_ns,
            Some(_) | None => timeline.process(process).born_ns,
        };
        before = Some((process, stretch.end_ns));
    }
}

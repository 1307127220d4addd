//! Who was being waited for at each instant of a stage, and what the kernel did for it.
//!
//! # Algorithm
//!
//! For a stage `[a, b]` and the thread `T` that its end belongs to, [`walk`] goes back from `b`.
//! It keeps a cursor `t`, first `b`, and a stack of frames, first `(T, a)`. A frame `(X, limit)`
//! says: `X` is owed the time from `t` back to `limit`. While `t > a`:
//!
//! 1. Frames whose limit is not before `t` are done and taken off. The first one's limit is `a`, so
//!    it stays.
//! 2. If `X`, of the topmost frame, was not what mattered before some instant `o` ([`origin`]: it
//!    was not born yet, had another thread number, or was only being killed), then at `t = o` the
//!    thread that mattered takes its place in the frame. Where `X` was not alive and nobody can take
//!    its place, the time is emitted as such.
//! 3. The interval of `X` that ends at `t` is looked up. It begins at `s < t`; let
//!    `s' = max(s, limit, o)`.
//!    - `X` runs, or waits for a CPU: `[s', t]` is `X`'s own, and `t` becomes `s'`. But where a timer
//!      woke `X`, and its process waits for another all the same, that one is put on top.
//!    - `X` is blocked, and [`ending`] says that thread `W` ended its wait, that `W` takes part, and
//!      that the wait was not for the kernel itself: the frame `(W, s')` is put on top; `t` stays.
//!      So `W` is walked just the same within `[s', t]`, and then `X` goes on before it was blocked.
//!      If the block began earlier than recorded wake-ups suggest ([`merge`]), `s` is that beginning.
//!    - `X` is blocked, and a timer ended its wait: [`busy`] says who worked meanwhile, if anybody,
//!      and is put on top.
//!    - `X` is blocked, and nobody can be followed: `[s', t]` is charged to `X`, under what its
//!      system call and its kernel stack say (`blocked`), and `t` becomes `s'`.
//!
//! # Proof that the result is a partition
//!
//! Steps 2 and 3 emit each piece as `[t', t]` with `t' < t`, and `t` becomes `t'` in the same step;
//! nothing else changes `t`. So consecutive pieces share a bound: there is no gap and no
//! overlap. The first begins to be emitted at `b`, and no piece crosses `a`, since `t' >= limit` and
//! limits only rise towards the top of the stack, whose lowest is `a`. It remains that the walk ends
//! at `a`, thus that only finitely many steps leave `t` as it is. Step 1 takes frames off, which
//! pushes put on. A push marks `X` as waiting until its frame is on top again, and a thread that is
//! marked is never followed, nor does one take another's place in step 2, so at one `t` there are at
//! most as many pushes as threads: this is where cycles of wake-ups end. Step 2 goes to a thread that
//! was born earlier, or from a killed one to its killer, at most once for each thread of a frame.
//!
//! # One answer for an instant
//!
//! Whom a step goes to depends on `X`, on `t` and on who waits below, not on the end of the window:
//! the end of a wait is looked up beyond it, and [`busy`] goes by the instant. So the walk of a part
//! of a window from the same thread is that part of the walk (`properties` holds it against
//! generated timelines).
//!
//! The work is linear in the intervals on the path: each is looked up by a cursor of its thread
//! that only goes back ([`crate::timeline::Backward`]). Memory is that of the cursors and of the
//! stack, which holds each thread at most once; pieces are handed out as they are found.
//!
//! # Sources
//!
//! Following wake-ups back from the end of a wait, and charging what is left to the device or lock
//! that is waited for: F. Zhou et al., "wPerf: Generic Off-CPU Analysis to Identify Bottleneck
//! Waiting Events", OSDI '18. Doing so over the scheduler's trace for one thread's window: the
//! critical path of `sched.thread_state` in Perfetto (its `linux.threads` critical-path module). The
//! rules for what breaks the plain recursion on containers are this project's own; each has its
//! file, and those that are heuristics say so in [`Heuristic`].

mod busy;
mod ending;
mod frame;
pub mod graph;
mod imputed;
mod merge;
mod order;
mod origin;
mod repetition;
mod rules;
mod segment;

pub use segment::{Told, call_of, category, last_thread, stage_path, thread_time, walk_stage};

use crate::report::path::Heuristic;
use crate::timeline::{Interval, ProcessId, State, ThreadId};

use super::Attribution;
use super::split::Share;
use busy::Waker;
use ending::Ending;
use frame::{Doubt, Frame, Frames};
use rules::{Instead, Rules};

/// A stretch of a stage that is owed to one thread in one state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Whose it is.
    pub thread: ThreadId,
    /// When it begins, in nanoseconds of the recording's clock.
    pub start_ns: u64,
    /// When it ends.
    pub end_ns: u64,
    /// The thread's state. Nothing if it was not alive: dead already, or not born yet though nobody
    /// is known to have made it.
    pub state: Option<State>,
    /// The system call that it was in: a row of `spans`.
    pub span: Option<u32>,
    /// The rule of thumb that decided it, if one did.
    pub heuristic: Option<Heuristic>,
    /// What it is for instead of what its state says, where it was split off.
    pub share: Option<Share>,
}

impl Piece {
    /// An interval of a thread, as a piece of its own.
    pub fn of(thread: ThreadId, interval: &Interval) -> Self {
        Self {
            thread,
            start_ns: interval.start_ns,
            end_ns: interval.end_ns,
            state: Some(interval.state),
            span: interval.span,
            heuristic: None,
            share: None,
        }
    }

    /// The row of `off_cpu` that says why the thread was off the CPU, if it was.
    pub fn off_cpu(&self) -> Option<u32> {
        self.interval().and_then(|interval| interval.off_cpu())
    }

    /// The thread's interval, if it was alive.
    pub fn interval(&self) -> Option<Interval> {
        Some(Interval {
            start_ns: self.start_ns,
            end_ns: self.end_ns,
            state: self.state?,
            span: self.span,
        })
    }
}

/// Walks back from `end_ns`, where `thread` was at the stage's end, to `start_ns`; hands out the
/// pieces, latest first. `takes_part` tells which processes may be followed.
pub fn walk(
    attribution: &Attribution<'_, '_>,
    takes_part: &dyn Fn(ProcessId) -> bool,
    thread: ThreadId,
    (start_ns, end_ns): (u64, u64),
    sink: &mut dyn FnMut(Piece),
) {
    let timeline = attribution.timeline();
    let mut walk = Walk {
        rules: Rules::new(attribution, takes_part),
        frames: Frames::new(thread, start_ns, timeline.thread_ids().count()),
        cursor_ns: end_ns,
        sink,
    };
    while walk.cursor_ns > start_ns {
        walk.step();
    }
}

struct Walk<'w, 't, 'a> {
    rules: Rules<'w, 't, 'a>,
    frames: Frames,
    cursor_ns: u64,
    sink: &'w mut dyn FnMut(Piece),
}

impl Walk<'_, '_, '_> {
    fn step(&mut self) {
        self.frames.take_off_done(self.cursor_ns);
        let Frame {
            thread, limit_ns, ..
        } = *self.frames.top();
        let timeline = self.rules.attribution.timeline();
        let origin = origin::of(timeline, thread, self.cursor_ns);
        if origin.at_ns >= self.cursor_ns {
            match origin.before {
                // One that awaits this very frame would be followed to it again, and so on.
                Some(before) if !self.frames.is_waiting(before) => {
                    self.frames.replace_thread(before);
                }
                Some(_) | None => self.charge_unborn(limit_ns),
            }
            return;
        }
        let floor_ns = limit_ns.max(origin.at_ns);
        let ended_ns = timeline.thread(thread).ended_ns;
        if ended_ns < self.cursor_ns {
            self.emit(thread, ended_ns.max(floor_ns), None, None, None);
            return;
        }
        match self.rules.before(thread, self.cursor_ns) {
            Some(interval) => self.spend(thread, interval, floor_ns),
            None => self.charge_unborn(limit_ns),
        }
    }

    /// Gives the interval of a thread before the cursor to whom it belongs.
    fn spend(&mut self, thread: ThreadId, interval: Interval, floor_ns: u64) {
        let row = match interval.state {
            State::Blocked(row) => row,
            State::Runnable(row) if self.rules.is_nap(thread, &interval, row) => {
                self.spend_after_nap(thread, &interval, row, floor_ns);
                return;
            }
            State::Runnable(_) | State::User | State::Syscall => {
                self.charge(thread, &interval, floor_ns, None);
                return;
            }
        };
        let (ending, wake_ns) = self.rules.ending(thread, &interval, row);
        match ending {
            Ending::By(waker) => {
                let waker = Waker {
                    thread: waker,
                    wake_ns,
                };
                match self.may_follow(waker) {
                    Some(waker) => self.follow(thread, waker, &interval, floor_ns),
                    None => self.charge(thread, &interval, floor_ns, None),
                }
            }
            Ending::Work | Ending::Kernel => self.charge(thread, &interval, floor_ns, None),
            Ending::Stranger => {
                self.charge(thread, &interval, floor_ns, Some(Heuristic::Stranger));
            }
            Ending::Timer => self.spend_on_timer(thread, &interval, row, floor_ns),
        }
    }

    /// The thread to walk for who ended a wait, at the cursor, if there is one.
    fn may_follow(&self, waker: Waker) -> Option<ThreadId> {
        let timeline = self.rules.attribution.timeline();
        let thread = origin::at(timeline, waker.thread, waker.wake_ns, self.cursor_ns);
        self.frames.may_push(thread).then_some(thread)
    }

    fn follow(&mut self, thread: ThreadId, waker: ThreadId, interval: &Interval, floor_ns: u64) {
        let merged = self.rules.first_wait(thread, interval, floor_ns);
        let doubt = merged.map(|merged| Doubt {
            heuristic: Heuristic::MergedWakes,
            before_ns: merged.before_ns,
        });
        let from_ns = merged.map_or(interval.start_ns, |merged| merged.from_ns);
        self.frames.push(waker, from_ns.max(floor_ns), doubt);
    }

    /// A timer ended the wait: whoever worked meanwhile is walked; what is left is the timer's.
    fn spend_on_timer(&mut self, thread: ThreadId, interval: &Interval, row: u32, floor_ns: u64) {
        match self.instead(thread, row) {
            Instead::Walk(walked, heuristic, from_ns) => {
                self.push_instead((walked, heuristic), from_ns, interval, floor_ns);
            }
            Instead::Nobody(until_ns) => {
                let from_ns = floor_ns.max(until_ns);
                self.charge(thread, interval, from_ns, Some(Heuristic::TimerResidue));
            }
        }
    }

    /// A thread that a timer woke waits for a CPU: no matter for as long as the process waits for
    /// another.
    fn spend_after_nap(&mut self, thread: ThreadId, interval: &Interval, row: u32, floor_ns: u64) {
        match self.instead(thread, row) {
            Instead::Walk(walked, heuristic @ Heuristic::AwaitedProcess, from_ns) => {
                self.push_instead((walked, heuristic), from_ns, interval, floor_ns);
            }
            Instead::Walk(_, _, until_ns) | Instead::Nobody(until_ns) => {
                self.charge(thread, interval, floor_ns.max(until_ns), None);
            }
        }
    }

    fn instead(&mut self, thread: ThreadId, row: u32) -> Instead {
        let frames = &self.frames;
        let may_push = |walked| frames.may_push(walked);
        self.rules.instead((thread, row), self.cursor_ns, &may_push)
    }

    fn push_instead(
        &mut self,
        (walked, heuristic): (ThreadId, Heuristic),
        from_ns: u64,
        interval: &Interval,
        floor_ns: u64,
    ) {
        let doubt = Doubt {
            heuristic,
            before_ns: u64::MAX,
        };
        let limit_ns = from_ns.max(interval.start_ns).max(floor_ns);
        self.frames.push(walked, limit_ns, Some(doubt));
    }

    /// Emits an interval that is the thread's own.
    fn charge(
        &mut self,
        thread: ThreadId,
        interval: &Interval,
        floor_ns: u64,
        heuristic: Option<Heuristic>,
    ) {
        let heuristic = heuristic.or(imputed::rule(self.rules.attribution.timeline(), interval));
        let start_ns = interval.start_ns.max(floor_ns);
        self.emit(
            thread,
            start_ns,
            Some(interval.state),
            interval.span,
            heuristic,
        );
    }

    /// The frame's thread did not live yet, and nobody is known to have made it.
    fn charge_unborn(&mut self, limit_ns: u64) {
        let thread = self.frames.top().thread;
        self.emit(thread, limit_ns, None, None, None);
    }

    fn emit(
        &mut self,
        thread: ThreadId,
        start_ns: u64,
        state: Option<State>,
        span: Option<u32>,
        heuristic: Option<Heuristic>,
    ) {
        let inherited = self.frames.top().doubt_at(start_ns);
        (self.sink)(Piece {
            thread,
            start_ns,
            end_ns: self.cursor_ns,
            state,
            span,
            heuristic: heuristic.or(inherited),
            share: None,
        });
        self.cursor_ns = start_ns;
    }
}

#[cfg(test)]
mod heuristics;
#[cfg(test)]
pub(crate) mod properties;
#[cfg(test)]
mod tests;

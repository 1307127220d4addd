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
//!    - `X` runs, or waits for a CPU: `[s', t]` is `X`'s own, and `t` becomes `s'`.
//!    - `X` is blocked, and [`ending`] says that thread `W` ended its wait, that `W` takes part, and
//!      that the wait was not for the kernel itself: the frame `(W, s')` is put on top; `t` stays.
//!      So `W` is walked just the same within `[s', t]`, and then `X` goes on before it was blocked.
//!      If the block began earlier than recorded wake-ups suggest ([`merge`]), `s` is that beginning.
//!    - `X` is blocked, and a timer ended its wait: [`busy`] decides.
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
//! most as many pushes as threads: this is where cycles of wake-ups end. Step 2 goes to a thread that was born earlier, or from a killed one
//! to its killer, at most once for each thread of a frame. A busy thread is only followed when it is
//! alive and busy at `t`, so that the next step emits.
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
mod imputed;
mod merge;
mod origin;
mod segment;

pub use segment::{Told, call_of, category, stage_path, thread_time, walk_stage};

use crate::report::path::Heuristic;
use crate::timeline::{Backward, Interval, ProcessId, State, ThreadId};

use super::{Attribution, blocked};
use busy::Sweep;
use ending::{Ending, Endings};
use frame::{Doubt, Frame, Frames};

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
        attribution,
        takes_part,
        endings: Endings::new(attribution),
        backward: Backward::new(timeline),
        frames: Frames::new(thread, start_ns, timeline.thread_ids().count()),
        sweep: None,
        cursor_ns: end_ns,
        sink,
    };
    while walk.cursor_ns > start_ns {
        walk.step();
    }
}

struct Walk<'w, 't, 'a> {
    attribution: &'w Attribution<'t, 'a>,
    takes_part: &'w dyn Fn(ProcessId) -> bool,
    endings: Endings,
    backward: Backward<'t, 'a>,
    frames: Frames,
    /// Made when the first wait on a timer is met.
    sweep: Option<Sweep>,
    cursor_ns: u64,
    sink: &'w mut dyn FnMut(Piece),
}

impl Walk<'_, '_, '_> {
    fn step(&mut self) {
        self.frames.take_off_done(self.cursor_ns);
        let Frame {
            thread, limit_ns, ..
        } = *self.frames.top();
        let timeline = self.attribution.timeline();
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
        match self.backward.before(thread, self.cursor_ns) {
            Some(interval) => self.spend(thread, interval, floor_ns),
            None => self.charge_unborn(limit_ns),
        }
    }

    /// Gives the interval of a thread before the cursor to whom it belongs.
    fn spend(&mut self, thread: ThreadId, interval: Interval, floor_ns: u64) {
        let State::Blocked(row) = interval.state else {
            self.charge(thread, &interval, floor_ns, None);
            return;
        };
        let wait = (thread, &interval, row);
        match self.endings.of(self.attribution, self.takes_part, wait) {
            Ending::By(waker) if self.frames.may_push(waker) => {
                self.follow(thread, waker, &interval, floor_ns);
            }
            Ending::Work => self.charge(thread, &interval, floor_ns, None),
            // A busy thread that idles: the sleep that it stands in for goes on.
            Ending::By(_) | Ending::Stranger | Ending::Kernel if self.frames.resume_sleeper() => {}
            Ending::By(_) | Ending::Kernel => self.charge(thread, &interval, floor_ns, None),
            Ending::Stranger => {
                self.charge(thread, &interval, floor_ns, Some(Heuristic::Stranger));
            }
            Ending::Timer => self.spend_on_timer(thread, &interval, floor_ns),
        }
    }

    fn follow(&mut self, thread: ThreadId, waker: ThreadId, interval: &Interval, floor_ns: u64) {
        let merged =
            merge::first_wait(self.attribution, &self.backward, thread, interval, floor_ns);
        let doubt = merged.map(|merged| Doubt {
            heuristic: Heuristic::MergedWakes,
            before_ns: merged.before_ns,
        });
        let from_ns = merged.map_or(interval.start_ns, |merged| merged.from_ns);
        self.frames.push(waker, from_ns.max(floor_ns), doubt);
    }

    /// A timer ended the wait: whoever was busy meanwhile is walked; what is left is the timer's.
    fn spend_on_timer(&mut self, thread: ThreadId, interval: &Interval, floor_ns: u64) {
        if self.frames.resume_sleeper() {
            return;
        }
        let attribution = self.attribution;
        let timeline = attribution.timeline();
        let process = timeline.thread(thread).process;
        let takes_part = self.takes_part;
        let sweep = self
            .sweep
            .get_or_insert_with(|| Sweep::new(self.attribution, takes_part));
        sweep.move_to(self.cursor_ns);
        let (frames, backward, cursor_ns) = (&self.frames, &mut self.backward, self.cursor_ns);
        let busy = sweep.busiest(timeline, process, |candidate| {
            frames.may_push(candidate)
                && origin::of(timeline, candidate, cursor_ns).at_ns < cursor_ns
                && is_busy(attribution, backward, candidate, cursor_ns)
        });
        match busy {
            Some(busy) => {
                self.frames.push_busy(busy, interval.start_ns.max(floor_ns));
            }
            None => {
                let busy_until_ns = sweep.busy_until_ns(|candidate| frames.may_push(candidate));
                let from_ns = floor_ns.max(busy_until_ns);
                self.charge(thread, interval, from_ns, Some(Heuristic::TimerResidue));
            }
        }
    }

    /// Emits an interval that is the thread's own.
    fn charge(
        &mut self,
        thread: ThreadId,
        interval: &Interval,
        floor_ns: u64,
        heuristic: Option<Heuristic>,
    ) {
        let heuristic = heuristic.or(imputed::rule(self.attribution.timeline(), interval));
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
        });
        self.cursor_ns = start_ns;
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

#[cfg(test)]
mod heuristics;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

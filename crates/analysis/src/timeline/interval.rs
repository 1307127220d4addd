//! Cuts a window of a thread's life into states, without gap or overlap.
//!
//! Two sequences are merged: the thread's system calls and its times off the CPU. At every instant
//! the thread is in at most one of each; the cuts lie wherever either of them begins or ends, and
//! where a blocked thread is woken or a thread begins to exit. Rows that overlap, which only losses can bring about, are cut
//! short by those before them, so that the cover stays exact.

use super::Timeline;
use super::thread::{Thread, ThreadId};

/// The state of a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// On a CPU in user mode. At capture level `summary` short system calls are inside.
    User,
    /// On a CPU in a system call.
    Syscall,
    /// Runnable, waiting for a CPU; the index is the row of `off_cpu`.
    Runnable(u32),
    /// Waiting for something else; the index is the row of `off_cpu`.
    Blocked(u32),
}

/// A stretch of one state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// When it begins, in nanoseconds of the recording's clock.
    pub start_ns: u64,
    /// When it ends.
    pub end_ns: u64,
    /// The thread's state.
    pub state: State,
    /// The system call that it is in: a row of `spans`.
    pub span: Option<u32>,
}

impl Interval {
    /// How long it takes, in nanoseconds.
    pub fn duration_ns(&self) -> u64 {
        self.end_ns - self.start_ns
    }

    /// The row of `off_cpu` that says why the thread is off the CPU, if it is.
    pub fn off_cpu(&self) -> Option<u32> {
        match self.state {
            State::Runnable(row) | State::Blocked(row) => Some(row),
            State::User | State::Syscall => None,
        }
    }
}

impl<'a> Timeline<'a> {
    /// The states of a thread within `[from_ns, to_ns)` and within its life, in order. Their
    /// durations add up to the length of that window exactly.
    pub fn intervals(&self, id: ThreadId, from_ns: u64, to_ns: u64) -> Intervals<'_, 'a> {
        let thread = self.thread(id);
        let cursor_ns = from_ns.max(thread.born_ns);
        Intervals {
            timeline: self,
            thread,
            cursor_ns,
            end_ns: to_ns.min(thread.ended_ns),
            span: first_ending_after(&thread.spans, cursor_ns, |at| self.span_bounds(thread, at)),
            off: first_ending_after(&thread.off_cpu, cursor_ns, |at| {
                self.off_cpu_bounds(thread, at)
            }),
        }
    }

    /// The state of a thread at an instant, as the interval from its last cut before that instant
    /// to the next; nothing outside its life.
    pub fn state_at(&self, id: ThreadId, at_ns: u64) -> Option<Interval> {
        let thread = self.thread(id);
        let span = first_ending_after(&thread.spans, at_ns, |at| self.span_bounds(thread, at));
        let off = first_ending_after(&thread.off_cpu, at_ns, |at| self.off_cpu_bounds(thread, at));
        let mut from_ns = thread.born_ns;
        if let Some(before) = span.checked_sub(1) {
            from_ns = from_ns.max(self.span_bounds(thread, before).1);
        }
        if let Some(before) = off.checked_sub(1) {
            from_ns = from_ns.max(self.off_cpu_bounds(thread, before).1);
        }
        // From the last end before the instant only a few cuts lead to it.
        self.intervals(id, from_ns.min(at_ns), thread.ended_ns)
            .find(|interval| interval.end_ns > at_ns)
            .filter(|interval| interval.start_ns <= at_ns)
    }

    /// The last system call of a thread that had ended by `at_ns`: a row of `spans`.
    pub fn span_before(&self, id: ThreadId, at_ns: u64) -> Option<u32> {
        let thread = self.thread(id);
        let next = first_ending_after(&thread.spans, at_ns, |at| self.span_bounds(thread, at));
        thread.spans.get(next.checked_sub(1)?).copied()
    }

    /// The last system call of a thread that had ended by the first instant, and the first that
    /// began at the second or later: rows of `spans`.
    pub fn calls_around(
        &self,
        id: ThreadId,
        (start_ns, end_ns): (u64, u64),
    ) -> (Option<u32>, Option<u32>) {
        let spans = &self.thread(id).spans;
        let begun = spans.partition_point(|&row| self.span(row).start_ns < end_ns);
        let before = begun.checked_sub(1).map(|at| spans[at]).filter(|&row| {
            let span = self.span(row);
            span.start_ns + span.duration_ns <= start_ns
        });
        (before, spans.get(begun).copied())
    }

    /// Start and end of the system call at a position among those of a thread.
    pub(super) fn span_bounds(&self, thread: &Thread, at: usize) -> (u64, u64) {
        let span = self.span(thread.spans[at]);
        (span.start_ns, span.start_ns + span.duration_ns)
    }

    /// Start and end of the time off the CPU at a position among those of a thread. One that was
    /// not seen to end lasts until the next begins, or as long as the thread.
    pub(super) fn off_cpu_bounds(&self, thread: &Thread, at: usize) -> (u64, u64) {
        let row = self.off_cpu(thread.off_cpu[at]);
        let end_ns = row.to_ns.unwrap_or_else(|| {
            thread
                .off_cpu
                .get(at + 1)
                .map_or(thread.ended_ns, |&next| self.off_cpu(next).from_ns)
        });
        (row.from_ns, end_ns.max(row.from_ns))
    }
}

/// Position of the first row that ends after `at_ns`.
fn first_ending_after(rows: &[u32], at_ns: u64, bounds: impl Fn(usize) -> (u64, u64)) -> usize {
    let begun = rows_begun(rows.len(), at_ns, &bounds);
    match begun.checked_sub(1) {
        Some(last) if bounds(last).1 > at_ns => last,
        Some(_) | None => begun,
    }
}

/// How many rows begin at or before `at_ns`.
fn rows_begun(len: usize, at_ns: u64, bounds: &impl Fn(usize) -> (u64, u64)) -> usize {
    let (mut low, mut high) = (0, len);
    while low < high {
        let middle = low + (high - low) / 2;
        if bounds(middle).0 <= at_ns {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

/// See [`Timeline::intervals`].
#[derive(Debug)]
pub struct Intervals<'t, 'a> {
    timeline: &'t Timeline<'a>,
    thread: &'t Thread,
    cursor_ns: u64,
    end_ns: u64,
    /// Position of the first system call that ends after the cursor.
    span: usize,
    /// Position of the first time off the CPU that ends after the cursor.
    off: usize,
}

impl Intervals<'_, '_> {
    fn skip_past_cursor(&mut self) {
        while self.span < self.thread.spans.len()
            && self.timeline.span_bounds(self.thread, self.span).1 <= self.cursor_ns
        {
            self.span += 1;
        }
        while self.off < self.thread.off_cpu.len()
            && self.timeline.off_cpu_bounds(self.thread, self.off).1 <= self.cursor_ns
        {
            self.off += 1;
        }
    }

    /// The system call at the cursor, and when that answer changes.
    fn span_here(&self) -> (Option<u32>, u64) {
        let Some(&row) = self.thread.spans.get(self.span) else {
            return (None, self.end_ns);
        };
        let (start_ns, end_ns) = self.timeline.span_bounds(self.thread, self.span);
        if start_ns <= self.cursor_ns {
            (Some(row), end_ns)
        } else {
            (None, start_ns)
        }
    }

    /// The state at the cursor by the times off the CPU alone, and when that answer changes.
    fn off_cpu_here(&self) -> (Option<State>, u64) {
        let Some(&row) = self.thread.off_cpu.get(self.off) else {
            return (None, self.end_ns);
        };
        let (from_ns, to_ns) = self.timeline.off_cpu_bounds(self.thread, self.off);
        if from_ns > self.cursor_ns {
            return (None, from_ns);
        }
        let off_cpu = self.timeline.off_cpu(row);
        let runnable_from_ns = off_cpu.runnable_from_ns(to_ns);
        if self.cursor_ns < runnable_from_ns {
            (Some(State::Blocked(row)), runnable_from_ns)
        } else {
            (Some(State::Runnable(row)), to_ns)
        }
    }
}

impl Iterator for Intervals<'_, '_> {
    type Item = Interval;

    fn next(&mut self) -> Option<Interval> {
        if self.cursor_ns >= self.end_ns {
            return None;
        }
        self.skip_past_cursor();
        let (span, span_until_ns) = self.span_here();
        let (off_cpu, off_until_ns) = self.off_cpu_here();
        let start_ns = self.cursor_ns;
        let exit_ns = self
            .thread
            .exiting_from_ns
            .filter(|&at_ns| at_ns > start_ns);
        self.cursor_ns = span_until_ns
            .min(off_until_ns)
            .min(self.end_ns)
            .min(exit_ns.unwrap_or(u64::MAX));
        Some(Interval {
            start_ns,
            end_ns: self.cursor_ns,
            state: off_cpu.unwrap_or(if span.is_some() {
                State::Syscall
            } else {
                State::User
            }),
            span,
        })
    }
}

//! The stack of a walk: whose time is being told, and back to when.

use crate::report::path::Heuristic;
use crate::timeline::ThreadId;

/// A rule of thumb that put a frame on the stack, and the pieces that it decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Doubt {
    pub(super) heuristic: Heuristic,
    /// Pieces that begin before this instant were decided by it.
    pub(super) before_ns: u64,
}

/// One thread is owed the time from the cursor back to a limit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) thread: ThreadId,
    pub(super) limit_ns: u64,
    doubt: Option<Doubt>,
}

impl Frame {
    /// The rule of thumb by which a piece of this frame that begins at `start_ns` came about.
    pub(super) fn doubt_at(&self, start_ns: u64) -> Option<Heuristic> {
        let doubt = self.doubt.filter(|doubt| start_ns < doubt.before_ns);
        doubt.map(|doubt| doubt.heuristic)
    }
}

/// The frames of a walk, and which threads are waiting in them. Never empty.
#[derive(Debug)]
pub(super) struct Frames {
    /// Below the top.
    covered: Vec<Frame>,
    top: Frame,
    /// By thread: whether its frame is covered.
    waiting: Vec<bool>,
}

impl Frames {
    /// The one frame of a stage's own thread, among `threads` threads.
    pub(super) fn new(thread: ThreadId, limit_ns: u64, threads: usize) -> Self {
        Self {
            covered: Vec::new(),
            top: Frame {
                thread,
                limit_ns,
                doubt: None,
            },
            waiting: vec![false; threads],
        }
    }

    /// The frame whose thread is walked now.
    pub(super) fn top(&self) -> &Frame {
        &self.top
    }

    /// Another thread takes the place of the one that is walked now: see [`super::origin`].
    pub(super) fn replace_thread(&mut self, thread: ThreadId) {
        self.top.thread = thread;
    }

    /// Whether a thread's frame is covered by those whose end it awaits.
    pub(super) fn is_waiting(&self, thread: ThreadId) -> bool {
        self.waiting[thread.index()]
    }

    /// Whether a thread may be walked for the one that is walked now.
    pub(super) fn may_push(&self, thread: ThreadId) -> bool {
        thread != self.top.thread && !self.is_waiting(thread)
    }

    /// Walks `thread` back to `limit_ns` before the current thread goes on.
    pub(super) fn push(&mut self, thread: ThreadId, limit_ns: u64, doubt: Option<Doubt>) {
        let frame = Frame {
            thread,
            limit_ns,
            doubt: doubt.or(self.top.doubt),
        };
        self.waiting[self.top.thread.index()] = true;
        self.covered.push(std::mem::replace(&mut self.top, frame));
    }

    /// Takes off all frames but the first that are walked to their limit.
    pub(super) fn take_off_done(&mut self, cursor_ns: u64) {
        while self.top.limit_ns >= cursor_ns && self.uncover() {}
    }

    /// Takes the top off, unless it is the only frame.
    fn uncover(&mut self) -> bool {
        let Some(frame) = self.covered.pop() else {
            return false;
        };
        self.waiting[frame.thread.index()] = false;
        self.top = frame;
        true
    }
}

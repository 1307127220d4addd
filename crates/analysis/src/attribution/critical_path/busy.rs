//! Who was busy while a thread napped.
//!
//! A thread that a timer woke did not wait for the timer's sake: it polls, or a time limit ran out,
//! while others work. At the cursor that is a thread that was busy (on a CPU, waiting for one, or
//! held up by the kernel: by a lock, a grace period, the disk, memory): one of the same process first, then of its descendants, then any that takes part; of several the
//! one with the longest stretch. It is walked until it idles itself. Where nobody is busy, the
//! time is the timer's.
//!
//! One sweep over the stretches in which threads were busy, by their ends, serves a whole walk,
//! since the cursor only goes back.

use crate::attribution::{Attribution, blocked};
use crate::timeline::{ProcessId, ThreadId, Timeline};

/// A stretch in which a thread was busy.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    start_ns: u64,
    end_ns: u64,
    thread: ThreadId,
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
        takes_part: &dyn Fn(ProcessId) -> bool,
    ) -> Self {
        let timeline = attribution.timeline();
        let mut stretches = Vec::new();
        for id in timeline.thread_ids() {
            let thread = timeline.thread(id);
            if thread.tracked_from_ns.is_some() && takes_part(thread.process) {
                add_stretches(attribution, id, &mut stretches);
            }
        }
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

    /// The thread to walk in the place of one of `process` that naps.
    pub(super) fn busiest(
        &self,
        timeline: &Timeline<'_>,
        process: ProcessId,
        mut may_walk: impl FnMut(ThreadId) -> bool,
    ) -> Option<ThreadId> {
        let mut ranked: Vec<_> = self
            .current
            .iter()
            .map(|stretch| {
                let kinship = kinship(timeline, process, stretch.thread);
                let length_ns = stretch.end_ns - stretch.start_ns;
                (kinship, std::cmp::Reverse(length_ns), stretch.thread)
            })
            .collect();
        ranked.sort_unstable();
        ranked
            .into_iter()
            .map(|(_, _, thread)| thread)
            .find(|&thread| may_walk(thread))
    }

    /// Until when a thread was busy last, before the cursor; 0 if none was.
    pub(super) fn busy_until_ns(&self, may_walk: impl Fn(ThreadId) -> bool) -> u64 {
        self.stretches[..self.ahead]
            .iter()
            .rev()
            .find(|stretch| may_walk(stretch.thread))
            .map_or(0, |stretch| stretch.end_ns)
    }
}

/// How near a thread is to a process: lower is nearer.
fn kinship(timeline: &Timeline<'_>, process: ProcessId, thread: ThreadId) -> u8 {
    let own = timeline.thread(thread).process;
    match () {
        () if own == process => 0,
        () if descends(timeline, own, process) => 1,
        () => 2,
    }
}

/// Whether a process was made by another, or by one that was. Parents are older, so this ends.
fn descends(timeline: &Timeline<'_>, process: ProcessId, ancestor: ProcessId) -> bool {
    let mut current = process;
    loop {
        let born_ns = timeline.process(current).born_ns;
        let parent = timeline.process(current).parent;
        let parent = parent.map(|thread| timeline.thread(thread).process);
        match parent.filter(|&parent| timeline.process(parent).born_ns < born_ns) {
            Some(parent) if parent == ancestor => return true,
            Some(parent) => current = parent,
            None => return false,
        }
    }
}

fn add_stretches(attribution: &Attribution<'_, '_>, id: ThreadId, stretches: &mut Vec<Stretch>) {
    let timeline = attribution.timeline();
    let thread = timeline.thread(id);
    let mut busy_ns = thread.born_ns;
    let mut add = |start_ns, end_ns| {
        if start_ns < end_ns {
            stretches.push(Stretch {
                start_ns,
                end_ns,
                thread: id,
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

//! Who ran on each CPU: between the end of one time off the CPU and the beginning of the next.

use crate::timeline::{ThreadId, Timeline};

/// A stretch in which a thread ran on a CPU.
#[derive(Clone, Copy, Debug)]
struct Run {
    start_ns: u64,
    end_ns: u64,
    thread: ThreadId,
}

/// Who runs on a CPU at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Occupant {
    /// The thread; nothing if the CPU is idle.
    pub(super) thread: Option<ThreadId>,
    /// When that answer changes.
    pub(super) until_ns: u64,
}

/// The runs of all threads by CPU, each in the order of their beginnings.
#[derive(Clone, Debug, Default)]
pub(super) struct Schedule {
    by_cpu: Vec<Vec<Run>>,
}

impl Schedule {
    pub(super) fn new(timeline: &Timeline<'_>) -> Self {
        let mut schedule = Self::default();
        for id in timeline.thread_ids() {
            schedule.add_thread(timeline, id);
        }
        for runs in &mut schedule.by_cpu {
            runs.sort_unstable_by_key(|run| (run.start_ns, run.end_ns, run.thread));
        }
        schedule
    }

    /// Whether nothing is known of any CPU.
    pub(super) fn is_empty(&self) -> bool {
        self.by_cpu.is_empty()
    }

    /// Who runs on a CPU. Runs overlap only where records were lost; the last to begin counts.
    pub(super) fn at(&self, cpu: u16, at_ns: u64) -> Occupant {
        let runs = self
            .by_cpu
            .get(usize::from(cpu))
            .map_or(&[][..], Vec::as_slice);
        let begun = runs.partition_point(|run| run.start_ns <= at_ns);
        let next_ns = runs.get(begun).map_or(u64::MAX, |next| next.start_ns);
        let current = begun.checked_sub(1).map(|last| runs[last]);
        match current.filter(|run| run.end_ns > at_ns) {
            Some(run) => Occupant {
                thread: Some(run.thread),
                until_ns: run.end_ns.min(next_ns),
            },
            None => Occupant {
                thread: None,
                until_ns: next_ns,
            },
        }
    }

    /// When the last idle time of a CPU ended that began within `[from_ns, to_ns)`.
    pub(super) fn last_idle_end_ns(&self, cpu: u16, from_ns: u64, to_ns: u64) -> Option<u64> {
        let mut last = None;
        let mut at_ns = from_ns;
        while at_ns < to_ns && !self.is_empty() {
            let occupant = self.at(cpu, at_ns);
            if occupant.thread.is_none() {
                last = Some(occupant.until_ns.min(to_ns));
            }
            at_ns = occupant.until_ns.max(at_ns + 1);
        }
        last
    }

    fn add_thread(&mut self, timeline: &Timeline<'_>, id: ThreadId) {
        let thread = timeline.thread(id);
        let rows = || thread.off_cpu().iter().map(|&row| timeline.off_cpu(row));
        // A thread that is older than the recording, or had another number, ran until it first left.
        let runs_at_first = !thread.born_in_recording || thread.continues.is_some();
        let mut running = rows()
            .next()
            .filter(|_| runs_at_first)
            .map(|first| (thread.born_ns, first.from_cpu));
        for row in rows() {
            if let Some((start_ns, cpu)) = running {
                self.add(cpu, start_ns, row.from_ns, id);
            }
            running = row.to_ns.map(|to_ns| (to_ns, row.to_cpu));
        }
        if let Some((start_ns, cpu)) = running {
            self.add(cpu, start_ns, thread.ended_ns, id);
        }
    }

    fn add(&mut self, cpu: u16, start_ns: u64, end_ns: u64, thread: ThreadId) {
        if start_ns >= end_ns {
            return;
        }
        let cpu = usize::from(cpu);
        if self.by_cpu.len() <= cpu {
            self.by_cpu.resize_with(cpu + 1, Vec::new);
        }
        self.by_cpu[cpu].push(Run {
            start_ns,
            end_ns,
            thread,
        });
    }
}

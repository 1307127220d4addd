//! Thread time by process.

use std::collections::HashMap;

use crate::attribution::Attribution;
use crate::attribution::fault_counts::FaultCount;
use crate::report::ProcessRow;
use crate::timeline::ProcessId;
use trace::phase::Phase;

/// Sums by process.
#[derive(Clone, Debug, Default)]
pub struct Processes {
    sums: HashMap<ProcessId, Sum>,
}

/// The sum of one process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sum {
    /// Until when it was looked at, on the recording's clock.
    until_ns: u64,
    cpu_ns: u64,
    wait_ns: u64,
    syscalls: u64,
    faults: FaultCount,
}

impl Sum {
    /// Says until when a thread of it was looked at.
    pub fn seen_until(&mut self, at_ns: u64) {
        self.until_ns = self.until_ns.max(at_ns);
    }

    /// Adds time on a CPU, in nanoseconds.
    pub fn add_cpu(&mut self, duration_ns: u64) {
        self.cpu_ns += duration_ns;
    }

    /// Adds a wait, in nanoseconds. Waits for other processes are not the process's own time.
    pub fn add_wait(&mut self, phase: Phase, duration_ns: u64) {
        if phase.is_wait() {
            self.wait_ns += duration_ns;
        }
    }

    /// Adds system calls.
    pub fn add_syscalls(&mut self, count: u64) {
        self.syscalls += count;
    }

    /// Adds page faults.
    pub fn add_faults(&mut self, count: FaultCount) {
        self.faults += count;
    }
}

impl Processes {
    /// The sum of a process.
    pub fn of(&mut self, id: ProcessId) -> &mut Sum {
        self.sums.entry(id).or_default()
    }

    /// A row for each process that did anything, longest first. Name and role are those that it had
    /// last in what was looked at.
    pub fn rows(&self, attribution: &Attribution<'_, '_>) -> Vec<ProcessRow> {
        let timeline = attribution.timeline();
        let mut rows: Vec<(ProcessId, ProcessRow)> = self
            .sums
            .iter()
            .filter(|(_, sum)| sum.cpu_ns + sum.wait_ns + sum.syscalls > 0)
            .map(|(&id, sum)| {
                let process = timeline.process(id);
                let last_ns = sum.until_ns.min(process.ended_ns).saturating_sub(1);
                let row = ProcessRow {
                    pid: process.tgid,
                    comm: attribution.process_name(id, last_ns).to_owned(),
                    role: attribution.roles().role_at(id, last_ns),
                    thread_ns: sum.cpu_ns + sum.wait_ns,
                    cpu_ns: sum.cpu_ns,
                    syscalls: sum.syscalls,
                    minor_faults: sum.faults.minor,
                    major_faults: sum.faults.major,
                };
                (id, row)
            })
            .collect();
        rows.sort_by_key(|(id, row)| {
            let born_ns = timeline.process(*id).born_ns;
            (std::cmp::Reverse(row.thread_ns), row.pid, born_ns)
        });
        rows.into_iter().map(|(_, row)| row).collect()
    }
}

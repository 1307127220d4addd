//! One stage: a pass over what each tracked thread did in it.

use super::lock::Locks;
use super::memory_limit;
use super::participant::{Participant, participants};
use super::phase::Phases;
use super::process::Processes;
use super::quota;
use super::syscall::Syscalls;
use super::work::Work;
use crate::attribution::critical_path::{self, Piece, Told};
use crate::attribution::split::split;
use crate::attribution::stage::StageWindow;
use crate::attribution::{Attribution, Category};
use crate::report::StageReport;
use crate::timeline::{ProcessId, State};
use trace::role::Role;

/// The numbers of a stage: what processes of these roles did in it, of all where none is named.
pub(super) fn report<'a>(
    attribution: &Attribution<'_, 'a>,
    (takes_part, roles): (&dyn Fn(ProcessId) -> bool, &[Role]),
    window: &StageWindow,
    path: Option<&Told<'a>>,
) -> StageReport {
    let mut numbers = Numbers::default();
    if let Some(path) = path {
        numbers.phases.add_critical_path(&path.by_category);
        numbers.work = path.work.clone();
    }
    let everybody = participants(attribution, takes_part, window);
    for part in everybody.flat_map(|part| part.in_roles(roles)) {
        part.add_time(&mut numbers);
        part.add_calls(&mut numbers);
        part.add_locks(&mut numbers);
        part.add_faults(&mut numbers);
    }
    StageReport {
        name: window.stage.name().to_owned(),
        inferred: false,
        start_ns: window.start_ns,
        wall_ns: window.end_ns - window.start_ns,
        phases: numbers.phases.rows(),
        processes: numbers.processes.rows(attribution),
        causes: Vec::new(),
        commands: Vec::new(),
        functions: Vec::new(),
        heuristics: Vec::new(),
        syscalls: numbers.syscalls.rows(attribution.timeline()),
        locks: numbers.locks.rows(),
        quotas: quota::rows(attribution, (takes_part, roles), window, path),
        memory_limits: memory_limit::rows(attribution, (takes_part, roles), window, path),
        files: numbers.work.file_rows(attribution),
        errors: numbers.work.error_rows(attribution),
    }
}

#[derive(Default)]
struct Numbers<'a> {
    phases: Phases<'a>,
    processes: Processes,
    syscalls: Syscalls,
    locks: Locks<'a>,
    work: Work<'a>,
}

impl<'a> Participant<'_, 'a> {
    /// The time that the thread lived in the stage, by phase.
    fn add_time(&self, numbers: &mut Numbers<'a>) {
        let process = numbers.processes.of(self.thread.process);
        process.seen_until(self.window.end_ns);
        let mut last_wait: Option<(u32, Category<'a>)> = None;
        for interval in self.intervals() {
            let duration_ns = interval.duration_ns();
            let category = self.attribution.interval(self.id, &interval);
            match interval.state {
                State::User | State::Syscall => process.add_cpu(duration_ns),
                State::Runnable(_) | State::Blocked(_) => {
                    process.add_wait(category.phase, duration_ns);
                }
            }
            // A wait is counted where it ended, as a call is; one for a CPU once in each phase.
            let wait = interval.off_cpu().map(|row| (row, category));
            if let Some((row, ended)) = last_wait
                && wait.is_none_or(|(now, next)| now != row || next.phase != ended.phase)
            {
                numbers.phases.add_count(ended, 1);
            }
            let has_ended = interval.end_ns < self.window.end_ns;
            last_wait = wait.filter(|_| category.phase.is_wait() && has_ended);
            let piece = Piece::of(self.id, &interval);
            split(self.attribution, piece, &mut |piece| {
                let category = critical_path::category(self.attribution, &piece);
                let duration_ns = piece.end_ns - piece.start_ns;
                numbers.phases.add_time(category, duration_ns);
            });
        }
        if let Some((_, ended)) = last_wait {
            numbers.phases.add_count(ended, 1);
        }
    }

    /// The calls that ended in the stage.
    fn add_calls(&self, numbers: &mut Numbers<'a>) {
        let process = numbers.processes.of(self.thread.process);
        for row in self.spans() {
            let span = self.attribution.timeline().span(row);
            numbers.phases.add_count(self.attribution.call(row), 1);
            numbers.syscalls.add_span(span);
            numbers.work.add_call(self, row);
            process.add_syscalls(1);
        }
        for total in self.totals() {
            let count = u64::from(total.count);
            numbers
                .phases
                .add_count(self.attribution.total(total), count);
            numbers.syscalls.add_total(total);
            process.add_syscalls(count);
        }
    }

    fn add_faults(&self, numbers: &mut Numbers<'a>) {
        let (from_ns, to_ns) = (self.window.start_ns, self.window.end_ns);
        let counts = self.attribution.fault_counts();
        let process = numbers.processes.of(self.thread.process);
        process.add_faults(counts.within(self.id, from_ns, to_ns));
    }

    fn add_locks(&self, numbers: &mut Numbers<'a>) {
        let locks = &self.attribution.timeline().tables().locks;
        let rows = self.thread.locks();
        // Waits for locks do not nest, so they end in the order in which they begin.
        let first = rows.partition_point(|&row| {
            let lock = &locks[row as usize];
            lock.start_ns + lock.duration_ns <= self.window.start_ns
        });
        let within = rows[first..]
            .iter()
            .map(|&row| &locks[row as usize])
            .take_while(|lock| lock.start_ns + lock.duration_ns <= self.window.end_ns);
        for lock in within {
            let name = self
                .attribution
                .stacks()
                .lock_name(lock.address, lock.stack);
            numbers.locks.add(name, lock.duration_ns);
        }
    }
}

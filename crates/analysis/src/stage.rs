//! One stage: a pass over what each tracked thread did in it.

use super::lock::Locks;
use super::participant::{Participant, participants};
use super::phase::Phases;
use super::process::Processes;
use super::syscall::Syscalls;
use crate::attribution::critical_path::Told;
use crate::attribution::stage::StageWindow;
use crate::attribution::{Attribution, Category};
use crate::report::StageReport;
use crate::timeline::{ProcessId, State};
use trace::phase::Phase;

/// The numbers of a stage.
pub(super) fn report<'a>(
    attribution: &Attribution<'_, 'a>,
    takes_part: &dyn Fn(ProcessId) -> bool,
    window: &StageWindow,
    path: Option<&Told<'a>>,
) -> StageReport {
    let mut numbers = Numbers::default();
    if let Some(path) = path {
        numbers.phases.add_critical_path(&path.by_category);
    }
    for part in participants(attribution, takes_part, window) {
        part.add_time(&mut numbers);
        part.add_calls(&mut numbers);
        part.add_locks(&mut numbers);
    }
    StageReport {
        name: window.stage.name().to_owned(),
        inferred: false,
        start_ns: window.start_ns,
        wall_ns: window.end_ns - window.start_ns,
        phases: numbers.phases.rows(),
        processes: numbers.processes.rows(attribution, window),
        heuristics: Vec::new(),
        syscalls: numbers.syscalls.rows(attribution.timeline()),
        locks: numbers.locks.rows(),
    }
}

#[derive(Default)]
struct Numbers<'a> {
    phases: Phases<'a>,
    processes: Processes,
    syscalls: Syscalls,
    locks: Locks<'a>,
}

impl<'a> Participant<'_, 'a> {
    /// The time that the thread lived in the stage, by phase.
    fn add_time(&self, numbers: &mut Numbers<'a>) {
        let process = numbers.processes.of(self.thread.process);
        let mut user: Vec<(Category<'a>, u64)> = Vec::new();
        for interval in self.intervals() {
            let duration_ns = interval.duration_ns();
            let category = self.attribution.interval(self.id, &interval);
            if category.phase == Phase::User {
                add_to(&mut user, category, duration_ns);
            } else {
                numbers.phases.add_time(category, duration_ns);
            }
            match interval.state {
                State::User | State::Syscall => process.add_cpu(duration_ns),
                State::Runnable(_) | State::Blocked(_) => {
                    process.add_wait(category.phase, duration_ns);
                }
            }
            // A wait is counted where it ended, as a call is.
            if category.phase.is_wait() && interval.end_ns < self.window.end_ns {
                numbers.phases.add_count(category, 1);
            }
        }
        self.take_short_calls(numbers, &mut user);
        for (category, duration_ns) in user {
            numbers.phases.add_time(category, duration_ns);
        }
    }

    /// At level `summary` short calls lie in what looks like user time: moves their time on a CPU
    /// to where it belongs. What was cut at the stage's edge cannot take more than there is.
    fn take_short_calls(&self, numbers: &mut Numbers<'a>, user: &mut [(Category<'a>, u64)]) {
        for total in self.totals() {
            let mut wanted_ns = total.total_ns.saturating_sub(total.off_cpu_ns);
            let category = self.attribution.total(total);
            for (_, user_ns) in user.iter_mut() {
                let taken_ns = wanted_ns.min(*user_ns);
                *user_ns -= taken_ns;
                wanted_ns -= taken_ns;
                numbers.phases.add_time(category, taken_ns);
            }
        }
    }

    /// The calls that ended in the stage.
    fn add_calls(&self, numbers: &mut Numbers<'a>) {
        let process = numbers.processes.of(self.thread.process);
        for row in self.spans() {
            let span = self.attribution.timeline().span(row);
            numbers.phases.add_count(self.attribution.call(row), 1);
            numbers.syscalls.add_span(span);
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

fn add_to<'a>(sums: &mut Vec<(Category<'a>, u64)>, category: Category<'a>, duration_ns: u64) {
    match sums.iter_mut().find(|(known, _)| *known == category) {
        Some((_, sum_ns)) => *sum_ns += duration_ns,
        None => sums.push((category, duration_ns)),
    }
}

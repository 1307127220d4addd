//! The calls of one side.

use std::collections::{BTreeMap, BTreeSet};

use super::report::{CallCell, ProfileSide};
use crate::SideProfile;
use analysis::apportion::{mean, mean_milli};
use analysis::profile::RunProfile;
use trace::role::Role;

/// The calls of one side, all runs together.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    /// Units of work of a run.
    units: u64,
    /// Calls and their time, of each run that went through one of the stages.
    runs: Vec<RunSum>,
    /// By name.
    pub(super) calls: BTreeMap<String, Calls>,
    /// Failed calls by the names of the call and the error.
    pub(super) errors: BTreeMap<(String, String), u64>,
    /// Texts that were given to calls more than once, by the name of the call and the text.
    pub(super) repeated: BTreeMap<(String, String), u64>,
    /// The roles that made calls.
    pub(super) roles: BTreeSet<Role>,
}

/// The calls of one run.
#[derive(Clone, Copy, Debug, Default)]
struct RunSum {
    count: u64,
    total_ns: u64,
}

/// The calls of one name.
#[derive(Clone, Debug, Default)]
pub(super) struct Calls {
    count: u64,
    errors: u64,
    total_ns: u64,
    off_cpu_ns: u64,
    file_systems: BTreeMap<String, u64>,
}

impl Counts {
    /// The calls of these roles in these stages.
    pub(super) fn of(side: &SideProfile, stages: &[String], roles: &[Role], units: u64) -> Self {
        let mut counts = Self {
            units,
            ..Self::default()
        };
        for recording in &side.recordings {
            let mut runs: BTreeMap<usize, RunSum> = BTreeMap::new();
            let counted = recording.stages.iter();
            let counted = counted.filter(|stage| stages.contains(&stage.name));
            for run in counted.flat_map(|stage| &stage.runs) {
                let sum = runs.entry(run.run).or_default();
                counts.add(run, roles, sum);
            }
            counts.runs.extend(runs.into_values());
        }
        counts
    }

    fn add(&mut self, run: &RunProfile, roles: &[Role], sum: &mut RunSum) {
        let counted = run.made.iter();
        for (call, made) in counted.filter(|(call, _)| roles.contains(&call.role)) {
            self.roles.insert(call.role);
            sum.count += made.count;
            sum.total_ns += made.total_ns;
            let calls = self.calls.entry(call.syscall.clone()).or_default();
            calls.count += made.count;
            calls.total_ns += made.total_ns;
            calls.off_cpu_ns += made.off_cpu_ns;
            let file_system = calls.file_systems.entry(call.file_system.clone());
            *file_system.or_default() += made.count;
            for (error, count) in &made.errors {
                calls.errors += count;
                let key = (call.syscall.clone(), error.clone());
                *self.errors.entry(key).or_default() += count;
            }
        }
        let repeated = run.repeated.iter();
        for text in repeated.filter(|text| roles.contains(&text.role)) {
            let key = (text.syscall.clone(), text.text.clone());
            *self.repeated.entry(key).or_default() += text.count;
        }
    }

    /// So many of all runs, for a unit, times 1000.
    pub(super) fn per_unit_milli(&self, count: u64) -> u64 {
        mean_milli(count, self.all_units())
    }

    fn all_units(&self) -> u64 {
        self.units * self.runs.len() as u64
    }

    fn per_unit_ns(&self, total_ns: u64) -> u64 {
        mean(u128::from(total_ns), self.all_units())
    }

    /// The calls of one name.
    pub(super) fn cell(&self, calls: &Calls) -> CallCell {
        let each = |total_ns: u64| mean(u128::from(total_ns), calls.count);
        CallCell {
            count: calls.count,
            per_unit_milli: self.per_unit_milli(calls.count),
            errors: calls.errors,
            time_ns: self.per_unit_ns(calls.total_ns),
            each_ns: each(calls.total_ns),
            each_cpu_ns: each(calls.total_ns.saturating_sub(calls.off_cpu_ns)),
            file_systems: calls.file_systems.clone(),
        }
    }

    /// All calls together; what the side is called and consists of is left open.
    pub(super) fn whole(&self) -> ProfileSide {
        let sum = |of: fn(&Calls) -> u64| self.calls.values().map(of).sum::<u64>();
        let total_ns = sum(|calls| calls.total_ns);
        let off_cpu_ns = sum(|calls| calls.off_cpu_ns);
        let counts = self.runs.iter().map(|run| run.count);
        let times = self.runs.iter().map(|run| run.total_ns);
        let milli = |count: Option<u64>| mean_milli(count.unwrap_or(0), self.units);
        let ns = |total_ns: Option<u64>| mean(u128::from(total_ns.unwrap_or(0)), self.units);
        ProfileSide {
            runs: self.runs.len() as u64,
            units: self.units,
            calls_milli: self.per_unit_milli(sum(|calls| calls.count)),
            calls_low_milli: milli(counts.clone().min()),
            calls_high_milli: milli(counts.max()),
            errors_milli: self.per_unit_milli(sum(|calls| calls.errors)),
            time_ns: self.per_unit_ns(total_ns),
            time_low_ns: ns(times.clone().min()),
            time_high_ns: ns(times.max()),
            cpu_ns: self.per_unit_ns(total_ns.saturating_sub(off_cpu_ns)),
            ..ProfileSide::default()
        }
    }
}

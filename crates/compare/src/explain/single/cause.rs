//! Rows of the critical paths of a run that have one cause.

use std::collections::BTreeMap;

use analysis::report::functions::FunctionGroup;
use analysis::report::{CauseRow, Run, StageReport};
use trace::phase::Phase;

/// Rows that have one cause in words, or are alike but for time, over all stages.
pub(super) struct Cause<'r> {
    /// The stages, in order, with their rows.
    rows: Vec<(&'r StageReport, &'r CauseRow)>,
}

/// The causes of a run, in the order of their first rows. What ctrprof itself takes is none.
pub(super) fn causes(run: &Run) -> Vec<Cause<'_>> {
    let mut causes: Vec<Cause<'_>> = Vec::new();
    let rows = run
        .stages
        .iter()
        .flat_map(|stage| stage.causes.iter().map(move |row| (stage, row)));
    for (stage, row) in rows.filter(|(_, row)| row.phase != Phase::Observer) {
        let known = causes
            .iter_mut()
            .find(|cause| cause.rows.first().is_some_and(|(_, one)| is_same(one, row)));
        match known {
            Some(cause) => cause.rows.push((stage, row)),
            None => causes.push(Cause {
                rows: vec![(stage, row)],
            }),
        }
    }
    causes
}

/// Whether two rows have one cause in words: of one program, or where several work on the same files. A wait
/// for the kernel or a device is told by itself, and one for a CPU whatever call it interrupts.
fn is_same(a: &CauseRow, b: &CauseRow) -> bool {
    let is_wait = |row: &CauseRow| matches!(row.phase, Phase::Locks | Phase::Rcu | Phase::Disk);
    let is_of_one_program = (a.role, &a.comm) == (b.role, &b.comm);
    if !a.cause.is_empty() && !is_wait(a) && !is_wait(b) {
        return a.cause == b.cause && (a.files.is_some() || is_of_one_program);
    }
    let is_in_one_call = a.phase == Phase::Runqueue || a.syscall == b.syscall;
    is_of_one_program
        && is_in_one_call
        && (a.phase, &a.part, &a.cause) == (b.phase, &b.part, &b.cause)
}

impl<'r> Cause<'r> {
    /// The row by which it is named: the longest of those who work, not of those who wait for a CPU behind
    /// them.
    pub(super) fn main(&self) -> Option<&'r CauseRow> {
        let rows = self.rows.iter().map(|&(_, row)| row);
        rows.max_by_key(|row| (row.phase != Phase::Runqueue, row.critical_path_ns))
    }

    /// Its rows.
    pub(super) fn rows(&self) -> impl Iterator<Item = &'r CauseRow> {
        self.rows.iter().map(|&(_, row)| row)
    }

    /// Time of all of them on the critical path, in nanoseconds.
    pub(super) fn critical_path_ns(&self) -> u64 {
        self.rows().map(|row| row.critical_path_ns).sum()
    }

    /// How many pieces of the path they are.
    pub(super) fn pieces(&self) -> u64 {
        self.rows().map(|row| row.pieces).sum()
    }

    /// The stage with most of it.
    pub(super) fn stage(&self) -> &'r str {
        let stages = self.by_stage();
        let largest = stages.iter().max_by_key(|&&(_, time_ns)| time_ns);
        largest.map_or("", |&(name, _)| name)
    }

    /// The stages that have it, each once, of `all` in the run; those with less than a tenth of the
    /// largest one's are not named.
    pub(super) fn stage_names(&self, all: usize) -> String {
        const ONE_IN: u64 = 10;
        let stages = self.by_stage();
        let least_ns = stages
            .iter()
            .map(|&(_, time_ns)| time_ns)
            .max()
            .unwrap_or(0)
            / ONE_IN;
        let names: Vec<&str> = stages
            .iter()
            .filter(|&&(_, time_ns)| time_ns >= least_ns)
            .map(|&(name, _)| name)
            .collect();
        if names.len() > 2 && names.len() == all {
            return "all stages".to_owned();
        }
        names.join(", ")
    }

    /// The stages that have it, in order, and how long, in nanoseconds.
    fn by_stage(&self) -> Vec<(&'r str, u64)> {
        let mut stages: Vec<(&str, u64)> = Vec::new();
        for &(stage, row) in &self.rows {
            match stages.iter_mut().find(|(name, _)| *name == stage.name) {
                Some((_, time_ns)) => *time_ns += row.critical_path_ns,
                None => stages.push((&stage.name, row.critical_path_ns)),
            }
        }
        stages
    }

    /// The functions that user time without a cause in words is in, most samples first, and all samples;
    /// nothing for anything else.
    pub(super) fn functions(&self) -> (Vec<(&'r str, u64)>, u64) {
        let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
        let mut all = 0;
        for &(stage, row) in &self.rows {
            if row.phase != Phase::User || !row.cause.is_empty() {
                continue;
            }
            let is_group =
                |group: &&FunctionGroup| (group.role, &group.comm) == (row.role, &row.comm);
            let group = stage.functions.iter().find(is_group);
            let Some(group) = group.filter(|group| !group.functions.is_empty()) else {
                continue;
            };
            all += group.samples;
            for function in &group.functions {
                *sums.entry(&function.name).or_default() += function.samples;
            }
        }
        let mut sums: Vec<(&str, u64)> = sums.into_iter().collect();
        // Stable: equals stay in the order of names.
        sums.sort_by_key(|&(_, samples)| std::cmp::Reverse(samples));
        (sums, all)
    }
}

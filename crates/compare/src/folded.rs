//! Differential folded stacks: the critical paths of both sides, a stack at a time.

use std::collections::{BTreeMap, BTreeSet};

use analysis::apportion::{apportion, mean};
use analysis::profile::StageProfile;

/// Each stack of a stage, outermost frame first, with the mean time per run of A and of B in
/// nanoseconds. The times of a side add up to its mean wall time.
pub fn stacks(a: &StageProfile, b: &StageProfile) -> BTreeMap<Vec<String>, (u64, u64)> {
    let runs = a.runs.iter().chain(&b.runs);
    let stacks: BTreeSet<&Vec<String>> = runs.flat_map(|run| run.folded.keys()).collect();
    let stacks: Vec<&Vec<String>> = stacks.into_iter().collect();
    let means = means(a, &stacks).into_iter().zip(means(b, &stacks));
    stacks.into_iter().cloned().zip(means).collect()
}

fn means(stage: &StageProfile, stacks: &[&Vec<String>]) -> Vec<u64> {
    let runs = &stage.runs;
    let totals_ns: Vec<u64> = stacks
        .iter()
        .map(|stack| runs.iter().filter_map(|run| run.folded.get(*stack)).sum())
        .collect();
    let wall_ns = runs.iter().map(|run| u128::from(run.wall_ns)).sum();
    apportion(mean(wall_ns, runs.len() as u64), &totals_ns)
}

//! The remedies for a run, each with the time that it saves in a replay.

use super::remedy::remedies_of;
use crate::report::diagnosis::Remedy;
use analysis::report::{Report, Run};
use analysis::what_if::answer::Times;
use analysis::what_if::factor::Factor;
use analysis::what_if::selector::{Change, Selector};

/// How long the named stages of a run (its position in the report) would have taken with some changes;
/// nothing where that cannot be told.
pub type Replay<'r> = dyn Fn(usize, &[&str], &[Change]) -> Option<Times> + 'r;

/// Runs that are replayed, at most: those that a report tells of by themselves.
const RUNS: usize = 8;
/// The share of a run, in parts of a thousand, below which a saving is not told: 1 %, as for findings.
const SMALL_PER_MILLE: u64 = 10;

/// Of each run, in the order of the report. Of several runs of one configuration the one nearest to the
/// median is replayed.
pub(super) fn of_runs(report: &Report, replay: &Replay<'_>) -> Vec<Vec<Remedy>> {
    let medians = report.aggregates.iter();
    let medians = medians.filter(|aggregate| !aggregate.configuration.is_empty());
    let medians: Vec<usize> = medians
        .filter_map(|aggregate| usize::try_from(aggregate.median_run).ok())
        .collect();
    let is_told = |index: usize| match medians.as_slice() {
        [] => index < RUNS,
        medians => medians.contains(&index),
    };
    let runs = report.runs.iter().enumerate();
    runs.map(|(index, run)| {
        if is_told(index) {
            of_run((index, run), replay)
        } else {
            Vec::new()
        }
    })
    .collect()
}

fn of_run((index, run): (usize, &Run), replay: &Replay<'_>) -> Vec<Remedy> {
    let stages: Vec<&str> = run.stages.iter().map(|stage| stage.name.as_str()).collect();
    let small_ns = run.wall_ns() / 1_000 * SMALL_PER_MILLE;
    let proposed = remedies_of(run).into_iter();
    let mut told: Vec<Remedy> = proposed
        .filter_map(|(text, selectors)| {
            let changes: Vec<Change> = selectors.iter().map(free).collect();
            let times = replay(index, &stages, &changes)?;
            Some(Remedy {
                text: text.to_owned(),
                selectors: selectors.iter().map(Selector::to_string).collect(),
                recorded_ns: times.recorded_ns,
                replayed_ns: times.replayed_ns,
            })
        })
        .filter(|remedy| remedy.saving_ns() > small_ns)
        .collect();
    // Stable: equals stay in the order of the table.
    told.sort_by_key(|remedy| std::cmp::Reverse(remedy.saving_ns()));
    told
}

fn free(selector: &Selector) -> Change {
    Change {
        selector: selector.clone(),
        factor: Factor::FREE,
    }
}

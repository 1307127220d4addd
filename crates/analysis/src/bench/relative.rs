//! Configurations compared with the fastest of their workload.

use super::CellRuns;
use crate::statistics::{Bootstrap, median};
use setup::bench::RelativeTotal;

/// Fewer runs give no interval.
const ENOUGH_RUNS: usize = 5;
const PPM: f64 = 1_000_000.0;

/// Of each cell, in their order; nothing of those without runs.
pub(super) fn totals(cells: &[CellRuns<'_>]) -> Vec<Option<RelativeTotal>> {
    let totals_ns: Vec<Vec<f64>> = cells.iter().map(totals_of).collect();
    let medians: Vec<Option<f64>> = totals_ns.iter().map(|totals| median(totals)).collect();
    let indices = 0..cells.len();
    let fastest_of = |cell: usize| {
        let same = indices
            .clone()
            .filter(|&other| cells[other].cell.workload == cells[cell].cell.workload);
        let known = same.filter_map(|other| Some((other, medians[other]?)));
        known
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .map(|(other, _)| other)
    };
    let relative = |cell: usize| {
        let fastest = fastest_of(cell)?;
        let ratio = medians[cell]? / medians[fastest]?;
        let (base, own) = (&totals_ns[fastest], &totals_ns[cell]);
        let has_interval = cell != fastest && base.len().min(own.len()) >= ENOUGH_RUNS;
        let interval = has_interval
            .then(|| Bootstrap::default().ratio(base, own, median))
            .flatten();
        ratio.is_finite().then(|| RelativeTotal {
            ratio_ppm: ppm(ratio),
            low_ppm: interval.map(|ends| ppm(ends.low)),
            high_ppm: interval.map(|ends| ppm(ends.high)),
        })
    };
    indices.clone().map(relative).collect()
}

fn totals_of(runs: &CellRuns<'_>) -> Vec<f64> {
    let counted = runs.counted.iter();
    counted.map(|record| record.total_ns() as f64).collect()
}

fn ppm(ratio: f64) -> u64 {
    (ratio * PPM).round() as u64
}

//! The report of a bench: statistics of each cell's runs, stage by stage.
//!
//! A run that failed is in no statistic, whatever it measured: a fast failure must not look like a
//! fast run. Warm-ups are in none either.

mod observer;
mod relative;

use std::collections::{BTreeMap, BTreeSet};

use super::statistics::{
    BoxPlot, Interval, best_count, bootstrap::Bootstrap, mean, mean_of_best, median,
};
use setup::bench::{
    BENCH_REPORT_SCHEMA_VERSION, BenchHeader, BenchMode, BenchReport, Cell, CellReport,
    FailureCount, IntervalNs, RelativeTotal, RunRecord, StageStatistics, TOTAL,
};
use trace::mark::Stage;

/// The runs of one cell, sorted by what they are good for.
#[derive(Clone, Debug, PartialEq)]
pub struct CellRuns<'a> {
    /// The cell.
    pub cell: &'a Cell,
    /// All of them, warm-ups too, in the order in which they were over.
    pub all: Vec<&'a RunRecord>,
    /// Those that succeeded, warm-ups apart.
    pub good: Vec<&'a RunRecord>,
    /// Of those, the ones that statistics are made of: in an observer check they were not recorded.
    pub counted: Vec<&'a RunRecord>,
    /// Those that failed, warm-ups apart.
    pub failed: Vec<&'a RunRecord>,
}

/// The runs of each cell of a bench, in the order of the matrix. Of a run that was done again, the
/// last result is taken.
pub fn cell_runs<'a>(header: &'a BenchHeader, records: &'a [RunRecord]) -> Vec<CellRuns<'a>> {
    let mut by_cell: BTreeMap<(&str, &str), Vec<&RunRecord>> = BTreeMap::new();
    for record in latest(records) {
        let key = (record.configuration.as_str(), record.workload.as_str());
        by_cell.entry(key).or_default().push(record);
    }
    let cells = header.cells.iter().map(|cell| {
        let key = (cell.configuration.as_str(), cell.workload.as_str());
        sorted(cell, header.mode, by_cell.remove(&key).unwrap_or_default())
    });
    cells.collect()
}

fn sorted<'a>(cell: &'a Cell, mode: BenchMode, all: Vec<&'a RunRecord>) -> CellRuns<'a> {
    let measured = all.iter().copied().filter(|record| !record.warm_up);
    let (failed, good): (Vec<&RunRecord>, Vec<&RunRecord>) =
        measured.partition(|record| record.failure.is_some());
    let counts = |record: &&&RunRecord| mode != BenchMode::ObserverCheck || !record.traced;
    CellRuns {
        cell,
        counted: good.iter().filter(counts).copied().collect(),
        all,
        good,
        failed,
    }
}

/// The statistics of a bench's runs.
pub fn bench_report(header: &BenchHeader, records: &[RunRecord]) -> BenchReport {
    let cells = cell_runs(header, records);
    let relative = relative::totals(&cells);
    BenchReport {
        schema: BENCH_REPORT_SCHEMA_VERSION,
        title: header.title.clone(),
        mode: header.mode,
        seed: header.seed,
        cache: header.cache.clone(),
        host: header.host.clone(),
        runs_asked: header.runs,
        complete: is_complete(header, records),
        cells: cells
            .iter()
            .zip(relative)
            .map(|(runs, relative)| cell_report(runs, header.mode, relative))
            .collect(),
        impossible: header.impossible.clone(),
    }
}

/// Whether every run that was asked for is over.
pub fn is_complete(header: &BenchHeader, records: &[RunRecord]) -> bool {
    let asked = u64::from(header.runs) * runs_per_number(header.mode) * header.cells.len() as u64;
    let records = latest(records);
    let done = records.iter().filter(|record| !record.warm_up).count() as u64;
    done >= asked
}

/// The last record of each run: one that failed may have been done again.
fn latest(records: &[RunRecord]) -> Vec<&RunRecord> {
    let mut seen = BTreeSet::new();
    let mut latest: Vec<&RunRecord> = records
        .iter()
        .rev()
        .filter(|record| {
            let names = (&record.configuration, &record.workload);
            // Warm-ups are done again whenever the bench is continued, and all of them count.
            record.warm_up || seen.insert((names, record.number, record.traced))
        })
        .collect();
    latest.reverse();
    latest
}

/// An observer check does each run twice.
const fn runs_per_number(mode: BenchMode) -> u64 {
    match mode {
        BenchMode::Traced | BenchMode::Untraced => 1,
        BenchMode::ObserverCheck => 2,
    }
}

fn cell_report(
    runs: &CellRuns<'_>,
    mode: BenchMode,
    relative: Option<RelativeTotal>,
) -> CellReport {
    let warmups = runs.all.iter().filter(|record| record.warm_up);
    CellReport {
        cell: runs.cell.clone(),
        description: runs
            .all
            .iter()
            .rev()
            .find_map(|record| record.description.clone())
            .unwrap_or_default(),
        runs: runs.counted.len() as u64,
        failed: runs.failed.len() as u64,
        failed_warmups: warmups.filter(|record| record.failure.is_some()).count() as u64,
        failures: failure_counts(&runs.failed),
        stages: stage_statistics(&runs.counted),
        observer: match mode {
            BenchMode::ObserverCheck => observer::stages(&runs.good),
            BenchMode::Traced | BenchMode::Untraced => Vec::new(),
        },
        relative,
    }
}

/// Counts the reasons for failed runs, the most frequent reason first.
pub fn failure_counts(failed: &[&RunRecord]) -> Vec<FailureCount> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for message in failed.iter().filter_map(|record| record.failure.as_deref()) {
        *counts.entry(message).or_default() += 1;
    }
    let mut counts: Vec<FailureCount> = counts
        .into_iter()
        .map(|(message, runs)| FailureCount {
            message: message.to_owned(),
            runs,
        })
        .collect();
    // Stable: those that are as frequent stay in the order of their texts.
    counts.sort_by_key(|count| std::cmp::Reverse(count.runs));
    counts
}

/// Of each stage that a run went through, and of the total.
fn stage_statistics(records: &[&RunRecord]) -> Vec<StageStatistics> {
    let stages = Stage::ALL
        .iter()
        .map(|&stage| (stage.name(), durations(records, stage)));
    let totals = records.iter().map(|record| record.total_ns() as f64);
    stages
        .chain([(TOTAL, totals.collect())])
        .filter_map(|(name, durations_ns)| statistics(name, &durations_ns))
        .collect()
}

fn durations(records: &[&RunRecord], stage: Stage) -> Vec<f64> {
    let timings = records.iter().flat_map(|record| &record.stages);
    timings
        .filter(|timing| timing.stage == stage)
        .map(|timing| timing.duration_ns as f64)
        .collect()
}

/// None where no run went through the stage.
fn statistics(name: &str, durations_ns: &[f64]) -> Option<StageStatistics> {
    let best_runs = best_count(durations_ns.len());
    let plot = BoxPlot::new(durations_ns)?;
    let interval = Bootstrap::default().interval(durations_ns, median)?;
    Some(StageStatistics {
        name: name.to_owned(),
        runs: durations_ns.len() as u64,
        best_runs: best_runs as u64,
        best_mean_ns: whole(mean_of_best(durations_ns, best_runs)?),
        mean_ns: whole(mean(durations_ns)?),
        median_ns: whole(plot.median),
        median_interval: whole_interval(interval),
        min_ns: whole(plot.min),
        low_whisker_ns: whole(plot.low_whisker),
        p25_ns: whole(plot.p25),
        p75_ns: whole(plot.p75),
        high_whisker_ns: whole(plot.high_whisker),
        max_ns: whole(plot.max),
        outliers_ns: plot.outliers.iter().copied().map(whole).collect(),
    })
}

/// Whole nanoseconds.
fn whole(duration_ns: f64) -> u64 {
    duration_ns.round() as u64
}

fn whole_interval(interval: Interval) -> IntervalNs {
    IntervalNs {
        low_ns: interval.low.round() as i64,
        high_ns: interval.high.round() as i64,
    }
}

#[cfg(test)]
mod tests;

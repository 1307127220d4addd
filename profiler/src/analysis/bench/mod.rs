//! The report of a bench: statistics of each cell's runs, stage by stage.
//!
//! A run that failed is in no statistic, whatever it measured: a fast failure must not look like a
//! fast run. Warm-ups are in none either.

mod observer;

use std::collections::{BTreeMap, BTreeSet};

use super::statistics::{
    BoxPlot, Interval, best_count, bootstrap::Bootstrap, mean, mean_of_best, median,
};
use crate::model::bench::{
    BENCH_REPORT_SCHEMA_VERSION, BenchHeader, BenchMode, BenchReport, Cell, CellReport,
    FailureCount, IntervalNs, RunRecord, StageStatistics, TOTAL,
};
use crate::model::mark::Stage;

/// What the runs of a bench say.
pub fn bench_report(header: &BenchHeader, records: &[RunRecord]) -> BenchReport {
    let mut by_cell: BTreeMap<(&str, &str), Vec<&RunRecord>> = BTreeMap::new();
    let records = latest(records);
    for &record in &records {
        let key = (record.configuration.as_str(), record.workload.as_str());
        by_cell.entry(key).or_default().push(record);
    }
    let cells: Vec<CellReport> = header
        .cells
        .iter()
        .map(|cell| {
            let key = (cell.configuration.as_str(), cell.workload.as_str());
            let own = by_cell.get(&key).map_or(&[][..], Vec::as_slice);
            cell_report(cell, header.mode, own)
        })
        .collect();
    let asked = u64::from(header.runs) * runs_per_number(header.mode) * header.cells.len() as u64;
    let done = records.iter().filter(|record| !record.warm_up).count() as u64;
    BenchReport {
        schema: BENCH_REPORT_SCHEMA_VERSION,
        title: header.title.clone(),
        mode: header.mode,
        seed: header.seed,
        cache: header.cache.clone(),
        host: header.host.clone(),
        runs_asked: header.runs,
        complete: done >= asked,
        cells,
        impossible: header.impossible.clone(),
    }
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

fn cell_report(cell: &Cell, mode: BenchMode, records: &[&RunRecord]) -> CellReport {
    let (warmups, measured): (Vec<&RunRecord>, Vec<&RunRecord>) =
        records.iter().partition(|record| record.warm_up);
    let (failed, good): (Vec<&RunRecord>, Vec<&RunRecord>) = measured
        .into_iter()
        .partition(|record| record.failure.is_some());
    let counted: Vec<&RunRecord> = good
        .iter()
        .copied()
        .filter(|record| mode != BenchMode::ObserverCheck || !record.traced)
        .collect();
    CellReport {
        cell: cell.clone(),
        description: records
            .iter()
            .rev()
            .find_map(|record| record.description.clone())
            .unwrap_or_default(),
        runs: counted.len() as u64,
        failed: failed.len() as u64,
        failed_warmups: warmups
            .iter()
            .filter(|record| record.failure.is_some())
            .count() as u64,
        failures: failure_counts(&failed),
        stages: stage_statistics(&counted),
        observer: match mode {
            BenchMode::ObserverCheck => observer::stages(&good),
            BenchMode::Traced | BenchMode::Untraced => Vec::new(),
        },
    }
}

fn failure_counts(failed: &[&RunRecord]) -> Vec<FailureCount> {
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

//! The numbers of one recording: what a report says of each stage.
//!
//! - [`phase`]: critical path and thread time by phase and part.
//! - [`process`]: thread time by process.
//! - [`syscall`]: counts and latencies by system call.
//! - [`lock`]: waits by kernel lock.
//! - [`aggregate`]: critical paths of several runs.
//! - [`profile`]: what comparing recordings takes of one: each run's times, calls and stacks.
//! - [`bench`]: statistics of many runs, by configuration and stage.
//! - [`statistics`]: what repeated measurements say.
//!
//! Thread time of a stage is the time that each tracked thread lived in it, from when it joined:
//! every nanosecond of it belongs to one phase. A call is counted in the stage in which it ended
//! (one that never returned: in which it began), whole; so counts and latencies are exact, and
//! those of consecutive stages add up.

pub mod aggregate;
pub mod attribution;
pub mod bench;
pub mod lock;
pub mod participant;
pub mod phase;
pub mod process;
pub mod profile;
pub mod report;
mod stage;
pub mod statistics;
pub mod syscall;
pub mod timeline;

use crate::attribution::Attribution;
use crate::attribution::critical_path::{self, stage_path};
use crate::attribution::stage::{RunStages, stages};
use crate::report::path::{StagePath, heuristic_totals};
use crate::report::{
    Aggregate, ContainerIdentity, HeuristicRow, RecordCounts, Report, Run, SCHEMA_VERSION,
};
use crate::timeline::{ProcessId, Timeline};
use trace::manifest::{Manifest, Records};
use trace::rows::Tables;

/// A recording, analysed.
#[derive(Clone, Debug, PartialEq)]
pub struct Analysis {
    /// The numbers.
    pub report: Report,
    /// The critical path of each stage, in the order of the report.
    pub paths: Vec<StagePath>,
}

/// The numbers and the critical paths of a recording. All times are in nanoseconds.
pub fn analyse(manifest: &Manifest, tables: &Tables) -> Analysis {
    let timeline = Timeline::new(manifest, tables);
    let attribution = Attribution::new(manifest, &timeline);
    let mut paths = Vec::new();
    let mut runs = Vec::new();
    let stages = stages(manifest, &timeline, attribution.containers());
    for (index, run) in stages.iter().enumerate() {
        runs.push(run_report(manifest, &attribution, (index, run), &mut paths));
    }
    let aggregates = aggregate::aggregates(&runs, &paths);
    let report = whole(manifest, aggregates, runs);
    Analysis { report, paths }
}

/// The time of all tracked threads in each stage, as segments that are alike in role, name, phase,
/// call and stack added up: what folded stacks of thread time are drawn from. The segments of a
/// stage have no order, and add up to its thread time, not to its wall time.
pub fn thread_time(manifest: &Manifest, tables: &Tables) -> Vec<StagePath> {
    let timeline = Timeline::new(manifest, tables);
    let attribution = Attribution::new(manifest, &timeline);
    let runs = stages(manifest, &timeline, attribution.containers());
    let mut paths = Vec::new();
    for (index, run) in runs.iter().enumerate() {
        let takes_part = |process| takes_part(&attribution, run, process);
        let windows = run.stages.iter();
        paths
            .extend(windows.map(|window| {
                critical_path::thread_time(&attribution, &takes_part, index, window)
            }));
    }
    paths
}

fn whole(manifest: &Manifest, aggregates: Vec<Aggregate>, runs: Vec<Run>) -> Report {
    Report {
        schema: SCHEMA_VERSION,
        host: manifest.host.clone(),
        command: manifest.command.clone(),
        level: manifest.level.clone(),
        records: record_counts(&manifest.records),
        probes: manifest.probes.clone(),
        observer: manifest.observer.clone(),
        interrupted: manifest.interrupted.clone(),
        aggregates,
        runs,
    }
}

fn run_report(
    manifest: &Manifest,
    attribution: &Attribution<'_, '_>,
    (index, run): (usize, &RunStages),
    paths: &mut Vec<StagePath>,
) -> Run {
    let takes_part = |process| takes_part(attribution, run, process);
    let stages = run.stages.iter().map(|window| {
        let told = stage_path(attribution, &takes_part, index, window);
        let mut report = stage::report(attribution, &takes_part, window, told.as_ref());
        report.inferred = run.inferred;
        report.heuristics = told
            .as_ref()
            .map_or_else(Vec::new, |told| heuristics(&told.path));
        paths.extend(told.map(|told| told.path));
        report
    });
    Run {
        configuration: manifest.configuration.clone(),
        container: run.container.and_then(|index| {
            let container = attribution.containers().all().get(index)?;
            Some(ContainerIdentity {
                id: container.id.clone(),
                name: container.name.clone(),
            })
        }),
        stages: stages.collect(),
    }
}

fn heuristics(path: &StagePath) -> Vec<HeuristicRow> {
    heuristic_totals(std::slice::from_ref(path))
        .into_iter()
        .map(|(name, segments, critical_path_ns)| HeuristicRow {
            name,
            segments: segments as u64,
            critical_path_ns,
        })
        .collect()
}

/// Whether a process has a part in a run: it was tracked, and did not work for another container
/// alone. A wake-up by any other comes from a stranger.
fn takes_part(attribution: &Attribution<'_, '_>, run: &RunStages, process: ProcessId) -> bool {
    let timeline = attribution.timeline();
    let threads = &timeline.process(process).threads;
    let mut tasks = threads.iter().filter_map(|&id| timeline.task(id));
    let is_tracked = tasks.any(|task| !task.join_reason.is_empty());
    let owner = attribution.containers().owner(process);
    let is_anothers = match (run.container, owner) {
        (Some(own), Some(owner)) => own != owner,
        (None, _) | (_, None) => false,
    };
    is_tracked && !is_anothers
}

fn record_counts(records: &Records) -> RecordCounts {
    RecordCounts {
        sent: records.sent,
        received: records.received,
        lost: records.lost_total(),
        lost_by_kind: records.lost.clone(),
        storage_failures: records.storage_failures,
        missed_runs: records.missed_runs,
        imputed_switches: records.imputed_switches,
    }
}

#[cfg(test)]
mod tests;

//! The numbers of one recording: what a report says of each stage.
//!
//! - [`phase`]: critical path and thread time by phase and part.
//! - [`process`]: thread time by process.
//! - [`syscall`]: counts and latencies by system call.
//! - [`lock`]: waits by kernel lock.
//!
//! Thread time of a stage is the time that each tracked thread lived in it, from when it joined:
//! every nanosecond of it belongs to one phase. A call is counted in the stage in which it ended
//! (one that never returned: in which it began), whole; so counts and latencies are exact, and
//! those of consecutive stages add up.

pub mod lock;
pub mod phase;
pub mod process;
mod stage;
pub mod syscall;

use crate::attribution::Attribution;
use crate::attribution::critical_path::{self, stage_path};
use crate::attribution::stage::{RunStages, stages};
use crate::model::manifest::{Manifest, Records};
use crate::model::path::StagePath;
use crate::model::report::{RecordCounts, Report, Run, SCHEMA_VERSION};
use crate::model::rows::Tables;
use crate::timeline::{ProcessId, Timeline};

/// What a recording says.
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
    for (index, run) in stages(manifest, tables).iter().enumerate() {
        runs.push(run_report(manifest, &attribution, (index, run), &mut paths));
    }
    let report = whole(manifest, runs);
    Analysis { report, paths }
}

/// The time of all tracked threads in each stage, as segments that are alike in role, name, phase,
/// call and stack added up: what folded stacks of thread time are drawn from. The segments of a
/// stage have no order, and add up to its thread time, not to its wall time.
pub fn thread_time(manifest: &Manifest, tables: &Tables) -> Vec<StagePath> {
    let timeline = Timeline::new(manifest, tables);
    let attribution = Attribution::new(manifest, &timeline);
    let runs = stages(manifest, tables);
    let windows = runs
        .iter()
        .enumerate()
        .flat_map(|(run, stages)| stages.stages.iter().map(move |window| (run, window)));
    windows
        .map(|(run, window)| critical_path::thread_time(&attribution, run, window))
        .collect()
}

fn whole(manifest: &Manifest, runs: Vec<Run>) -> Report {
    Report {
        schema: SCHEMA_VERSION,
        host: manifest.host.clone(),
        command: manifest.command.clone(),
        level: manifest.level.clone(),
        records: record_counts(&manifest.records),
        probes: manifest.probes.clone(),
        observer: manifest.observer.clone(),
        interrupted: manifest.interrupted.clone(),
        runs,
    }
}

fn run_report(
    manifest: &Manifest,
    attribution: &Attribution<'_, '_>,
    (index, run): (usize, &RunStages),
    paths: &mut Vec<StagePath>,
) -> Run {
    let takes_part = |process| is_tracked(attribution.timeline(), process);
    let stages = run.stages.iter().map(|window| {
        let told = stage_path(attribution, &takes_part, index, window);
        let report = stage::report(attribution, window, told.as_ref());
        paths.extend(told.map(|told| told.path));
        report
    });
    Run {
        configuration: manifest.configuration.clone(),
        stages: stages.collect(),
    }
}

/// Whether a process was ever tracked: a wake-up by another leads to a stranger.
fn is_tracked(timeline: &Timeline<'_>, process: ProcessId) -> bool {
    let threads = &timeline.process(process).threads;
    let mut tasks = threads.iter().filter_map(|&id| timeline.task(id));
    tasks.any(|task| !task.join_reason.is_empty())
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

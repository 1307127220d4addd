//! The numbers of one recording: what a report says of each stage.
//!
//! - [`cause`]: the critical path by cause.
//! - [`functions`]: user time by function, from samples.
//! - [`phase`]: critical path and thread time by phase and part.
//! - [`process`]: thread time by process.
//! - `quota`: time by CPU quota.
//! - `memory_limit`: time by memory limit.
//! - [`syscall`]: counts and latencies by system call.
//! - [`lock`]: waits by kernel lock.
//! - [`work`]: system calls by file and by error.
//! - [`aggregate`]: critical paths of several runs.
//! - [`profile`]: what comparing recordings takes of one: each run's times, calls and stacks.
//! - [`bench`]: statistics of many runs, by configuration and stage.
//! - [`what_if`]: when a stage would have ended with a part of its time taken away.
//! - [`stacks`]: time by stack, for flame graphs.
//! - [`icicle`]: stacks as a tree, for pictures of a fixed width.
//! - [`lanes`]: a lane for each thread, for pictures.
//! - [`path_rows`]: critical paths by role, for pictures of a fixed width.
//! - [`switches`]: the scheduler's events, CPU by CPU.
//! - [`threads`]: the life of each thread, for pictures.
//! - [`statistics`]: what repeated measurements say.
//!
//! Thread time of a stage is the time that each tracked thread lived in it, from when it joined:
//! every nanosecond of it belongs to one phase. A call is counted in the stage in which it ended
//! (one that never returned: in which it began), whole; so counts and latencies are exact, and
//! those of consecutive stages add up.

pub mod aggregate;
pub mod apportion;
pub mod attribution;
pub mod bench;
pub mod cause;
mod commands;
pub mod functions;
pub mod icicle;
pub mod lanes;
pub mod lock;
mod memory_limit;
pub mod participant;
pub mod path_rows;
pub mod phase;
pub mod process;
pub mod profile;
mod quota;
pub mod report;
pub mod stacks;
mod stage;
pub mod statistics;
pub mod switches;
pub mod syscall;
pub mod threads;
pub mod timeline;
pub mod what_if;
pub mod work;

use crate::attribution::Attribution;
use crate::attribution::critical_path::{self, stage_path};
use crate::attribution::stage::{RunStages, stages};
use crate::report::path::{StagePath, heuristic_totals};
use crate::report::{
    Aggregate, ContainerIdentity, HeuristicRow, RecordCounts, Report, Run, SCHEMA_VERSION,
};
use crate::timeline::{ProcessId, Timeline};
use trace::manifest::{Manifest, Records};
use trace::role::Role;
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
    analyse_attributed(manifest, &Attribution::new(manifest, &timeline))
}

/// [`analyse`], of what is attributed already.
pub fn analyse_attributed(manifest: &Manifest, attribution: &Attribution<'_, '_>) -> Analysis {
    analyse_roles(manifest, attribution, &[])
}

/// [`analyse_attributed`], of what processes did while they had one of these roles; of all where none is
/// named. Stages stay as long as they are, and critical paths hold what is of these roles.
pub fn analyse_roles(
    manifest: &Manifest,
    attribution: &Attribution<'_, '_>,
    roles: &[Role],
) -> Analysis {
    let timeline = attribution.timeline();
    let mut paths = Vec::new();
    let mut runs = Vec::new();
    let stages = stages(manifest, timeline, attribution.containers());
    for (index, run) in stages.iter().enumerate() {
        let made = (index, run, roles);
        runs.push(run_report(manifest, attribution, made, &mut paths));
    }
    let aggregates = aggregate::aggregates(&runs, &paths);
    let mut report = whole(manifest, aggregates, runs);
    report.roles = roles.to_vec();
    report.fault_samples = attribution.faults().samples();
    report.observer_estimate = attribution.observer().estimate().cloned();
    Analysis { report, paths }
}

/// The time of all tracked threads in each stage, as segments that are alike in role, name, phase,
/// call and stack added up: what folded stacks of thread time are drawn from. The segments of a
/// stage have no order, and add up to its thread time, not to its wall time.
pub fn thread_time(manifest: &Manifest, attribution: &Attribution<'_, '_>) -> Vec<StagePath> {
    let runs = stages(manifest, attribution.timeline(), attribution.containers());
    let mut paths = Vec::new();
    for (index, run) in runs.iter().enumerate() {
        let takes_part = |process| takes_part(attribution, run, process);
        let windows = run.stages.iter();
        paths.extend(
            windows
                .map(|window| critical_path::thread_time(attribution, &takes_part, index, window)),
        );
    }
    paths
}

/// The stages as they are inferred from the kernel's events, whether marks bound them or not: so that
/// the two can be held against each other. Containers are numbered as in [`marked_stages`].
pub fn inferred_stages(manifest: &Manifest, tables: &Tables) -> Vec<RunStages> {
    let timeline = Timeline::new(manifest, tables);
    let attribution = Attribution::new(manifest, &timeline);
    attribution::stage::inferred(attribution.containers())
}

/// The stages that marks bound.
pub fn marked_stages(manifest: &Manifest, tables: &Tables) -> Vec<RunStages> {
    let timeline = Timeline::new(manifest, tables);
    let attribution = Attribution::new(manifest, &timeline);
    attribution::stage::marked(&timeline, attribution.containers())
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
        observer_estimate: None,
        fault_samples: 0,
        interrupted: manifest.interrupted.clone(),
        roles: Vec::new(),
        aggregates,
        runs,
    }
}

fn run_report(
    manifest: &Manifest,
    attribution: &Attribution<'_, '_>,
    (index, run, roles): (usize, &RunStages, &[Role]),
    paths: &mut Vec<StagePath>,
) -> Run {
    let takes_part = |process| takes_part(attribution, run, process);
    let stages = run.stages.iter().map(|window| {
        let told = stage_path(attribution, (&takes_part, roles), index, window);
        let whose: (&dyn Fn(ProcessId) -> bool, _) = (&takes_part, roles);
        let mut report = stage::report(attribution, whose, window, told.as_ref());
        report.inferred = run.inferred;
        report.commands = commands::rows(attribution, run.container, window);
        report.heuristics = told
            .as_ref()
            .map_or_else(Vec::new, |told| heuristics(&told.path));
        report.causes = told
            .as_ref()
            .map_or_else(Vec::new, |told| cause::rows(&told.path));
        for row in &mut report.causes {
            row.files = attribution.causes().files(&row.cause);
            row.cause_kind = attribution.causes().kind(&row.cause);
        }
        report.functions = told
            .as_ref()
            .map_or_else(Vec::new, |told| functions::groups(&told.path));
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
/// alone; or it is the container's own, though older than the recording. A wake-up by any other
/// comes from a stranger.
pub(crate) fn takes_part(
    attribution: &Attribution<'_, '_>,
    run: &RunStages,
    process: ProcessId,
) -> bool {
    let timeline = attribution.timeline();
    let threads = &timeline.process(process).threads;
    let mut tasks = threads.iter().filter_map(|&id| timeline.task(id));
    let is_tracked = tasks.any(|task| !task.join_reason.is_empty());
    let owner = attribution.containers().owner(process);
    match (run.container, owner) {
        (Some(own), Some(owner)) if own == owner => true,
        (Some(_), Some(_)) => false,
        (None, _) | (_, None) => is_tracked,
    }
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
        refused_marks: records.refused_marks,
    }
}

#[cfg(test)]
mod tests;

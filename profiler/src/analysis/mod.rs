//! The numbers of one recording: what a report says of each stage.
//!
//! - [`phase`]: thread time by phase and part.
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
use crate::attribution::stage::{RunStages, stages};
use crate::model::manifest::{Manifest, Records};
use crate::model::report::{RecordCounts, Report, Run, SCHEMA_VERSION};
use crate::model::rows::Tables;
use crate::timeline::Timeline;

/// The report on a recording. Its times are in nanoseconds; the critical path is left out.
pub fn report(manifest: &Manifest, tables: &Tables) -> Report {
    let timeline = Timeline::new(manifest, tables);
    let attribution = Attribution::new(manifest, &timeline);
    let runs = stages(manifest, tables)
        .iter()
        .map(|run| run_report(manifest, &attribution, run))
        .collect();
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

fn run_report(manifest: &Manifest, attribution: &Attribution<'_, '_>, run: &RunStages) -> Run {
    Run {
        configuration: manifest.configuration.clone(),
        stages: run
            .stages
            .iter()
            .map(|window| stage::report(attribution, window))
            .collect(),
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
    }
}

#[cfg(test)]
mod tests;

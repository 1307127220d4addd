//! A bench for tests.

use super::schedule::Job;
use setup::bench::StageDuration;
use setup::bench::{BENCH_FORMAT_VERSION, BenchHeader, BenchMode, Cell, RunRecord};
use trace::manifest::Host;
use trace::mark::Stage;

/// A bench over as many cells.
pub fn header(mode: BenchMode, cells: usize, runs: u32) -> BenchHeader {
    let cell = |index: usize| Cell {
        configuration: format!("embedded/crun/overlay/host/image-{index}/none/root"),
        workload: "hello-world".to_owned(),
        label: String::new(),
    };
    BenchHeader {
        format: BENCH_FORMAT_VERSION,
        ctrprof: "0.1.0".to_owned(),
        title: "a test".to_owned(),
        mode,
        seed: 1,
        runs,
        warmups: 1,
        cache: "warm".to_owned(),
        timeout_s: 60,
        host: Host::default(),
        cells: (0..cells).map(cell).collect(),
        impossible: Vec::new(),
    }
}

/// The record of a run that succeeded.
pub fn record(job: &Job<'_>) -> RunRecord {
    RunRecord {
        configuration: job.cell.configuration.clone(),
        workload: job.cell.workload.clone(),
        number: job.number,
        warm_up: job.warm_up,
        traced: job.traced,
        position: 0,
        started_unix_ns: 1,
        wall_ns: 2_000_000,
        load_milli: 100,
        stages: vec![StageDuration {
            stage: Stage::Create,
            duration_ns: 1_000_000,
        }],
        failure: None,
        warnings: Vec::new(),
        recording: None,
        description: None,
    }
}

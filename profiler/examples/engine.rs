//! The embedded engine without the rest of ctrprof: takes containers through their lifecycle on
//! an image of the host's own programs and prints the median of each stage.
//!
//! `cargo run --example engine -- 20 [libcontainer|crun|runc|PATH] [auto|overlay|copy]`, as root.

use std::env;
use std::process::ExitCode;

use anyhow::Context;
use ctrprof::harness::embedded::{self, Settings};
use ctrprof::harness::image;
use ctrprof::harness::interrupt::Interrupt;
use ctrprof::harness::results::{EngineReport, StageTiming};
use ctrprof::harness::runtime::RuntimeChoice;
use ctrprof::harness::storage::StorageChoice;
use ctrprof::harness::workload::Workload;
use ctrprof::model::mark::Stage;

fn main() -> anyhow::Result<ExitCode> {
    let mut arguments = env::args().skip(1);
    let mut next = |default: &str| arguments.next().unwrap_or_else(|| default.to_owned());
    let settings = Settings {
        runs: next("20")
            .parse()
            .context("the first argument is a number of runs")?,
        runtime: RuntimeChoice::named(&next("libcontainer")),
        storage: StorageChoice::named(&next("auto")).context("no such storage")?,
        image: image::host_gnu()?.root,
        workload: Workload::hello_world(),
        base: env::temp_dir(),
    };
    let (report, interrupted) = embedded::run(&settings, &Interrupt::install()?)?;
    print_medians(&report);
    if let Some(interrupted) = interrupted {
        return Err(interrupted.into());
    }
    Ok(ExitCode::from(u8::from(report.failures().next().is_some())))
}

fn print_medians(report: &EngineReport) {
    println!("storage {}, cgroup {}", report.storage, report.cgroup);
    for &stage in Stage::ALL {
        let timings = report.runs.iter().flat_map(|run| &run.stages);
        let mut durations_ns: Vec<u64> = timings
            .filter(|timing| timing.stage == stage)
            .map(|timing: &StageTiming| timing.ended_ns - timing.started_ns)
            .collect();
        durations_ns.sort_unstable();
        if let Some(&median_ns) = durations_ns.get(durations_ns.len() / 2) {
            println!("{:8} {:>8.2} ms", stage.name(), median_ns as f64 / 1e6);
        }
    }
    for (run, failure) in report.failures() {
        println!("run {run} failed: {failure}");
    }
    for warning in &report.warnings {
        println!("warning: {warning}");
    }
}

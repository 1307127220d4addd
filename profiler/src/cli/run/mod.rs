//! `ctrprof run`: takes containers through their lifecycle, profiled or timed.

mod statistics;

use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;

use super::capture_args::CaptureArgs;
use super::configuration_args::ConfigurationArgs;
use super::measure;
use super::pipeline::Destination;
use super::plan::ModeArgs;
use super::report;
use super::temporary::{Purpose, TemporaryDirectory};
use super::workload_args::WorkloadArgs;
use bench::constraints::HostFacts;
use engine::image;
use engine::results::EngineReport;
use engine::spec::RunSpec;
use engine::workload::Workload;
use recording::Recording;
use setup::bench::BenchMode;
use setup::configuration::Configuration;

#[derive(Args, Debug)]
pub struct RunArgs {
    #[command(flatten)]
    workload: WorkloadArgs,
    #[command(flatten)]
    configuration: ConfigurationArgs,
    /// How many containers, one after the other
    #[arg(short = 'n', long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// How many before them, without figures [default: 1 for managers with a daemon and where runs
    /// are timed, else 0]
    #[arg(long, value_name = "N")]
    warmups: Option<u32>,
    /// Where the engine makes its folder [default: the system's folder for temporary files]
    #[arg(long, value_name = "DIR")]
    run_dir: Option<PathBuf>,
    /// Keep the recording, or the results and recordings of timed runs, in this directory
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    #[command(flatten)]
    mode: ModeArgs,
    #[command(flatten)]
    capture: CaptureArgs,
    #[command(flatten)]
    format: report::FormatArgs,
}

pub fn run(args: RunArgs) -> Result<ExitCode> {
    let configuration = args.configuration.configuration();
    let workload = args.workload.workload()?;
    match args.mode.mode() {
        BenchMode::Traced => traced(args, configuration, workload),
        mode @ (BenchMode::Untraced | BenchMode::ObserverCheck) => {
            statistics::run(args, mode, configuration, workload)
        }
    }
}

/// All containers in one recording.
fn traced(args: RunArgs, configuration: Configuration, workload: Workload) -> Result<ExitCode> {
    args.format.check()?;
    measure::refuse_impossible(&configuration, &workload, &HostFacts::of_host()?)?;
    let notes = TemporaryDirectory::new(Purpose::Engine)?;
    let warmups = u32::from(configuration.manager.has_daemon());
    let spec = RunSpec {
        image: image::prepare(&configuration.image, &workload)?,
        configuration,
        workload,
        cache: args.workload.cache(),
        first_run: 1,
        runs: args.runs.into(),
        warmups: args.warmups.unwrap_or(warmups).into(),
        base: args.run_dir.unwrap_or_else(std::env::temp_dir),
        state: None,
        report: notes.path().join("report.json"),
        time_limit_s: None,
    };
    let destination = Destination::new(args.output)?;
    let directory = destination.path();
    let words: Vec<String> = std::env::args().skip(1).collect();
    let options = args.capture.options();
    let (outcome, manifest) =
        measure::traced(&spec, notes.path(), &options, &directory, |manifest| {
            manifest.command = words;
        })?;
    let Some(outcome) = outcome else {
        bail!(
            "the engine could not begin (exit status {})",
            manifest.exit_status.unwrap_or(-1)
        );
    };
    report::print(&Recording::open(&directory)?, &args.format)?;
    conclude(&outcome, manifest.exit_status)
}

/// Failed runs are named, and make the command fail.
fn conclude(outcome: &EngineReport, exit_status: Option<i32>) -> Result<ExitCode> {
    let mut out = BufWriter::new(std::io::stderr().lock());
    for (run, failure) in outcome.failures() {
        writeln!(out, "ctrprof: run {run} failed: {failure}")?;
    }
    out.flush()?;
    Ok(ExitCode::from(exit_status.unwrap_or(1) as u8))
}

//! `ctrprof run`: takes containers through their lifecycle, profiled.

use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

use super::capture_args::CaptureArgs;
use super::configuration_args::ConfigurationArgs;
use super::measure;
use super::pipeline::{Destination, TemporaryDirectory};
use super::report;
use crate::harness::constraints::HostFacts;
use crate::harness::image;
use crate::harness::results::EngineReport;
use crate::harness::spec::RunSpec;
use crate::harness::workload::Workload;
use crate::recording::Recording;

#[derive(Args, Debug)]
pub struct RunArgs {
    /// What is executed in the container
    #[arg(value_enum)]
    workload: WorkloadName,
    #[command(flatten)]
    configuration: ConfigurationArgs,
    /// How many containers, one after the other
    #[arg(short = 'n', long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    runs: u64,
    /// How many before them, without figures [default: 1 for managers with a daemon, else 0]
    #[arg(long, value_name = "N")]
    warmups: Option<u64>,
    /// Where the engine makes its folder [default: the system's folder for temporary files]
    #[arg(long, value_name = "DIR")]
    run_dir: Option<PathBuf>,
    /// Keep the recording in this directory
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    #[command(flatten)]
    capture: CaptureArgs,
    #[command(flatten)]
    format: report::FormatArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum WorkloadName {
    /// /bin/echo hello world
    HelloWorld,
}

pub fn run(args: RunArgs) -> Result<ExitCode> {
    let notes = TemporaryDirectory::new("engine")?;
    let configuration = args.configuration.configuration();
    let warmups = u64::from(configuration.manager.has_daemon());
    let spec = RunSpec {
        configuration,
        image: image::host_gnu()?,
        first_run: 1,
        runs: args.runs,
        warmups: args.warmups.unwrap_or(warmups),
        workload: match args.workload {
            WorkloadName::HelloWorld => Workload::hello_world(),
        },
        base: args.run_dir.unwrap_or_else(std::env::temp_dir),
        state: None,
        report: notes.path().join("report.json"),
        time_limit_s: None,
    };
    measure::refuse_impossible(&spec, &HostFacts::of_host()?)?;
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

//! `ctrprof run`: takes containers through their lifecycle, profiled.

use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use super::capture_args::CaptureArgs;
use super::pipeline::{self, Destination};
use super::report;
use crate::capture::Roots;
use crate::harness::results::EngineReport;
use crate::harness::runtime::RuntimeChoice;
use crate::harness::storage::StorageChoice;
use crate::harness::workload::Workload;
use crate::harness::{self, RunSpec, image};
use crate::recording::Recording;

#[derive(Args, Debug)]
pub struct RunArgs {
    /// What is executed in the container
    #[arg(value_enum)]
    workload: WorkloadName,
    /// The runtime: `libcontainer` (in process), or an OCI runtime by name or path
    #[arg(long, default_value = "libcontainer")]
    runtime: String,
    /// How the container gets its root: `auto`, `overlay` or `copy`
    #[arg(long, default_value = "auto", value_parser = storage)]
    storage: StorageChoice,
    /// How many containers, one after the other
    #[arg(short = 'n', long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    runs: u64,
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

fn storage(name: &str) -> Result<StorageChoice, String> {
    StorageChoice::named(name)
        .ok_or_else(|| format!("no such storage: {name}; choose auto, overlay or copy"))
}

pub fn run(args: RunArgs) -> Result<ExitCode> {
    let destination = Destination::new(args.output)?;
    let directory = destination.path();
    let report_path = pipeline::TemporaryDirectory::new("engine")?;
    let spec = RunSpec {
        image: image::host_gnu()?,
        runtime: RuntimeChoice::named(&args.runtime),
        storage: args.storage,
        runs: args.runs,
        workload: match args.workload {
            WorkloadName::HelloWorld => Workload::hello_world(),
        },
        base: std::env::temp_dir(),
        report: report_path.path().join("report.json"),
    };
    let (program, arguments) =
        harness::command(&spec).context("failed to find ctrprof's own program")?;
    let command = std::iter::once(program.into_os_string())
        .chain(arguments)
        .collect();
    let mut outcome = None;
    let manifest = pipeline::record(
        &Roots::Command(command),
        &args.capture.options(),
        &directory,
        |manifest| {
            // What the user asked for, rather than how the engine is started.
            manifest.command = std::env::args().skip(1).collect();
            // Without a report the engine failed before its first run, and said why itself.
            if let Ok(report) = EngineReport::read(&spec.report) {
                manifest.configuration = harness::configuration(&spec, &report);
                outcome = Some(report);
            }
        },
    )?;
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

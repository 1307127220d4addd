//! `ctrprof trace`: profiles a command and everything it causes.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;

use super::capture_args::CaptureArgs;
use super::pipeline::{self, Destination};
use super::report;
use capture::Roots;
use recording::Recording;

#[derive(Args, Debug)]
pub struct TraceArgs {
    /// Keep the recording in this directory
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Follow these running processes instead of a command, until Ctrl-C
    #[arg(short, long, value_name = "PID", conflicts_with_all = ["cgroup", "command"], value_delimiter = ',')]
    pid: Vec<u32>,
    /// Follow the members of this cgroup (its directory) instead of a command, until Ctrl-C
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    cgroup: Option<PathBuf>,
    /// Do not print the report
    #[arg(short, long)]
    quiet: bool,
    #[command(flatten)]
    capture: CaptureArgs,
    #[command(flatten)]
    format: report::FormatArgs,
    /// The command and its arguments
    #[arg(last = true, value_name = "CMD")]
    command: Vec<OsString>,
}

pub fn run(args: TraceArgs) -> Result<ExitCode> {
    args.format.check()?;
    let roots = roots(&args)?;
    let destination = Destination::new(args.output)?;
    let directory = destination.path();
    let manifest = pipeline::record(&roots, &args.capture.options(), &directory, |_| {})?;
    if !args.quiet {
        report::print(&Recording::open(&directory)?, &args.format)?;
    }
    Ok(ExitCode::from(manifest.exit_status.unwrap_or(0) as u8))
}

fn roots(args: &TraceArgs) -> Result<Roots> {
    if let Some(cgroup) = &args.cgroup {
        return Ok(Roots::Cgroup(cgroup.clone()));
    }
    if !args.pid.is_empty() {
        return Ok(Roots::Pids(args.pid.clone()));
    }
    if args.command.is_empty() {
        bail!("no command to trace; give one behind `--`, or --pid, or --cgroup");
    }
    Ok(Roots::Command(args.command.clone()))
}

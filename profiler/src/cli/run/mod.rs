//! `ctrprof run`: takes containers through their lifecycle, profiled or timed.

mod statistics;

use std::io::{BufWriter, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;

use super::capture_args::CaptureArgs;
use super::configuration_args::ConfigurationArgs;
use super::help;
use super::measure;
use super::pipeline::Destination;
use super::plan::ModeArgs;
use super::report;
use super::temporary::{Purpose, TemporaryDirectory, existing_directory};
use super::workload_args::WorkloadArgs;
use crate::doctor::privileges::check_containers_can_be_made;
use bench::constraints::HostFacts;
use engine::image;
use engine::results::EngineReport;
use engine::spec::RunSpec;
use engine::workload::Workload;
use recording::Recording;
use setup::bench::BenchMode;
use setup::configuration::Configuration;
use trace::manifest::Manifest;

#[derive(Args, Debug)]
#[command(mut_args(help::short(COMMON)))]
pub struct RunArgs {
    #[command(flatten)]
    workload: WorkloadArgs,
    /// How many containers, one after the other
    #[arg(short = 'n', long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// How many before them, without figures [default: 1 for managers with a daemon and where runs
    /// are timed, else 0]
    #[arg(long, value_name = "N")]
    warmups: Option<u32>,
    /// Where the engine makes its folder [default: the system's folder for temporary files]
    #[arg(long, value_name = "DIR", value_parser = existing_directory)]
    run_dir: Option<PathBuf>,
    /// Keep the recording in this directory
    ///
    /// Of timed runs the results, and recordings if there are any
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Do not print the report
    #[arg(short, long, conflicts_with_all = ["untraced", "observer_check"])]
    quiet: bool,
    #[command(flatten)]
    mode: ModeArgs,
    #[command(flatten)]
    format: report::FormatArgs,
    #[command(flatten)]
    configuration: ConfigurationArgs,
    #[command(flatten)]
    capture: CaptureArgs,
}

/// What the short help shows.
const COMMON: &[&str] = &[
    "workload", "size", "runs", "output", "untraced", "format", "manager", "runtime", "storage",
    "network", "image",
];

pub fn run(args: RunArgs) -> Result<ExitCode> {
    check_containers_can_be_made()?;
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
        progress: std::io::stderr()
            .is_terminal()
            .then(|| notes.path().join("progress")),
        time_limit_s: None,
    };
    let destination = Destination::new(args.output)?;
    let words: Vec<String> = std::env::args().skip(1).collect();
    let options = args.capture.options();
    let amend = |manifest: &mut Manifest| manifest.command.clone_from(&words);
    let (outcome, recorded) = measure::traced(&spec, notes.path(), &options, &destination, amend)?;
    let Some(outcome) = outcome else {
        bail!(
            "the engine could not begin (exit status {})",
            recorded.manifest.exit_status.unwrap_or(-1)
        );
    };
    if !args.quiet {
        report::print(&Recording::open(&recorded.directory())?, &args.format)?;
    }
    let status = conclude(&outcome, recorded.manifest.exit_status)?;
    recorded.kept()?;
    Ok(status)
}

/// Kinds of failures that are named.
const NAMED_FAILURES: usize = 5;

/// Failed runs are named, and make the command fail.
fn conclude(outcome: &EngineReport, exit_status: Option<i32>) -> Result<ExitCode> {
    let mut out = BufWriter::new(std::io::stderr().lock());
    for line in failures(outcome) {
        writeln!(out, "ctrprof: {line}")?;
    }
    out.flush()?;
    Ok(ExitCode::from(exit_status.unwrap_or(1) as u8))
}

/// A line for each reason for which runs failed, in the order of the first of them; however many
/// failed, the lines are few.
fn failures(outcome: &EngineReport) -> Vec<String> {
    let mut reasons: Vec<(&str, u64, u64)> = Vec::new();
    let mut others = 0_u64;
    for (run, failure) in outcome.failures() {
        let known = reasons.iter().position(|(reason, _, _)| *reason == failure);
        match known {
            Some(index) => reasons[index].2 += 1,
            None if reasons.len() < NAMED_FAILURES => reasons.push((failure, run, 1)),
            None => others += 1,
        }
    }
    let lines = reasons.iter().map(|&(reason, first, count)| match count {
        1 => format!("run {first} failed: {reason}"),
        _ => format!("{count} runs failed, the first being run {first}: {reason}"),
    });
    let rest = (others > 0).then(|| format!("{others} more runs failed for other reasons"));
    lines.chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::cache::Residency;
    use engine::results::RunReport;

    #[test]
    fn failures_are_few_lines_however_many_runs_fail() {
        let runs = (1..=1_000).map(|run| RunReport {
            run,
            stages: Vec::new(),
            data: Residency::default(),
            failure: match run {
                1 => None,
                2 => Some("no hello".to_owned()),
                3..=900 => Some("too tired".to_owned()),
                _ => Some(format!("reason {run}")),
            },
        });
        let outcome = EngineReport {
            runs: runs.collect(),
            ..EngineReport::default()
        };
        let lines = failures(&outcome);
        assert_eq!(lines.len(), NAMED_FAILURES + 1);
        assert_eq!(lines[0], "run 2 failed: no hello");
        assert_eq!(
            lines[1],
            "898 runs failed, the first being run 3: too tired"
        );
        assert_eq!(
            lines[NAMED_FAILURES],
            "97 more runs failed for other reasons"
        );
    }
}

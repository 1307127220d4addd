//! `ctrprof engine` and `ctrprof drive`: the engine's process, started by `ctrprof run` and hidden
//! from the help.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;

use engine::process::{self, Outcome};
use engine::results::EngineReport;
use engine::sandbox::SIGNAL_EXIT_BASE;
use engine::spec::RunSpec;

/// Exit code of an engine whose runs did not all succeed.
const FAILURE: u8 = 1;

/// Arguments of the engine.
#[derive(Args, Clone, Debug)]
pub struct EngineArgs {
    /// The order, as ctrprof run wrote it
    spec: PathBuf,
}

/// Runs the engine in this process, which must have no other thread.
///
/// # Errors
/// When no run could begin, or at least one failed.
pub fn run(args: &EngineArgs) -> anyhow::Result<ExitCode> {
    let spec = RunSpec::read(&args.spec)
        .with_context(|| format!("failed to read {}", args.spec.display()))?;
    let code = process::run(&spec, |outcome| {
        conclude(&spec, outcome).unwrap_or_else(|error| {
            eprintln!("ctrprof engine: {}", super::output::message(&error));
            FAILURE
        })
    })?;
    Ok(ExitCode::from(code))
}

/// Writes the report, and gives the exit code of the runs.
fn conclude(spec: &RunSpec, outcome: Outcome) -> anyhow::Result<u8> {
    let (report, interrupted) = outcome?;
    report
        .write(&spec.report)
        .with_context(|| format!("failed to write {}", spec.report.display()))?;
    for warning in &report.warnings {
        eprintln!("ctrprof engine: {warning}");
    }
    if let Some(interrupted) = interrupted {
        eprintln!("ctrprof engine: {interrupted}");
        let signal = u8::try_from(interrupted.0 as i32).unwrap_or_default();
        return Ok(SIGNAL_EXIT_BASE + signal);
    }
    check_runs(&report)?;
    Ok(0)
}

/// A failed run fails the engine: a fast failure must not look like a fast run.
fn check_runs(report: &EngineReport) -> anyhow::Result<()> {
    let Some((run, failure)) = report.failures().next() else {
        return Ok(());
    };
    let failed = report.failures().count();
    let all = report.runs.len();
    if all == 1 {
        bail!("{failure}");
    }
    bail!("{failed} of {all} runs failed, the first being run {run}: {failure}")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use engine::cache::Residency;
    use engine::results::RunReport;

    #[test]
    fn one_failed_run_of_several_fails_the_engine() {
        let run = |run, failure: Option<&str>| RunReport {
            run,
            stages: Vec::new(),
            data: Residency::default(),
            failure: failure.map(str::to_owned),
        };
        let mut report = EngineReport {
            runs: vec![run(1, None), run(2, Some("no hello"))],
            ..EngineReport::default()
        };
        let message = check_runs(&report).unwrap_err().to_string();
        assert!(
            message.contains("1 of 2") && message.contains("no hello"),
            "{message}"
        );
        report.runs.truncate(1);
        assert!(check_runs(&report).is_ok());
    }
}

//! `ctrprof engine`: the engine's process, started by `ctrprof run` and hidden from the help.

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;

use crate::harness::embedded::{self, Settings};
use crate::harness::interrupt::Interrupt;
use crate::harness::results::EngineReport;
use crate::harness::runtime::RuntimeChoice;
use crate::harness::storage::StorageChoice;
use crate::harness::workload::Workload;

/// Base of the exit code of a program that a signal ended, as shells report it.
const SIGNAL_EXIT_BASE: u8 = 128;

/// Arguments of the engine.
#[derive(Args, Clone, Debug)]
pub struct EngineArgs {
    /// Root file system of the image
    #[arg(long, value_name = "DIR")]
    pub image: PathBuf,
    /// `libcontainer`, or an OCI runtime by name or path
    #[arg(long, value_name = "RUNTIME", default_value = "libcontainer", value_parser = runtime)]
    pub runtime: RuntimeChoice,
    /// `auto`, `overlay` or `copy`
    #[arg(long, value_name = "STORAGE", default_value = "auto", value_parser = storage)]
    pub storage: StorageChoice,
    /// How many containers, one after the other
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub runs: u64,
    /// Where to make the folder that holds everything of the runs [default: the system's folder
    /// for temporary files]
    #[arg(long, value_name = "DIR")]
    pub run_dir: Option<PathBuf>,
    /// Where to write what became of the runs
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Name of the workload
    #[arg(long, value_name = "NAME", default_value = "command")]
    pub workload: String,
    /// What the workload must print; anything else fails the run
    #[arg(long, value_name = "TEXT")]
    pub expect: Option<String>,
    /// What to execute in each container
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub command: Vec<String>,
}

/// Runs the engine in this process, which must have no other thread.
///
/// # Errors
/// When no run could begin, or at least one failed.
pub fn run(args: EngineArgs) -> anyhow::Result<ExitCode> {
    let interrupt = Interrupt::install().context("failed to take over SIGINT and SIGTERM")?;
    let report_path = args.report.clone();
    let (report, interrupted) = embedded::run(&settings(args), &interrupt)?;
    if let Some(path) = &report_path {
        report
            .write(path)
            .with_context(|| format!("failed to write {}", path.display()))?;
    }
    for warning in &report.warnings {
        eprintln!("ctrprof engine: {warning}");
    }
    if let Some(interrupted) = interrupted {
        eprintln!("ctrprof engine: {interrupted}");
        let signal = u8::try_from(interrupted.0 as i32).unwrap_or_default();
        return Ok(ExitCode::from(SIGNAL_EXIT_BASE + signal));
    }
    check_runs(&report)?;
    Ok(ExitCode::SUCCESS)
}

fn settings(args: EngineArgs) -> Settings {
    Settings {
        image: args.image,
        runtime: args.runtime,
        storage: args.storage,
        runs: args.runs,
        workload: Workload {
            name: args.workload,
            argv: args.command,
            expected_stdout: args.expect,
        },
        base: args.run_dir.unwrap_or_else(env::temp_dir),
    }
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

fn runtime(name: &str) -> Result<RuntimeChoice, String> {
    Ok(RuntimeChoice::named(name))
}

fn storage(name: &str) -> Result<StorageChoice, String> {
    StorageChoice::named(name).ok_or_else(|| {
        let known: Vec<_> = StorageChoice::ALL
            .iter()
            .map(|choice| choice.name())
            .collect();
        format!(
            "there is no storage '{name}'; choose one of {}",
            known.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use clap::Parser;

    use super::*;
    use crate::harness::image::Image;
    use crate::harness::results::RunReport;
    use crate::harness::{RunSpec, arguments};

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        engine: EngineArgs,
    }

    #[test]
    fn what_a_run_asks_for_is_what_the_engine_does() {
        let spec = RunSpec {
            image: Image {
                name: "host-gnu".to_owned(),
                root: PathBuf::from("/cache/an image"),
                digest: "abc".to_owned(),
            },
            runtime: RuntimeChoice::named("/opt/crun"),
            storage: StorageChoice::Copy,
            runs: 20,
            workload: Workload::hello_world(),
            base: PathBuf::from("/var/tmp"),
            report: PathBuf::from("/tmp/report.json"),
        };
        let line = Line::try_parse_from(arguments(&spec)).unwrap().engine;
        assert_eq!(line.report.as_ref(), Some(&spec.report));
        let expected = Settings {
            image: spec.image.root,
            runtime: spec.runtime,
            storage: spec.storage,
            runs: spec.runs,
            workload: spec.workload,
            base: spec.base,
        };
        assert_eq!(settings(line), expected);
    }

    #[test]
    fn an_unknown_storage_is_refused_with_those_known() {
        let error = storage("zfs").unwrap_err();
        assert!(error.contains("overlay"), "{error}");
    }

    #[test]
    fn one_failed_run_of_several_fails_the_engine() {
        let run = |run, failure: Option<&str>| RunReport {
            run,
            stages: Vec::new(),
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

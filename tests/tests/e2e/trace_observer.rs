//! The cost of observing: the estimate is compared with a stopwatch in the tracee, and what it is
//! measured with leaves no trace in the recording.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use ctrprof_tests::ctrprof;
use ctrprof_tests::form;
use ctrprof_tests::report;
use ctrprof_tests::scratch::Scratch;
use ctrprof_tests::tries;
use ctrprof_tests::turn::alone;
use serde_json::Value;

const TRACEE: &str = env!("CARGO_BIN_EXE_many-syscalls");
/// Few, so that rounds pass while the drain sleeps: it competes with the tracee for CPUs.
const CALLS: u64 = 20_000;

/// Traces the tracee; what it said of its fastest round, in nanoseconds, and the report.
fn traced(recording: &Path, options: &[&str]) -> Result<(f64, Value)> {
    let output = ctrprof::command()?
        .args(["trace", "--quiet", "--sample-hz", "0", "-o"])
        .arg(recording)
        .args(options)
        .args(["--", TRACEE, &CALLS.to_string(), &rounds().to_string()])
        .output()?;
    ctrprof::succeeded(&output)?;
    Ok((number(&output.stdout)?, ctrprof::report(recording)?))
}

/// The more, the likelier is one that nothing disturbed.
fn rounds() -> u64 {
    form::choose(20, 80)
}

fn untraced() -> Result<f64> {
    let output = Command::new(TRACEE)
        .args([CALLS.to_string(), rounds().to_string()])
        .output()?;
    ctrprof::succeeded(&output)?;
    number(&output.stdout)
}

fn number(stdout: &[u8]) -> Result<f64> {
    String::from_utf8_lossy(stdout)
        .trim()
        .parse()
        .context("the tracee named no number")
}

fn cost(report: &Value, name: &str) -> Result<f64> {
    report["observer"][name]
        .as_f64()
        .with_context(|| format!("the report has no observer.{name}"))
}

#[test]
fn the_cost_of_a_call_is_what_a_stopwatch_says() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    // Of several, since what else the machine does can disturb either side.
    let name = "the_cost_of_a_call_is_what_a_stopwatch_says";
    tries::one_of(5, name, |attempt| {
        let bare_ns = untraced()?;
        let recording = scratch.path().join(format!("recording-{attempt}"));
        let (traced_ns, report) = traced(&recording, &[])?;
        let estimated_ns = cost(&report, "tracked_syscall_ns")?;
        let ratio = estimated_ns / (traced_ns - bare_ns);
        let costs = || {
            format!(
                "a call takes {bare_ns} ns, traced {traced_ns} ns; estimated: {estimated_ns} ns"
            )
        };
        let is_near = (0.6..1.6).contains(&ratio);
        Ok(is_near.then_some(()).with_context(costs))
    })
}

#[test]
fn every_level_and_scope_has_its_costs() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    for (index, options) in [
        ["--level", "full"],
        ["--level", "summary"],
        ["--sched", "tracked"],
        ["--probes", "raw-tp"],
    ]
    .iter()
    .enumerate()
    {
        let recording = scratch.path().join(format!("recording-{index}"));
        let (_, report) = traced(&recording, options)?;
        let tracked_ns = cost(&report, "tracked_syscall_ns")?;
        assert!(cost(&report, "untracked_syscall_ns")? > 0.0, "{options:?}");
        assert!(
            cost(&report, "wait_ns")? > cost(&report, "switch_ns")?,
            "{options:?}"
        );
        let total_ns = cost(&report, "total_ns")?;
        assert!(
            total_ns >= tracked_ns * CALLS as f64,
            "{options:?}: {total_ns} for {CALLS} calls of {tracked_ns}"
        );
    }
    Ok(())
}

#[test]
fn what_the_cost_is_measured_with_is_not_recorded() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    // The smallest buffer, too: what calibration leaves in it must not crowd out anything.
    for (index, options) in [["--buffer", "128"], ["--buffer", "1"]].iter().enumerate() {
        let recording = scratch.path().join(format!("recording-{index}"));
        let (_, report) = traced(&recording, options)?;
        let (sent, received, lost) = report::records(&report)?;
        assert_eq!(sent, received + lost, "{options:?}");
        let names: Vec<&str> = report::processes(&report)
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(names, ["many-syscalls"], "{options:?}");
        let calls = report::calls(&report, "getppid");
        assert!(calls.count <= CALLS, "{calls:?}");
        if lost == 0 {
            assert_eq!(calls.count, CALLS);
        }
        let subjects = report::calls(&report, "sched_yield");
        assert_eq!(subjects.count, 0);
    }
    Ok(())
}

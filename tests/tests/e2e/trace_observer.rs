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

/// Calls of the loops below: enough for the samples of a third of a second in the probes.
const LOOP: u64 = 800_000;

/// Time on the critical path by phase of a loop of calls, nanoseconds a call, and the fastest round
/// of the loop untraced.
fn loop_phases(call: &str, options: &[&str], recording: &Path) -> Result<Measured> {
    let arguments = [LOOP.to_string(), "40".to_owned(), call.to_owned()];
    let arguments = &arguments[..if call == "close" { 3 } else { 2 }];
    let untraced = Command::new(TRACEE).args(arguments).output()?;
    ctrprof::succeeded(&untraced)?;
    let traced = ctrprof::command()?
        .args(["trace", "--quiet", "-o"])
        .arg(recording)
        .args(options)
        .args(["--", TRACEE])
        .args(arguments)
        .output()?;
    ctrprof::succeeded(&traced)?;
    let report = ctrprof::report(recording)?;
    report::paths_are_whole(&report)?;
    let each_ns = |name: &str| {
        let row = report::phase(&report, name);
        let path_ns = row.and_then(|row| row["critical_path_ns"].as_f64());
        path_ns.unwrap_or_default() / LOOP as f64
    };
    let phases = Phases {
        user: each_ns("user"),
        observer: each_ns("observer"),
        process: each_ns("process"),
        files: each_ns("files"),
    };
    Ok((phases, number(&untraced.stdout)?))
}

#[derive(Clone, Copy, Debug)]
struct Phases {
    user: f64,
    observer: f64,
    process: f64,
    files: f64,
}

/// One loop's phases and its fastest round untraced.
type Measured = (Phases, f64);

/// The median of each number over the repetitions so far: one loop alone varies by a tenth with what
/// the machine does beside it.
fn medians(measured: &[Measured]) -> Measured {
    let median = |value: fn(&Measured) -> f64| {
        let mut values: Vec<f64> = measured.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let phases = Phases {
        user: median(|(phases, _)| phases.user),
        observer: median(|(phases, _)| phases.observer),
        process: median(|(phases, _)| phases.process),
        files: median(|(phases, _)| phases.files),
    };
    (phases, median(|(_, bare_ns)| *bare_ns))
}

/// Without the probes' time, what is left of a loop of calls is what it takes without them: the way
/// into the kernel and out of it, which is in `user`, and the call. A tenth each for the estimate and
/// for the machine, and 20 ns for what the program does to start and to end.
fn is_what_it_is_untraced(phases: &Phases, bare_ns: f64) -> bool {
    let own_ns = phases.user + phases.process + phases.files;
    phases.user <= 1.1 * bare_ns + 20.0
        && (0.8 * bare_ns..1.2 * bare_ns + 20.0).contains(&own_ns)
        && phases.observer > bare_ns
}

#[test]
fn the_time_of_the_probes_is_not_the_programs() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    for (call, options) in [
        ("getppid", ["--level", "full"]),
        ("close", ["--level", "full"]),
        ("getppid", ["--level", "summary"]),
    ] {
        let name = "the_time_of_the_probes_is_not_the_programs";
        let mut measured = Vec::new();
        tries::one_of(9, name, |attempt| {
            let recording = format!("{call}-{}-{attempt}", options[1]);
            let recording = scratch.path().join(recording);
            measured.push(loop_phases(call, &options, &recording)?);
            let (phases, bare_ns) = medians(&measured);
            let is_near = is_what_it_is_untraced(&phases, bare_ns);
            let told = || format!("{call}, {options:?}: {phases:?}, untraced {bare_ns} ns");
            Ok(is_near.then_some(()).with_context(told))
        })?;
    }
    Ok(())
}

#[test]
fn both_levels_agree_on_each_phase() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let (mut with_full, mut with_summary) = (Vec::new(), Vec::new());
    tries::one_of(9, "both_levels_agree_on_each_phase", |attempt| {
        let recorded = |level: &str| {
            let recording = scratch.path().join(format!("{level}-{attempt}"));
            loop_phases("close", &["--level", level], &recording)
        };
        with_full.push(recorded("full")?);
        with_summary.push(recorded("summary")?);
        let (full, bare_ns) = medians(&with_full);
        let (summary, _) = medians(&with_summary);
        // Phases below a twentieth of the loop are of its start and its end. Uncorrected, a phase
        // would be off by the cost of a call, which is longer than the whole loop untraced.
        let floor_ns = bare_ns / 20.0;
        let agree = |full_ns: f64, summary_ns: f64| {
            (full_ns - summary_ns).abs() <= full_ns * 0.1 + floor_ns
        };
        let all_agree = agree(full.user, summary.user)
            && agree(full.process, summary.process)
            && agree(full.files, summary.files);
        let told = || format!("full: {full:?}, summary: {summary:?}, untraced {bare_ns} ns");
        Ok((all_agree && summary.files > 0.0)
            .then_some(())
            .with_context(told))
    })
}

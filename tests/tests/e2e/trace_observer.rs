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
    Ok((
        calls_ns(&output.stdout)?.fastest,
        ctrprof::report(recording)?,
    ))
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
    Ok(calls_ns(&output.stdout)?.fastest)
}

/// How long a call took, in nanoseconds.
struct CallTime {
    /// In the fastest round.
    fastest: f64,
    /// In all.
    mean: f64,
}

fn calls_ns(stdout: &[u8]) -> Result<CallTime> {
    let text = String::from_utf8_lossy(stdout);
    let numbers: Vec<f64> = text
        .split_whitespace()
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    match numbers[..] {
        [fastest, mean] => Ok(CallTime { fastest, mean }),
        _ => anyhow::bail!("the tracee said no two numbers: {text}"),
    }
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

/// What a loop of calls took, nanoseconds a call.
#[derive(Clone, Copy, Debug)]
struct Loop {
    /// On the critical path, by phase.
    user: f64,
    observer: f64,
    process: f64,
    files: f64,
    /// The standard deviation of `observer`, as the report has it.
    error: f64,
    /// Untraced, before and after.
    bare: f64,
}

impl Loop {
    fn own(&self) -> f64 {
        self.user + self.process + self.files
    }

    /// How far a phase may be off: two standard deviations of the estimate, a tenth for the machine, and
    /// what the program does to start and to end.
    fn tolerance(&self) -> f64 {
        2.0 * self.error + self.bare / 10.0 + 20.0
    }
}

fn measured_loop(call: &str, options: &[&str], recording: &Path) -> Result<Loop> {
    let arguments = [LOOP.to_string(), "40".to_owned(), call.to_owned()];
    let arguments = &arguments[..if call == "close" { 3 } else { 2 }];
    // The machine's speed changes with what else it does: as near to the recording as can be.
    let untraced = || -> Result<f64> {
        let untraced = Command::new(TRACEE).args(arguments).output()?;
        ctrprof::succeeded(&untraced)?;
        Ok(calls_ns(&untraced.stdout)?.mean)
    };
    let before_ns = untraced()?;
    let traced = ctrprof::command()?
        .args(["trace", "--quiet", "-o"])
        .arg(recording)
        .args(options)
        .args(["--", TRACEE])
        .args(arguments)
        .output()?;
    ctrprof::succeeded(&traced)?;
    let after_ns = untraced()?;
    let report = ctrprof::report(recording)?;
    report::paths_are_whole(&report)?;
    let each_ns = |name: &str| {
        let row = report::phase(&report, name);
        let path_ns = row.and_then(|row| row["critical_path_ns"].as_f64());
        path_ns.unwrap_or_default() / LOOP as f64
    };
    let error_ppm = report["observer_estimate"]["error_ppm"].as_f64();
    let observer = each_ns("observer");
    Ok(Loop {
        user: each_ns("user"),
        observer,
        process: each_ns("process"),
        files: each_ns("files"),
        error: observer * error_ppm.context("no error of the estimate")? / 1e6,
        bare: f64::midpoint(before_ns, after_ns),
    })
}

/// The median of each number over the repetitions so far.
fn medians(loops: &[Loop]) -> Loop {
    let median = |value: fn(&Loop) -> f64| {
        let mut values: Vec<f64> = loops.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    Loop {
        user: median(|one| one.user),
        observer: median(|one| one.observer),
        process: median(|one| one.process),
        files: median(|one| one.files),
        error: median(|one| one.error),
        bare: median(|one| one.bare),
    }
}

/// Without the probes' time, what is left of a loop of calls is what it takes without them: the way
/// into the kernel and out of it, which is in `user`, and the call.
fn is_what_it_is_untraced(told: &Loop) -> bool {
    told.user <= told.bare + told.tolerance()
        && (told.own() - told.bare).abs() <= told.tolerance()
        && told.observer > told.bare
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
        let mut loops = Vec::new();
        tries::one_of(9, name, |attempt| {
            let recording = format!("{call}-{}-{attempt}", options[1]);
            let recording = scratch.path().join(recording);
            loops.push(measured_loop(call, &options, &recording)?);
            let median = medians(&loops);
            let told = || format!("{call}, {options:?}: {median:?}");
            Ok(is_what_it_is_untraced(&median)
                .then_some(())
                .with_context(told))
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
            measured_loop("close", &["--level", level], &recording)
        };
        with_full.push(recorded("full")?);
        with_summary.push(recorded("summary")?);
        let (full, summary) = (medians(&with_full), medians(&with_summary));
        // Uncorrected, a phase would be off by the cost of a call, which is longer than the whole loop
        // untraced.
        let tolerance_ns = full.tolerance().max(summary.tolerance());
        let agree =
            |phase: fn(&Loop) -> f64| (phase(&full) - phase(&summary)).abs() <= tolerance_ns;
        let all_agree = agree(|one| one.user) && agree(|one| one.process) && agree(|one| one.files);
        let told = || format!("full: {full:?}, summary: {summary:?}");
        Ok((all_agree && summary.files > 0.0)
            .then_some(())
            .with_context(told))
    })
}

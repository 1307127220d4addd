//! Stages are bounded by marks of ctrprof's own processes: those that a traced program sets are counted, and
//! change nothing.

use anyhow::{Context, Result};
use ctrprof_tests::ctrprof::{self, Level};
use ctrprof_tests::report;
use ctrprof_tests::scratch::Scratch;
use ctrprof_tests::turn::alone;
use serde_json::Value;
use trace::mark::Stage;

/// How often the program marks each stage.
const ROUNDS: u64 = 50;

#[test]
fn a_command_that_sets_marks_has_the_stage_that_it_would_have_without() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let recording = scratch.path().join("recording");
    let script = format!("{}; sleep 0.2", forger());
    let report = ctrprof::traced_report(Level::Full, &recording, &["sh", "-c", &script])?;
    let stages = report::stages(&report);
    let names: Vec<&Value> = stages.iter().map(|stage| &stage["name"]).collect();
    assert_eq!(names, ["command"]);
    assert!(stages[0]["wall_ns"].as_u64() >= Some(200_000_000));
    assert_eq!(refused(&report), Some(made()));
    Ok(())
}

#[test]
fn repetitions_last_until_their_ends_whatever_the_repeated_command_marks() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let recording = scratch.path().join("recording");
    let script = format!("sleep 0.1; {}; sleep 0.1", forger());
    let mut trace = ctrprof::command()?;
    trace.args(["trace", "--quiet", "-n", "2", "-o"]);
    trace.arg(&recording).args(["--", "sh", "-c", &script]);
    ctrprof::succeeded(&trace.output()?)?;
    let report = ctrprof::report(&recording)?;
    let stages = report::stages(&report);
    assert_eq!(stages.len(), 2);
    for stage in stages {
        assert_eq!(stage["name"], "command");
        assert!(stage["wall_ns"].as_u64() >= Some(200_000_000), "{stage}");
    }
    assert_eq!(refused(&report), Some(2 * made()));
    let kinds = report["warnings"].as_array().context("no warnings")?;
    let mut kinds = kinds.iter().map(|warning| &warning["kind"]);
    assert!(kinds.any(|kind| kind == "refused-marks"), "{report}");
    Ok(())
}

/// `forge-marks ROUNDS`, as a shell's words.
fn forger() -> String {
    format!("'{}' {ROUNDS}", env!("CARGO_BIN_EXE_forge-marks"))
}

/// The marks that it sets.
fn made() -> u64 {
    2 * ROUNDS * Stage::ALL.len() as u64
}

fn refused(report: &Value) -> Option<u64> {
    report["records"]["refused_marks"].as_u64()
}

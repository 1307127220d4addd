//! Reports name the cause of a wait, and `ctrprof diff` finds it first, held against the same without
//! it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use ctrprof_tests::ctrprof::{self, Level};
use ctrprof_tests::form;
use ctrprof_tests::scratch::Scratch;
use ctrprof_tests::turn::alone;
use serde_json::Value;

const TRACEE: &str = env!("CARGO_BIN_EXE_named-waits");

/// Traces the tracee without and with what makes it wait: the first finding of their difference,
/// and the first cause of the report of the second.
fn first(
    plain: &[&str],
    slow: &[&str],
    mut before_slow: impl FnMut() -> Result<()>,
) -> Result<(Value, Value)> {
    let scratch = Scratch::new()?;
    let [a, b] = ["a", "b"].map(|name| scratch.path().join(name));
    let traced = |recording: &Path, arguments: &[&str]| {
        let command: Vec<&str> = [&[TRACEE], arguments].concat();
        ctrprof::traced_report(Level::Full, recording, &command)
    };
    traced(&a, plain)?;
    before_slow()?;
    let report = traced(&b, slow)?;
    let cause = report.pointer("/runs/0/stages/0/causes/0");
    let cause = cause.context("the report has no cause")?.clone();
    let finding = ctrprof::first_finding(&a, &b)?;
    Ok((cause, finding))
}

/// Fails unless the first cause ends in these words, in each of ten recordings where tests may take long.
fn is_first(
    expected: &str,
    plain: &[&str],
    slow: &[&str],
    mut before_slow: impl FnMut() -> Result<()>,
) -> Result<()> {
    let _turn = alone();
    for _ in 0..form::choose(1, 10) {
        let (cause, finding) = first(plain, slow, &mut before_slow)?;
        let words = cause["cause"].as_str().context("a cause without words")?;
        ensure!(words.ends_with(expected), "{expected}: {cause:#}");
        let sentence = finding.to_string();
        ensure!(sentence.contains(expected), "{expected}: {finding:#}");
    }
    Ok(())
}

#[test]
fn a_process_that_ignores_the_signal_to_end_is_named() -> Result<()> {
    is_first(
        "waits for process named-waits, which ignores SIGTERM; then SIGKILL",
        &["ignored-signal", "plain"],
        &["ignored-signal", "300"],
        || Ok(()),
    )
}

#[test]
fn a_peer_that_does_not_answer_within_the_time_limit_is_named() -> Result<()> {
    is_first(
        "time limit of 250 ms: poll on UDP 127.0.0.1:5397",
        &["time-limit", "plain"],
        &["time-limit", "250"],
        || Ok(()),
    )
}

#[test]
fn a_loop_that_polls_is_named_with_what_it_looks_at() -> Result<()> {
    is_first(
        "polling each 10 ms: statx of /nowhere/ready",
        &["polling", "plain"],
        &["polling", "25"],
        || Ok(()),
    )
}

#[test]
fn the_holder_of_a_file_lock_is_named() -> Result<()> {
    let scratch = Scratch::new()?;
    let file = scratch.path().join("file.lock");
    std::fs::write(&file, "")?;
    let path = file.to_str().context("not UTF-8")?;
    let mut holders = Vec::new();
    let outcome = is_first(
        "/file.lock, held by named-waits",
        &["file-lock", path],
        &["file-lock", path],
        || {
            holders.push(holder(path)?);
            Ok(())
        },
    );
    for mut holder in holders {
        holder.wait()?;
    }
    outcome
}

/// A process that holds the lock of a file, begun before the recording that waits for it.
fn holder(path: &str) -> Result<Child> {
    let mut holder = Command::new(TRACEE)
        .args(["hold", path, "1500"])
        .stdout(Stdio::piped())
        .spawn()?;
    let stdout = holder.stdout.take().context("no standard output")?;
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line)?;
    Ok(holder)
}

#[test]
fn a_child_is_waited_for_though_a_runtime_has_timers() -> Result<()> {
    is_first(
        "sleep of 300 ms",
        &["runtime", "plain"],
        &["runtime", "300"],
        || Ok(()),
    )
}

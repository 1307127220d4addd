//! `ctrprof diff` says what makes one side slower, on recordings of which one knows it.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use ctrprof_tests::ctrprof::{self, Level};
use ctrprof_tests::scratch::{Scratch, alone};
use serde_json::Value;

const TRACEE: &str = env!("CARGO_BIN_EXE_many-syscalls");

/// `ctrprof diff A B --format FORMAT`
fn diff(a: &Path, b: &Path, format: &str) -> Result<String> {
    let output = ctrprof::command()?
        .arg("diff")
        .args([a, b])
        .args(["--format", format])
        .output()?;
    ctrprof::succeeded(&output)?;
    Ok(String::from_utf8(output.stdout)?)
}

fn rows<'v>(value: &'v Value, name: &str) -> Result<&'v [Value]> {
    let rows = value[name].as_array();
    Ok(rows.with_context(|| format!("no {name}"))?)
}

fn number(value: &Value, pointer: &str) -> Result<i64> {
    let found = value.pointer(pointer).and_then(Value::as_i64);
    found.with_context(|| format!("no number at {pointer}"))
}

/// Checks that the parts of every stage add up to its gap, and its times to its wall times.
fn check_sums(diff: &Value) -> Result<()> {
    for stage in rows(diff, "stages")? {
        let groups = rows(stage, "groups")?;
        let mut sums = [0; 3];
        for group in groups {
            for part in rows(group, "parts")? {
                sums[0] += number(part, "/a/path_ns")?;
                sums[1] += number(part, "/b/path_ns")?;
                let effects = ["count_ns", "cost_ns", "interaction_ns"];
                for effect in effects {
                    sums[2] += number(part, &format!("/effects/{effect}"))?;
                }
            }
        }
        let wall = [
            number(stage, "/wall/a/mean_ns")?,
            number(stage, "/wall/b/mean_ns")?,
            number(stage, "/wall/difference/value_ns")?,
        ];
        ensure!(sums == wall, "{}: {sums:?} of {wall:?}", stage["name"]);
    }
    Ok(())
}

/// Three times as many calls are found, counted exactly, and told from slower ones.
fn more_calls(level: Level) -> Result<()> {
    let _alone = alone();
    let scratch = Scratch::new()?;
    let [a, b] = ["a", "b"].map(|name| scratch.path().join(name));
    ctrprof::traced_report(level, &a, &[TRACEE, "20000"])?;
    ctrprof::traced_report(level, &b, &[TRACEE, "60000"])?;
    let found: Value = serde_json::from_str(&diff(&a, &b, "json")?)?;
    check_sums(&found)?;
    let stage = &rows(&found, "stages")?[0];
    let mut calls = rows(stage, "calls")?.iter();
    let row = calls
        .find(|row| row["syscall"] == "getppid")
        .context("no getppid")?;
    assert_eq!(
        (&row["a"]["count"], &row["b"]["count"]),
        (&20_000.into(), &60_000.into())
    );
    let parts = rows(stage, "groups")?
        .iter()
        .flat_map(|group| group["parts"].as_array().into_iter().flatten());
    let mut parts = parts.filter(|part| part["syscall"] == "getppid");
    let part = parts.next().context("no part of getppid")?;
    // Whatever a call cost on this machine at that moment: twice as many more, at A's price.
    let count_ns = number(part, "/effects/count_ns")?;
    let expected_ns = 2 * number(part, "/a/path_ns")?;
    ensure!(
        (count_ns - expected_ns).abs() * 50 <= expected_ns,
        "{count_ns} ns of {expected_ns} ns"
    );
    Ok(())
}

#[test]
fn more_calls_are_found_at_level_full() -> Result<()> {
    more_calls(Level::Full)
}

#[test]
fn more_calls_are_found_at_level_summary() -> Result<()> {
    more_calls(Level::Summary)
}

#[test]
fn containers_of_two_runtimes_are_compared() -> Result<()> {
    let _alone = alone();
    let scratch = Scratch::new()?;
    let recordings = ["crun", "runc"].map(|name| scratch.path().join(name));
    for (runtime, recording) in ["crun", "runc"].into_iter().zip(&recordings) {
        let output = ctrprof::command()?
            .args(["run", "hello-world", "-n", "5", "--runtime", runtime, "-o"])
            .arg(recording)
            .output()?;
        ctrprof::succeeded(&output)?;
    }
    let [a, b] = &recordings;
    let found: Value = serde_json::from_str(&diff(a, b, "json")?)?;
    check_sums(&found)?;
    let stages = rows(&found, "stages")?;
    let names: Vec<&str> = stages
        .iter()
        .filter_map(|stage| stage["name"].as_str())
        .collect();
    assert_eq!(names, ["create", "start", "exec", "stop", "remove"]);
    assert_eq!(found["differing_axes"][0]["axis"], "runtime");
    // runc is a program of many threads, crun of one.
    let starts = |side: &str| -> Result<i64> {
        let groups = rows(&stages[0], "groups")?.iter();
        let parts = groups.flat_map(|group| group["parts"].as_array().into_iter().flatten());
        let starts = parts.filter(|part| part["subphase"] == "thread");
        let counts = starts.map(|part| number(part, &format!("/{side}/thread_count_milli")));
        counts.sum()
    };
    let (crun, runc) = (starts("a")?, starts("b")?);
    ensure!(
        crun == 0 && runc > 2_000,
        "threads per run, times 1000: {crun} and {runc}"
    );
    check_folded(&diff(a, b, "folded")?, stages)
}

/// The stacks of each stage add up to its wall times.
fn check_folded(text: &str, stages: &[Value]) -> Result<()> {
    for stage in stages {
        let name = stage["name"].as_str().context("no name")?;
        let mut sums = (0, 0);
        for line in text
            .lines()
            .filter(|line| line.split(';').next() == Some(name))
        {
            let mut numbers = line.rsplit(' ').map(str::parse::<i64>);
            let (b, a) = (numbers.next(), numbers.next());
            sums.0 += a.context("no count of A")??;
            sums.1 += b.context("no count of B")??;
        }
        let wall = (
            number(stage, "/wall/a/mean_ns")?,
            number(stage, "/wall/b/mean_ns")?,
        );
        ensure!(sums == wall, "{name}: {sums:?} of {wall:?}");
    }
    Ok(())
}

#[test]
fn a_folder_without_recordings_is_no_side() -> Result<()> {
    let _alone = alone();
    let scratch = Scratch::new()?;
    let output = ctrprof::command()?
        .arg("diff")
        .args([scratch.path(), scratch.path()])
        .output()?;
    ensure!(!output.status.success());
    let text = String::from_utf8(output.stderr)?;
    ensure!(text.contains("is not a recording"), "{text}");
    Ok(())
}

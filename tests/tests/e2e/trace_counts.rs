//! `ctrprof trace` counts what happened: no call more, none less.

use anyhow::{Context, Result, ensure};
use ctrprof_tests::ctrprof::{self, Level};
use ctrprof_tests::known_syscalls::{CALLS, WORKERS};
use ctrprof_tests::scratch::Scratch;
use ctrprof_tests::turn::alone;
use ctrprof_tests::{report, strace};
use recording::Recording;
use serde_json::Value;

/// Takes a network namespace, mounts in a private mount namespace, and reads a file.
const NAMESPACES_MOUNTS_FILES: &[&str] = &[
    "sh",
    "-c",
    "unshare -n true; unshare -m mount -t tmpfs x /mnt; cat /etc/passwd > /dev/null",
];

#[test]
fn counts_equal_those_of_strace() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let recording = scratch.path().join("recording");
    let report = ctrprof::traced_report(Level::Full, &recording, NAMESPACES_MOUNTS_FILES)?;
    let expected = strace::counts(NAMESPACES_MOUNTS_FILES)?;
    for name in ["unshare", "mount", "openat", "read", "execve"] {
        let expected = expected
            .get(name)
            .with_context(|| format!("strace saw no {name}"))?;
        assert_eq!(report::calls(&report, name), *expected, "{name}");
    }
    Ok(())
}

#[test]
fn phases_of_namespaces_mounts_and_files_are_named() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let recording = scratch.path().join("recording");
    let report = ctrprof::traced_report(Level::Full, &recording, NAMESPACES_MOUNTS_FILES)?;
    let kinds = report::parts(&report, "namespaces");
    assert!(
        kinds.contains(&"net") && kinds.contains(&"mnt"),
        "{kinds:?}"
    );
    for phase in ["mounts", "files"] {
        let row = report::phase(&report, phase).with_context(|| format!("no phase {phase}"))?;
        assert!(
            row["count"].as_u64() > Some(0) && row["thread_ns"].as_u64() > Some(0),
            "{row}"
        );
    }
    Ok(())
}

#[test]
fn known_calls_are_counted_exactly_at_level_full() -> Result<()> {
    known_calls(Level::Full)
}

#[test]
fn known_calls_are_counted_exactly_at_level_summary() -> Result<()> {
    known_calls(Level::Summary)
}

/// Start and end of the tracee make calls of the same names; a run without rounds has only those.
fn known_calls(level: Level) -> Result<()> {
    let _turn = alone();
    let without = known_calls_report(level, "0")?;
    let with = known_calls_report(level, "1")?;
    for call in CALLS {
        let (before, after) = (
            report::calls(&without, call.name),
            report::calls(&with, call.name),
        );
        assert_eq!(after.count - before.count, call.count * WORKERS, "{call:?}");
        assert_eq!(
            after.errors - before.errors,
            call.errors * WORKERS,
            "{call:?}"
        );
    }
    Ok(())
}

fn known_calls_report(level: Level, rounds: &str) -> Result<Value> {
    let scratch = Scratch::new()?;
    let folder = scratch
        .path()
        .to_str()
        .context("the scratch folder is not UTF-8")?;
    let traced = [env!("CARGO_BIN_EXE_known-syscalls"), rounds, folder];
    ctrprof::traced_report(level, &scratch.path().join("recording"), &traced)
}

#[test]
fn nothing_is_lost_of_two_million_calls_at_level_full() -> Result<()> {
    two_million_calls(Level::Full)
}

#[test]
fn nothing_is_lost_of_two_million_calls_at_level_summary() -> Result<()> {
    two_million_calls(Level::Summary)
}

/// Twice as many as the buffer holds.
fn two_million_calls(level: Level) -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let recording = scratch.path().join("recording");
    let traced = [env!("CARGO_BIN_EXE_many-syscalls"), "2000000"];
    ctrprof::record(level, &recording, &traced)?;
    // The tables themselves: a report of as many takes longer than all else here.
    let recording = Recording::open(&recording)?;
    let records = &recording.manifest().records;
    assert_eq!(records.sent, records.received + records.lost_total());
    assert_eq!(records.lost_total(), 0, "of {} records", records.sent);
    let tables = recording.tables()?;
    let is_getppid = |number: u32| i64::from(number) == libc::SYS_getppid;
    let single = tables.spans.iter().filter(|span| is_getppid(span.nr));
    let added_up = tables.totals.iter().filter(|total| is_getppid(total.nr));
    let added_up: u64 = added_up.map(|total| u64::from(total.count)).sum();
    assert_eq!(single.count() as u64 + added_up, 2_000_000);
    Ok(())
}

#[test]
fn every_report_says_what_became_of_the_records() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let report = ctrprof::traced_report(Level::Full, &scratch.path().join("recording"), &["true"])?;
    let (sent, received, lost) = report::records(&report)?;
    assert!(sent > 0);
    assert_eq!(sent, received + lost);
    let probes = report["probes"]
        .as_array()
        .context("the report has no probes")?;
    ensure!(!probes.is_empty(), "the report names no probe");
    for probe in probes {
        let without_reason = probe["reason"].as_str().is_none_or(str::is_empty);
        assert_eq!(probe["state"] == "attached", without_reason, "{probe}");
    }
    Ok(())
}

#[test]
fn the_phases_of_a_report_cover_its_stage() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let report = ctrprof::traced_report(
        Level::Full,
        &scratch.path().join("recording"),
        &["sleep", "0.2"],
    )?;
    let stages = report::stages(&report);
    assert_eq!(stages.len(), 1);
    assert_eq!(stages[0]["name"], "command");
    let wall_ns = stages[0]["wall_ns"]
        .as_u64()
        .context("the stage has no wall_ns")?;
    assert!((200_000_000..2_000_000_000).contains(&wall_ns), "{wall_ns}");
    let sleep = report::calls(&report, "clock_nanosleep");
    assert_eq!(sleep.count, 1);
    Ok(())
}

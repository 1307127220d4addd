//! `ctrprof doctor`: what a host can do, with privileges and without.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use ctrprof_tests::ctrprof;
use ctrprof_tests::scratch::Scratch;
use ctrprof_tests::turn::alone;
use profiler_common::Probe;
use serde_json::Value;

/// The user that owns nothing, by custom.
const NOBODY: &str = "65534";
/// Much longer than all programs may take to tell their versions, on a busy machine too.
const LIMIT: Duration = Duration::from_secs(60);

/// The checks of a group, from `doctor --format json`.
fn checks<'a>(doctor: &'a Value, group: &str) -> Result<Vec<&'a Value>> {
    let checks = doctor["checks"].as_array().context("no checks")?;
    Ok(checks
        .iter()
        .filter(|check| check["group"] == group)
        .collect())
}

fn find<'a>(doctor: &'a Value, group: &str, name: &str) -> Result<&'a Value> {
    checks(doctor, group)?
        .into_iter()
        .find(|check| check["name"] == name)
        .with_context(|| format!("no check of {name} among the {group}"))
}

fn json(output: &Output) -> Result<Value> {
    serde_json::from_slice(&output.stdout).context("what doctor says is no JSON")
}

/// Runs the binary as a user without capabilities, from where that user can reach it.
fn as_nobody(scratch: &Scratch, arguments: &[&str]) -> Result<Output> {
    let binary = scratch.path().join("ctrprof");
    fs::copy(ctrprof::binary()?, &binary)?;
    fs::set_permissions(scratch.path(), fs::Permissions::from_mode(0o755))?;
    Ok(Command::new("setpriv")
        .args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"])
        .arg(&binary)
        .args(arguments)
        .env("NO_COLOR", "1")
        .output()?)
}

#[test]
fn every_probe_is_tried() -> Result<()> {
    let _turn = alone();
    let started = Instant::now();
    let output = ctrprof::command()?
        .args(["doctor", "--format", "json"])
        .output()?;
    assert!(started.elapsed() < LIMIT);
    ctrprof::succeeded(&output)?;
    let doctor = json(&output)?;
    for probe in Probe::ALL {
        let check = find(&doctor, "probes", probe.name())?;
        let kind = check["detail"].as_str().unwrap_or_default();
        // From v6.18 on, the switch shows all threads that a CPU quota holds back.
        let is_needless = *probe == Probe::SchedWakeup && kind == "not needed on this kernel";
        assert!(
            is_needless || ["tp_btf", "raw_tp", "perf_event"].contains(&kind),
            "{check}"
        );
        assert_eq!(check["state"], "ok");
    }
    let buffer = find(&doctor, "probes", "ring buffer")?;
    assert!(
        buffer["detail"]
            .as_str()
            .is_some_and(|detail| detail.contains("records arrive"))
    );
    assert_eq!(find(&doctor, "probes", "task iterator")?["state"], "ok");
    assert_eq!(find(&doctor, "engines", "embedded")?["state"], "ok");
    assert_eq!(find(&doctor, "privileges", "CAP_BPF")?["state"], "ok");
    assert!(!checks(&doctor, "storage")?.is_empty());
    assert_eq!(find(&doctor, "engine storage", "vfs")?["state"], "ok");
    assert_eq!(
        find(&doctor, "engine storage", "btrfs")?["detail"],
        "on loop:btrfs:2G"
    );
    Ok(())
}

#[test]
fn the_text_says_whether_tracing_works_and_nothing_is_left() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let output = ctrprof::command()?
        .arg("doctor")
        .env("TMPDIR", scratch.path())
        .output()?;
    ctrprof::succeeded(&output)?;
    assert_eq!(scratch.entries()?, Vec::<String>::new());
    let text = String::from_utf8(output.stdout)?;
    assert!(text.contains("sched_switch"), "{text}");
    assert!(text.contains("ctrprof works here"), "{text}");
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    Ok(())
}

#[test]
fn without_privileges_it_says_what_is_missing() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let output = as_nobody(&scratch, &["doctor", "--format", "json"])?;
    assert_eq!(output.status.code(), Some(1));
    let doctor = json(&output)?;
    let capability = find(&doctor, "privileges", "CAP_BPF")?;
    assert_eq!(capability["state"], "missing");
    let load = find(&doctor, "probes", "load")?;
    for check in [capability, load] {
        let remedy = check["remedy"].as_str().unwrap_or_default();
        assert!(remedy.contains("run as root"), "{check}");
    }
    Ok(())
}

#[test]
fn without_privileges_the_text_names_the_remedy() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let output = as_nobody(&scratch, &["doctor"])?;
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout)?;
    assert!(text.contains("run as root, or grant CAP_BPF"), "{text}");
    assert!(text.contains("ctrprof cannot profile here"), "{text}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(scratch.entries()?, ["ctrprof"]);
    Ok(())
}

//! `ctrprof run --untraced` and `--observer-check`: statistics of the stages of one configuration.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;

use anyhow::{Context, Result, ensure};
use bench::store;
use ctrprof_tests::ctrprof::{command, succeeded};
use ctrprof_tests::scratch::Scratch;
use ctrprof_tests::turn::beside_others;
use serde_json::Value;

const STAGES: [&str; 6] = ["create", "start", "exec", "stop", "remove", "total"];

/// `ctrprof run WORDS...`, with the engine's folders below `base`, where nothing may be left.
fn run(base: &Path, words: &[&str]) -> Result<Output> {
    let folders = base.join("base");
    fs::create_dir_all(&folders)?;
    let output = command()?
        .arg("run")
        .args(words)
        .arg("--run-dir")
        .arg(&folders)
        .output()?;
    let left = fs::read_dir(&folders)?.count();
    ensure!(left == 0, "{left} folders are left");
    Ok(output)
}

fn json(output: &Output) -> Result<Value> {
    serde_json::from_slice(&output.stdout).with_context(|| {
        let said = String::from_utf8_lossy(&output.stderr);
        format!("{}: {said}", output.status)
    })
}

fn names(stages: &Value) -> Vec<&str> {
    let stages = stages.as_array().into_iter().flatten();
    stages.filter_map(|stage| stage["name"].as_str()).collect()
}

#[test]
fn twenty_untraced_runs_are_statistics_of_stages() -> Result<()> {
    let _turn = beside_others();
    let scratch = Scratch::new()?;
    let words = ["hello-world", "--untraced", "-n", "20"];
    let output = run(scratch.path(), &words)?;
    succeeded(&output)?;
    let text = String::from_utf8(output.stdout)?;
    for part in [
        "20 runs",
        "untraced",
        "median",
        "95 % interval",
        "best 3/4",
        "embedded/libcontainer/auto/host/host-gnu/none/root",
    ] {
        assert!(text.contains(part), "no {part} in {text}");
    }
    for stage in STAGES {
        let row = text.lines().find(|line| line.trim().starts_with(stage));
        let row = row.with_context(|| format!("no row for {stage} in {text}"))?;
        // The median of a box plot.
        assert!(row.contains('┃'), "{row}");
    }
    Ok(())
}

#[test]
fn what_is_kept_is_a_bench_that_no_other_command_adds_to() -> Result<()> {
    let _turn = beside_others();
    let scratch = Scratch::new()?;
    let kept = scratch.path().join("kept");
    let kept = kept.to_str().context("not UTF-8")?;
    let words = [
        "io-read",
        "--size",
        "xs",
        "--untraced",
        "-n",
        "4",
        "-o",
        kept,
    ];
    let output = run(
        scratch.path(),
        &[&words[..], &["--format", "json"]].concat(),
    )?;
    succeeded(&output)?;
    let report = json(&output)?;
    let cell = &report["cells"][0];
    assert_eq!(report["mode"], "untraced");
    assert_eq!(
        (&report["complete"], &cell["runs"]),
        (&true.into(), &4.into())
    );
    assert_eq!(cell["workload"], "io-read/xs");
    assert_eq!(cell["description"]["storage"], "overlay");
    assert_eq!(names(&cell["stages"]), STAGES);
    for stage in cell["stages"].as_array().context("no stages")? {
        assert_eq!(
            (&stage["runs"], &stage["best_runs"]),
            (&4.into(), &3.into())
        );
    }
    let (_, records) = store::read(Path::new(kept))?;
    assert_eq!(records.iter().filter(|run| !run.warm_up).count(), 4);
    let again = command()?
        .args(["report", kept, "--format", "json"])
        .output()?;
    succeeded(&again)?;
    assert_eq!(json(&again)?, report);
    let refused = run(scratch.path(), &words)?;
    let said = String::from_utf8(refused.stderr)?;
    assert!(
        !refused.status.success() && said.contains("holds results already"),
        "{said}"
    );
    Ok(())
}

#[test]
fn an_observer_check_says_what_recording_costs_and_keeps_the_recordings() -> Result<()> {
    let _turn = beside_others();
    let scratch = Scratch::new()?;
    let kept = scratch.path().join("kept");
    let kept = kept.to_str().context("not UTF-8")?;
    let words = ["hello-world", "--observer-check", "-n", "3", "-o", kept];
    let output = run(
        scratch.path(),
        &[&words[..], &["--format", "json"]].concat(),
    )?;
    succeeded(&output)?;
    let report = json(&output)?;
    let observer = &report["cells"][0]["observer"];
    assert_eq!(names(observer), STAGES);
    for stage in observer.as_array().context("no observer")? {
        assert_eq!(stage["pairs"], 3, "{stage}");
        assert!(stage["untraced_median_ns"].as_u64() > Some(0), "{stage}");
    }
    let (_, records) = store::read(Path::new(kept))?;
    let recordings = records.iter().filter_map(|run| run.recording.as_deref());
    let recordings: Vec<&str> = recordings.collect();
    assert_eq!(recordings.len(), 3);
    for recording in recordings {
        assert!(
            Path::new(kept)
                .join(recording)
                .join("manifest.json")
                .exists()
        );
    }
    Ok(())
}

#[test]
fn failed_runs_are_told_apart_and_fail_the_command() -> Result<()> {
    let _turn = beside_others();
    let scratch = Scratch::new()?;
    let runtime = scratch.path().join("crun-of-the-test");
    // Fails every second time that a container is to be started.
    let script = r#"#!/bin/sh
        case " $* " in *" start "*)
            toggle="$0.failed"
            if [ -e "$toggle" ]; then rm "$toggle"; else touch "$toggle"; echo too tired >&2; exit 1; fi
        esac
        exec crun "$@""#;
    fs::write(&runtime, script)?;
    fs::set_permissions(&runtime, fs::Permissions::from_mode(0o755))?;
    let runtime = runtime.to_str().context("not UTF-8")?;
    let words = ["hello-world", "--untraced", "-n", "4", "--warmups", "0"];
    let words = [&words[..], &["--runtime", runtime, "--format", "json"]].concat();
    let output = run(scratch.path(), &words)?;
    assert_eq!(output.status.code(), Some(1));
    let report = json(&output)?;
    let cell = &report["cells"][0];
    assert_eq!((&cell["runs"], &cell["failed"]), (&2.into(), &2.into()));
    let why = cell["failures"][0]["message"].as_str().unwrap_or_default();
    assert!(why.contains("too tired"), "{why}");
    for stage in cell["stages"].as_array().context("no stages")? {
        assert_eq!(stage["runs"], 2, "{stage}");
    }
    Ok(())
}

#[test]
fn what_statistics_do_not_have_is_refused_before_the_first_run() -> Result<()> {
    let _turn = beside_others();
    let scratch = Scratch::new()?;
    for option in [&["--format", "folded"][..], &["--path"]] {
        let output = run(
            scratch.path(),
            &[&["hello-world", "--untraced"], option].concat(),
        )?;
        let said = String::from_utf8(output.stderr)?;
        assert!(!output.status.success(), "{option:?}");
        assert!(
            said.contains("neither stacks nor a critical path"),
            "{said}"
        );
    }
    Ok(())
}

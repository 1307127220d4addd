//! Benches of the real engines compared with the published figures of the study.

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use anyhow::{Context, Result};
use ctrprof_tests::ctrprof::{command, succeeded};
use ctrprof_tests::scratch::Scratch;
use serde_json::Value;

/// Runs a matrix without recording, and says where its results are.
fn bench(folder: &Scratch, name: &str, matrix: &str) -> Result<PathBuf> {
    let path = folder.path().join(format!("{name}.toml"));
    fs::write(&path, matrix)?;
    let results = folder.path().join(format!("{name}.bench"));
    let mut bench = command()?;
    bench.arg("bench").arg(&path).arg("-o").arg(&results);
    bench.arg("--run-dir").arg(folder.path());
    succeeded(&bench.arg("--untraced").output()?)?;
    Ok(results)
}

fn compared(directories: &[&PathBuf], options: &[&str]) -> Result<Output> {
    let mut compare = command()?;
    compare.arg("compare-study").args(directories).args(options);
    Ok(compare.output()?)
}

fn list<'v>(report: &'v Value, name: &str) -> Result<&'v Vec<Value>> {
    let list = report[name].as_array();
    list.with_context(|| format!("{name} is no list"))
}

#[test]
fn what_was_measured_is_held_against_the_study_and_the_rest_is_counted() -> Result<()> {
    let folder = Scratch::new()?;
    // A hundred files and a thousand, in the prototype's place: labelled as the study has it.
    let prototype = bench(
        &folder,
        "prototype",
        r#"
        runs = 6
        workloads = ["io-write/sm", "io-write/md"]
        label = "contingious,alpine,{runtime},{storage},0"
        configurations = [{ runtime = "crun", storage = "bind", image = "host-busybox" }]
        "#,
    )?;
    // Without labels and with few runs; the last configuration is impossible everywhere.
    let podman = bench(
        &folder,
        "podman",
        r#"
        runs = 2
        warmups = 0
        workloads = "hello-world"
        [[configurations]]
        manager = "podman"
        image = "host-busybox"
        runtime = ["crun", "runc"]
        storage = "vfs"
        [[configurations]]
        manager = "podman"
        image = "host-busybox"
        runtime = "crun"
        storage = "btrfs"
        rootless = true
        "#,
    )?;
    let output = compared(&[&prototype, &podman], &["--format", "json"])?;
    succeeded(&output)?;
    let report: Value = serde_json::from_slice(&output.stdout)?;
    let exec = list(&report, "orderings")?
        .iter()
        .find(|ordering| ordering["axis"] == "size" && ordering["stage"] == "exec")
        .context("the sizes were not compared")?;
    assert_eq!(exec["verdict"], "agree", "{exec:#}");
    assert_eq!(exec["slower"]["workload"], "io-write/md");
    let runtimes = list(&report, "orderings")?
        .iter()
        .filter(|ordering| ordering["axis"] == "runtime");
    let mut stages = Vec::new();
    for ordering in runtimes {
        assert_eq!(ordering["verdict"], "cannot-tell");
        assert_eq!(ordering["slower"]["runs"], 2);
        stages.push(ordering["stage"].as_str().unwrap_or_default());
    }
    assert_eq!(stages, ["create", "start", "exec", "total"]);
    // All orderings of the study are somewhere.
    let all = ["agree", "disagree", "cannot_tell", "not_measured"];
    let all = all.map(|name| report["all"][name].as_u64().unwrap_or_default());
    assert_eq!(all.iter().sum::<u64>(), 35_197);
    let reasons = list(&report, "not_measured")?.iter();
    let reasons: Vec<&str> = reasons.filter_map(|why| why["reason"].as_str()).collect();
    assert!(reasons.contains(&"impossible"), "{reasons:?}");
    let kinds = list(&report, "notices")?.iter();
    let kinds: Vec<&str> = kinds.filter_map(|notice| notice["kind"].as_str()).collect();
    assert!(
        kinds.contains(&"derived") && kinds.contains(&"other-network"),
        "{kinds:?}"
    );
    let output = compared(&[&prototype], &["--all"])?;
    succeeded(&output)?;
    let text = String::from_utf8(output.stdout)?;
    assert!(
        text.contains("io-write/sm → io-write/md · contingious alpine crun bind"),
        "{text}"
    );
    Ok(())
}

#[test]
fn what_is_no_bench_or_has_nothing_of_the_study_is_refused() -> Result<()> {
    let folder = Scratch::new()?;
    let nowhere = folder.path().join("nowhere");
    let output = compared(&[&nowhere], &[])?;
    let said = String::from_utf8(output.stderr)?;
    assert!(
        !output.status.success() && said.contains("there is no bench at"),
        "{said}"
    );
    assert!(said.contains("give the directory of a bench"), "{said}");
    let matrix = "runs = 1\nwarmups = 0\nworkloads = \"hello-world\"\nconfigurations = [{ storage = \"bind\" }]";
    let stranger = bench(&folder, "stranger", matrix)?;
    let output = compared(&[&stranger], &[])?;
    let said = String::from_utf8(output.stderr)?;
    assert!(!output.status.success(), "{said}");
    for word in [
        "the study has none",
        "embedded/libcontainer/bind",
        "experiments/study-72.toml",
    ] {
        assert!(said.contains(word), "no `{word}` in: {said}");
    }
    Ok(())
}

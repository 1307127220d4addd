//! A daemon that was there before: the client alone is traced, and who works for it joins.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use ctrprof_tests::ctrprof::{self, Level};
use ctrprof_tests::docker::{self, Docker};
use ctrprof_tests::folded::{self, total_ns};
use ctrprof_tests::report;
use ctrprof_tests::scratch::Scratch;
use ctrprof_tests::turn::alone;
use serde_json::Value;

/// Longest between the command's end and the recording's: `--linger` has its default of 300 ms, and what
/// the command started may need a moment to end.
const END_LIMIT_NS: u64 = 5_000_000_000;

/// The report on a command that is traced where a daemon serves.
fn traced(recording: &Path, command: &[&str]) -> Result<Value> {
    traced_after("", recording, command)
}

/// The same, after a shell's script that is not traced.
fn traced_after(script: &str, recording: &Path, command: &[&str]) -> Result<Value> {
    let docker = Docker::new()?;
    let trace = ctrprof::trace(Level::Full, recording, command)?;
    let mut served = Command::new("sh");
    served
        .args(["-euc", &format!("{script}\nexec \"$@\""), "sh"])
        .arg(trace.get_program())
        .args(trace.get_args());
    ctrprof::succeeded(&docker.private(&served).output()?)?;
    ends_with_the_command(recording)?;
    ctrprof::report(recording)
}

/// containerd's timers, which never end, do not keep a recording open.
fn ends_with_the_command(recording: &Path) -> Result<()> {
    let manifest = fs::read(recording.join("manifest.json"))?;
    let manifest: Value = serde_json::from_slice(&manifest)?;
    let at_ns = |name: &str| manifest[name].as_u64().context(name.to_owned());
    let beyond_ns = at_ns("ended_ns")?.saturating_sub(at_ns("command_ended_ns")?);
    ensure!(beyond_ns < END_LIMIT_NS, "recorded for {beyond_ns} ns more");
    Ok(())
}

/// Process numbers of a run by role.
fn pids(run: &Value, roles: &[&str]) -> BTreeSet<u64> {
    let stages = run["stages"].as_array().into_iter().flatten();
    let processes = stages.flat_map(|stage| stage["processes"].as_array().into_iter().flatten());
    processes
        .filter(|process| roles.contains(&process["role"].as_str().unwrap_or_default()))
        .filter_map(|process| process["pid"].as_u64())
        .collect()
}

#[test]
fn daemon_shim_and_runtime_are_on_the_clients_path() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let recording = scratch.path().join("recording");
    let command = docker::run("one");
    let command: Vec<&str> = command.iter().map(String::as_str).collect();
    let report = traced(&recording, &command)?;
    report::paths_are_whole(&report)?;
    let run = report::container(&report, "one").context("no container is named one")?;
    assert_eq!(run["container"]["id"].as_str().map(str::len), Some(64));
    assert_eq!(
        report::stage_names(run),
        ["create", "start", "exec", "stop", "remove"]
    );
    let path = folded::critical_path(&recording)?;
    for (role, process) in [
        ("client", "docker"),
        ("manager", "dockerd"),
        ("manager", "containerd"),
        ("shim", "containerd-shim"),
        ("runtime", "runc"),
        ("container", "echo"),
    ] {
        let on_path_ns = total_ns(&path, |piece| {
            piece.role == role && piece.process == process
        });
        assert!(on_path_ns > 0, "no {process} as {role} on the path");
    }
    // dockerd runs itself anew to set the container's network up.
    let anew_ns = total_ns(&path, |piece| {
        piece.role == "manager" && piece.process == "libnetwork-setkey"
    });
    assert!(anew_ns > 0, "dockerd's own executable is not on the path");
    user_time_has_functions(&report)
}

/// dockerd has symbols, and runc is stripped; each execution of dockerd initialises its packages.
fn user_time_has_functions(report: &Value) -> Result<()> {
    let functions = report::functions(report);
    let mut anew = functions
        .iter()
        .filter(|row| row.process == "libnetwork-setkey");
    let initialisers = anew.find(|row| row.name == "package initialisers");
    let packages = initialisers.context("no package is initialised")?;
    let is_dockers = |package: &&str| package.starts_with("github.com/docker/");
    ensure!(packages.parts.iter().any(is_dockers), "{packages:?}");
    let mut runtime = functions.iter().filter(|row| row.process == "runc");
    ensure!(
        runtime.any(|row| row.parts.iter().any(|part| part.starts_with("runtime."))),
        "no function of runc: {functions:?}"
    );
    Ok(())
}

#[test]
fn a_start_shows_what_dockerds_executions_of_itself_initialise() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let create = docker::call(&["create", "--name", "one", docker::IMAGE, docker::PROGRAM]);
    let report = traced_after(
        &format!("{} > /dev/null", create.join(" ")),
        &scratch.path().join("recording"),
        &docker::call(&["start", "one"])
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>(),
    )?;
    report::paths_are_whole(&report)?;
    let run = report::container(&report, "one").context("no container is named one")?;
    let names = report::stage_names(run);
    ensure!(names.contains(&"start"), "{names:?}");
    user_time_has_functions(&report)
}

#[test]
fn two_containers_of_one_daemon_are_told_apart() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let recording = scratch.path().join("recording");
    let script = format!(
        "{} & {} & wait",
        docker::run("one").join(" "),
        docker::run("two").join(" ")
    );
    let report = traced(&recording, &["sh", "-c", &script])?;
    report::paths_are_whole(&report)?;
    let one = report::container(&report, "one").context("no container is named one")?;
    let two = report::container(&report, "two").context("no container is named two")?;
    assert_ne!(one["container"]["id"], two["container"]["id"]);
    let own = ["shim", "runtime", "container"];
    let (one, two) = (pids(one, &own), pids(two, &own));
    assert!(one.len() > 2 && two.len() > 2, "{one:?} {two:?}");
    assert!(one.is_disjoint(&two), "{one:?} {two:?}");
    Ok(())
}

//! A real engine, traced from outside: who takes part is found without being told.

use anyhow::{Context, Result};
use ctrprof_tests::ctrprof::{self, Level};
use ctrprof_tests::folded::{self, total_ns};
use ctrprof_tests::podman::{NAME, Podman};
use ctrprof_tests::report;
use ctrprof_tests::scratch::Scratch;
use ctrprof_tests::turn::alone;

#[test]
fn podman_and_all_that_it_starts_are_shown_under_their_roles() -> Result<()> {
    let _turn = alone();
    let podman = Podman::new()?;
    let scratch = Scratch::new()?;
    let recording = scratch.path().join("recording");
    let traced = podman.run("hello");
    let traced: Vec<&str> = traced.iter().map(String::as_str).collect();
    let output = podman
        .private(&ctrprof::trace(Level::Full, &recording, &traced)?)
        .output()?;
    ctrprof::succeeded(&output)?;
    assert!(
        String::from_utf8_lossy(&output.stdout)
            .lines()
            .any(|line| line == "hello"),
        "{output:?}"
    );
    let report = ctrprof::report(&recording)?;
    let processes = report::processes(&report);
    for (comm, role) in [
        ("podman", "manager"),
        ("conmon", "shim"),
        ("crun", "runtime"),
        ("echo", "container"),
    ] {
        assert!(
            processes.contains(&(comm, role)),
            "no {comm} as {role} in {processes:?}"
        );
    }
    for name in ["mount", "pivot_root", "execve"] {
        assert!(
            report::calls(&report, name).count > 0,
            "the runtime's {name} is not in the report"
        );
    }
    report::paths_are_whole(&report)?;
    let run = report::container(&report, NAME).context("the container is not named")?;
    assert_eq!(run["container"]["id"].as_str().map(str::len), Some(64));
    assert_eq!(
        report::stage_names(run),
        ["create", "start", "exec", "stop", "remove"]
    );
    // Moving conmon into its cgroup waits for a grace period.
    let path = folded::critical_path(&recording)?;
    let waited_ns = total_ns(&path, |piece| {
        let has = |name: &str| piece.frames.iter().any(|frame| frame == name);
        piece.phase == "rcu" && has("cgroup_procs_write_start") && has("write")
    });
    assert!(waited_ns > 0, "no grace period of cgroup.procs: {path:#?}");
    Ok(())
}

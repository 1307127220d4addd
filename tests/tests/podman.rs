//! A real engine, traced from outside: who takes part is found without being told.

use anyhow::Result;
use ctrprof_tests::ctrprof::{self, Level};
use ctrprof_tests::podman::Podman;
use ctrprof_tests::report;
use ctrprof_tests::scratch::{Scratch, alone};

#[test]
fn podman_and_all_that_it_starts_are_shown_under_their_roles() -> Result<()> {
    let _alone = alone();
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
    Ok(())
}

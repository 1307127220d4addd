//! `cargo xtask ci`: all checks, the quick ones first and the tests last.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::command::{self, cargo};
use crate::workspace::Workspace;
use crate::{deny, ebpf, guest, test, tidy};

/// A check, and what it is called in the log.
type Step = (&'static str, fn(&Workspace) -> Result<()>);

/// The tests come last, so that the log ends with what `cargo test` says.
const STEPS: &[Step] = &[
    ("formatting", formatting),
    ("tidy", tidy::run),
    ("clippy", clippy),
    ("clippy of the kernel programs", |workspace| {
        ebpf::clippy(workspace, None)
    }),
    ("the BPF object", |workspace| ebpf::check(workspace, None)),
    ("dependencies", deny::run),
    ("guests", |workspace| {
        guest::run(workspace, &guest::Options::default())
    }),
    ("tests", |workspace| test::run(workspace, None)),
];

/// Runs every check and stops at the first that fails.
pub fn run(workspace: &Workspace) -> Result<()> {
    let mut taken: Vec<(&str, Duration)> = Vec::new();
    for (index, (name, step)) in STEPS.iter().enumerate() {
        if index + 1 == STEPS.len() {
            print_times(&taken);
        }
        println!("== {name}");
        let start = Instant::now();
        step(workspace).with_context(|| {
            format!(
                "the check of {name} failed after {:.1} s",
                start.elapsed().as_secs_f64()
            )
        })?;
        taken.push((name, start.elapsed()));
    }
    Ok(())
}

fn print_times(taken: &[(&str, Duration)]) {
    for (name, time) in taken {
        println!("{:8.1} s  {name}", time.as_secs_f64());
    }
}

fn formatting(workspace: &Workspace) -> Result<()> {
    command::run(cargo(workspace).args(["fmt", "--all", "--check"]))
}

fn clippy(workspace: &Workspace) -> Result<()> {
    let everything = ["--workspace", "--exclude", "profiler-ebpf", "--all-targets"];
    // Tests for guests are none of the targets that `cargo test` runs here.
    let guests = ["--package", "ctrprof-tests", "--test", "guest"];
    for targets in [&everything, &guests] {
        let mut clippy = cargo(workspace);
        clippy.arg("clippy").args(targets).arg("--locked");
        command::run(clippy.args(["--", "-D", "warnings"]))?;
    }
    Ok(())
}

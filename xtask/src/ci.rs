//! `cargo xtask ci`: all checks, the quick ones first and the tests last. Packages are fetched while
//! the compiler is busy, and guests, which have one processor each, run beside the other checks.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::background::Background;
use crate::workspace::Workspace;
use crate::{builds, command, deny, ebpf, scripts, test, tidy};

/// The checks that have passed, and how long they took.
#[derive(Default)]
struct Passed {
    taken: Vec<(&'static str, Duration)>,
}

/// Runs every check and stops at the first that fails.
pub fn run(workspace: &Workspace) -> Result<()> {
    let begun = Instant::now();
    let mut passed = Passed::default();
    passed.step("formatting", || formatting(workspace))?;
    passed.step("tidy", || tidy::run(workspace))?;
    let prepare = Background::start(workspace, "prepare")?;
    passed.step("build", || builds::everything(workspace))?;
    passed.join("packages and tools", prepare)?;
    passed.step("scripts", || scripts::run(workspace))?;
    let guests = Background::start(workspace, "guest")?;
    passed.step("clippy of the kernel programs", || {
        ebpf::clippy(workspace, None)
    })?;
    passed.step("the BPF object", || ebpf::check(workspace, None))?;
    passed.step("dependencies", || deny::run(workspace))?;
    // After those that have a target folder of their own: cargo lets one at a time into each, and
    // the guests have something to build first.
    passed.step("clippy", || clippy(workspace))?;
    // Tests measure the machine, so nothing else runs beside them. They come last, so that the log
    // ends with what `cargo test` says.
    passed.join("guests", guests)?;
    passed.print(begun.elapsed());
    println!("== tests");
    test::run(workspace, None)
}

impl Passed {
    fn step(&mut self, name: &'static str, check: impl FnOnce() -> Result<()>) -> Result<()> {
        println!("== {name}");
        let begun = Instant::now();
        check().with_context(|| {
            let spent_s = begun.elapsed().as_secs_f64();
            format!("the check of {name} failed after {spent_s:.1} s")
        })?;
        self.taken.push((name, begun.elapsed()));
        Ok(())
    }

    /// The end of what was started before.
    fn join(&mut self, name: &'static str, background: Background) -> Result<()> {
        println!("== {name}, begun before");
        let ran = background
            .finish()
            .with_context(|| format!("the check of {name} failed"))?;
        self.taken.push((name, ran));
        Ok(())
    }

    fn print(&self, all: Duration) {
        for (name, time) in &self.taken {
            println!("{:8.1} s  {name}", time.as_secs_f64());
        }
        println!(
            "{:8.1} s  all of these, some beside others",
            all.as_secs_f64()
        );
    }
}

fn formatting(workspace: &Workspace) -> Result<()> {
    command::run(command::cargo(workspace).args(["fmt", "--all", "--check"]))
}

fn clippy(workspace: &Workspace) -> Result<()> {
    // Tests for guests are none of the targets that `cargo test` runs here.
    for targets in [&["--all-targets"][..], &["--test", "guest"]] {
        let mut clippy = builds::cargo_on_all(workspace, "clippy");
        command::run(clippy.args(targets).args(["--", "-D", "warnings"]))?;
    }
    without_libcontainer(workspace)
}

/// The engine without its default feature, which no other command builds.
fn without_libcontainer(workspace: &Workspace) -> Result<()> {
    let mut clippy = command::cargo(workspace);
    clippy.args([
        "clippy",
        "--locked",
        "-p",
        "engine",
        "--no-default-features",
    ]);
    command::run(clippy.args(["--", "-D", "warnings"]))
}

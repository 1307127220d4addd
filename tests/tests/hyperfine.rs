//! The wall times of stages, and how `ctrprof diff` compares them, compared with hyperfine, which
//! starts the same commands without a profiler.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use ctrprof_tests::ctrprof::{self, Level};
use ctrprof_tests::scratch::{Scratch, alone};
use serde_json::Value;

/// Runs of each command under each of the two.
const RUNS: u32 = 6;
/// How often both measure at most: what else the machine does falls on one of them.
const TRIES: u32 = 5;
/// Two commands that compute, with next to no system calls, which recording makes slower; the second
/// for twice as long.
const COMMANDS: [&str; 2] = [
    "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done",
    "i=0; while [ $i -lt 40000 ]; do i=$((i+1)); done",
];

/// The fastest runs of the two commands, nanoseconds: what else the machine does makes none faster.
type Fastest = [f64; 2];

fn number(value: &Value, pointer: &str) -> Result<f64> {
    let found = value.pointer(pointer).and_then(Value::as_f64);
    found.with_context(|| format!("no number at {pointer}"))
}

/// By hyperfine, which starts them without a shell of its own.
fn by_hyperfine(folder: &Path) -> Result<Fastest> {
    let export = folder.join("hyperfine.json");
    let output = Command::new("hyperfine")
        .args(["--shell=none", "--warmup", "1", "--runs", &RUNS.to_string()])
        .arg("--export-json")
        .arg(&export)
        .args(COMMANDS.map(|command| format!("sh -c '{command}'")))
        .output()
        .context("failed to run hyperfine")?;
    ctrprof::succeeded(&output)?;
    let exported: Value = serde_json::from_slice(&fs::read(&export)?)?;
    let fastest_s = |index: usize| number(&exported, &format!("/results/{index}/min"));
    Ok([fastest_s(0)? * 1e9, fastest_s(1)? * 1e9])
}

/// By recordings, taken in turns, and compared.
fn by_ctrprof(folder: &Path) -> Result<Fastest> {
    let sides = ["a", "b"].map(|side| folder.join(side));
    for side in &sides {
        fs::create_dir_all(side)?;
    }
    for run in 0..RUNS {
        for (side, command) in sides.iter().zip(COMMANDS) {
            let recording = side.join(run.to_string());
            let mut trace = ctrprof::trace(Level::Full, &recording, &["sh", "-c", command])?;
            ctrprof::succeeded(&trace.output()?)?;
        }
    }
    let output = ctrprof::command()?
        .arg("diff")
        .args(&sides)
        .args(["--format", "json"])
        .output()?;
    ctrprof::succeeded(&output)?;
    let diff: Value = serde_json::from_slice(&output.stdout)?;
    let fastest_ns = |side: &str| number(&diff, &format!("/stages/0/wall/{side}/min_ns"));
    Ok([fastest_ns("a")?, fastest_ns("b")?])
}

/// Whether recording made neither command more than a half slower, or any faster than it is, and
/// both say by how much the second is slower.
fn agree(ours: Fastest, theirs: Fastest) -> bool {
    let is_near = |of: usize| (0.8..1.5).contains(&(ours[of] / theirs[of]));
    let ratio = |fastest: Fastest| fastest[1] / fastest[0];
    is_near(0) && is_near(1) && (0.8..1.25).contains(&(ratio(ours) / ratio(theirs)))
}

#[test]
fn commands_last_as_long_as_hyperfine_says() -> Result<()> {
    let _alone = alone();
    let (mut ours, mut theirs) = ([f64::INFINITY; 2], [f64::INFINITY; 2]);
    for _ in 0..TRIES {
        let scratch = Scratch::new()?;
        let (hyperfine, ctrprof) = (by_hyperfine(scratch.path())?, by_ctrprof(scratch.path())?);
        for of in 0..2 {
            theirs[of] = theirs[of].min(hyperfine[of]);
            ours[of] = ours[of].min(ctrprof[of]);
        }
        if agree(ours, theirs) {
            return Ok(());
        }
    }
    bail!("ctrprof says {ours:?} ns, hyperfine {theirs:?} ns");
}

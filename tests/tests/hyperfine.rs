//! The wall times of stages, and how `ctrprof diff` compares them, held against hyperfine, which
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
/// How often both measure: what else the machine does falls on one of them.
const TRIES: u32 = 3;
/// Two commands that compute, with next to no system calls, which recording makes dearer; the second
/// for twice as long.
const COMMANDS: [&str; 2] = [
    "i=0; while [ $i -lt 40000 ]; do i=$((i+1)); done",
    "i=0; while [ $i -lt 80000 ]; do i=$((i+1)); done",
];

/// Times of the two commands, nanoseconds, and that of the second over that of the first.
#[derive(Debug)]
struct Measured {
    fastest_ns: [f64; 2],
    ratio: f64,
}

fn number(value: &Value, pointer: &str) -> Result<f64> {
    let found = value.pointer(pointer).and_then(Value::as_f64);
    found.with_context(|| format!("no number at {pointer}"))
}

/// By hyperfine, which starts them without a shell of its own.
fn by_hyperfine(folder: &Path) -> Result<Measured> {
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
    let seconds = |index: usize, what: &str| number(&exported, &format!("/results/{index}/{what}"));
    Ok(Measured {
        fastest_ns: [seconds(0, "min")? * 1e9, seconds(1, "min")? * 1e9],
        ratio: seconds(1, "mean")? / seconds(0, "mean")?,
    })
}

/// By recordings, taken in turns, and compared.
fn by_ctrprof(folder: &Path) -> Result<Measured> {
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
    Ok(Measured {
        fastest_ns: [
            number(&diff, "/stages/0/wall/a/min_ns")?,
            number(&diff, "/stages/0/wall/b/min_ns")?,
        ],
        ratio: number(&diff, "/stages/0/wall/ratio/value_ppm")? / 1e6,
    })
}

/// Whether recording made neither command more than a half slower, or any faster than it is, and
/// both say the same of which is slower.
fn agree(ours: &Measured, theirs: &Measured) -> bool {
    let is_near = |(ours, theirs): (&f64, &f64)| (0.8..1.5).contains(&(ours / theirs));
    let mut times = ours.fastest_ns.iter().zip(&theirs.fastest_ns);
    times.all(is_near) && (0.8..1.25).contains(&(ours.ratio / theirs.ratio))
}

#[test]
fn commands_last_as_long_as_hyperfine_says() -> Result<()> {
    let _alone = alone();
    let mut tried = Vec::new();
    for _ in 0..TRIES {
        let scratch = Scratch::new()?;
        let theirs = by_hyperfine(scratch.path())?;
        let ours = by_ctrprof(scratch.path())?;
        if agree(&ours, &theirs) {
            return Ok(());
        }
        tried.push((ours, theirs));
    }
    bail!("ctrprof and hyperfine measure differently: {tried:#?}")
}

//! `ctrprof what-if`: a cause is planted, its removal predicted, and then it is removed and measured.

use std::path::Path;

use anyhow::{Context, Result, bail};
use ctrprof_tests::ctrprof::{self, Level, succeeded};
use ctrprof_tests::report;
use ctrprof_tests::scratch::Scratch;
use ctrprof_tests::tries;
use ctrprof_tests::turn::alone;
use serde_json::Value;

const MS: u64 = 1_000_000;
/// Recordings of each side in the first try, and tries.
const RECORDINGS: usize = 3;
const TRIES: u32 = 9;

/// What is asked of the recordings of one command, and the command that has it in fact.
struct Planted<'p> {
    name: &'p str,
    with: &'p [&'p str],
    change: &'p str,
    without: &'p [&'p str],
    /// A file that both make anew.
    makes: Option<&'p str>,
}

impl Planted<'_> {
    fn remove_file(&self) {
        if let Some(file) = self.makes {
            // The first time there is none.
            let _ = std::fs::remove_file(file);
        }
    }
}

/// A prediction is right within 10 % of what is measured or of what was saved, or 1 ms: by the medians of the
/// recordings so far, of which each try makes more.
fn holds(planted: &Planted<'_>) -> Result<()> {
    let (mut recorded, mut predicted, mut measured) = (Vec::new(), Vec::new(), Vec::new());
    tries::one_of(TRIES, planted.name, |number| {
        let more = if number == 1 { RECORDINGS } else { 1 };
        for _ in 0..more {
            let scratch = Scratch::new()?;
            let recording = scratch.path().join("with");
            planted.remove_file();
            let recorded_ns = traced_ns(&recording, planted.with)?;
            let answer = match what_if(&recording, &[planted.change]) {
                // The functions of a program that is over soon are not always known.
                Err(error) if format!("{error:#}").contains("names nothing") => {
                    return Ok(Err(error));
                }
                answer => answer?,
            };
            recorded.push(recorded_ns);
            predicted.push(total_ns(&answer, "replayed_ns")?);
            planted.remove_file();
            measured.push(traced_ns(&scratch.path().join("without"), planted.without)?);
        }
        let (predicted_ns, measured_ns) = (median(&predicted), median(&measured));
        let recorded_ns = median(&recorded);
        let told = format!(
            "recorded {recorded_ns} ns, predicted {predicted_ns} ns, measured {measured_ns} ns"
        );
        println!("{}: {told}", planted.name);
        let saved_ns = recorded_ns.saturating_sub(measured_ns);
        let tolerance_ns = (measured_ns.max(saved_ns) / 10).max(MS);
        let is_right = predicted_ns.abs_diff(measured_ns) <= tolerance_ns;
        Ok(is_right.then_some(()).context(told))
    })
}

fn median(times_ns: &[u64]) -> u64 {
    let mut sorted = times_ns.to_vec();
    sorted.sort_unstable();
    sorted[sorted.len() / 2]
}

/// Records a command, and returns how long it took.
fn traced_ns(recording: &Path, command: &[&str]) -> Result<u64> {
    let report = ctrprof::traced_report(Level::Full, recording, command)?;
    let stages = report::stages(&report);
    let wall_ns = stages.first().and_then(|stage| stage["wall_ns"].as_u64());
    wall_ns.context("no stage has a wall_ns")
}

/// The answer, which is only given if the replay without changes ends when the recording did.
fn what_if(recording: &Path, changes: &[&str]) -> Result<Value> {
    let mut command = ctrprof::command()?;
    command.arg("what-if").arg(recording).args(changes);
    let output = command.args(["--format", "json"]).output()?;
    succeeded(&output)?;
    serde_json::from_slice(&output.stdout).context("the answer is no JSON")
}

fn total_ns(answer: &Value, name: &str) -> Result<u64> {
    let time_ns = answer["total"][name].as_u64();
    time_ns.with_context(|| format!("no total.{name} in {answer}"))
}

#[test]
fn removing_syncs_saves_what_was_predicted() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let file = scratch.path().join("file");
    let file = file.to_str().context("the path is no text")?;
    let sync_file = env!("CARGO_BIN_EXE_sync-file");
    holds(&Planted {
        name: "removing_syncs_saves_what_was_predicted",
        with: &[sync_file, file, "200"],
        change: "call:fsync",
        without: &[sync_file, file, "200", "unsynced"],
        makes: Some(file),
    })
}

#[test]
fn removing_a_childs_work_saves_what_was_predicted() -> Result<()> {
    let _turn = alone();
    let child = env!("CARGO_BIN_EXE_wait-for-child");
    let ends = format!("sleep 0.04; {child} burn 60");
    let sleeps = format!("sleep 0; {child} burn 60");
    holds(&Planted {
        name: "removing_a_childs_work_saves_what_was_predicted",
        with: &["sh", "-c", &ends],
        change: "process:sleep,call:clock_nanosleep",
        without: &["sh", "-c", &sleeps],
        makes: None,
    })
}

#[test]
fn of_two_at_once_one_saves_only_up_to_the_end_of_the_other() -> Result<()> {
    let _turn = alone();
    let child = env!("CARGO_BIN_EXE_wait-for-child");
    let both = format!("sleep 0.1 & {child} sleep 60 & wait");
    let one = format!("sleep 0 & {child} sleep 60 & wait");
    holds(&Planted {
        name: "of_two_at_once_one_saves_only_up_to_the_end_of_the_other",
        with: &["sh", "-c", &both],
        change: "process:sleep,call:clock_nanosleep",
        without: &["sh", "-c", &one],
        makes: None,
    })
}

#[test]
fn half_of_the_work_behind_a_pipe_saves_half() -> Result<()> {
    let _turn = alone();
    let child = env!("CARGO_BIN_EXE_wait-for-child");
    let piped = |ms: u32| format!("{{ {child} burn {ms}; echo done; }} | cat");
    holds(&Planted {
        name: "half_of_the_work_behind_a_pipe_saves_half",
        with: &["sh", "-c", &piped(80)],
        change: "process:wait-for-child,phase:user=0.5",
        without: &["sh", "-c", &piped(40)],
        makes: None,
    })
}

#[test]
fn a_function_saves_what_its_samples_say() -> Result<()> {
    let _turn = alone();
    let computes = env!("CARGO_BIN_EXE_computes");
    holds(&Planted {
        name: "a_function_saves_what_its_samples_say",
        with: &[computes, "40", "compress_layers", "40"],
        change: "function:compress_layers",
        without: &[computes, "40", "compress_layers", "0"],
        makes: None,
    })
}

#[test]
fn candidates_come_with_selectors_that_can_be_asked() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let recording = scratch.path().join("recording");
    traced_ns(
        &recording,
        &[env!("CARGO_BIN_EXE_wait-for-child"), "burn", "30"],
    )?;
    let ranked = what_if(&recording, &[])?;
    let first = &ranked["candidates"][0];
    let selector = first["selector"].as_str().context("no candidate")?;
    let answer = what_if(&recording, &[selector])?;
    assert_eq!(
        answer["total"]["saving_ns"], first["saving_ns"],
        "{selector}"
    );
    let unchanged = what_if(&recording, &[&format!("{selector}=1")])?;
    assert_eq!(unchanged["total"]["saving_ns"], 0, "{selector}=1");
    Ok(())
}

#[test]
fn what_matches_nothing_is_refused_with_what_there_is() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let recording = scratch.path().join("recording");
    traced_ns(&recording, &["true"])?;
    for (arguments, expected) in [
        (&["process:nobody"][..], "of process there are: "),
        (&["disk"], "a selector is KEY:VALUE"),
        (&["phase:user=-1"], "a factor is a number"),
        (&["--stage", "create"], "no such stage"),
        (&["--run", "2"], "the recording has 1 runs"),
    ] {
        let mut command = ctrprof::command()?;
        let output = command
            .arg("what-if")
            .arg(&recording)
            .args(arguments)
            .output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        if output.status.success() || !said.contains(expected) {
            bail!("{arguments:?}: {} {said}", output.status);
        }
    }
    Ok(())
}

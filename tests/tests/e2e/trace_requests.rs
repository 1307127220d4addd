//! What is asked of a real engine, command by command: each request is a stage of its container.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use ctrprof_tests::ctrprof::{self, Level};
use ctrprof_tests::podman::{NAME, PROGRAM, Podman, SHELL, SLEEP};
use ctrprof_tests::report;
use ctrprof_tests::scratch::Scratch;
use ctrprof_tests::tries;
use ctrprof_tests::turn::alone;
use serde_json::Value;

/// How often times are compared, on a machine that may do other things meanwhile.
const TRIES: u32 = 3;

/// The report on a script that bash runs where podman is private.
fn traced(podman: &Podman, recording: &Path, script: &str) -> Result<Value> {
    let trace = ctrprof::trace(Level::Full, recording, &["bash", "-euc", script])?;
    ctrprof::succeeded(&podman.private(&trace).output()?)?;
    ctrprof::report(recording)
}

/// Name, beginning and end of each stage of a run, in nanoseconds.
fn windows(run: &Value) -> Result<Vec<(&str, u64, u64)>> {
    let stages = run["stages"].as_array().context("no stages")?;
    let windows = stages.iter().map(|stage| {
        let start_ns = stage["start_ns"].as_u64()?;
        let end_ns = start_ns + stage["wall_ns"].as_u64()?;
        Some((stage["name"].as_str()?, start_ns, end_ns))
    });
    windows
        .collect::<Option<_>>()
        .context("a stage is not whole")
}

#[test]
fn two_containers_one_after_the_other_have_each_their_own_stages() -> Result<()> {
    let _turn = alone();
    let podman = Podman::new()?;
    let scratch = Scratch::new()?;
    let run = |name| {
        let call = podman.new_container(&["run", "--rm"], name).join(" ");
        format!("{call} {PROGRAM} {name}")
    };
    let script = format!("{}; {}", run("one"), run("two"));
    let report = traced(&podman, &scratch.path().join("recording"), &script)?;
    report::paths_are_whole(&report)?;
    let mut last_ns = 0;
    for name in ["one", "two"] {
        let run = report::container(&report, name).with_context(|| format!("no {name}"))?;
        assert_eq!(
            report::stage_names(run),
            ["create", "start", "exec", "stop", "remove"],
            "{name}"
        );
        // They follow each other without a gap, and on those of the other.
        for (stage, start_ns, end_ns) in windows(run)? {
            ensure!(start_ns >= last_ns, "{stage} of {name} begins too early");
            last_ns = end_ns;
        }
    }
    Ok(())
}

/// A script that calls podman once for each stage, and prints in microseconds how long each took.
fn separate_commands(podman: &Podman) -> String {
    let new = podman.new_container(&["create"], NAME).join(" ");
    let call = |words: &[&str]| podman.call(words).join(" ");
    let calls = [
        format!("{new} {SLEEP} 100"),
        call(&["start", NAME]),
        call(&["exec", NAME, PROGRAM, "x"]),
        call(&["exec", NAME, SLEEP, "0.1"]),
        call(&["kill", NAME]),
        call(&["rm", NAME]),
    ];
    let timed = calls.map(|call| {
        format!(
            "begun=${{EPOCHREALTIME//./}}; {call} > /dev/null; ended=${{EPOCHREALTIME//./}}\n\
             echo $((ended - begun)); sleep 0.1\n"
        )
    });
    timed.concat()
}

#[test]
fn separate_commands_take_as_long_as_their_user_waited() -> Result<()> {
    let _turn = alone();
    tries::one_of(TRIES, "separate commands", |number| {
        let podman = Podman::new()?;
        let scratch = Scratch::new()?;
        let recording = scratch.path().join(format!("recording-{number}"));
        let script = separate_commands(&podman);
        let trace = ctrprof::trace(Level::Full, &recording, &["bash", "-euc", &script])?;
        let output = podman.private(&trace).output()?;
        ctrprof::succeeded(&output)?;
        let printed = String::from_utf8(output.stdout)?;
        let clock_us: Vec<u64> = printed
            .lines()
            .filter_map(|line| line.parse().ok())
            .collect();
        let report = ctrprof::report(&recording)?;
        report::paths_are_whole(&report)?;
        let run = report::container(&report, NAME).context("the container is not named")?;
        let windows = windows(run)?;
        let names: Vec<&str> = windows.iter().map(|window| window.0).collect();
        assert_eq!(names, ["create", "start", "exec", "exec", "stop", "remove"]);
        Ok(agree(&windows, &clock_us))
    })
}

/// Whether stages are as long as a clock beside them says: never longer, and hardly shorter.
fn agree(windows: &[(&str, u64, u64)], clock_us: &[u64]) -> Result<()> {
    /// The shell's own part: its fork, and its waking up.
    const SHELL_NS: u64 = 5_000_000;
    ensure!(windows.len() == clock_us.len(), "{windows:?} {clock_us:?}");
    for ((name, start_ns, end_ns), clock_us) in windows.iter().zip(clock_us) {
        let (wall_ns, clock_ns) = (end_ns - start_ns, (clock_us + 1) * 1_000);
        ensure!(
            wall_ns <= clock_ns && clock_ns - wall_ns <= SHELL_NS.max(clock_ns / 50),
            "{name} took {wall_ns} ns; by the clock {clock_ns} ns"
        );
    }
    Ok(())
}

/// The report on a `podman stop` of a container that runs a program, as a shell's words, since before the
/// recording.
fn stopped(podman: &Podman, recording: &Path, program: &str, seconds: &str) -> Result<Value> {
    let new = podman.new_container(&["run", "--detach"], NAME).join(" ");
    let stop = podman.call(&["stop", "--time", seconds, NAME]);
    let stop: Vec<&str> = stop.iter().map(String::as_str).collect();
    let trace = ctrprof::trace(Level::Full, recording, &stop)?;
    let words = trace.get_args().map(|word| word.to_string_lossy());
    let script = format!(
        "{new} {program} > /dev/null; {} {}; {} > /dev/null",
        trace.get_program().to_string_lossy(),
        words.collect::<Vec<_>>().join(" "),
        podman
            .call(&["rm", "--force", "--time", "0", NAME])
            .join(" "),
    );
    let mut command = Command::new("sh");
    command.args(["-euc", &script]);
    ctrprof::succeeded(&podman.private(&command).output()?)?;
    ctrprof::report(recording)
}

#[test]
fn a_stop_says_who_ignores_its_signal() -> Result<()> {
    let _turn = alone();
    let podman = Podman::new()?;
    let scratch = Scratch::new()?;
    let program = format!("{SHELL} -c 'trap \"\" TERM; {SLEEP} 100; {SLEEP} 100'");
    let report = stopped(&podman, &scratch.path().join("recording"), &program, "2")?;
    report::paths_are_whole(&report)?;
    let run = report::container(&report, NAME).context("the container is not named")?;
    assert_eq!(report::stage_names(run), ["stop"]);
    // Longest first.
    let first = &run["stages"][0]["causes"][0];
    assert_eq!(
        first["cause"],
        "waits for the container's first process (PID 1, sh), which ignores SIGTERM; then SIGKILL"
    );
    let waited_ns = first["critical_path_ns"].as_u64();
    ensure!(waited_ns > Some(1_500_000_000), "{first}");
    Ok(())
}

#[test]
fn a_container_that_was_there_before_is_stopped() -> Result<()> {
    let _turn = alone();
    let podman = Podman::new()?;
    let scratch = Scratch::new()?;
    let recording = scratch.path().join("recording");
    let report = stopped(&podman, &recording, &format!("{SLEEP} 100"), "0")?;
    let manifest = fs::read_to_string(recording.join("manifest.json"))?;
    ensure!(manifest.contains("first_process"), "{manifest}");
    report::paths_are_whole(&report)?;
    let run = report::container(&report, NAME).context("the container is not named")?;
    assert_eq!(report::stage_names(run), ["stop"]);
    let stage = &run["stages"][0];
    let commands = stage["commands"].as_array().context("no commands")?;
    // podman, crun's kill, and the program that it killed.
    for (kind, name, status) in [
        ("request", "podman", 0),
        ("step", "crun", 0),
        ("program", "sleep", 137),
    ] {
        let is_it = |row: &Value| {
            let command = row["command"].as_str().unwrap_or_default();
            row["kind"] == kind && command.starts_with(name) && row["exit_status"] == status
        };
        ensure!(
            commands.iter().any(is_it),
            "no {kind} {name} with status {status} in {commands:#?}"
        );
    }
    Ok(())
}

//! What a user meets at the prompt: exit statuses, options, colours, the first screen.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Instant;

use anyhow::{Context, Result};
use ctrprof_tests::burn;
use ctrprof_tests::ctrprof::{self, Level};
use ctrprof_tests::engine::wait_until;
use ctrprof_tests::scratch::Scratch;
use ctrprof_tests::turn::{alone, beside_others};
use ctrprof_tests::{terminal, tries};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use recording::Recording;
use serde_json::Value;

/// The user that owns nothing, by custom.
const NOBODY: u32 = 65534;
/// Lines of a terminal, by custom.
const SCREEN_LINES: usize = 24;

fn run(arguments: &[&str]) -> Result<Output> {
    Ok(ctrprof::command()?.args(arguments).output()?)
}

/// A recording of `true`.
fn recorded(scratch: &Scratch) -> Result<PathBuf> {
    let recording = scratch.path().join("recording");
    ctrprof::succeeded(&ctrprof::trace(Level::Full, &recording, &["true"])?.output()?)?;
    Ok(recording)
}

fn report(recording: &Path, options: &[&str]) -> Result<Command> {
    let mut report = ctrprof::command()?;
    report.arg("report").arg(recording).args(options);
    Ok(report)
}

#[test]
fn exit_statuses_are_those_of_a_shell() -> Result<()> {
    let _turn = alone();
    for (arguments, status) in [
        (&["trace", "-q", "/no/such/command"][..], 127),
        (&["trace", "-q", "/etc/passwd"], 126),
        (&["trace", "-q", "--", "sh", "-c", "exit 3"], 3),
        (&["trace"], 2),
        (&["trace", "--no-such-option", "true"], 2),
        (&["report", "/no/such", "--weight", "sideways"], 2),
        (&["trace", "--weight", "thread", "true"], 2),
        (&["trace", "--role", "boss", "true"], 2),
        (&["run", "no-such-workload"], 2),
        (
            &["run", "hello-world", "--untraced", "--stage", "create"],
            2,
        ),
        (&["explain", "no-such-question"], 2),
        (&["glossary", "no-such-word"], 2),
        (&["man", "no-such-command"], 2),
    ] {
        let output = run(arguments)?;
        assert_eq!(
            output.status.code(),
            Some(status),
            "{arguments:?}: {output:?}"
        );
    }
    Ok(())
}

#[test]
fn a_command_needs_no_dashes_before_it() -> Result<()> {
    let _turn = alone();
    let output = run(&["trace", "-q", "printf", "%s-%s", "-q", "--level"])?;
    ctrprof::succeeded(&output)?;
    assert_eq!(String::from_utf8(output.stdout)?, "-q---level");
    Ok(())
}

#[test]
fn a_folder_for_engines_must_be_there() -> Result<()> {
    let _turn = beside_others();
    let scratch = Scratch::new()?;
    let missing = scratch.path().join("missing");
    let output = ctrprof::command()?
        .args(["run", "hello-world", "--run-dir"])
        .arg(&missing)
        .output()?;
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(!missing.exists());
    Ok(())
}

#[test]
fn privileges_come_before_any_other_reason() -> Result<()> {
    let _turn = beside_others();
    let scratch = Scratch::new()?;
    // Where that user can reach it, wherever it was built.
    let binary = scratch.path().join("ctrprof");
    fs::copy(ctrprof::binary()?, &binary)?;
    fs::set_permissions(scratch.path(), fs::Permissions::from_mode(0o777))?;
    let output = Command::new(&binary)
        .args(["run", "hello-world"])
        .uid(NOBODY)
        .gid(NOBODY)
        .output()?;
    let error = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("run as root"), "{error}");
    Ok(())
}

#[test]
fn colours_are_as_asked_for() -> Result<()> {
    const ESCAPE: u8 = 0x1b;
    let _turn = alone();
    let scratch = Scratch::new()?;
    let recording = recorded(&scratch)?;
    for (options, forced, is_coloured) in [
        (&[][..], false, false),
        (&[], true, true),
        (&["--color", "always"], false, true),
        (&["--color", "never"], true, false),
    ] {
        let mut report = report(&recording, options)?;
        report.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        if forced {
            report.env("CLICOLOR_FORCE", "1");
        }
        let output = report.output()?;
        ctrprof::succeeded(&output)?;
        let has_colour = output.stdout.contains(&ESCAPE);
        assert_eq!(has_colour, is_coloured, "{options:?}, forced: {forced}");
    }
    Ok(())
}

#[test]
fn a_report_is_a_screen_unless_more_is_asked_for() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let recording = recorded(&scratch)?;
    let printed = |options: &[&str]| -> Result<String> {
        let output = report(&recording, options)?.output()?;
        ctrprof::succeeded(&output)?;
        Ok(String::from_utf8(output.stdout)?)
    };
    let answer = printed(&[])?;
    assert!(answer.lines().count() <= SCREEN_LINES, "{answer}");
    assert!(answer.contains("why (critical path)"), "{answer}");
    let full = printed(&["--full"])?;
    assert!(full.lines().count() > SCREEN_LINES, "{full}");
    let answer_lines: Vec<&str> = answer.lines().collect();
    let (_hint, told) = answer_lines.split_last().unwrap_or((&"", &[]));
    assert!(full.starts_with(told.join("\n").trim_end()), "{full}");
    assert!(printed(&["--stage", "command"])?.contains("── command"));
    let refused = report(&recording, &["--stage", "create"])?.output()?;
    assert_eq!(refused.status.code(), Some(2));
    let error = String::from_utf8(refused.stderr)?;
    assert!(error.contains("this recording has command"), "{error}");
    Ok(())
}

/// Longest from start to prompt, over the time that this machine takes for a fixed piece of work at that moment.
/// Without verifying programs in parallel, and with what the verifier went through in vain, it was three times as
/// long.
const AT_ONCE: f64 = 32.0;

#[test]
fn a_short_command_is_traced_at_once() -> Result<()> {
    let _turn = alone();
    tries::one_of(8, "a_short_command_is_traced_at_once", |_| {
        let before = burn::fixed_work();
        let begun = Instant::now();
        ctrprof::succeeded(&run(&["trace", "--", "true"])?)?;
        let took = begun.elapsed();
        let work = before.max(burn::fixed_work());
        let ratio = took.as_secs_f64() / work.as_secs_f64();
        Ok((ratio < AT_ONCE)
            .then_some(())
            .with_context(|| format!("it took {took:?}, {ratio:.1} times {work:?}")))
    })
}

#[test]
fn a_recording_goes_on_until_what_a_command_started_has_ended() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let recording = scratch.path().join("recording");
    // In steps that are shorter than what counts as quiet.
    let script = "(for step in 1 2 3 4 5 6; do sleep 0.1; done; exec cat /dev/null) & exit 0";
    ctrprof::record(Level::Full, &recording, &["sh", "-c", script])?;
    let tables = Recording::open(&recording)?.tables()?;
    let mut programs = tables.execs.iter().map(|exec| exec.path.as_str());
    assert!(
        programs.any(|path| path.ends_with("/cat")),
        "{:?}",
        tables.execs
    );
    Ok(())
}

#[test]
fn json_is_one_line_unless_people_read_it() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let recording = recorded(&scratch)?;
    for format in ["json", "ndjson"] {
        let output = report(&recording, &["--format", format])?.output()?;
        ctrprof::succeeded(&output)?;
        let text = String::from_utf8(output.stdout)?;
        assert_eq!(text.lines().count(), 1, "{format}: {text}");
    }
    let mut report = report(&recording, &["--format", "json"])?;
    let (text, status) = terminal::run(&mut report, terminal::USUAL_SIZE)?;
    assert!(status.success(), "{text}");
    assert!(text.lines().count() > SCREEN_LINES, "{text}");
    Ok(())
}

fn interrupt(child: &Child) -> Result<()> {
    let pid = Pid::from_raw(i32::try_from(child.id())?);
    Ok(kill(pid, Signal::SIGINT)?)
}

/// The memory of a process that is in use, in KiB.
fn resident_kib(child: &Child) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.context("no VmRSS")?.parse()?)
}

#[test]
fn runs_that_are_over_are_reported_after_ctrl_c_however_many_were_asked_for() -> Result<()> {
    const RUNS: usize = 3;
    const MUCH_KIB: u64 = 500_000;
    let _turn = beside_others();
    let scratch = Scratch::new()?;
    let kept = scratch.path().join("kept");
    let child = ctrprof::command()?
        .args(["run", "hello-world", "--untraced", "-n", "4294967295"])
        .args(["--warmups", "0", "--format", "json", "-o"])
        .arg(&kept)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let results = kept.join("results.jsonl");
    wait_until("some runs are over", || {
        let text = fs::read_to_string(&results).unwrap_or_default();
        Ok(text.lines().count() >= RUNS)
    })?;
    let memory_kib = resident_kib(&child)?;
    interrupt(&child)?;
    let output = child.wait_with_output()?;
    let said = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.lines().count() <= SCREEN_LINES, "{said}");
    assert!(said.contains("of 4294967295 runs were over"), "{said}");
    let report: Value = serde_json::from_slice(&output.stdout)?;
    assert!(report["cells"][0]["runs"].as_u64() >= Some(RUNS as u64));
    assert!(memory_kib < MUCH_KIB, "{memory_kib} KiB");
    // Nothing of it was recorded.
    let compared = ctrprof::command()?
        .arg("diff")
        .args([&kept, &kept])
        .output()?;
    let said = String::from_utf8(compared.stderr)?;
    assert_eq!(compared.status.code(), Some(1), "{said}");
    assert!(said.contains("timed, not recorded"), "{said}");
    Ok(())
}

#[test]
fn a_recording_ends_in_time() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let recording = scratch.path().join("recording");
    let output = ctrprof::command()?
        .args(["trace", "-q", "--duration", "300ms", "-o"])
        .arg(&recording)
        .args(["sleep", "1000"])
        .output()?;
    assert_eq!(
        output.status.code(),
        Some(128 + libc::SIGTERM),
        "{output:?}"
    );
    let report = ctrprof::report(&recording)?;
    assert_eq!(report["interrupted"], "stopped after 300ms (--duration)");
    let mut sleeper = Command::new("sleep").arg("1000").spawn()?;
    let followed = ctrprof::command()?
        .args(["trace", "-q", "--duration", "100ms", "--pid"])
        .arg(sleeper.id().to_string())
        .output();
    sleeper.kill()?;
    sleeper.wait()?;
    ctrprof::succeeded(&followed?)
}

#[test]
fn a_command_that_is_repeated_has_a_run_for_each_time() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let recording = scratch.path().join("recording");
    let output = ctrprof::command()?
        .args(["trace", "-q", "-n", "3", "-o"])
        .arg(&recording)
        .args(["sh", "-c", "echo again"])
        .output()?;
    ctrprof::succeeded(&output)?;
    assert_eq!(output.stdout, b"again\nagain\nagain\n");
    let report = ctrprof::report(&recording)?;
    assert_eq!(report["command"][0], "sh");
    assert_eq!(report["aggregates"][0]["runs"], 3);
    let runs = report["runs"].as_array().context("no runs")?;
    assert_eq!(runs.len(), 3);
    for run in runs {
        assert_eq!(run["stages"][0]["name"], "command");
    }
    let failing = ctrprof::command()?
        .args(["trace", "-q", "-n", "2", "--", "sh", "-c", "exit 7"])
        .output()?;
    let said = String::from_utf8(failing.stderr)?;
    assert_eq!(failing.status.code(), Some(7), "{said}");
    assert!(said.contains("2 of 2 repetitions failed"), "{said}");
    Ok(())
}

#[test]
fn what_is_no_recording_is_not_to_be_recovered() -> Result<()> {
    let _turn = beside_others();
    let output = run(&["recover", "/etc"])?;
    let said = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("/etc is not a recording"), "{said}");
    assert!(!said.contains("remove"), "{said}");
    Ok(())
}

#[test]
fn a_full_disk_does_not_hide_the_report() -> Result<()> {
    /// Records on a small file system of its own, then makes the recording whole in another place.
    const SCRIPT: &str = "mount -t tmpfs -o size=256k none small || exit 99
        $CTRPROF trace -o small/recording sh -c \"$MANY\" >printed 2>said
        echo trace $?
        $CTRPROF recover small/recording -o whole
        echo recover $?";
    /// More calls than there is room for.
    const MANY: &str = "i=0; while [ $i -lt 2000 ]; do : </dev/null; i=$((i+1)); done";
    let _turn = alone();
    let scratch = Scratch::new()?;
    fs::create_dir(scratch.path().join("small"))?;
    let binary = fs::canonicalize(ctrprof::binary()?)?;
    let output = Command::new("unshare")
        .args(["--mount", "--propagation", "private", "sh", "-c", SCRIPT])
        .env("CTRPROF", binary)
        .env("MANY", MANY)
        .current_dir(scratch.path())
        .output()?;
    let printed = String::from_utf8(output.stdout)?;
    let said = fs::read_to_string(scratch.path().join("said"))?;
    assert!(printed.contains("trace 1\n"), "{printed}{said}");
    assert!(printed.contains("recover 0\n"), "{printed}{said}");
    assert!(said.contains("recover small/recording -o DIR"), "{said}");
    let report = fs::read_to_string(scratch.path().join("printed"))?;
    assert!(report.contains("why (critical path)"), "{said}");
    ctrprof::report(&scratch.path().join("whole"))?;
    Ok(())
}

#[test]
fn progress_is_drawn_on_a_terminal_alone() -> Result<()> {
    let _turn = alone();
    let mut sleeper = Command::new("sleep").arg("1000").spawn()?;
    let mut follow = ctrprof::command()?;
    follow
        .args(["trace", "-q", "--duration", "400ms", "--pid"])
        .arg(sleeper.id().to_string());
    let drawn = terminal::run(&mut follow, terminal::USUAL_SIZE);
    let piped = follow.stderr(Stdio::piped()).output();
    sleeper.kill()?;
    sleeper.wait()?;
    let (text, status) = drawn?;
    assert!(status.success(), "{text}");
    let told = format!("recording PID {} for 400ms, Ctrl-C to stop", sleeper.id());
    assert!(text.contains(&told), "{text}");
    assert_eq!(String::from_utf8(piped?.stderr)?, "");
    let mut timed = ctrprof::command()?;
    timed.args(["run", "hello-world", "--untraced", "-n", "2"]);
    let (text, status) = terminal::run(&mut timed, terminal::USUAL_SIZE)?;
    assert!(status.success(), "{text}");
    assert!(text.contains("3/3"), "{text}");
    Ok(())
}

//! `ctrprof trace` gets out of the way: the command's status, streams and signals are its own,
//! and whatever ends ctrprof leaves nothing behind in the kernel.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use ctrprof_tests::bpf;
use ctrprof_tests::ctrprof::{self, Level};
use ctrprof_tests::scratch::Scratch;
use ctrprof_tests::turn::alone;

/// How long anything may take that should happen at once.
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn the_exit_status_is_the_command_s() -> Result<()> {
    let _turn = alone();
    assert_eq!(traced_status("exit 0")?, Some(0));
    assert_eq!(traced_status("exit 7")?, Some(7));
    Ok(())
}

#[test]
fn a_command_killed_by_a_signal_gives_128_and_its_number() -> Result<()> {
    let _turn = alone();
    assert_eq!(traced_status("kill -KILL $$")?, Some(128 + libc::SIGKILL));
    assert_eq!(traced_status("kill -USR1 $$")?, Some(128 + libc::SIGUSR1));
    Ok(())
}

fn traced_status(script: &str) -> Result<Option<i32>> {
    let scratch = Scratch::new()?;
    let recording = scratch.path().join("recording");
    let output = ctrprof::trace(Level::Full, &recording, &["sh", "-c", script])?.output()?;
    Ok(output.status.code())
}

#[test]
fn streams_are_passed_on() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let mut trace = ctrprof::trace(
        Level::Full,
        &scratch.path().join("recording"),
        &[
            "sh",
            "-c",
            "read line; echo \"out: $line\"; echo \"err: $line\" >&2",
        ],
    )?;
    let mut child = trace
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut stdin = child.stdin.take().context("no standard input")?;
    std::io::Write::write_all(&mut stdin, b"hello\n")?;
    drop(stdin);
    let output = child.wait_with_output()?;
    ctrprof::succeeded(&output)?;
    let (stdout, stderr) = texts(&output);
    assert!(stdout.lines().any(|line| line == "out: hello"), "{stdout}");
    assert!(stderr.lines().any(|line| line == "err: hello"), "{stderr}");
    Ok(())
}

#[test]
fn an_interrupt_keeps_what_was_recorded() -> Result<()> {
    stopped_by(libc::SIGINT)
}

#[test]
fn a_termination_keeps_what_was_recorded() -> Result<()> {
    stopped_by(libc::SIGTERM)
}

fn stopped_by(signal: i32) -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let recording = scratch.path().join("recording");
    let child = started(&scratch, &recording)?;
    send(&child, signal)?;
    let output = wait(child)?;
    assert_ne!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(output.status.signal(), None, "it must end by itself");
    let report = ctrprof::report(&recording)?;
    assert!(
        report["interrupted"].is_string(),
        "{}",
        report["interrupted"]
    );
    assert_eq!(scratch.entries()?, ["recording", "started"]);
    Ok(())
}

#[test]
fn kill_leaves_no_program_map_or_link_in_the_kernel() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let child = started(&scratch, &scratch.path().join("recording"))?;
    let held = bpf::held_by(child.id())?;
    assert!(
        held.iter().any(|(kind, _)| *kind == bpf::Kind::Program),
        "{held:?}"
    );
    assert!(
        held.iter().any(|(kind, _)| *kind == bpf::Kind::Map),
        "{held:?}"
    );
    for (kind, id) in &held {
        ensure!(
            bpf::exists(*kind, *id)?,
            "{kind:?} {id} is held and does not exist"
        );
    }
    send(&child, libc::SIGKILL)?;
    wait(child)?;
    // Maps go when a grace period is over.
    let start = Instant::now();
    while held
        .iter()
        .any(|(kind, id)| bpf::exists(*kind, *id).unwrap_or(true))
    {
        ensure!(start.elapsed() < PATIENCE, "still there of {held:?}");
        sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// Starts the trace of a command that goes on for long, and waits until it runs.
fn started(scratch: &Scratch, recording: &Path) -> Result<Child> {
    let mark = scratch.path().join("started");
    let mark_text = mark.to_str().context("the scratch folder is not UTF-8")?;
    // The command ends with its parent, in case that is killed.
    let script = format!("touch {mark_text}; while kill -0 $PPID 2> /dev/null; do sleep 0.1; done");
    let mut trace = ctrprof::trace(Level::Full, recording, &["sh", "-c", &script])?;
    let mut child = trace
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let start = Instant::now();
    while !mark.exists() {
        if child.try_wait()?.is_some() || start.elapsed() > PATIENCE {
            child.kill()?;
            bail!(
                "the command was not started: {:?}",
                child.wait_with_output()?
            );
        }
        sleep(Duration::from_millis(10));
    }
    Ok(child)
}

fn send(child: &Child, signal: i32) -> Result<()> {
    // SAFETY: kill takes no pointers; the child has not been waited for, so its number is its own.
    let result = unsafe { libc::kill(child.id() as i32, signal) };
    ensure!(
        result == 0,
        "failed to send signal {signal}: {}",
        std::io::Error::last_os_error()
    );
    Ok(())
}

/// Waits for the end, but not for ever.
fn wait(mut child: Child) -> Result<Output> {
    let start = Instant::now();
    while child.try_wait()?.is_none() {
        if start.elapsed() > PATIENCE {
            child.kill()?;
            bail!(
                "it did not end in {PATIENCE:?}: {:?}",
                child.wait_with_output()?
            );
        }
        sleep(Duration::from_millis(10));
    }
    Ok(child.wait_with_output()?)
}

fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

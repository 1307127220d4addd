//! Input that cannot work is refused: one clear line with the remedy, a status that is not 0, and
//! nothing left behind.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Output;

use anyhow::{Context, Result};
use ctrprof_tests::ctrprof::{self, Level};
use ctrprof_tests::scratch::Scratch;
use ctrprof_tests::turn::{alone, beside_others};

/// The user that owns nothing, by custom.
const NOBODY: u32 = 65534;

/// Asserts that it failed by itself, with one line that holds each of `words`.
fn assert_refused(output: &Output, words: &[&str]) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.code().is_some_and(|code| code != 0),
        "{} {stderr}",
        output.status
    );
    let lines: Vec<&str> = stderr
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    assert_eq!(lines.len(), 1, "{stderr}");
    for word in words {
        assert!(stderr.contains(word), "no `{word}` in: {stderr}");
    }
    assert!(
        !stderr.contains("panicked") && !stderr.contains("RUST_BACKTRACE"),
        "{stderr}"
    );
}

fn report(recording: &Path) -> Result<Output> {
    Ok(ctrprof::command()?.arg("report").arg(recording).output()?)
}

/// A recording to be spoilt.
fn recorded(scratch: &Scratch) -> Result<std::path::PathBuf> {
    let recording = scratch.path().join("recording");
    ctrprof::succeeded(&ctrprof::trace(Level::Full, &recording, &["true"])?.output()?)?;
    Ok(recording)
}

#[test]
fn a_command_that_does_not_exist() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let recording = scratch.path().join("recording");
    let output = ctrprof::trace(Level::Full, &recording, &["/no/such/command"])?.output()?;
    assert_refused(&output, &["/no/such/command"]);
    assert_eq!(scratch.entries()?, Vec::<String>::new());
    Ok(())
}

#[test]
fn a_file_that_is_no_program() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let recording = scratch.path().join("recording");
    let output = ctrprof::trace(Level::Full, &recording, &["/etc/passwd"])?.output()?;
    assert_refused(&output, &["/etc/passwd"]);
    assert_eq!(scratch.entries()?, Vec::<String>::new());
    Ok(())
}

#[test]
fn an_output_folder_that_exists() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let taken = scratch.path().join("taken");
    fs::create_dir(&taken)?;
    fs::write(taken.join("mine"), "kept")?;
    let marker = scratch.path().join("ran");
    let marker_text = marker.to_str().context("the scratch folder is not UTF-8")?;
    let output = ctrprof::trace(Level::Full, &taken, &["touch", marker_text])?.output()?;
    assert_refused(&output, &["taken", "exists"]);
    assert_eq!(fs::read_to_string(taken.join("mine"))?, "kept");
    assert_eq!(
        scratch.entries()?,
        ["taken"],
        "the command must not have run"
    );
    Ok(())
}

#[test]
fn a_recording_that_does_not_exist() -> Result<()> {
    let _turn = beside_others();
    assert_refused(
        &report(Path::new("/no/such/recording"))?,
        &["/no/such/recording"],
    );
    Ok(())
}

#[test]
fn a_folder_that_is_no_recording() -> Result<()> {
    let _turn = beside_others();
    let scratch = Scratch::new()?;
    assert_refused(&report(scratch.path())?, &["manifest.json"]);
    Ok(())
}

#[test]
fn a_file_that_is_no_recording() -> Result<()> {
    let _turn = beside_others();
    assert_refused(&report(Path::new("/etc/passwd"))?, &["/etc/passwd"]);
    Ok(())
}

#[test]
fn a_truncated_table() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let recording = recorded(&scratch)?;
    let table = recording.join("spans.parquet");
    let whole = fs::read(&table)?;
    fs::write(&table, &whole[..whole.len() / 2])?;
    assert_refused(&report(&recording)?, &["spans"]);
    Ok(())
}

#[test]
fn a_missing_table() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let recording = recorded(&scratch)?;
    fs::remove_file(recording.join("spans.parquet"))?;
    assert_refused(&report(&recording)?, &["spans"]);
    Ok(())
}

#[test]
fn a_recording_of_another_version() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let recording = recorded(&scratch)?;
    let path = recording.join("manifest.json");
    let mut manifest: serde_json::Value = serde_json::from_slice(&fs::read(&path)?)?;
    manifest["format"] = 9999.into();
    fs::write(&path, serde_json::to_vec(&manifest)?)?;
    assert_refused(&report(&recording)?, &["9999", "format"]);
    Ok(())
}

#[test]
fn a_manifest_that_is_no_json() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let recording = recorded(&scratch)?;
    fs::write(recording.join("manifest.json"), "{\"format\": ")?;
    assert_refused(&report(&recording)?, &["manifest.json"]);
    Ok(())
}

#[test]
fn a_user_without_capabilities() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    // Where that user can reach it, wherever it was built.
    let binary = scratch.path().join("ctrprof");
    fs::copy(ctrprof::binary()?, &binary)?;
    fs::set_permissions(scratch.path(), fs::Permissions::from_mode(0o777))?;
    let mut trace = std::process::Command::new(&binary);
    let recording = scratch.path().join("recording");
    trace
        .args(["trace", "-o"])
        .arg(&recording)
        .args(["--", "true"])
        .uid(NOBODY)
        .gid(NOBODY);
    assert_refused(&trace.output()?, &["root"]);
    assert_eq!(scratch.entries()?, ["ctrprof"]);
    Ok(())
}

#[test]
fn a_nested_pid_namespace() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let recording = scratch.path().join("recording");
    let mut nested = std::process::Command::new("unshare");
    nested
        .args(["--pid", "--fork", "--mount-proc"])
        .arg(ctrprof::binary()?)
        .args(["trace", "-o"])
        .arg(&recording)
        .args(["--", "true"]);
    assert_refused(&nested.output()?, &["nested pid namespace", "outside"]);
    assert_eq!(scratch.entries()?, Vec::<String>::new());
    Ok(())
}

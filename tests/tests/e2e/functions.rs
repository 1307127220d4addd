//! User time has functions: which one computes is named, in a report and in a comparison.

use anyhow::{Context, Result, ensure};
use ctrprof_tests::ctrprof::{self, Level};
use ctrprof_tests::folded::{self, Piece, total_ns};
use ctrprof_tests::scratch::Scratch;
use ctrprof_tests::turn::alone;
use ctrprof_tests::{report, tries};
use serde_json::Value;

const TRACEE: &str = env!("CARGO_BIN_EXE_computes");
/// Milliseconds of what both sides do, and of what one does beyond it.
const ORDINARY: &str = "40";
const PLANTED: &str = "120";

/// The first finding of a comparison.
fn evidence<'v>(finding: &'v Value, name: &str) -> &'v str {
    let mut evidence = finding["evidence"].as_array().into_iter().flatten();
    evidence
        .find(|evidence| evidence["name"] == name)
        .and_then(|evidence| evidence["text"].as_str())
        .unwrap_or_default()
}

/// Plants something, and checks what the first finding says of it.
fn planted(what: &str, function: &str) -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    // What else the machine does can take longer than what is planted.
    tries::one_of(3, what, |attempt| {
        let [a, b] = ["a", "b"].map(|name| scratch.path().join(format!("{name}-{attempt}")));
        ctrprof::traced_report(Level::Full, &a, &[TRACEE, ORDINARY])?;
        ctrprof::traced_report(Level::Full, &b, &[TRACEE, ORDINARY, what, PLANTED])?;
        let first = ctrprof::first_finding(&a, &b)?;
        let told = evidence(&first, "user_function");
        let is_told = first["rule"] == "computing" && told == function;
        Ok(is_told
            .then_some(())
            .with_context(|| first["text"].to_string()))
    })
}

#[test]
fn the_function_that_computes_is_the_first_finding() -> Result<()> {
    planted("compress_layers", "compress_layers")
}

#[cfg(target_arch = "x86_64")]
#[test]
fn the_package_whose_initialiser_computes_is_the_first_finding() -> Result<()> {
    planted("initialiser", "package initialisers (example.com/planted)")
}

/// Milliseconds that are enough for the program to be looked at while it lives, on a busy machine too.
const LONG: &str = "400";

/// The program is on a file system that goes with the only process that sees it.
#[test]
fn a_program_that_is_gone_with_its_file_system_has_functions() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let folder = scratch.path().join("private");
    std::fs::create_dir(&folder)?;
    let folder = folder.display();
    let script = format!(
        "mount -t tmpfs none {folder} && cp {TRACEE} {folder}/gone && {folder}/gone {LONG}"
    );
    let name = "a_program_that_is_gone_with_its_file_system_has_functions";
    tries::one_of(3, name, |attempt| {
        let recording = scratch.path().join(format!("recording-{attempt}"));
        let command = ["unshare", "-m", "sh", "-c", &script];
        let report = ctrprof::traced_report(Level::Full, &recording, &command)?;
        let found = report::functions(&report);
        let own = found
            .iter()
            .find(|row| (row.process, row.name) == ("gone", "ordinary_work"));
        let is_named = own.is_some_and(|row| row.samples > 20);
        Ok(is_named.then_some(()).with_context(|| format!("{found:?}")))
    })
}

#[test]
fn folded_stacks_hold_functions_and_all_of_the_time() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let name = "folded_stacks_hold_functions_and_all_of_the_time";
    tries::one_of(3, name, |attempt| {
        let recording = scratch.path().join(format!("recording-{attempt}"));
        let report = ctrprof::traced_report(Level::Full, &recording, &[TRACEE, LONG])?;
        let path = folded::critical_path(&recording)?;
        let wall_ns: u64 = report::stages(&report)
            .iter()
            .filter_map(|stage| stage["wall_ns"].as_u64())
            .sum();
        ensure!(total_ns(&path, |_| true) == wall_ns, "not {wall_ns} ns");
        let is_user = |piece: &Piece| piece.phase == "user";
        let is_own = |piece: &Piece| {
            let last = piece.frames.last();
            last.is_some_and(|last| last == "ordinary_work")
        };
        let user_ns = total_ns(&path, is_user);
        let own_ns = total_ns(&path, |piece| is_user(piece) && is_own(piece));
        let is_most = own_ns * 10 > user_ns * 8;
        Ok(is_most
            .then_some(())
            .with_context(|| format!("{own_ns} of {user_ns} ns")))
    })
}

//! Files by path, and failing calls by error: what a program worked on has its name, in the report and
//! in what `diff` finds.

use std::process::{Command, Stdio};

use analysis::attribution::pattern;
use anyhow::{Context, Result, ensure};
use ctrprof_tests::ctrprof;
use ctrprof_tests::report;
use ctrprof_tests::scratch::Scratch;
use ctrprof_tests::tries;
use ctrprof_tests::turn::alone;
use serde_json::Value;

const MANY_FILES: &str = env!("CARGO_BIN_EXE_many-files");
const MANY_MOUNTS: &str = env!("CARGO_BIN_EXE_many-mounts");
const MANY_SYSCALLS: &str = env!("CARGO_BIN_EXE_many-syscalls");
const TABLE: &str = "/proc/self/mountinfo";

/// Traces a program that reads the table of mounts a few times, where there are so many more.
fn read_mounts(mounts: u32, attempt: u32, scratch: &Scratch) -> Result<std::path::PathBuf> {
    let recording = scratch.path().join(format!("mounts-{mounts}-{attempt}"));
    let output = Command::new(MANY_MOUNTS)
        .arg(mounts.to_string())
        .arg(scratch.path())
        .arg(ctrprof::binary()?)
        .args(["trace", "--quiet", "-o"])
        .arg(&recording)
        .args(["--", "cat"])
        .args([TABLE; 10])
        // Whoever read it would take turns with the program.
        .stdout(Stdio::null())
        .output()?;
    ctrprof::succeeded(&output)?;
    Ok(recording)
}

fn rows<'v>(report: &'v Value, table: &str) -> Vec<&'v Value> {
    let stages = report::stages(report).into_iter();
    stages
        .flat_map(|stage| stage[table].as_array().into_iter().flatten())
        .collect()
}

#[test]
fn the_table_of_mounts_is_what_many_mounts_make_slow() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let name = "the_table_of_mounts_is_what_many_mounts_make_slow";
    // Of several: what else the machine does can be more than the reads.
    tries::one_of(4, name, |attempt| {
        let few = read_mounts(0, attempt, &scratch)?;
        let many = read_mounts(2_000, attempt, &scratch)?;
        let report = ctrprof::report(&many)?;
        let files = rows(&report, "files");
        let table = files.iter().find(|row| row["path"] == TABLE);
        let table = table.context("the table of mounts is no file of the report")?;
        ensure!(table["opens"] == 10, "{table}");
        ensure!(table["bytes"].as_u64() > Some(1_000_000), "{table}");
        let found = ctrprof::diff(&few, &many)?;
        let warnings = found["warnings"].to_string();
        ensure!(
            warnings.contains("mounts when A was recorded"),
            "{warnings}"
        );
        let first = found["findings"].get(0).context("nothing was found")?;
        let is_named = first.to_string().contains(TABLE);
        Ok(is_named.then_some(()).with_context(|| first.to_string()))
    })
}

#[test]
fn a_loop_of_failing_calls_has_its_error() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let recording = scratch.path().join("recording");
    let level = ctrprof::Level::Full;
    let arguments = [MANY_SYSCALLS, "50000", "1", "close"];
    let report = ctrprof::traced_report(level, &recording, &arguments)?;
    let errors = rows(&report, "errors");
    let closes = errors.iter().find(|row| row["syscall"] == "close");
    let closes = closes.context("close is not among what failed")?;
    ensure!(closes["error"] == "EBADF", "{closes}");
    ensure!(closes["count"].as_u64() == Some(50_000), "{closes}");
    let causes = rows(&report, "causes");
    let named = causes.iter().filter(|row| {
        let cause = row["cause"].as_str().unwrap_or_default();
        cause.contains("EBADF")
    });
    ensure!(
        named.count() >= 2,
        "the calls and the time between them: {causes:?}"
    );
    Ok(())
}

/// Traces work on folders of a few and of many files, and checks that `diff` finds first what is done to
/// which, and that the report says to how many files. `work` makes the command, given the folder and
/// another one.
fn work_on_many_files(
    name: &str,
    work: fn(&str, &str) -> Vec<String>,
    cause: fn(&str, &str) -> String,
) -> Result<()> {
    const MANY: u32 = 4_000;
    let _turn = alone();
    let scratch = Scratch::new()?;
    tries::one_of(3, name, |attempt| {
        let traced = |count: u32| -> Result<(std::path::PathBuf, String)> {
            let inside = |what: &str| {
                let path = scratch.path().join(format!("{what}-{count}-{attempt}"));
                path.to_string_lossy().into_owned()
            };
            let (folder, other) = (inside("data"), inside("other"));
            let count = count.to_string();
            let made = Command::new(MANY_FILES)
                .args(["make", &folder, &count])
                .output()?;
            ctrprof::succeeded(&made)?;
            let recording = std::path::PathBuf::from(inside("recording"));
            let command = work(&folder, &other);
            let command: Vec<&str> = command.iter().map(String::as_str).collect();
            ctrprof::traced_report(ctrprof::Level::Full, &recording, &command)?;
            Ok((recording, cause(&folder, &other)))
        };
        let (few, _) = traced(10)?;
        let (many, cause) = traced(MANY)?;
        let report = ctrprof::report(&many)?;
        let causes = rows(&report, "causes");
        let row = causes.iter().find(|row| row["cause"] == cause.as_str());
        let row = row.with_context(|| format!("no {cause} in {causes:?}"))?;
        ensure!(row["files"].as_u64() == Some(MANY.into()), "{row}");
        let found = ctrprof::diff(&few, &many)?;
        let first = found["findings"].get(0).context("nothing was found")?;
        let is_named = first.to_string().contains(&cause);
        Ok(is_named.then_some(()).with_context(|| first.to_string()))
    })
}

fn copying(from: &str, to: &str) -> String {
    format!(
        "copies files from {} to {}",
        pattern::of(from),
        pattern::of(to)
    )
}

#[test]
fn a_copy_of_many_files_is_the_first_finding_with_both_folders() -> Result<()> {
    work_on_many_files(
        "a_copy_of_many_files_is_the_first_finding_with_both_folders",
        |from, to| [MANY_FILES, "copy", from, to].map(str::to_owned).to_vec(),
        copying,
    )
}

#[test]
fn a_copy_by_two_programs_has_the_same_words() -> Result<()> {
    work_on_many_files(
        "a_copy_by_two_programs_has_the_same_words",
        |from, to| {
            let script = format!("mkdir {to}; tar -C {from} -c . | tar -C {to} -x");
            ["sh", "-euc", &script].map(str::to_owned).to_vec()
        },
        copying,
    )
}

#[test]
fn a_removal_of_many_files_is_the_first_finding_with_its_folder() -> Result<()> {
    work_on_many_files(
        "a_removal_of_many_files_is_the_first_finding_with_its_folder",
        |folder, _| [MANY_FILES, "remove", folder].map(str::to_owned).to_vec(),
        |folder, _| format!("removes files below {}", pattern::of(folder)),
    )
}

//! Running the ctrprof binary.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// Names the binary to test, where it has been built already.
const BINARY_VARIABLE: &str = "CTRPROF";

/// How much is recorded: `--level`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Every call.
    Full,
    /// Structural and long calls, the rest added up.
    Summary,
}

impl Level {
    /// The option's value.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Summary => "summary",
        }
    }
}

/// The binary, built if `CTRPROF` does not name it. Fails where the build does.
///
/// # Panics
/// When the test has no [turn](crate::turn).
pub fn binary() -> Result<&'static Path> {
    crate::turn::check();
    static BINARY: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let binary = BINARY.get_or_init(|| match env::var_os(BINARY_VARIABLE) {
        Some(binary) => Ok(binary.into()),
        None => build().map_err(|error| format!("{error:#}")),
    });
    match binary {
        Ok(binary) => Ok(binary),
        Err(error) => bail!("{error}"),
    }
}

/// Builds it in the profile and the target folder of this test program.
fn build() -> Result<PathBuf> {
    let test = env::current_exe()?;
    // <target>/<profile>/deps/<test>
    let folder = test
        .ancestors()
        .nth(2)
        .context("the test lies in no target folder")?;
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(other) => other,
    };
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args([
            "build",
            "--package",
            "ctrprof",
            "--profile",
            profile,
            "--manifest-path",
        ])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml"))
        .status()?;
    if !status.success() {
        bail!("`cargo build --package ctrprof` failed with {status}");
    }
    Ok(folder.join("ctrprof"))
}

/// A `ctrprof` that asks nothing and colours nothing.
pub fn command() -> Result<Command> {
    let mut command = Command::new(binary()?);
    command.stdin(Stdio::null()).env("NO_COLOR", "1");
    Ok(command)
}

/// `ctrprof trace --level LEVEL -o RECORDING -- TRACED...`, not yet started.
pub fn trace(level: Level, recording: &Path, traced: &[&str]) -> Result<Command> {
    trace_with(&[], level, recording, traced)
}

fn trace_with(
    options: &[&str],
    level: Level,
    recording: &Path,
    traced: &[&str],
) -> Result<Command> {
    let mut trace = command()?;
    trace
        .arg("trace")
        .args(options)
        .args(["--level", level.name(), "-o"])
        .arg(recording)
        .arg("--")
        .args(traced);
    Ok(trace)
}

/// Traces a command that must succeed, without a report.
pub fn record(level: Level, recording: &Path, traced: &[&str]) -> Result<()> {
    succeeded(&trace_with(&["--quiet"], level, recording, traced)?.output()?)
}

/// The JSON report of a recording.
pub fn report(recording: &Path) -> Result<Value> {
    let output = command()?
        .arg("report")
        .arg(recording)
        .args(["--format", "json"])
        .output()?;
    succeeded(&output)?;
    serde_json::from_slice(&output.stdout).context("the report is no JSON")
}

/// The JSON comparison of a recording with another.
pub fn diff(a: &Path, b: &Path) -> Result<Value> {
    let output = command()?
        .arg("diff")
        .args([a, b])
        .args(["--format", "json"])
        .output()?;
    succeeded(&output)?;
    serde_json::from_slice(&output.stdout).context("the comparison is no JSON")
}

/// The first finding of a comparison.
pub fn first_finding(a: &Path, b: &Path) -> Result<Value> {
    let found = diff(a, b)?;
    let first = found.pointer("/findings/0");
    first
        .cloned()
        .with_context(|| format!("no finding: {found}"))
}

/// Traces a command that must succeed, and returns the JSON report.
pub fn traced_report(level: Level, recording: &Path, traced: &[&str]) -> Result<Value> {
    record(level, recording, traced)?;
    report(recording)
}

/// An error, with what it printed, unless it succeeded.
pub fn succeeded(output: &Output) -> Result<()> {
    if output.status.success() {
        return Ok(());
    }
    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    bail!("failed with {}\n{stdout}{stderr}", output.status)
}

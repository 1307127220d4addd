//! One engine's process, from what it is told to what it reports: profiled or bare.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::pipeline;
use crate::capture::{CaptureOptions, Roots};
use crate::harness::configuration::record;
use crate::harness::constraints::{HostFacts, refusals};
use crate::harness::results::EngineReport;
use crate::harness::spec::RunSpec;
use crate::model::manifest::Manifest;

/// Fails with the reasons if the configuration cannot work here.
pub fn refuse_impossible(spec: &RunSpec, host: &HostFacts) -> Result<()> {
    let refusals = refusals(&spec.configuration, host);
    if refusals.is_empty() {
        return Ok(());
    }
    let reasons: Vec<String> = refusals.iter().map(ToString::to_string).collect();
    bail!(
        "{} cannot work here: {}",
        spec.configuration,
        reasons.join("; and ")
    )
}

/// Runs the engine under the profiler; the recording is whole in `directory` afterwards. `words` is
/// what the user asked for, rather than how the engine is started.
pub fn traced(
    spec: &RunSpec,
    options: &CaptureOptions,
    directory: &Path,
    words: &[String],
) -> Result<(EngineReport, Manifest)> {
    let told = pipeline::TemporaryDirectory::new("spec")?;
    let (program, arguments) = tell(spec, told.path())?;
    let command = std::iter::once(program.into()).chain(arguments).collect();
    let mut outcome = None;
    let manifest = pipeline::record(&Roots::Command(command), options, directory, |manifest| {
        manifest.command = words.to_vec();
        // Without a report the engine failed before its first run, and said why itself.
        if let Ok(report) = EngineReport::read(&spec.report) {
            manifest.configuration = record::record(spec, &report);
            outcome = Some(report);
        }
    })?;
    match outcome {
        Some(report) => Ok((report, manifest)),
        None => bail!(
            "the engine could not begin (exit status {})",
            manifest.exit_status.unwrap_or(-1)
        ),
    }
}

/// Runs the engine alone.
pub fn untraced(spec: &RunSpec) -> Result<EngineReport> {
    let told = pipeline::TemporaryDirectory::new("spec")?;
    let (program, arguments) = tell(spec, told.path())?;
    let status = Command::new(&program)
        .args(arguments)
        .status()
        .with_context(|| format!("failed to run {}", program.display()))?;
    EngineReport::read(&spec.report)
        .map_err(|_| anyhow::anyhow!("the engine could not begin ({status})"))
}

fn tell(spec: &RunSpec, folder: &Path) -> Result<(std::path::PathBuf, Vec<std::ffi::OsString>)> {
    let path = folder.join("spec.json");
    spec.write(&path)
        .with_context(|| format!("failed to write {}", path.display()))?;
    spec.command(&path)
        .context("failed to find ctrprof's own program")
}

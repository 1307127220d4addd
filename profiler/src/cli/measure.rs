//! One engine's process, from what it is told to what it reports: profiled or bare.

use std::ffi::OsString;
use std::io;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use anyhow::{Context, Result, bail};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::kill;
use nix::unistd::Pid;

use super::pipeline;
use bench::constraints::{HostFacts, refusals};
use capture::{CaptureOptions, Roots};
use engine::child;
use engine::interrupt::Interrupt;
use engine::record;
use engine::results::EngineReport;
use engine::spec::RunSpec;
use engine::workload::Workload;
use setup::configuration::Configuration;
use trace::manifest::Manifest;

/// Fails with the reasons if the configuration cannot work here.
pub fn refuse_impossible(
    configuration: &Configuration,
    workload: &Workload,
    host: &HostFacts,
) -> Result<()> {
    let refusals = refusals(configuration, workload, host);
    if refusals.is_empty() {
        return Ok(());
    }
    let reasons: Vec<String> = refusals.iter().map(ToString::to_string).collect();
    bail!(
        "{configuration} cannot work here: {}",
        reasons.join("; and ")
    )
}

/// Runs the engine under the profiler; the recording is whole in `directory` afterwards. `folder` is
/// where the engine is told what to do, and `amend` completes the manifest. Without a report the
/// engine failed before its first run, and said why itself.
pub fn traced(
    spec: &RunSpec,
    folder: &Path,
    options: &CaptureOptions,
    directory: &Path,
    amend: impl FnOnce(&mut Manifest),
) -> Result<(Option<EngineReport>, Manifest)> {
    let (program, arguments) = tell(spec, folder)?;
    let command = std::iter::once(program.into()).chain(arguments).collect();
    let mut outcome = None;
    let manifest = pipeline::record(&Roots::Command(command), options, directory, |manifest| {
        amend(manifest);
        if let Ok(report) = EngineReport::read(&spec.report) {
            manifest.configuration = record::record(spec, &report);
            outcome = Some(report);
        }
    })?;
    Ok((outcome, manifest))
}

/// Runs the engine alone; a signal that asks this process to end is passed on to it. Without a
/// report it failed before its first run.
pub fn untraced(
    spec: &RunSpec,
    folder: &Path,
    interrupt: &Interrupt,
) -> Result<(Option<EngineReport>, ExitStatus)> {
    let (program, arguments) = tell(spec, folder)?;
    let mut engine = Command::new(&program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .with_context(|| format!("failed to run {}", program.display()))?;
    let status = wait(&mut engine, interrupt).context("failed to wait for the engine")?;
    Ok((EngineReport::read(&spec.report).ok(), status))
}

/// Waits for the engine to end, also after it was told to: it removes what it made.
fn wait(engine: &mut Child, interrupt: &Interrupt) -> io::Result<ExitStatus> {
    let pid = Pid::from_raw(i32::try_from(engine.id()).map_err(io::Error::other)?);
    let ended = child::pidfd_open(pid)?;
    let mut polled = [
        PollFd::new(ended.as_fd(), PollFlags::POLLIN),
        PollFd::new(interrupt.descriptor(), PollFlags::POLLIN),
    ];
    match poll(&mut polled, PollTimeout::NONE) {
        Ok(_) | Err(Errno::EINTR) => {}
        Err(errno) => return Err(errno.into()),
    }
    if let Err(interrupted) = interrupt.check() {
        kill(pid, interrupted.0)?;
    }
    engine.wait()
}

fn tell(spec: &RunSpec, folder: &Path) -> Result<(PathBuf, Vec<OsString>)> {
    let path = folder.join("spec.json");
    spec.write(&path)
        .with_context(|| format!("failed to write {}", path.display()))?;
    spec.command(&path)
        .context("failed to find ctrprof's own program")
}

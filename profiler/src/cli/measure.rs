//! One engine's process, from what it is told to what it reports: profiled or bare.

use std::ffi::OsString;
use std::io;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::kill;
use nix::unistd::Pid;

use super::pipeline::{self, Attendant, Destination, Recorded};
use super::progress::{self, Live};
use bench::constraints::{HostFacts, refusals};
use capture::{CaptureOptions, Roots};
use engine::child;
use engine::interrupt::Interrupt;
use engine::record;
use engine::results::EngineReport;
use engine::spec::RunSpec;
use engine::workload::Workload;
use render::text::progress::{Progress, progress_line};
use setup::configuration::Configuration;
use trace::manifest::Manifest;

/// Columns of a line of progress; a narrower terminal cuts it.
const PROGRESS_COLUMNS: usize = 120;

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

/// Runs the engine under the profiler. `folder` is where the engine is told what to do, and `amend`
/// completes the manifest. Without a report the engine failed before its first run, and said why
/// itself.
pub fn traced(
    spec: &RunSpec,
    folder: &Path,
    options: &CaptureOptions,
    destination: &Destination,
    amend: impl Fn(&mut Manifest),
) -> Result<(Option<EngineReport>, Recorded)> {
    let (program, arguments) = tell(spec, folder)?;
    let command = std::iter::once(program.into()).chain(arguments).collect();
    let mut engine = TracedEngine {
        spec,
        amend,
        outcome: None,
        progress: None,
    };
    let roots = Roots::Engine(command);
    let recorded = pipeline::record(&roots, options, destination, &mut engine)?;
    Ok((engine.outcome, recorded))
}

struct TracedEngine<'a, A> {
    spec: &'a RunSpec,
    amend: A,
    outcome: Option<EngineReport>,
    progress: Option<Live>,
}

impl<A: Fn(&mut Manifest)> Attendant for TracedEngine<'_, A> {
    fn begins(&mut self) {
        let (runs, workload) = (self.spec.runs, self.spec.workload.label());
        self.progress = self.spec.progress.clone().map(|path| {
            progress::recording(move |elapsed| {
                progress_text(runs, runs_over(&path), elapsed, &workload)
            })
        });
    }

    fn ends(&mut self, manifest: &mut Manifest) {
        self.progress = None;
        (self.amend)(manifest);
        if let Ok(report) = EngineReport::read(&self.spec.report) {
            manifest.configuration = record::record(self.spec, &report);
            self.outcome = Some(report);
        }
    }
}

/// How many runs an engine says to be over.
fn runs_over(path: &Path) -> u64 {
    let bytes = std::fs::read(path).unwrap_or_default();
    bytes.try_into().map_or(0, u64::from_ne_bytes)
}

/// `3/20 ▕██▌             ▏ 15%  12 s left  hello-world`: what is left takes as long as what was.
fn progress_text(all: u64, done: u64, elapsed: Duration, workload: &str) -> String {
    let elapsed_ns = elapsed.as_nanos();
    let left_ns = (elapsed_ns * u128::from(all.saturating_sub(done))).checked_div(done.into());
    let progress = Progress {
        done,
        all,
        failed: 0,
        left_ns: left_ns.map(|left_ns| u64::try_from(left_ns).unwrap_or(u64::MAX)),
        current: workload,
    };
    progress_line(&progress, PROGRESS_COLUMNS)
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

/// Waits for a child to end, also after it was told to: an engine removes what it made.
pub fn wait(engine: &mut Child, interrupt: &Interrupt) -> io::Result<ExitStatus> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_told_once_a_run_is_over() {
        let text = |done| progress_text(20, done, Duration::from_secs(6), "hello-world");
        assert!(!text(0).contains("left"), "{}", text(0));
        assert!(text(3).starts_with("3/20"), "{}", text(3));
        assert!(text(3).contains("34.0 s left"), "{}", text(3));
        assert!(text(20).ends_with("100%  hello-world"), "{}", text(20));
    }

    #[test]
    fn an_engine_that_says_nothing_has_no_run_over() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("progress");
        assert_eq!(runs_over(&path), 0);
        std::fs::write(&path, 7_u64.to_ne_bytes())?;
        assert_eq!(runs_over(&path), 7);
        Ok(())
    }
}

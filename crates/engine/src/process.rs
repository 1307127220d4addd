//! The engine's process: it sets a manager up in a sandbox of its own, and takes containers through
//! their lifecycle.
//!
//! A process of its own, so that the profiler is not in what it measures; without threads, because
//! namespaces and the library runtime want that.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use nix::fcntl::Flock;
use nix::sys::prctl;
use nix::sys::signal::Signal;
use nix::unistd::alarm;

use super::cache::{self, Residency};
use super::child;
use super::directory::EngineDirectory;
use super::image::Image;
use super::interrupt::{Interrupt, Interrupted};
use super::lifecycle::{Plan, run_once, warm_up};
use super::manager::{self, Manager, ManagerError, Site};
use super::results::{EngineReport, RunReport};
use super::sandbox::{self, SandboxError, SandboxPlan};
use super::spec::RunSpec;

/// The errors of an engine's process.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Not root.
    #[error(
        "the engine makes namespaces, mounts and control groups, but runs as user {0}; run it as root, for instance with sudo"
    )]
    NotRoot(u32),
    /// The image is no folder.
    #[error("there is no image at {0}; leave the choice of the image to ctrprof run")]
    NoImage(String),
    /// The engine's folder.
    #[error("failed to make the engine's folder: {0}; choose another with --run-dir")]
    Directory(io::Error),
    /// Removal of the engine's files.
    #[error("failed to remove the engine's files: {0}; try again with ctrprof clean")]
    Removal(io::Error),
    /// The sandbox.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// The manager.
    #[error(transparent)]
    Manager(#[from] ManagerError),
}

/// The outcome of an engine's runs, and the signal that ended them early.
pub type Outcome = Result<(EngineReport, Option<Interrupted>), EngineError>;

/// Takes containers through their lifecycle in a sandbox of their own, removes everything, and gives
/// the exit code. `conclude` says, inside of the sandbox, what is to become of the outcome.
///
/// # Errors
/// When there can be no sandbox, or something of it cannot be removed.
pub fn run(spec: &RunSpec, conclude: impl FnOnce(Outcome) -> u8) -> Result<u8, EngineError> {
    let user = nix::unistd::geteuid();
    if !user.is_root() {
        return Err(EngineError::NotRoot(user.as_raw()));
    }
    // Whoever started it wants nothing to go on without them (prctl(2)).
    prctl::set_pdeathsig(Signal::SIGTERM).map_err(|errno| EngineError::Directory(errno.into()))?;
    if let Some(limit_s) = spec.time_limit_s {
        alarm::set(limit_s);
    }
    // Nobody may remove the image meanwhile.
    let _held = hold(&spec.image)?;
    let directory = EngineDirectory::new(&spec.base).map_err(EngineError::Directory)?;
    let plan = SandboxPlan::of(&spec.configuration, directory.path());
    let code =
        sandbox::supervise(|interrupt| conclude(run_inside(spec, &plan, &directory, interrupt)));
    directory.remove().map_err(EngineError::Removal)?;
    Ok(code?)
}

/// Keeps an image on disk from being removed; a reference is the manager's.
fn hold(image: &Image) -> Result<Option<Flock<File>>, EngineError> {
    if image.is_reference() {
        return Ok(None);
    }
    match image.hold() {
        Ok(held) => Ok(Some(held)),
        Err(_) => Err(EngineError::NoImage(image.root.display().to_string())),
    }
}

/// A run that fails is reported and the next one is begun; a signal ends the runs and is returned
/// with the report of those that were done.
fn run_inside(
    spec: &RunSpec,
    plan: &SandboxPlan,
    directory: &EngineDirectory,
    interrupt: &Interrupt,
) -> Outcome {
    let host_network = sandbox::set_up(plan)?;
    let image = &spec.image.root;
    if !spec.image.is_reference() && !image.is_dir() {
        return Err(EngineError::NoImage(image.display().to_string()));
    }
    let state = match &spec.state {
        Some(state) => state.clone(),
        None => directory.path().join("state"),
    };
    fs::create_dir_all(&state).map_err(EngineError::Directory)?;
    let site = Site {
        spec,
        directory,
        state: &state,
        host_network: &host_network,
    };
    let mut manager = manager::open(&site, interrupt)?;
    let mut runs = Runs {
        spec,
        directory,
        manager: manager.as_mut(),
        report: EngineReport::default(),
        // Nothing depends on it.
        progress: spec
            .progress
            .as_ref()
            .and_then(|path| File::create(path).ok()),
    };
    let interrupted = runs.all(interrupt);
    let mut report = runs.report;
    report.description = manager.description();
    report.warnings.extend(manager.warnings());
    Ok((report, interrupted))
}

struct Runs<'a> {
    spec: &'a RunSpec,
    directory: &'a EngineDirectory,
    manager: &'a mut dyn Manager,
    report: EngineReport,
    /// Open before the first run, so that little is done between two of them.
    progress: Option<File>,
}

impl Runs<'_> {
    fn all(&mut self, interrupt: &Interrupt) -> Option<Interrupted> {
        let warmups = (0..self.spec.warmups).map(|_| None);
        let runs =
            (self.spec.first_run..).take(usize::try_from(self.spec.runs).unwrap_or(usize::MAX));
        for (number, run) in warmups.chain(runs.map(Some)).enumerate() {
            if let Err(interrupted) = interrupt.check() {
                return Some(interrupted);
            }
            if let Some(interrupted) = self.one(number as u64 + 1, run, interrupt) {
                return Some(interrupted);
            }
            child::reap_orphans();
            self.tell_progress();
        }
        None
    }

    fn tell_progress(&self) {
        if let Some(progress) = &self.progress {
            let over = self.report.runs.len() as u64;
            let _ = progress.write_all_at(&over.to_ne_bytes(), 0);
        }
    }

    /// The container with this number; without a number of a run it only warms up.
    fn one(&mut self, number: u64, run: Option<u64>, interrupt: &Interrupt) -> Option<Interrupted> {
        let directory = self.directory.path().join(number.to_string());
        if let Err(error) = fs::create_dir(&directory) {
            let failure = format!("failed to make {}: {error}", directory.display());
            self.fail(run, failure);
            return None;
        }
        let plan = Plan {
            run: run.unwrap_or(0),
            id: &self.directory.container_id(number),
            directory: &directory,
            workload: &self.spec.workload,
            cache: self.spec.cache,
            image: &self.spec.image.root,
        };
        let error = match run {
            Some(_) => {
                let (report, error) = run_once(&plan, self.manager, interrupt);
                let contradiction = cache::contradiction(self.spec.cache, report.data);
                self.report.warnings.extend(contradiction);
                self.report.runs.push(report);
                error
            }
            None => warm_up(&plan, self.manager, interrupt)
                .inspect_err(|error| {
                    let warning = format!("a warm-up run failed: {error}");
                    self.report.warnings.push(warning);
                })
                .err(),
        };
        self.remove(&directory);
        error.and_then(|error| error.interrupted())
    }

    fn fail(&mut self, run: Option<u64>, failure: String) {
        match run {
            Some(run) => self.report.runs.push(RunReport {
                run,
                stages: Vec::new(),
                data: Residency::default(),
                failure: Some(failure),
            }),
            None => self.report.warnings.push(failure),
        }
    }

    fn remove(&mut self, directory: &Path) {
        if let Err(error) = fs::remove_dir_all(directory) {
            let warning = format!("failed to remove {}: {error}", directory.display());
            self.report.warnings.push(warning);
        }
    }
}

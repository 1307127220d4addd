//! The embedded engine: an OCI runtime, a storage and control groups of our own choosing, and
//! nothing else between the request and the container.
//!
//! It runs in a process of its own with one thread, because mount namespaces and the library
//! runtime want a process without threads, and so that the profiler is not in what it measures.

pub mod bundle;
pub mod directory;
pub mod host;
pub mod spec;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::cgroup::{self, CgroupLayout};
use super::child;
use super::interrupt::{Interrupt, Interrupted};
use super::lifecycle::{Parts, Plan, run_once};
use super::results::{EngineReport, RunReport};
use super::runtime::{Runtime, RuntimeChoice, RuntimeError};
use super::storage::{self, Storage, StorageChoice, StorageError};
use super::workload::Workload;
use directory::EngineDirectory;
use spec::HostLimits;

/// What an engine is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Root file system of the image.
    pub image: PathBuf,
    /// The runtime.
    pub runtime: RuntimeChoice,
    /// The storage.
    pub storage: StorageChoice,
    /// How many runs, one after the other.
    pub runs: u64,
    /// What is executed in each container.
    pub workload: Workload,
    /// Where the engine makes its folder.
    pub base: PathBuf,
}

/// Why an engine could not begin.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Not root.
    #[error(
        "the embedded engine makes namespaces, mounts and control groups, but runs as user {0}; run it as root, for instance with sudo"
    )]
    NotRoot(u32),
    /// The image is no folder.
    #[error("there is no image at {}; leave the choice of the image to ctrprof run", .0.display())]
    NoImage(PathBuf),
    /// A step of the set-up.
    #[error("failed to {action}: {source}{remedy}")]
    SetUp {
        /// What was tried.
        action: &'static str,
        /// Why.
        source: io::Error,
        /// What to do about it, with its punctuation, or nothing.
        remedy: &'static str,
    },
    /// The storage's trial.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The runtime.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
}

/// Takes containers through their lifecycle, one after the other, and removes everything.
///
/// A run that fails is reported and the next one is begun; a signal ends the runs and is returned
/// with the report of those that were done. The process should do nothing else afterwards: it has
/// left its mount namespace.
///
/// # Errors
/// When not even the first run could begin.
pub fn run(
    settings: &Settings,
    interrupt: &Interrupt,
) -> Result<(EngineReport, Option<Interrupted>), EngineError> {
    let user = nix::unistd::geteuid();
    if !user.is_root() {
        return Err(EngineError::NotRoot(user.as_raw()));
    }
    let image = fs::canonicalize(&settings.image)
        .map_err(|_| EngineError::NoImage(settings.image.clone()))?;
    let directory = EngineDirectory::new(&settings.base).map_err(set_up(
        "make the engine's folder",
        "; choose another with --run-dir",
    ))?;
    host::leave_mount_namespace()
        .map_err(set_up("make a mount namespace", "; grant CAP_SYS_ADMIN"))?;
    let cgroup = choose_cgroup(&settings.runtime, directory.path())?;
    let chosen = storage::choose(settings.storage, &image, directory.path())?;
    let mut engine = Engine {
        runtime: settings.runtime.open(&directory.path().join("state"))?,
        report: EngineReport {
            storage: chosen.storage.name().to_owned(),
            storage_options: chosen.storage.options(),
            storage_backing: host::file_system_of(directory.path())
                .map_err(set_up("read /proc", "; mount it"))?,
            cgroup: cgroup.name().to_owned(),
            warnings: chosen.warning.into_iter().collect(),
            runs: Vec::new(),
        },
        storage: chosen.storage,
        limits: host::limits().map_err(set_up("read /proc", "; mount it"))?,
        directory,
    };
    let interrupted = engine.run_all(settings, &image, interrupt);
    Ok((engine.report, interrupted))
}

struct Engine {
    runtime: Box<dyn Runtime>,
    storage: Box<dyn Storage>,
    limits: HostLimits,
    report: EngineReport,
    directory: EngineDirectory,
}

impl Engine {
    fn run_all(
        &mut self,
        settings: &Settings,
        image: &Path,
        interrupt: &Interrupt,
    ) -> Option<Interrupted> {
        for run in 1..=settings.runs {
            if let Err(interrupted) = interrupt.check() {
                return Some(interrupted);
            }
            if let Some(interrupted) = self.run_one(run, settings, image, interrupt) {
                return Some(interrupted);
            }
            child::reap_orphans();
        }
        None
    }

    fn run_one(
        &mut self,
        run: u64,
        settings: &Settings,
        image: &Path,
        interrupt: &Interrupt,
    ) -> Option<Interrupted> {
        let directory = self.directory.path().join(run.to_string());
        if let Err(error) = fs::create_dir(&directory) {
            self.report.runs.push(RunReport {
                run,
                stages: Vec::new(),
                failure: Some(format!("failed to make {}: {error}", directory.display())),
            });
            return None;
        }
        let plan = Plan {
            run,
            id: &self.directory.container_id(run),
            image,
            directory: &directory,
            limits: self.limits,
            workload: &settings.workload,
        };
        let mut parts = Parts {
            runtime: self.runtime.as_mut(),
            storage: self.storage.as_mut(),
            interrupt,
        };
        let (report, error) = run_once(&plan, &mut parts);
        self.report.runs.push(report);
        if let Err(error) = fs::remove_dir_all(&directory) {
            self.report
                .warnings
                .push(format!("failed to remove {}: {error}", directory.display()));
        }
        error.and_then(|error| error.interrupted())
    }
}

/// Programs such as crun refuse hybrid hosts; the library takes the controllers of version 1.
fn choose_cgroup(runtime: &RuntimeChoice, scratch: &Path) -> Result<CgroupLayout, EngineError> {
    let layout = CgroupLayout::of_host().map_err(set_up(
        "look at the control groups",
        "; mount them at /sys/fs/cgroup",
    ))?;
    match (layout, runtime) {
        (CgroupLayout::Hybrid, RuntimeChoice::Program(_)) => {
            cgroup::hide_unified(scratch).map_err(set_up("hide the unified control groups", ""))?;
            Ok(CgroupLayout::V1)
        }
        (CgroupLayout::V1 | CgroupLayout::V2 | CgroupLayout::Hybrid, _) => Ok(layout),
    }
}

fn set_up(action: &'static str, remedy: &'static str) -> impl FnOnce(io::Error) -> EngineError {
    move |source| EngineError::SetUp {
        action,
        source,
        remedy,
    }
}

//! One container, once through its lifecycle.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::embedded::bundle;
use super::embedded::spec::HostLimits;
use super::interrupt::{Interrupt, Interrupted};
use super::mark::Stopwatch;
use super::results::RunReport;
use super::runtime::{Runtime, RuntimeError};
use super::storage::{Storage, StorageError};
use super::workload::{Workload, WorkloadError};
use crate::model::mark::Stage;

/// What is run and where.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    /// Number of the run.
    pub run: u64,
    /// Name of the container and of its control groups.
    pub id: &'a str,
    /// Root file system of the image.
    pub image: &'a Path,
    /// Empty folder of the run.
    pub directory: &'a Path,
    /// What of the host decides about the specification.
    pub limits: HostLimits,
    /// What is executed in the container.
    pub workload: &'a Workload,
}

/// Who does it.
pub struct Parts<'a> {
    /// The runtime.
    pub runtime: &'a mut dyn Runtime,
    /// The storage.
    pub storage: &'a mut dyn Storage,
    /// Whether to stop early.
    pub interrupt: &'a Interrupt,
}

/// Why a run failed.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The root file system.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The container.
    #[error(transparent)]
    Runtime(RuntimeError),
    /// The result of the workload.
    #[error(transparent)]
    Workload(#[from] WorkloadError),
    /// The bundle.
    #[error("failed to write {}: {source}; check the free space there", path.display())]
    Bundle {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A signal.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
    /// What a failed run made could not be removed.
    #[error("{cause}; and what it made could not all be removed: {leftover}")]
    Leftover {
        /// Why the run failed.
        cause: Box<RunError>,
        /// What is left.
        leftover: String,
    },
}

impl From<RuntimeError> for RunError {
    fn from(error: RuntimeError) -> Self {
        match error {
            RuntimeError::Interrupted(interrupted) => Self::Interrupted(interrupted),
            other => Self::Runtime(other),
        }
    }
}

impl RunError {
    /// The signal that ended the run, if one did.
    pub fn interrupted(&self) -> Option<Interrupted> {
        match self {
            Self::Interrupted(interrupted) => Some(*interrupted),
            Self::Leftover { cause, .. } => cause.interrupted(),
            Self::Storage(_) | Self::Runtime(_) | Self::Workload(_) | Self::Bundle { .. } => None,
        }
    }
}

/// Takes a container through create, start, exec, stop and remove, with a mark at each edge.
///
/// A stage that fails has no end mark, and what was made until then is removed outside of all
/// stages. A wrong result of the workload fails the run after its exec stage.
pub fn run_once(plan: &Plan<'_>, parts: &mut Parts<'_>) -> (RunReport, Option<RunError>) {
    let mut stopwatch = Stopwatch::new(plan.run);
    let error = stages(plan, parts, &mut stopwatch)
        .err()
        .map(|cause| clean_up(cause, parts));
    let report = RunReport {
        run: plan.run,
        stages: stopwatch.into_stages(),
        failure: error.as_ref().map(ToString::to_string),
    };
    (report, error)
}

fn stages(
    plan: &Plan<'_>,
    parts: &mut Parts<'_>,
    stopwatch: &mut Stopwatch,
) -> Result<(), RunError> {
    let Parts {
        runtime,
        storage,
        interrupt,
    } = parts;
    let mut stage = Stages {
        stopwatch,
        interrupt,
    };
    stage.time(Stage::Create, || {
        let rootfs = storage.prepare(plan.image, plan.directory)?;
        let bundle = bundle::write(plan.directory, plan.id, &rootfs, plan.limits)?;
        Ok(runtime.create(&bundle)?)
    })?;
    stage.time(Stage::Start, || Ok(runtime.start()?))?;
    let output = stage.time(Stage::Exec, || {
        Ok(runtime.exec(&plan.workload.argv, interrupt)?)
    })?;
    plan.workload.check(&output)?;
    stage.time(Stage::Stop, || Ok(runtime.stop()?))?;
    stage.time(Stage::Remove, || {
        runtime.remove()?;
        Ok(storage.release()?)
    })
}

struct Stages<'a> {
    stopwatch: &'a mut Stopwatch,
    interrupt: &'a Interrupt,
}

impl Stages<'_> {
    fn time<T>(
        &mut self,
        stage: Stage,
        work: impl FnOnce() -> Result<T, RunError>,
    ) -> Result<T, RunError> {
        self.interrupt.check()?;
        self.stopwatch.begin(stage);
        let done = work()?;
        self.stopwatch.end(stage);
        Ok(done)
    }
}

/// Removes what a failed run made, container first, and adds to the cause what is left.
fn clean_up(cause: RunError, parts: &mut Parts<'_>) -> RunError {
    let container = parts.runtime.discard().err().map(describe);
    let root = parts.storage.release().err().map(describe);
    match [container, root].into_iter().flatten().collect::<Vec<_>>() {
        left if left.is_empty() => cause,
        left => RunError::Leftover {
            cause: Box::new(cause),
            leftover: left.join("; "),
        },
    }
}

fn describe(error: impl fmt::Display) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::cell::RefCell;
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;
    use std::rc::Rc;

    use super::*;
    use crate::harness::runtime::Bundle;
    use crate::harness::workload::Output;

    type Log = Rc<RefCell<Vec<&'static str>>>;

    /// Notes every call, and fails at the one named.
    struct Mock {
        log: Log,
        fails_at: &'static str,
        stdout: &'static str,
    }

    impl Mock {
        fn note(&self, call: &'static str) -> Result<(), RuntimeError> {
            self.log.borrow_mut().push(call);
            if call == self.fails_at {
                return Err(RuntimeError::NoContainer(call));
            }
            Ok(())
        }
    }

    impl Runtime for Mock {
        fn name(&self) -> &str {
            "mock"
        }
        fn create(&mut self, bundle: &Bundle) -> Result<(), RuntimeError> {
            assert!(bundle.directory.join("config.json").exists());
            self.note("create")
        }
        fn start(&mut self) -> Result<(), RuntimeError> {
            self.note("start")
        }
        fn exec(&mut self, argv: &[String], _: &Interrupt) -> Result<Output, RuntimeError> {
            assert_eq!(argv, ["/bin/echo", "hello", "world"]);
            self.note("exec")?;
            Ok(Output {
                status: ExitStatus::from_raw(0),
                stdout: self.stdout.into(),
                stderr: Vec::new(),
            })
        }
        fn stop(&mut self) -> Result<(), RuntimeError> {
            self.note("stop")
        }
        fn remove(&mut self) -> Result<(), RuntimeError> {
            self.note("remove")
        }
        fn discard(&mut self) -> Result<(), RuntimeError> {
            self.note("discard")
        }
    }

    struct MockStorage(Log);

    impl Storage for MockStorage {
        fn name(&self) -> &'static str {
            "mock"
        }
        fn options(&self) -> String {
            String::new()
        }
        fn prepare(&mut self, _: &Path, directory: &Path) -> Result<PathBuf, StorageError> {
            self.0.borrow_mut().push("prepare");
            Ok(directory.join("rootfs"))
        }
        fn release(&mut self) -> Result<(), StorageError> {
            self.0.borrow_mut().push("release");
            Ok(())
        }
    }

    fn run(fails_at: &'static str, stdout: &'static str) -> (Vec<&'static str>, RunReport) {
        let log = Log::default();
        let directory = tempfile::tempdir().unwrap();
        let workload = Workload::hello_world();
        let plan = Plan {
            run: 3,
            id: "ctrprof-1-3",
            image: Path::new("/image"),
            directory: directory.path(),
            limits: HostLimits {
                capabilities: u64::MAX,
                mqueue: true,
            },
            workload: &workload,
        };
        let (report, error) = run_once(
            &plan,
            &mut Parts {
                runtime: &mut Mock {
                    log: log.clone(),
                    fails_at,
                    stdout,
                },
                storage: &mut MockStorage(log.clone()),
                interrupt: &Interrupt::idle().unwrap(),
            },
        );
        assert_eq!(error.is_some(), report.failure.is_some());
        (log.take(), report)
    }

    fn stages_of(report: &RunReport) -> Vec<&'static str> {
        report
            .stages
            .iter()
            .map(|timing| timing.stage.name())
            .collect()
    }

    #[test]
    fn a_run_goes_through_every_stage_in_order() {
        let (calls, report) = run("", "hello world\n");
        assert_eq!(
            calls,
            [
                "prepare", "create", "start", "exec", "stop", "remove", "release"
            ]
        );
        assert_eq!(
            stages_of(&report),
            ["create", "start", "exec", "stop", "remove"]
        );
        assert_eq!(report.failure, None);
        assert_eq!(report.run, 3);
    }

    #[test]
    fn a_failed_stage_has_no_end_and_everything_is_removed() {
        let (calls, report) = run("start", "hello world\n");
        assert_eq!(calls, ["prepare", "create", "start", "discard", "release"]);
        assert_eq!(stages_of(&report), ["create"]);
        assert!(report.failure.is_some_and(|why| why.contains("start")));
    }

    #[test]
    fn a_wrong_result_fails_the_run_after_its_exec_stage() {
        let (calls, report) = run("", "hello\n");
        assert!(
            calls.ends_with(&["exec", "discard", "release"]),
            "{calls:?}"
        );
        assert_eq!(stages_of(&report), ["create", "start", "exec"]);
        assert!(
            report
                .failure
                .is_some_and(|why| why.contains("hello world"))
        );
    }

    #[test]
    fn what_a_failed_run_leaves_is_said_beside_the_cause() {
        let mut mock = Mock {
            log: Log::default(),
            fails_at: "discard",
            stdout: "",
        };
        let error = clean_up(
            RunError::Runtime(RuntimeError::NoContainer("exec in")),
            &mut Parts {
                runtime: &mut mock,
                storage: &mut MockStorage(Log::default()),
                interrupt: &Interrupt::idle().unwrap(),
            },
        );
        assert!(matches!(error, RunError::Leftover { .. }));
        let message = error.to_string();
        assert!(
            message.contains("exec in") && message.contains("discard"),
            "{message}"
        );
    }
}

//! One container, once through its lifecycle.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use super::cache::{self, CacheError, Residency};
use super::interrupt::{Interrupt, Interrupted};
use super::manager::{Manager, ManagerError, Request};
use super::mark::Stopwatch;
use super::results::RunReport;
use super::workload::http::{self, HttpError};
use super::workload::{DATA_FOLDER, HttpCheck, Workload, WorkloadError};
use setup::cache::CachePolicy;
use trace::mark::Stage;

/// How long a server may take to its first good answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// The workload of a run, and the folders that it uses.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    /// Number of the run.
    pub run: u64,
    /// Name of the container and of its control groups.
    pub id: &'a str,
    /// Empty folder of the run.
    pub directory: &'a Path,
    /// The workload.
    pub workload: &'a Workload,
    /// Whether it finds its data in memory.
    pub cache: CachePolicy,
    /// Root file system of the image; empty where only the manager has it.
    pub image: &'a Path,
}

/// The errors of a run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The container.
    #[error(transparent)]
    Manager(ManagerError),
    /// The result of the workload.
    #[error(transparent)]
    Workload(#[from] WorkloadError),
    /// The answer of a server.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The page cache.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// A signal.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
    /// Leftovers of a failed run that could not be removed.
    #[error("{cause}; and not everything that it made could be removed: {leftover}")]
    Leftover {
        /// The error of the run.
        cause: Box<RunError>,
        /// The leftovers.
        leftover: String,
    },
}

impl From<ManagerError> for RunError {
    fn from(error: ManagerError) -> Self {
        match error {
            ManagerError::Interrupted(interrupted) => Self::Interrupted(interrupted),
            other => Self::Manager(other),
        }
    }
}

impl RunError {
    /// The signal that ended the run, if one did.
    pub fn interrupted(&self) -> Option<Interrupted> {
        match self {
            Self::Interrupted(interrupted) => Some(*interrupted),
            Self::Leftover { cause, .. } => cause.interrupted(),
            Self::Manager(_) | Self::Workload(_) | Self::Http(_) | Self::Cache(_) => None,
        }
    }
}

/// Takes a container through create, start, exec, stop and remove, with a mark at each edge. What
/// needs no container is created and removed.
///
/// A stage that fails has no end mark, and what was made until then is removed outside of all
/// stages. A wrong result of the workload fails the run after its exec stage.
pub fn run_once(
    plan: &Plan<'_>,
    manager: &mut dyn Manager,
    interrupt: &Interrupt,
) -> (RunReport, Option<RunError>) {
    let mut stopwatch = Stopwatch::new(plan.run);
    let (data, outcome) = take_through(plan, manager, interrupt, Some(&mut stopwatch));
    let error = outcome.err();
    let report = RunReport {
        run: plan.run,
        stages: stopwatch.into_stages(),
        data,
        failure: error.as_ref().map(ToString::to_string),
    };
    (report, error)
}

/// The same without marks or times.
///
/// # Errors
/// When the run fails.
pub fn warm_up(
    plan: &Plan<'_>,
    manager: &mut dyn Manager,
    interrupt: &Interrupt,
) -> Result<(), RunError> {
    take_through(plan, manager, interrupt, None).1
}

fn take_through(
    plan: &Plan<'_>,
    manager: &mut dyn Manager,
    interrupt: &Interrupt,
    stopwatch: Option<&mut Stopwatch>,
) -> (Residency, Result<(), RunError>) {
    let mut stages = Stages {
        stopwatch,
        interrupt,
        data: Residency::default(),
    };
    let outcome = stages
        .all(plan, manager)
        .map_err(|cause| clean_up(cause, manager));
    (stages.data, outcome)
}

struct Stages<'a> {
    stopwatch: Option<&'a mut Stopwatch>,
    interrupt: &'a Interrupt,
    data: Residency,
}

impl Stages<'_> {
    fn all(&mut self, plan: &Plan<'_>, manager: &mut dyn Manager) -> Result<(), RunError> {
        let workload = plan.workload;
        let server = workload.response.as_ref();
        let request = Request {
            id: plan.id,
            directory: plan.directory,
            container_port: server.map(|server| server.container_port),
        };
        manager.refill(plan.directory)?;
        self.time(Stage::Create, || manager.create(&request))?;
        if workload.namespaces.is_some() {
            manager.check()?;
            return self.time(Stage::Remove, || manager.remove());
        }
        self.time(Stage::Start, || manager.start())?;
        // Found out now: between exec and response nothing may come.
        let address = server.map(|_| manager.address()).transpose()?;
        self.data = apply_cache(plan, manager)?;
        let interrupt = self.interrupt;
        let output = self.time(Stage::Exec, || manager.exec(&workload.command, interrupt))?;
        workload.check(&output)?;
        if let (Some(server), Some(address)) = (server, address) {
            self.time(Stage::Response, || answer(address, server, interrupt))?;
        }
        if let Some(verification) = &workload.verification {
            verification.check(&manager.exec(&verification.command, interrupt)?)?;
        }
        self.time(Stage::Stop, || manager.stop())?;
        self.time(Stage::Remove, || manager.remove())
    }

    fn time<T, E: Into<RunError>>(
        &mut self,
        stage: Stage,
        work: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, RunError> {
        self.interrupt.check()?;
        if let Some(stopwatch) = &mut self.stopwatch {
            stopwatch.begin(stage);
        }
        let done = work().map_err(Into::into)?;
        if let Some(stopwatch) = &mut self.stopwatch {
            stopwatch.end(stage);
        }
        Ok(done)
    }
}

/// Brings about the cache policy for the workload's data, in the container and in the folders that it
/// may be read through from, and looks at what came of it. Without data nothing is done.
fn apply_cache(plan: &Plan<'_>, manager: &mut dyn Manager) -> Result<Residency, RunError> {
    if plan.workload.size.is_none() && plan.cache == CachePolicy::Warm {
        return Ok(Residency::default());
    }
    let data = Path::new(DATA_FOLDER);
    let data = data.strip_prefix("/").unwrap_or(data);
    let mut residency = cache::apply_in_container(plan.cache, manager.first_process()?, data)?;
    let mut outside = manager.served_from()?;
    if plan.image.is_absolute() {
        outside.push(plan.image.to_path_buf());
    }
    for root in outside {
        residency += cache::apply(plan.cache, &root.join(data))?;
    }
    Ok(residency)
}

/// Asks the server until its first good answer.
fn answer(address: SocketAddr, server: &HttpCheck, interrupt: &Interrupt) -> Result<u64, RunError> {
    http::first_good_answer(address, server, ANSWER_TIMEOUT, || Ok(interrupt.check()?))
}

/// Removes what a failed run made, and adds to the cause what is left.
fn clean_up(cause: RunError, manager: &mut dyn Manager) -> RunError {
    match manager.discard() {
        Ok(()) => cause,
        Err(left) => RunError::Leftover {
            cause: Box::new(cause),
            leftover: left.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::collections::BTreeMap;
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    use nix::unistd::Pid;

    use super::*;
    use crate::workload::{Output, Verification};

    /// Notes every call, and fails at the one named.
    struct Mock {
        log: Vec<&'static str>,
        fails_at: &'static str,
        stdout: &'static str,
        address: SocketAddr,
    }

    fn mock(fails_at: &'static str, stdout: &'static str) -> Mock {
        Mock {
            log: Vec::new(),
            fails_at,
            stdout,
            address: ([127, 0, 0, 1], 9).into(),
        }
    }

    impl Mock {
        fn note(&mut self, call: &'static str) -> Result<(), ManagerError> {
            self.log.push(call);
            if call == self.fails_at {
                return Err(ManagerError::from(crate::manager::Refusal::new(
                    call, "never",
                )));
            }
            Ok(())
        }
    }

    impl Manager for Mock {
        fn description(&self) -> BTreeMap<String, String> {
            BTreeMap::new()
        }
        fn create(&mut self, request: &Request<'_>) -> Result<(), ManagerError> {
            assert_eq!(request.id, "ctrprof-1-3");
            self.note("create")
        }
        fn check(&mut self) -> Result<(), ManagerError> {
            self.note("check")
        }
        fn start(&mut self) -> Result<(), ManagerError> {
            self.note("start")
        }
        fn exec(&mut self, command: &[String], _: &Interrupt) -> Result<Output, ManagerError> {
            match &*command[0] {
                "/bin/echo" => self.note("exec")?,
                _ => self.note("verify")?,
            }
            Ok(Output {
                status: ExitStatus::from_raw(0),
                stdout: self.stdout.into(),
                stderr: Vec::new(),
            })
        }
        fn first_process(&mut self) -> Result<Pid, ManagerError> {
            Ok(Pid::this())
        }
        fn address(&mut self) -> Result<SocketAddr, ManagerError> {
            self.note("address")?;
            Ok(self.address)
        }
        fn stop(&mut self) -> Result<(), ManagerError> {
            self.note("stop")
        }
        fn remove(&mut self) -> Result<(), ManagerError> {
            self.note("remove")
        }
        fn discard(&mut self) -> Result<(), ManagerError> {
            self.note("discard")
        }
    }

    fn run(fails_at: &'static str, stdout: &'static str) -> (Vec<&'static str>, RunReport) {
        run_workload(&Workload::hello_world(), mock(fails_at, stdout))
    }

    fn run_workload(workload: &Workload, mut manager: Mock) -> (Vec<&'static str>, RunReport) {
        let plan = Plan {
            run: 3,
            id: "ctrprof-1-3",
            directory: Path::new("/run/3"),
            workload,
            cache: CachePolicy::Warm,
            image: Path::new(""),
        };
        let (report, error) = run_once(&plan, &mut manager, &Interrupt::idle().unwrap());
        assert_eq!(error.is_some(), report.failure.is_some());
        (manager.log, report)
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
        assert_eq!(calls, ["create", "start", "exec", "stop", "remove"]);
        assert_eq!(stages_of(&report), calls);
        assert_eq!(report.failure, None);
        assert_eq!(report.run, 3);
    }

    #[test]
    fn what_needs_no_container_is_created_looked_at_and_removed() {
        let workload = Workload::named("netns", None).unwrap();
        let (calls, report) = run_workload(&workload, mock("", ""));
        assert_eq!(calls, ["create", "check", "remove"]);
        assert_eq!(stages_of(&report), ["create", "remove"]);
        let (calls, report) = run_workload(&workload, mock("check", ""));
        assert_eq!(calls, ["create", "check", "discard"]);
        assert!(report.failure.is_some());
    }

    #[test]
    fn a_failed_stage_has_no_end_and_everything_is_removed() {
        let (calls, report) = run("start", "hello world\n");
        assert_eq!(calls, ["create", "start", "discard"]);
        assert_eq!(stages_of(&report), ["create"]);
        assert!(report.failure.is_some_and(|why| why.contains("start")));
    }

    #[test]
    fn a_wrong_result_fails_the_run_after_its_exec_stage() {
        let (calls, report) = run("", "hello\n");
        assert_eq!(calls, ["create", "start", "exec", "discard"]);
        assert_eq!(stages_of(&report), ["create", "start", "exec"]);
        assert!(
            report
                .failure
                .is_some_and(|why| why.contains("hello world"))
        );
    }

    #[test]
    fn a_server_is_asked_until_its_answer_is_good_and_the_result_is_verified() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut manager = mock("", "hello world\n");
        manager.address = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            for answer in ["HTTP/1.0 503 Soon\r\n\r\n", "HTTP/1.0 200 OK\r\n\r\nhi"] {
                let (mut stream, _) = listener.accept().unwrap();
                let _ = stream.read(&mut [0; 512]).unwrap();
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        let workload = Workload {
            response: Some(HttpCheck {
                container_port: 80,
                path: "/".to_owned(),
                expected_body: "hi".to_owned(),
            }),
            verification: Some(Verification {
                command: vec!["/bin/look".to_owned()],
                expected_stdout: "hello world\n".to_owned(),
            }),
            ..Workload::hello_world()
        };
        let (calls, report) = run_workload(&workload, manager);
        server.join().unwrap();
        assert_eq!(report.failure, None);
        assert_eq!(
            calls,
            [
                "create", "start", "address", "exec", "verify", "stop", "remove"
            ]
        );
        assert_eq!(
            stages_of(&report),
            ["create", "start", "exec", "response", "stop", "remove"]
        );
    }

    #[test]
    fn what_a_failed_run_leaves_is_said_beside_the_cause() {
        let mut mock = mock("discard", "");
        let cause = RunError::Workload(WorkloadError::Stdout {
            found: "x".to_owned(),
            expected: "y".to_owned(),
            stderr: String::new(),
        });
        let error = clean_up(cause, &mut mock);
        assert!(matches!(error, RunError::Leftover { .. }));
        let message = error.to_string();
        assert!(message.contains("where \"y\""), "{message}");
        assert!(message.contains("discard"), "{message}");
    }
}

//! Daemons that a manager needs: started before its first command, ended with it.

use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::ManagerError;
use crate::child::{self, ChildError};
use crate::interrupt::Interrupt;

/// How long a daemon may take until it answers.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Between two looks at a daemon that does not answer yet.
const BETWEEN_LOOKS: Duration = Duration::from_millis(2);
/// How long a daemon may take to end when it is asked to.
const STOP_TIMEOUT_MS: u16 = 10_000;

/// A running daemon. It is asked to end when dropped, and killed if it does not.
#[derive(Debug)]
pub struct Daemon {
    name: &'static str,
    child: Child,
    log: PathBuf,
}

impl Daemon {
    /// Starts a daemon that stays in the foreground, in a process group of its own: Ctrl-C must
    /// not end it before its containers. What it writes goes to the file `log`.
    ///
    /// # Errors
    /// When its program or its log cannot be opened.
    pub fn start(
        name: &'static str,
        command: &mut Command,
        log: &Path,
    ) -> Result<Self, ManagerError> {
        let open = || -> io::Result<(File, File)> {
            let file = File::create(log)?;
            Ok((file.try_clone()?, file))
        };
        let (out, error) = open().map_err(ManagerError::system("make a daemon's log"))?;
        let child = command
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(error)
            .spawn()
            .map_err(|source| ChildError::Spawn {
                program: command.get_program().to_string_lossy().into_owned(),
                source,
            })?;
        Ok(Self {
            name,
            child,
            log: log.to_path_buf(),
        })
    }

    /// Looks again and again until the daemon answers.
    ///
    /// # Errors
    /// When it ends instead, takes too long, or the engine is asked to end.
    pub fn await_answer(
        &mut self,
        interrupt: &Interrupt,
        mut answers: impl FnMut() -> bool,
    ) -> Result<(), ManagerError> {
        let begun = Instant::now();
        while !answers() {
            interrupt.check()?;
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(ManagerError::Program {
                    program: self.name.to_owned(),
                    action: "start".to_owned(),
                    message: format!("{status}; the end of its log: {}", self.end_of_log()),
                });
            }
            if begun.elapsed() > TIMEOUT {
                return Err(ManagerError::Daemon {
                    program: self.name,
                    seconds: TIMEOUT.as_secs(),
                    log: self.end_of_log(),
                });
            }
            std::thread::sleep(BETWEEN_LOOKS);
        }
        Ok(())
    }

    /// The last line, where daemons say why they end.
    fn end_of_log(&self) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let last = log.lines().rfind(|line| !line.trim().is_empty());
        last.unwrap_or("it is empty").to_owned()
    }

    /// Asks it to end and waits; whether it did.
    fn ends(&self, pid: Pid) -> bool {
        let Ok(ended) = child::pidfd_open(pid) else {
            return true;
        };
        if kill(pid, Signal::SIGTERM).is_err() {
            return true;
        }
        let mut polled = [PollFd::new(
            std::os::fd::AsFd::as_fd(&ended),
            PollFlags::POLLIN,
        )];
        // A signal to the engine cuts this short: then it is killed.
        poll(&mut polled, PollTimeout::from(STOP_TIMEOUT_MS)).is_ok_and(|ready| ready > 0)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Something else may have reaped it: it is the child of a process that reaps orphans.
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        if !self.ends(Pid::from_raw(self.child.id().cast_signed())) {
            let _ = self.child.kill();
        }
        // A wait fails if the process was reaped meanwhile.
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn daemon(script: &str, folder: &Path) -> Daemon {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Daemon::start("sh", &mut command, &folder.join("log")).unwrap()
    }

    #[test]
    fn a_daemon_is_waited_for_and_ended() {
        let folder = tempfile::tempdir().unwrap();
        let (up, down) = (folder.path().join("up"), folder.path().join("down"));
        let script = format!(
            "trap 'touch {}; exit' TERM; touch {}; while :; do sleep 0.01; done",
            down.display(),
            up.display()
        );
        let mut daemon = daemon(&script, folder.path());
        let interrupt = Interrupt::never().unwrap();
        daemon.await_answer(&interrupt, || up.exists()).unwrap();
        drop(daemon);
        assert!(down.exists());
    }

    #[test]
    fn one_that_ends_at_once_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let mut daemon = daemon("echo no such driver >&2; exit 3", folder.path());
        let interrupt = Interrupt::never().unwrap();
        let error = daemon.await_answer(&interrupt, || false).unwrap_err();
        let message = error.to_string();
        for part in ["sh start failed", "exit status: 3", "no such driver"] {
            assert!(message.contains(part), "{message}");
        }
    }
}

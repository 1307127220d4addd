//! The daemon: its folders, its start, and its end.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::interrupt::Interrupt;
use crate::manager::liblxc::BindMount;
use crate::manager::{ManagerError, program};

/// `LXD_DIR`, the usual one, so that nothing of another daemon is in sight: every folder above it is
/// open to containers whose root is a mere user of the host.
pub const FOLDER: &str = "/var/lib/lxd";
/// Where storage pools are that have folders of their own, in the sandbox's own /run.
pub const POOLS: &str = "/run/lxd-pools";
/// How long it may take to come up, seconds.
const START_TIMEOUT_S: u64 = 60;
/// How long it may take to end.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);
/// How often its state is looked at.
const PAUSE: Duration = Duration::from_millis(5);

/// A running lxd, ended when it is dropped.
#[derive(Debug)]
pub struct Daemon {
    process: Child,
    /// Dropped after the process has ended.
    _folders: [BindMount; 2],
}

impl Daemon {
    /// Starts it with everything that it keeps in `state`, and waits until it serves.
    ///
    /// # Errors
    /// When it is not installed or does not come up.
    pub fn start(state: &Path, log: &Path, interrupt: &Interrupt) -> Result<Self, ManagerError> {
        if !Path::new(FOLDER).is_dir() {
            return Err(ManagerError::Unsupported {
                what: format!("there is no {FOLDER}, which packages of lxd make"),
                remedy: "install it (debian: apt-get install lxd)".to_owned(),
            });
        }
        fs::create_dir_all(POOLS).map_err(ManagerError::system(format!("make {POOLS}")))?;
        let folders = [
            BindMount::new(&state.join("pools"), Path::new(POOLS))?,
            BindMount::new(&state.join("daemon"), Path::new(FOLDER))?,
        ];
        let written = || File::options().create(true).append(true).open(log);
        let out = || written().map_err(ManagerError::system("open the log of lxd"));
        let mut command = Command::new("lxd");
        // Whoever may talk to it must be in this group; by default it is one that packages make.
        command
            .args(["--group", "root", "--logfile"])
            .arg(log)
            .env("LXD_DIR", FOLDER)
            .stdin(Stdio::null())
            .stdout(out()?)
            .stderr(out()?);
        let process = command.spawn().map_err(|source| {
            ManagerError::Child(crate::child::ChildError::Spawn {
                program: "lxd".to_owned(),
                source,
            })
        })?;
        let mut daemon = Self {
            process,
            _folders: folders,
        };
        daemon.wait_until_ready(log, interrupt)?;
        Ok(daemon)
    }

    fn wait_until_ready(&mut self, log: &Path, interrupt: &Interrupt) -> Result<(), ManagerError> {
        let begun = Instant::now();
        while !is_ready() {
            interrupt.check()?;
            let ended = self
                .process
                .try_wait()
                .map_err(ManagerError::system("look at lxd"))?;
            if ended.is_some() || begun.elapsed() > Duration::from_secs(START_TIMEOUT_S) {
                return Err(ManagerError::Daemon {
                    program: "lxd",
                    seconds: begun.elapsed().as_secs(),
                    log: program::end(&fs::read(log).unwrap_or_default()),
                });
            }
            std::thread::sleep(PAUSE);
        }
        Ok(())
    }
}

impl Daemon {
    /// It leaves containers running at SIGTERM; those end with the sandbox.
    fn end(&mut self) {
        let pid = Pid::from_raw(self.process.id().cast_signed());
        // Its process number is its own until it has been waited for.
        let _ = kill(pid, Signal::SIGTERM);
        let begun = Instant::now();
        while matches!(self.process.try_wait(), Ok(None)) {
            if begun.elapsed() > STOP_TIMEOUT {
                let _ = self.process.kill();
                let _ = self.process.wait();
                return;
            }
            std::thread::sleep(PAUSE);
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.end();
    }
}

/// Whether the daemon says that it is ready: `lxd waitready` asks the same, twice a second
/// (lxd/main_waitready.go, 5.0).
fn is_ready() -> bool {
    let ask = || -> io::Result<Vec<u8>> {
        let mut stream = UnixStream::connect(PathBuf::from(FOLDER).join("unix.socket"))?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        stream.write_all(b"GET /internal/ready HTTP/1.0\r\nHost: lxd\r\n\r\n")?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| is_ok(&answer))
}

/// Whether the first line of an HTTP response gives the code 200.
fn is_ok(response: &[u8]) -> bool {
    let line = response.split(|&byte| byte == b'\r').next();
    let code = line.and_then(|line| line.split(|&byte| byte == b' ').nth(1));
    code == Some(b"200")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_code_200_is_an_answer_that_counts() {
        assert!(is_ok(b"HTTP/1.0 200 OK\r\nContent-Type: x\r\n\r\n"));
        assert!(!is_ok(b"HTTP/1.0 503 Service Unavailable\r\n\r\n200"));
        assert!(!is_ok(b""));
    }
}

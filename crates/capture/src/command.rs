//! Starts the command and holds it at its exec until the probes are attached.

use std::ffi::{OsStr, OsString};
use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::mpsc::{self, Receiver};

use nix::errno::Errno;
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use nix::unistd::Pid;

use super::CaptureError;

/// Exit status of a child that was never let go; nobody asks for it.
const NEVER_RELEASED: i32 = 125;

/// A child that waits to be let go at its exec.
pub struct HeldCommand {
    /// Its process number.
    pub pid: u32,
    name: String,
    go: PipeWriter,
    spawned: Receiver<io::Result<Child>>,
}

impl HeldCommand {
    /// Forks the child. It makes no further system call of its own but the exec once it is let go:
    /// the path is resolved here, as strace does, so that exactly one execve is seen.
    pub fn spawn(command: &[OsString]) -> Result<Self, CaptureError> {
        let name = command
            .first()
            .map(|name| name.to_string_lossy().into_owned());
        let name = name.unwrap_or_default();
        let path = resolve(command.first().map_or(OsStr::new(""), OsString::as_os_str))?;
        let fail = |source| CaptureError::Command {
            command: name.clone(),
            source,
        };
        let (go_reader, go) = io::pipe().map_err(fail)?;
        let (mut pid_reader, pid_writer) = io::pipe().map_err(fail)?;
        let mut child = Command::new(path);
        child.arg0(&command[0]).args(&command[1..]);
        hold_before_exec(&mut child, (go_reader, go.as_raw_fd()), pid_writer);
        let spawned = spawn_in_thread(child);
        let mut pid = [0; 4];
        if pid_reader.read_exact(&mut pid).is_err() {
            // It ended before it was held: the spawn says why.
            let error = match spawned.recv() {
                Ok(Err(error)) => error,
                Ok(Ok(_)) | Err(_) => io::Error::other("the child ended early"),
            };
            return Err(fail(error));
        }
        Ok(Self {
            pid: u32::from_ne_bytes(pid),
            name,
            go,
            spawned,
        })
    }

    /// Lets it go.
    pub fn release(mut self) -> Result<Child, CaptureError> {
        let fail = |source| CaptureError::Command {
            command: self.name.clone(),
            source,
        };
        self.go.write_all(&[1]).map_err(fail)?;
        drop(self.go);
        match self.spawned.recv() {
            Ok(spawned) => spawned.map_err(fail),
            Err(_) => Err(fail(io::Error::other("the spawning thread panicked"))),
        }
    }
}

/// Spawns in a thread: `spawn` returns only after the exec. The thread lives as long as the child,
/// which a command that asked for a signal at its parent's death (`PR_SET_PDEATHSIG`, prctl(2))
/// would get at the end of the thread that made it.
fn spawn_in_thread(mut child: Command) -> Receiver<io::Result<Child>> {
    let (sender, spawned) = mpsc::channel();
    std::thread::spawn(move || {
        let spawning = child.spawn();
        let pid = spawning.as_ref().ok().map(Child::id);
        // Its descriptors are the child's to hold from here on.
        drop(child);
        if sender.send(spawning).is_ok()
            && let Some(Ok(pid)) = pid.map(i32::try_from)
        {
            let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT;
            // An error is that it was reaped already.
            while waitid(Id::Pid(Pid::from_raw(pid)), flags) == Err(Errno::EINTR) {}
        }
    });
    spawned
}

/// Has the child tell its number and wait for a byte, or for the end of who would send it: the child's
/// own copy of the `other_end` must go, or it would wait for ever.
fn hold_before_exec(child: &mut Command, (go, other_end): (PipeReader, RawFd), pid: PipeWriter) {
    let hold = move || {
        // SAFETY: the descriptor is the child's copy, which nothing of it uses.
        unsafe { libc::close(other_end) };
        // SAFETY: getpid(2) and gettid(2) have no preconditions.
        let own_pid = unsafe { libc::getpid() } as u32;
        write_once(&pid, &own_pid.to_ne_bytes())?;
        let mut byte = [0; 1];
        // SAFETY: reads one byte into a buffer of one byte, from a descriptor that is open.
        let count = unsafe { libc::read(go.as_raw_fd(), byte.as_mut_ptr().cast(), 1) };
        match count {
            1 => Ok(()),
            // Who would let it go is gone, and so may be who would read an error: the standard library
            // aborts, with a message, when it cannot report one.
            // SAFETY: _exit(2) has no preconditions.
            0 => unsafe { libc::_exit(NEVER_RELEASED) },
            _ => Err(io::Error::last_os_error()),
        }
    };
    // SAFETY: between fork and exec the closure only calls close, getpid, write, read and _exit, which are
    // async-signal-safe (signal-safety(7)), and allocates nothing.
    unsafe {
        child.pre_exec(hold);
    }
}

fn write_once(pipe: &PipeWriter, bytes: &[u8]) -> io::Result<()> {
    // SAFETY: writes a slice's own bytes to a descriptor that is open.
    let count = unsafe { libc::write(pipe.as_raw_fd(), bytes.as_ptr().cast(), bytes.len()) };
    if count == bytes.len() as isize {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// The file to execute for a name, as execvp(3) finds it.
///
/// # Errors
/// When there is none.
pub fn resolve(name: &OsStr) -> Result<PathBuf, CaptureError> {
    let missing = || CaptureError::NoSuchCommand(name.to_string_lossy().into_owned());
    if name.is_empty() {
        return Err(missing());
    }
    if name.as_bytes().contains(&b'/') {
        let path = PathBuf::from(name);
        return if path.exists() {
            Ok(path)
        } else {
            Err(missing())
        };
    }
    let search = std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into());
    let here = std::env::current_dir().map_err(CaptureError::system("find the current folder"))?;
    which::which_in(name, Some(search), here).map_err(|_| missing())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn a_held_command_runs_only_when_it_is_let_go() {
        let directory = tempfile::tempdir().unwrap();
        let witness = directory.path().join("witness");
        let command = ["touch".into(), witness.clone().into_os_string()];
        let held = HeldCommand::spawn(&command).unwrap();
        assert!(!witness.exists());
        let pid = held.pid;
        let mut child = held.release().unwrap();
        assert_eq!(child.id(), pid);
        assert!(child.wait().unwrap().success());
        assert!(witness.exists());
    }

    #[test]
    fn a_held_command_ends_with_who_would_have_let_it_go() {
        let held = HeldCommand::spawn(&["true".into()]).unwrap();
        let process = PathBuf::from(format!("/proc/{}", held.pid));
        assert!(process.exists());
        let HeldCommand { go, spawned, .. } = held;
        drop(go);
        let mut child = spawned.recv().unwrap().unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(NEVER_RELEASED));
        assert!(!process.exists());
    }

    #[test]
    fn a_missing_command_is_named() {
        let error = HeldCommand::spawn(&["no-such-command-here".into()])
            .err()
            .unwrap();
        assert!(
            error
                .to_string()
                .starts_with("no such command: no-such-command-here")
        );
    }

    #[test]
    fn a_file_that_cannot_be_executed_is_an_error_at_the_release() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let held = HeldCommand::spawn(&[file.path().as_os_str().to_owned()]).unwrap();
        assert!(matches!(held.release(), Err(CaptureError::Command { .. })));
    }
}

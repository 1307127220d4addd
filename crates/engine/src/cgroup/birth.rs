//! Starting programs whose processes are in a control group from their first instruction on: they
//! write themselves into it before they execute, or are born there, by clone3(2) with
//! `CLONE_INTO_CGROUP`, since Linux 5.7 and for version 2 alone.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use nix::errno::Errno;
use nix::unistd::Pid;

use crate::child;

/// `CLONE_INTO_CGROUP` (include/uapi/linux/sched.h, v6.18).
const CLONE_INTO_CGROUP: u64 = 0x2_0000_0000;

/// `struct clone_args` (include/uapi/linux/sched.h, v6.18).
#[repr(C)]
#[derive(Default)]
struct CloneArguments {
    flags: u64,
    pidfd: u64,
    child_tid: u64,
    parent_tid: u64,
    exit_signal: u64,
    stack: u64,
    stack_size: u64,
    tls: u64,
    set_tid: u64,
    set_tid_size: u64,
    cgroup: u64,
}

/// How a process gets into a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// It writes to `cgroup.procs`.
    Procs,
    /// It is born there.
    Birth,
}

/// A group that processes are put into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entrance {
    /// How.
    pub way: Way,
    /// The group's folder in each hierarchy.
    pub folders: Vec<PathBuf>,
}

/// Starts `command` in a group, as a child of this process, which must have one thread. Its streams
/// must be files or pipes of the caller's.
///
/// # Errors
/// When the kernel makes no such process, does not let it into the group, or the program cannot be
/// executed.
pub fn spawn(command: &mut Command, entrance: &Entrance) -> io::Result<Pid> {
    // Closed by a successful execve; holds the error of one that failed.
    let (mut failure, mut failure_writer) = io::pipe()?;
    let mut arguments = CloneArguments {
        exit_signal: libc::SIGCHLD as u64,
        ..CloneArguments::default()
    };
    let group = match (entrance.way, entrance.folders.first()) {
        (Way::Birth, Some(folder)) => Some(File::open(folder)?),
        (Way::Birth, None) | (Way::Procs, _) => None,
    };
    if let Some(group) = &group {
        arguments.flags = CLONE_INTO_CGROUP;
        arguments.cgroup = group.as_raw_fd() as u64;
    }
    // SAFETY: the arguments have the layout and size that are passed. Without CLONE_VM the child has
    // a copy of all memory, as after fork(2), and with one thread no lock is left held in it.
    let child = unsafe {
        libc::syscall(
            libc::SYS_clone3,
            &raw mut arguments,
            size_of::<CloneArguments>(),
        )
    };
    match Errno::result(child)? {
        0 => {
            let error = enter(entrance).err().unwrap_or_else(|| command.exec());
            let errno = error.raw_os_error().unwrap_or(libc::EIO);
            // A parent that is gone needs no message.
            let _ = failure_writer.write_all(&errno.to_ne_bytes());
            // SAFETY: ends this process without running what is the parent's to run.
            unsafe { libc::_exit(127) }
        }
        pid => {
            drop(failure_writer);
            let pid = Pid::from_raw(i32::try_from(pid).map_err(io::Error::other)?);
            let mut errno = [0; size_of::<i32>()];
            match failure.read_exact(&mut errno) {
                // Nothing was written: the program runs.
                Err(_) => Ok(pid),
                Ok(()) => {
                    child::reap(pid)?;
                    Err(io::Error::from_raw_os_error(i32::from_ne_bytes(errno)))
                }
            }
        }
    }
}

/// Who was not born in the group writes itself into it: 0 stands for the writer (cgroups(7)).
fn enter(entrance: &Entrance) -> io::Result<()> {
    match entrance.way {
        Way::Birth => Ok(()),
        Way::Procs => entrance
            .folders
            .iter()
            .try_for_each(|folder| fs::write(folder.join("cgroup.procs"), "0")),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn by_procs(folder: &std::path::Path) -> Entrance {
        Entrance {
            way: Way::Procs,
            folders: vec![folder.to_path_buf()],
        }
    }

    #[test]
    fn a_process_enters_before_it_executes() {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("cat");
        let procs = folder.path().join("cgroup.procs");
        let seen = folder.path().join("seen");
        command.arg(&procs).stdout(File::create(&seen).unwrap());
        let pid = spawn(&mut command, &by_procs(folder.path())).unwrap();
        assert!(child::reap(pid).unwrap().success());
        assert_eq!(fs::read_to_string(seen).unwrap(), "0");
    }

    #[test]
    fn what_goes_wrong_in_the_child_is_the_error_of_the_parent() {
        let folder = tempfile::tempdir().unwrap();
        let error = spawn(
            &mut Command::new("/no/such/program"),
            &by_procs(folder.path()),
        );
        assert_eq!(error.unwrap_err().kind(), io::ErrorKind::NotFound);
        let gone = folder.path().join("gone");
        let error = spawn(&mut Command::new("true"), &by_procs(&gone));
        assert_eq!(error.unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}

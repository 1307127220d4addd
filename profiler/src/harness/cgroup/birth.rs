//! Starting programs whose processes are born in a control group: clone3(2) with
//! `CLONE_INTO_CGROUP`, since Linux 5.7 and for version 2 alone.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use nix::errno::Errno;
use nix::unistd::Pid;

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

/// Starts `command` as a child of this process, which must have one thread, in the group with
/// this folder. Its streams must be files or pipes of the caller's.
///
/// # Errors
/// When the kernel makes no such process, or the program cannot be executed.
pub fn spawn(command: &mut Command, group: &Path) -> io::Result<Pid> {
    let group = File::open(group)?;
    // Closed by a successful execve; holds the error of one that failed.
    let (mut failure, mut failure_writer) = io::pipe()?;
    let mut arguments = CloneArguments {
        flags: CLONE_INTO_CGROUP,
        exit_signal: libc::SIGCHLD as u64,
        cgroup: group.as_raw_fd() as u64,
        ..CloneArguments::default()
    };
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
            let errno = command.exec().raw_os_error().unwrap_or(libc::EIO);
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
                    crate::harness::child::reap(pid)?;
                    Err(io::Error::from_raw_os_error(i32::from_ne_bytes(errno)))
                }
            }
        }
    }
}

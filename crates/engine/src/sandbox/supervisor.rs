//! The process outside of the sandbox, which waits for it.

use std::fs::File;
use std::io::{self, PipeReader};
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sched::{CloneFlags, setns, unshare};
use nix::sys::prctl;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{ForkResult, Pid, fork};

use super::SandboxError;
use crate::child;
use crate::interrupt::Interrupt;

/// Base of the exit code of a program that a signal ended, as shells report it.
pub const SIGNAL_EXIT_BASE: u8 = 128;
/// How long an engine that was told to end may take to remove what it made, in milliseconds.
const GRACE_MS: u16 = 30_000;
/// Exit code when not even the first steps in the sandbox succeed.
const NO_SANDBOX: u8 = 1;

/// Runs `work` as the first process of a new pid namespace and waits for it. Signals that ask this
/// process to end are passed on, for `work` to clean up.
///
/// # Errors
/// When there can be no such namespace.
pub fn supervise(work: impl FnOnce(&Interrupt) -> u8) -> Result<u8, SandboxError> {
    let interrupt = Interrupt::install().map_err(SandboxError::of("take over signals"))?;
    let (alive, keep_alive) = io::pipe().map_err(SandboxError::of("open a pipe"))?;
    unshare(CloneFlags::CLONE_NEWPID).map_err(SandboxError::of("make a pid namespace"))?;
    // SAFETY: the engine has no other thread whose locks the child could find held.
    match unsafe { fork() }.map_err(SandboxError::of("fork"))? {
        ForkResult::Child => {
            drop(keep_alive);
            // Its own pipe: what the parent is told must not wake the child.
            let code = match (Interrupt::install(), die_with_parent(alive)) {
                (Ok(interrupt), Ok(())) => work(&interrupt),
                (Err(_), _) | (_, Err(_)) => NO_SANDBOX,
            };
            // Without the destructors of values that are copies of the parent's.
            std::process::exit(code.into())
        }
        ForkResult::Parent { child } => {
            drop(alive);
            let status =
                wait(child, &interrupt).map_err(SandboxError::of("wait for the engine"))?;
            leave_for_own_pids().map_err(SandboxError::of("leave the pid namespace"))?;
            Ok(exit_code(status))
        }
    }
}

/// Lets later children be of the pid namespace that this process itself is in: the other has no
/// first process any more, and fork(2) fails there with ENOMEM (pid_namespaces(7)).
fn leave_for_own_pids() -> io::Result<()> {
    Ok(setns(
        File::open("/proc/self/ns/pid")?,
        CloneFlags::CLONE_NEWPID,
    )?)
}

/// Asks for SIGKILL when the parent ends (prctl(2)), and makes sure that it has not ended before
/// that: then the other end of its pipe is closed.
fn die_with_parent(alive: PipeReader) -> io::Result<()> {
    prctl::set_pdeathsig(Signal::SIGKILL)?;
    let mut polled = [PollFd::new(alive.as_fd(), PollFlags::POLLIN)];
    poll(&mut polled, PollTimeout::ZERO)?;
    if polled[0].any().unwrap_or(false) {
        return Err(io::Error::other("the parent has ended"));
    }
    Ok(())
}

fn wait(engine: Pid, interrupt: &Interrupt) -> io::Result<ExitStatus> {
    let ended = child::pidfd_open(engine)?;
    let mut is_told = false;
    loop {
        let mut polled = vec![PollFd::new(ended.as_fd(), PollFlags::POLLIN)];
        if !is_told {
            polled.push(PollFd::new(interrupt.descriptor(), PollFlags::POLLIN));
        }
        let timeout = if is_told {
            PollTimeout::from(GRACE_MS)
        } else {
            PollTimeout::NONE
        };
        let expired = match poll(&mut polled, timeout) {
            Ok(ready) => ready == 0,
            Err(nix::errno::Errno::EINTR) => false,
            Err(errno) => return Err(errno.into()),
        };
        if polled[0].any().unwrap_or(false) {
            return child::reap(engine);
        }
        if expired {
            // It hangs. Its sandbox goes with it, and what is elsewhere this process removes.
            kill(engine, Signal::SIGKILL)?;
        } else if !is_told && let Err(interrupted) = interrupt.check() {
            kill(engine, interrupted.0)?;
            is_told = true;
        }
    }
}

/// The code, or 128 plus the signal.
fn exit_code(status: ExitStatus) -> u8 {
    let signalled = || SIGNAL_EXIT_BASE + u8::try_from(status.signal().unwrap_or(0)).unwrap_or(0);
    status
        .code()
        .map_or_else(signalled, |code| u8::try_from(code).unwrap_or(u8::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_is_told_from_a_code() {
        assert_eq!(exit_code(ExitStatus::from_raw(3 << 8)), 3);
        assert_eq!(exit_code(ExitStatus::from_raw(9)), 137);
    }
}

//! Waiting for a child process and its output at once, without threads.

use std::fs::File;
use std::io::{self, PipeReader, PipeWriter, Read, Seek};
use std::os::fd::{AsFd, FromRawFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus, Stdio};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::cgroup::birth::{self, Entrance};
use super::interrupt::{Interrupt, Interrupted};
use super::workload::Output;

/// How long a command may take to end once what it waits for has, in milliseconds.
const STOP_TIMEOUT_MS: u16 = 10_000;

/// The errors of a child process whose output is read.
#[derive(Debug, thiserror::Error)]
pub enum ChildError {
    /// The engine was asked to end while it waited.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
    /// A system call on the child or its pipes.
    #[error("failed to wait for process {pid}: {source}")]
    Wait {
        /// The child.
        pid: i32,
        source: io::Error,
    },
    /// The program did not start.
    #[error("failed to run {program}: {source}; check that it is installed")]
    Spawn {
        /// The program.
        program: String,
        source: io::Error,
    },
}

/// Read ends of a child's standard output and error.
#[derive(Debug)]
pub struct OutputPipes {
    stdout: PipeReader,
    stderr: PipeReader,
}

impl OutputPipes {
    /// Pipes, and their write ends for the child.
    ///
    /// # Errors
    /// When there are no descriptors left.
    pub fn new() -> io::Result<(Self, PipeWriter, PipeWriter)> {
        let (stdout, stdout_writer) = io::pipe()?;
        let (stderr, stderr_writer) = io::pipe()?;
        for reader in [stdout.as_fd(), stderr.as_fd()] {
            fcntl(reader, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        }
        Ok((Self { stdout, stderr }, stdout_writer, stderr_writer))
    }
}

/// Waits until the child has ended, takes what it wrote, and reaps it.
///
/// Output that descendants write after its end is not waited for. On a signal to the engine the
/// child is killed and reaped first.
///
/// # Errors
/// When the engine was asked to end, or `pid` is no child of this process.
pub fn wait(pid: Pid, pipes: OutputPipes, interrupt: &Interrupt) -> Result<Output, ChildError> {
    wait_or(kill_and_reap, pid, pipes, interrupt)
}

/// As [`wait`], but for what a signal to the engine does: `give_up` ends and reaps the child, whose
/// output nobody reads by then.
fn wait_or(
    give_up: impl FnOnce(Pid),
    pid: Pid,
    pipes: OutputPipes,
    interrupt: &Interrupt,
) -> Result<Output, ChildError> {
    let failed = |source: io::Error| ChildError::Wait {
        pid: pid.as_raw(),
        source,
    };
    let ended = pidfd_open(pid).map_err(failed)?;
    let mut streams = [
        Stream::new(pipes.stdout.into()),
        Stream::new(pipes.stderr.into()),
    ];
    loop {
        let ready = poll_child(&ended, &streams, interrupt).map_err(failed)?;
        if ready.interrupted
            && let Err(interrupted) = interrupt.check()
        {
            drop(streams);
            give_up(pid);
            return Err(interrupted.into());
        }
        for stream in &mut streams {
            stream.drain().map_err(failed)?;
        }
        if ready.ended {
            break;
        }
    }
    let status = reap(pid).map_err(failed)?;
    let [stdout, stderr] = streams.map(|stream| stream.bytes);
    Ok(Output {
        status,
        stdout,
        stderr,
    })
}

/// Runs a command with no input and waits for it.
///
/// # Errors
/// As [`wait`], and when the program cannot be started.
pub fn run(command: &mut Command, interrupt: &Interrupt) -> Result<Output, ChildError> {
    run_with_input(command, Stdio::null(), interrupt)
}

/// As [`run`], for a command that must not be killed in the middle of what it does: on a signal to
/// the engine `end` ends what it waits for, and it has a while to end then by itself.
///
/// # Errors
/// As [`run`].
pub fn run_until(
    end: impl FnOnce(),
    command: &mut Command,
    interrupt: &Interrupt,
) -> Result<Output, ChildError> {
    let give_up = |pid| {
        end();
        reap_in_time(pid);
    };
    run_by(spawn, give_up, command, Stdio::null(), interrupt)
}

/// Runs a command that reads `input`, and waits for it.
///
/// # Errors
/// As [`run`].
pub fn run_with_input(
    command: &mut Command,
    input: Stdio,
    interrupt: &Interrupt,
) -> Result<Output, ChildError> {
    run_by(spawn, kill_and_reap, command, input, interrupt)
}

/// As [`run`], with the process in a control group.
///
/// # Errors
/// As [`run`].
pub fn run_in_group(
    command: &mut Command,
    entrance: &Entrance,
    interrupt: &Interrupt,
) -> Result<Output, ChildError> {
    let spawn = |command: &mut Command| birth::spawn(command, entrance);
    run_by(spawn, kill_and_reap, command, Stdio::null(), interrupt)
}

fn spawn(command: &mut Command) -> io::Result<Pid> {
    Ok(Pid::from_raw(command.spawn()?.id().cast_signed()))
}

fn run_by(
    spawn: impl FnOnce(&mut Command) -> io::Result<Pid>,
    give_up: impl FnOnce(Pid),
    command: &mut Command,
    input: Stdio,
    interrupt: &Interrupt,
) -> Result<Output, ChildError> {
    let spawn_error = |command: &Command, source| ChildError::Spawn {
        program: command.get_program().to_string_lossy().into_owned(),
        source,
    };
    let (pipes, stdout, stderr) =
        OutputPipes::new().map_err(|source| spawn_error(command, source))?;
    command.stdin(input).stdout(stdout).stderr(stderr);
    let child = spawn(command).map_err(|source| spawn_error(command, source))?;
    // The command keeps its descriptors until it is given others.
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    wait_or(give_up, child, pipes, interrupt)
}

/// Kills a child, if it still runs, and reaps it.
pub fn kill_and_reap(pid: Pid) {
    if kill(pid, Signal::SIGKILL).is_ok() {
        // It was ours a moment ago: the only failure left is that somebody else reaped it.
        let _ = reap(pid);
    }
}

/// Reaps a child that is about to end; kills it first if it takes too long.
fn reap_in_time(pid: Pid) {
    let has_ended = pidfd_open(pid).is_ok_and(|ended| {
        let mut polled = [PollFd::new(ended.as_fd(), PollFlags::POLLIN)];
        // A second signal cuts this short.
        poll(&mut polled, PollTimeout::from(STOP_TIMEOUT_MS)).is_ok_and(|ready| ready > 0)
    });
    if has_ended {
        // As after a kill.
        let _ = reap(pid);
    } else {
        kill_and_reap(pid);
    }
}

/// Waits for the end of a child.
///
/// # Errors
/// When it is no child of this process.
pub fn reap(pid: Pid) -> io::Result<ExitStatus> {
    let mut status = 0;
    loop {
        // SAFETY: `status` is a live variable of the type that waitpid(2) writes.
        let reaped = unsafe { libc::waitpid(pid.as_raw(), &raw mut status, 0) };
        match Errno::result(reaped) {
            Ok(_) => return Ok(ExitStatus::from_raw(status)),
            Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
}

/// Kills the first process of a container, a child, and reaps it.
///
/// # Errors
/// As [`reap_first`].
pub fn kill_and_reap_first(first: Pid) -> io::Result<()> {
    match kill(first, Signal::SIGKILL) {
        Ok(()) | Err(Errno::ESRCH) => reap_first(first),
        Err(errno) => Err(errno.into()),
    }
}

/// Waits for the end of a container's first process, which was killed, and reaps every other child
/// that ends before it: a pid namespace is not gone before its last zombie is
/// (`zap_pid_ns_processes` in kernel/pid_namespace.c, v6.18), and commands executed in the
/// container are children of this process as well.
///
/// # Errors
/// When it is no child of this process.
pub fn reap_first(first: Pid) -> io::Result<()> {
    reap_up_to(first)?;
    Ok(())
}

/// Waits for the end of a child, and reaps every other one that ends before it.
fn reap_up_to(child: Pid) -> io::Result<ExitStatus> {
    let mut status = 0;
    loop {
        // SAFETY: `status` is a live variable of the type that waitpid(2) writes.
        let reaped = unsafe { libc::waitpid(-1, &raw mut status, 0) };
        match Errno::result(reaped) {
            Ok(pid) if pid == child.as_raw() => return Ok(ExitStatus::from_raw(status)),
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
}

/// Runs a command that waits for processes to be gone which are children of this one by now: every
/// child that ends before it is reaped. Gives its status and what it wrote to standard error.
///
/// # Errors
/// When the program cannot be started or waited for.
pub fn run_and_reap(command: &mut Command) -> io::Result<(ExitStatus, Vec<u8>)> {
    // No pipe, which somebody would have to read meanwhile.
    let mut written = File::from(memfd_create(c"stderr", MFdFlags::MFD_CLOEXEC)?);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(written.try_clone()?);
    let status = reap_up_to(spawn(command)?)?;
    let mut bytes = Vec::new();
    written.rewind()?;
    written.read_to_end(&mut bytes)?;
    Ok((status, bytes))
}

/// Reaps children that ended and that nobody waits for: processes that a runtime left behind.
pub fn reap_orphans() {
    let mut status = 0;
    // SAFETY: `status` is a live variable of the type that waitpid(2) writes.
    while unsafe { libc::waitpid(-1, &raw mut status, libc::WNOHANG) } > 0 {}
}

struct Ready {
    ended: bool,
    interrupted: bool,
}

/// Sleeps until the child ended, wrote something, or the engine was asked to end.
fn poll_child(ended: &OwnedFd, streams: &[Stream; 2], interrupt: &Interrupt) -> io::Result<Ready> {
    let mut polled = vec![
        PollFd::new(ended.as_fd(), PollFlags::POLLIN),
        PollFd::new(interrupt.descriptor(), PollFlags::POLLIN),
    ];
    let open = streams.iter().filter_map(|stream| stream.pipe.as_ref());
    polled.extend(open.map(|pipe| PollFd::new(pipe.as_fd(), PollFlags::POLLIN)));
    match poll(&mut polled, PollTimeout::NONE) {
        Ok(_) | Err(Errno::EINTR) => {}
        Err(errno) => return Err(errno.into()),
    }
    let ready = |index: usize| polled[index].any().unwrap_or(false);
    Ok(Ready {
        ended: ready(0),
        interrupted: ready(1),
    })
}

struct Stream {
    /// None once its end was read.
    pipe: Option<File>,
    bytes: Vec<u8>,
}

impl Stream {
    fn new(pipe: OwnedFd) -> Self {
        Self {
            pipe: Some(File::from(pipe)),
            bytes: Vec::new(),
        }
    }

    /// Takes what is there now.
    fn drain(&mut self) -> io::Result<()> {
        let Some(pipe) = &mut self.pipe else {
            return Ok(());
        };
        match pipe.read_to_end(&mut self.bytes) {
            Ok(_) => {
                self.pipe = None;
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// pidfd_open(2), since Linux 5.3: a descriptor that becomes readable when the process ends.
///
/// # Errors
/// When there is no such process, or no descriptor left.
pub fn pidfd_open(pid: Pid) -> io::Result<OwnedFd> {
    // SAFETY: the call takes two integers.
    let descriptor = unsafe { libc::syscall(libc::SYS_pidfd_open, pid.as_raw(), 0) };
    let descriptor = Errno::result(descriptor)?;
    let descriptor = i32::try_from(descriptor).map_err(io::Error::other)?;
    // SAFETY: the kernel just made this descriptor for us, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}

/// Waits until the process of a descriptor of [`pidfd_open`] has ended; it need not be a child.
///
/// # Errors
/// When the descriptor is none of a process.
pub fn await_end(process: &OwnedFd) -> io::Result<()> {
    loop {
        let mut polled = [PollFd::new(process.as_fd(), PollFlags::POLLIN)];
        match poll(&mut polled, PollTimeout::NONE) {
            Ok(_) => return Ok(()),
            Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn shell(script: &str) -> Result<Output, ChildError> {
        let interrupt = Interrupt::idle().unwrap();
        run(Command::new("sh").args(["-c", script]), &interrupt)
    }

    #[test]
    fn both_streams_and_the_exit_code_arrive() {
        let output = shell("echo out; echo err >&2; exit 3").unwrap();
        assert_eq!(output.stdout, b"out\n");
        assert_eq!(output.stderr, b"err\n");
        assert_eq!(output.status.code(), Some(3));
    }

    #[test]
    fn more_output_than_a_pipe_holds_arrives_whole() {
        let output = shell("head -c 1000000 /dev/zero").unwrap();
        assert_eq!(output.stdout.len(), 1_000_000);
    }

    #[test]
    fn a_descendant_that_keeps_the_pipe_open_is_not_waited_for() {
        let begun = std::time::Instant::now();
        let output = shell("sleep 20 & echo $!").unwrap();
        assert!(begun.elapsed().as_secs() < 10);
        let sleeper = String::from_utf8(output.stdout).unwrap();
        let sleeper = Pid::from_raw(sleeper.trim().parse().unwrap());
        kill(sleeper, Signal::SIGKILL).unwrap();
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let interrupt = Interrupt::idle().unwrap();
        let error = run(&mut Command::new("/no/such/program"), &interrupt).unwrap_err();
        assert!(error.to_string().contains("/no/such/program"), "{error}");
    }
}

//! The process that is measured: it does what a byte tells it to, and answers with the time.

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};

/// System calls in a round.
pub const CALLS: u32 = 128;

/// The order to the subject, one byte: make calls, and say how long they took.
const MAKE_CALLS: u8 = 0;
/// Answer at once.
const ANSWER: u8 = 1;
/// Yield the CPU as often as it takes the other side to be done.
const YIELD: u8 = 2;
/// Make calls of one kind, which follows, and say how long they took.
const MAKE_CALLS_OF: u8 = 3;

/// A number that no system call has (the kernel answers ENOSYS): nothing is done between entry and
/// exit.
pub const NO_CALL: u32 = 1000;

/// A kind of system call, by what the probes read for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum CallKind {
    /// Neither a descriptor nor a path: [`NO_CALL`].
    Plain = 0,
    /// A descriptor: lseek(2) on a pipe, which fails.
    Descriptor = 1,
    /// A path: readlinkat(2) without room for an answer, which fails.
    Path = 2,
}

/// Yields of either side that come before the ones that are timed.
const YIELDS_BEFORE: u32 = 2;
/// Yields of the subject beyond those of the other side.
const YIELDS_BEYOND: u32 = 8;
const ANSWER_BYTES: usize = size_of::<u64>();

/// A child process on one CPU. It ends when this does, however this ends: its pipe closes.
pub struct Subject {
    child: Option<Pid>,
    cpu: usize,
    orders: PipeWriter,
    answers: PipeReader,
}

impl Subject {
    /// Forks it, on `cpu`: the calling thread must be kept there, for the child inherits that.
    pub fn start(cpu: usize) -> io::Result<Self> {
        let (orders_reader, orders) = io::pipe()?;
        let (answers, answers_writer) = io::pipe()?;
        let (order, answer) = (orders_reader.as_raw_fd(), answers_writer.as_raw_fd());
        let inherited = orders.as_raw_fd();
        // SAFETY: the child, forked from a process of several threads, only makes system calls that
        // are async-signal-safe (signal-safety(7)), allocates nothing, and leaves by _exit.
        match unsafe { fork() }? {
            ForkResult::Child => {
                // SAFETY: the child's copy of the other end; it must go, or it would never see the
                // end of its orders.
                unsafe { libc::close(inherited) };
                obey(order, answer);
                // SAFETY: ends the child without running what the parent has registered.
                unsafe { libc::_exit(0) }
            }
            ForkResult::Parent { child } => Ok(Self {
                child: Some(child),
                cpu,
                orders,
                answers,
            }),
        }
    }

    /// The CPU that it is on.
    pub fn cpu(&self) -> usize {
        self.cpu
    }

    /// Its process number; 0 once it has ended.
    pub fn pid(&self) -> u32 {
        self.child.map_or(0, |child| child.as_raw() as u32)
    }

    /// How long [`CALLS`] system calls take it.
    pub fn calls(&mut self) -> io::Result<Duration> {
        self.order(MAKE_CALLS).map(Duration::from_nanos)
    }

    /// How long [`CALLS`] system calls of a kind take it.
    pub fn calls_of(&mut self, kind: CallKind) -> io::Result<Duration> {
        self.orders.write_all(&[MAKE_CALLS_OF, kind as u8])?;
        self.answer().map(Duration::from_nanos)
    }

    /// How long `count` orders take to be answered, one after the other. Each is two waits and four
    /// system calls, when both sides are on one CPU.
    pub fn round_trips(&mut self, count: u32) -> io::Result<Duration> {
        let started = Instant::now();
        for _ in 0..count {
            self.order(ANSWER)?;
        }
        Ok(started.elapsed())
    }

    /// How long `count` yields take while the subject yields, too. Each is two switches and two
    /// system calls, when both sides are on one CPU.
    pub fn yields(&mut self, count: u32) -> io::Result<Duration> {
        self.orders.write_all(&[YIELD, count as u8])?;
        (0..YIELDS_BEFORE).for_each(|_| yield_cpu());
        let started = Instant::now();
        (0..count).for_each(|_| yield_cpu());
        let elapsed = started.elapsed();
        self.answer()?;
        Ok(elapsed)
    }

    /// Has it end, and waits until it has.
    pub fn end(&mut self) {
        if let Some(child) = self.child.take() {
            // It is this process's own child and not reaped yet, so the number is its.
            let _ = kill(child, Signal::SIGKILL);
            while waitpid(child, None) == Err(nix::errno::Errno::EINTR) {}
        }
    }

    fn order(&mut self, order: u8) -> io::Result<u64> {
        self.orders.write_all(&[order, 0])?;
        self.answer()
    }

    fn answer(&mut self) -> io::Result<u64> {
        let mut answer = [0; ANSWER_BYTES];
        self.answers.read_exact(&mut answer)?;
        Ok(u64::from_ne_bytes(answer))
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        self.end();
    }
}

fn yield_cpu() {
    // SAFETY: sched_yield(2) has no preconditions.
    unsafe { libc::sched_yield() };
}

/// The subject's life, until its orders end. Async-signal-safe.
fn obey(orders: RawFd, answers: RawFd) {
    let mut order = [0_u8; 2];
    loop {
        // SAFETY: reads two bytes into a buffer of two bytes, from a descriptor that is open.
        let count = unsafe { libc::read(orders, order.as_mut_ptr().cast(), order.len()) };
        if count != order.len() as isize {
            return;
        }
        let answer = match order {
            [MAKE_CALLS, _] => make_calls(),
            [MAKE_CALLS_OF, kind] => make_calls_of(kind, orders),
            [YIELD, yields] => {
                let yields = u32::from(yields) + YIELDS_BEFORE + YIELDS_BEYOND;
                (0..yields).for_each(|_| yield_cpu());
                0
            }
            [_, _] => 0,
        };
        let bytes = answer.to_ne_bytes();
        // SAFETY: writes an array's own bytes to a descriptor that is open.
        let written = unsafe { libc::write(answers, bytes.as_ptr().cast(), bytes.len()) };
        if written != bytes.len() as isize {
            return;
        }
    }
}

/// Makes [`CALLS`] calls that do nothing: how long they took, in nanoseconds.
fn make_calls() -> u64 {
    let started_ns = now_ns();
    for _ in 0..CALLS {
        // SAFETY: getppid(2) has no arguments and cannot fail.
        unsafe { libc::syscall(libc::SYS_getppid) };
    }
    now_ns().saturating_sub(started_ns)
}

/// Makes [`CALLS`] calls of the kind with this number: how long they took, in nanoseconds.
fn make_calls_of(kind: u8, pipe: RawFd) -> u64 {
    const PATH: &core::ffi::CStr = c"/usr/lib/x86_64-linux-gnu/libc.so.6";
    let started_ns = now_ns();
    for _ in 0..CALLS {
        if kind == CallKind::Descriptor as u8 {
            // SAFETY: lseek(2) on a descriptor that is open; of a pipe it fails.
            unsafe { libc::lseek(pipe, 0, libc::SEEK_CUR) };
        } else if kind == CallKind::Path as u8 {
            let none = core::ptr::null_mut();
            // SAFETY: the path ends with NUL; readlinkat(2) refuses a buffer of no bytes.
            unsafe { libc::readlinkat(libc::AT_FDCWD, PATH.as_ptr(), none, 0) };
        } else {
            // SAFETY: the kernel refuses a number that no call has.
            unsafe { libc::syscall(NO_CALL.into()) };
        }
    }
    now_ns().saturating_sub(started_ns)
}

/// CLOCK_MONOTONIC, read without a system call (vdso(7)).
fn now_ns() -> u64 {
    let mut now = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: fills a timespec, and that is what it is given.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) };
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::super::steady::Steady;
    use super::*;

    #[test]
    fn the_subject_answers_and_goes() {
        let steady = Steady::here();
        let mut subject = Subject::start(steady.cpu()).unwrap();
        let process = format!("/proc/{}", subject.pid());
        assert!(subject.calls().unwrap() > Duration::ZERO);
        assert!(subject.round_trips(3).unwrap() > Duration::ZERO);
        assert!(subject.yields(3).unwrap() > Duration::ZERO);
        assert!(std::path::Path::new(&process).exists());
        drop(subject);
        assert!(!std::path::Path::new(&process).exists());
    }
}

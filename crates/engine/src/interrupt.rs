//! Ctrl-C, SIGTERM and the end of the time allowed in a process that must clean up after itself without threads.
//!
//! A handler notes the signal and writes a byte to a pipe (signal-safety(7)). What waits for long
//! polls the pipe too; what does not checks the note between two steps. Signals are never blocked,
//! because a container would inherit that.

use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::{AsFd, BorrowedFd, IntoRawFd};
use std::sync::atomic::{AtomicI32, Ordering};

use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

static SIGNAL: AtomicI32 = AtomicI32::new(0);
static PIPE: AtomicI32 = AtomicI32::new(-1);

/// A signal asked the process to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("stopped by {0}; everything that was made has been removed")]
pub struct Interrupted(pub Signal);

/// Knows whether the process was asked to end.
#[derive(Debug)]
pub struct Interrupt {
    pipe: PipeReader,
    /// Kept so that the pipe never ends, where no handler has it.
    _silent: Option<PipeWriter>,
}

impl Interrupt {
    /// Takes over SIGINT, SIGTERM, SIGHUP and SIGALRM for the rest of the process's life.
    ///
    /// # Errors
    /// When there is no descriptor left for a pipe.
    pub fn install() -> io::Result<Self> {
        let interrupt = Self::idle()?;
        let action = SigAction::new(
            SigHandler::Handler(note),
            // Calls of the runtime's library do not expect EINTR.
            SaFlags::SA_RESTART,
            SigSet::empty(),
        );
        let signals = [
            Signal::SIGINT,
            Signal::SIGTERM,
            Signal::SIGHUP,
            Signal::SIGALRM,
        ];
        for signal in signals {
            // SAFETY: the handler only stores to an atomic and calls write(2), both of which are
            // async-signal-safe.
            unsafe { sigaction(signal, &action) }?;
        }
        Ok(interrupt)
    }

    /// One that takes over no signal, for tests.
    ///
    /// # Errors
    /// When there is no descriptor left for a pipe.
    pub fn idle() -> io::Result<Self> {
        let (pipe, writer) = io::pipe()?;
        // The write end stays open as long as the process: the handler may use it at any time.
        PIPE.store(writer.into_raw_fd(), Ordering::SeqCst);
        Ok(Self {
            pipe,
            _silent: None,
        })
    }

    /// One that nothing wakes, for what must not be left half done: a signal is noticed after it.
    ///
    /// # Errors
    /// When there is no descriptor left for a pipe.
    pub fn never() -> io::Result<Self> {
        let (pipe, writer) = io::pipe()?;
        Ok(Self {
            pipe,
            _silent: Some(writer),
        })
    }

    /// Whether to go on.
    ///
    /// # Errors
    /// With the signal that asked to end.
    pub fn check(&self) -> Result<(), Interrupted> {
        match Signal::try_from(SIGNAL.load(Ordering::SeqCst)) {
            Ok(signal) => Err(Interrupted(signal)),
            Err(_) => Ok(()),
        }
    }

    /// Becomes readable when [`Interrupt::check`] would fail.
    pub fn descriptor(&self) -> BorrowedFd<'_> {
        self.pipe.as_fd()
    }
}

extern "C" fn note(signal: libc::c_int) {
    SIGNAL.store(signal, Ordering::SeqCst);
    let byte = 0_u8;
    // SAFETY: one byte of a live variable is written; a bad descriptor is only an error.
    unsafe { libc::write(PIPE.load(Ordering::SeqCst), (&raw const byte).cast(), 1) };
}

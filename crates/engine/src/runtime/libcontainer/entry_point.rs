//! The last step of the library in the process that becomes the container's: its entry point.

use std::error::Error;
use std::fs::File;
use std::io;
use std::mem::ManuallyDrop;
use std::os::fd::{FromRawFd, RawFd};

use libcontainer::oci_spec::runtime::Spec;
use libcontainer::workload::default::get_executor;
use libcontainer::workload::{Executor, ExecutorError, ExecutorValidationError};

/// The library's own executor, after it has put right what a process of ours passes on.
#[derive(Clone)]
pub(super) struct EntryPoint {
    /// Where the container's first process says why its entry point could not be run.
    pub(super) failure: Option<RawFd>,
}

impl Executor for EntryPoint {
    fn exec(&self, spec: &Spec) -> Result<(), ExecutorError> {
        restore_sigpipe();
        if self.failure.is_some() {
            die_with_engine();
        }
        get_executor().exec(spec).inspect_err(|error| {
            if let Some(descriptor) = self.failure {
                report(descriptor, &chain(error));
            }
        })
    }

    fn validate(&self, spec: &Spec) -> Result<(), ExecutorValidationError> {
        get_executor().validate(spec)
    }
}

/// Rust programs ignore SIGPIPE, which execve(2) would pass on to the container.
fn restore_sigpipe() {
    // SAFETY: this process has one thread, and the default action is no function of ours.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
}

/// Lets the kernel end the container when the engine is killed before it can (prctl(2)).
fn die_with_engine() {
    // SAFETY: PR_SET_PDEATHSIG takes a signal number. If it fails, the next start cleans up.
    unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
}

fn report(descriptor: RawFd, message: &str) {
    // SAFETY: the descriptor was inherited open from the engine, and stays open until execve.
    let mut pipe = ManuallyDrop::new(unsafe { File::from_raw_fd(descriptor) });
    // A reader that is gone needs no message.
    let _ = io::Write::write_all(&mut *pipe, message.as_bytes());
}

/// An error with all the reasons below it, which the library's messages leave out.
pub(super) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut message = error.to_string();
    let mut below = error.source();
    while let Some(error) = below {
        let reason = error.to_string();
        if !message.contains(&reason) {
            message.push_str(": ");
            message.push_str(&reason);
        }
        below = error.source();
    }
    message
}

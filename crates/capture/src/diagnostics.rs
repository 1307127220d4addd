//! Messages of the kernel programs, on standard error (feature `ebpf-log`).

use std::os::fd::{AsRawFd, BorrowedFd};
use std::thread;

use aya::Ebpf;
use aya_log::EbpfLogger;
use log::{Log, Metadata, Record};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::CaptureError;

struct StandardError;

impl Log for StandardError {
    fn enabled(&self, _metadata: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        eprintln!("ctrprof ebpf: {}", record.args());
    }

    fn flush(&self) {}
}

/// Prints diagnostics from a thread of its own, until the process ends.
pub fn start(ebpf: &mut Ebpf) -> Result<(), CaptureError> {
    let mut logger = EbpfLogger::init_with_logger(ebpf, StandardError)
        .map_err(|error| CaptureError::Load(format!("diagnostics: {error}")))?;
    thread::Builder::new()
        .name("ctrprof-log".to_owned())
        .spawn(move || {
            loop {
                // SAFETY: the logger owns the descriptor and outlives this borrow of it.
                let ring = unsafe { BorrowedFd::borrow_raw(logger.as_raw_fd()) };
                let mut fds = [PollFd::new(ring, PollFlags::POLLIN)];
                if poll(&mut fds, PollTimeout::NONE).is_err() {
                    return;
                }
                logger.flush();
            }
        })
        .map(drop)
        .map_err(CaptureError::system(
            "start the thread that prints diagnostics",
        ))
}

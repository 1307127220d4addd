//! Running ctrprof on a terminal: what it draws there, it draws nowhere else.

use std::fs::File;
use std::io::Read;
use std::os::fd::{AsFd, FromRawFd, OwnedFd};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;

use anyhow::{Context, Result};
use nix::fcntl::{FcntlArg, FdFlag, fcntl};

/// The size of a terminal by custom: columns and lines.
pub const USUAL_SIZE: (u16, u16) = (80, 24);

/// A program on a terminal of its own.
pub struct Terminal {
    /// The program.
    pub child: Child,
    reader: JoinHandle<Vec<u8>>,
}

impl Terminal {
    /// Starts a program whose standard output and error are a terminal of this size.
    pub fn start(command: &mut Command, (columns, rows): (u16, u16)) -> Result<Self> {
        let size = libc::winsize {
            ws_row: rows,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        let (mut master, mut slave) = (-1, -1);
        // SAFETY: openpty(3) writes two descriptors, and reads a size; name and settings may be null.
        let failed = unsafe {
            libc::openpty(
                &raw mut master,
                &raw mut slave,
                std::ptr::null_mut(),
                std::ptr::null(),
                &raw const size,
            )
        } != 0;
        if failed {
            return Err(std::io::Error::last_os_error()).context("failed to make a terminal");
        }
        // SAFETY: both descriptors were just made, and nobody else has them.
        let (master, slave) = unsafe { (File::from_raw_fd(master), OwnedFd::from_raw_fd(slave)) };
        // Programs that other tests start meanwhile would keep the terminal.
        for descriptor in [master.as_fd(), slave.as_fd()] {
            fcntl(descriptor, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
        }
        command
            .env("TERM", "xterm")
            .stdout(slave.try_clone()?)
            .stderr(slave);
        let child = command.spawn()?;
        // The command keeps its descriptors: the terminal would never end.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let reader = std::thread::spawn(move || all_of(master));
        Ok(Self { child, reader })
    }

    /// Waits for its end: what it wrote, and its status.
    pub fn finish(mut self) -> Result<(String, ExitStatus)> {
        let status = self.child.wait()?;
        let bytes = self.reader.join().ok().context("the reader failed")?;
        Ok((String::from_utf8_lossy(&bytes).into_owned(), status))
    }
}

/// Runs a program on a terminal of this size: what it wrote, and its status.
pub fn run(command: &mut Command, size: (u16, u16)) -> Result<(String, ExitStatus)> {
    Terminal::start(command, size)?.finish()
}

/// Reads a terminal to its end, which is an error (EIO) once nobody has its other side.
fn all_of(mut master: File) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut some = [0; 4096];
    while let Ok(count @ 1..) = master.read(&mut some) {
        bytes.extend_from_slice(&some[..count]);
    }
    bytes
}

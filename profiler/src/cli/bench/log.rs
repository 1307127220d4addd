//! Standard error, while a bench runs: what engines and probes write goes to a file, so that it
//! neither tears the progress bar nor is lost.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

/// How much of the log an error message shows, in bytes.
const SHOWN: u64 = 400;

/// Standard error, led into a file until this is dropped.
pub struct Log {
    file: File,
    terminal: OwnedFd,
}

impl Log {
    /// Leads standard error of this process, and of all that it starts, into the file at `path`,
    /// behind what is there.
    pub fn begin(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new()
            .create(true)
            .read(true)
            .append(true)
            .open(path)?;
        let terminal = io::stderr().as_fd().try_clone_to_owned()?;
        nix::unistd::dup2_stderr(&file)?;
        Ok(Self { file, terminal })
    }

    /// The file that standard error was.
    pub fn terminal(&self) -> io::Result<File> {
        Ok(File::from(self.terminal.try_clone()?))
    }

    /// How long the log is, in bytes.
    pub fn length(&self) -> u64 {
        self.file.metadata().map_or(0, |metadata| metadata.len())
    }

    /// The end of what was written since the log was `length` long; empty if nothing was.
    pub fn since(&mut self, length: u64) -> String {
        let start = length.max(self.length().saturating_sub(SHOWN));
        let mut bytes = Vec::new();
        let read = self
            .file
            .seek(SeekFrom::Start(start))
            .and_then(|_| self.file.read_to_end(&mut bytes));
        match read {
            Ok(_) => String::from_utf8_lossy(&bytes).trim().to_owned(),
            Err(error) => format!("(the log cannot be read: {error})"),
        }
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        // Without it only the last message would go astray.
        let _ = nix::unistd::dup2_stderr(&self.terminal);
    }
}

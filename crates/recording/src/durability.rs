//! Whether a recording outlives a crash of the machine.

use std::fs::File;
use std::io;

/// Whether files are on disk before a recording is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// They are (fsync(2)).
    Synced,
    /// The system writes them when it likes: for a recording that is removed at once.
    Unsynced,
}

impl Durability {
    pub(super) fn sync(self, file: &File) -> io::Result<()> {
        match self {
            Self::Synced => file.sync_all(),
            Self::Unsynced => Ok(()),
        }
    }
}

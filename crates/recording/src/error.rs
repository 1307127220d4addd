//! Errors of recordings, with their remedies.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// A recording could not be written, or cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RecordingError {
    /// There is nothing at this path.
    #[error("there is no recording at {}; name the directory given to `ctrprof trace -o`", .path.display())]
    Missing {
        /// The path.
        path: PathBuf,
    },
    /// There is something at this path, but no manifest in it.
    #[error(
        "{} is not a recording: it has no manifest.json; name a directory made by `ctrprof trace -o`",
        .path.display()
    )]
    NotARecording {
        /// The path.
        path: PathBuf,
    },
    /// Its making was interrupted before it was whole.
    #[error(
        "the recording {} was interrupted and is not whole; run `ctrprof recover {}`",
        .path.display(),
        .path.display()
    )]
    Interrupted {
        /// The directory that the recording was to become.
        path: PathBuf,
    },
    /// Another version of ctrprof wrote it, in a format that this one cannot read.
    #[error(
        "the recording {} has format {found}, this ctrprof reads format {supported}; record again, or read it with the ctrprof that wrote it",
        .path.display()
    )]
    Version {
        /// The directory.
        path: PathBuf,
        /// Its format.
        found: u64,
        /// The format that can be read.
        supported: u32,
    },
    /// Its manifest cannot be understood.
    #[error("the manifest {} is damaged: {reason}; record again", .path.display())]
    ManifestDamaged {
        /// The manifest.
        path: PathBuf,
        /// The problem.
        reason: String,
    },
    /// A table's file is absent.
    #[error("the recording {} has no table {table}; restore {table}.parquet or record again", .path.display())]
    TableMissing {
        /// The directory.
        path: PathBuf,
        /// The table.
        table: &'static str,
    },
    /// A table's file was cut short, changed or replaced.
    #[error(
        "the table {table} of the recording {} is truncated or damaged: {reason}; restore {table}.parquet or record again",
        .path.display()
    )]
    TableDamaged {
        /// The directory.
        path: PathBuf,
        /// The table.
        table: &'static str,
        /// The problem.
        reason: String,
    },
    /// The directory to write to has something in it.
    #[error("{} exists and is not an empty directory; remove it or choose another one", .path.display())]
    Occupied {
        /// The path.
        path: PathBuf,
    },
    /// An interrupted recording (or one in the making) stands where a new one would be made.
    #[error(
        "{} holds an interrupted recording, or one in the making; run `ctrprof recover {}`, remove it or choose another directory",
        .partial.display(),
        .path.display()
    )]
    Unfinished {
        /// The `.partial` directory.
        partial: PathBuf,
        /// The directory that it was to become.
        path: PathBuf,
    },
    /// Another process is writing to it.
    #[error("{} is being written to by another ctrprof; wait for it, or stop it with Ctrl-C", .path.display())]
    InUse {
        /// The `.partial` directory.
        path: PathBuf,
    },
    /// Too little is there to recover a recording from.
    #[error("{} cannot be recovered: {reason}; remove it and record again", .path.display())]
    NothingToRecover {
        /// The `.partial` directory.
        path: PathBuf,
        /// The part that is absent.
        reason: String,
    },
    /// A table could not be coded or written.
    #[error("failed to write the table {table}: {reason}; check the free space of the disk")]
    Encode {
        /// The table.
        table: &'static str,
        /// Why the operating system refused it, where it did.
        kind: Option<io::ErrorKind>,
        /// The reason.
        reason: String,
    },
    /// The operating system refused something.
    #[error("failed to {action} {}: {source}; check its permissions and the free space of the disk", .path.display())]
    Io {
        /// The action that failed.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The refusal.
        source: io::Error,
    },
}

impl RecordingError {
    /// Whether there was no room for what was to be written.
    pub fn is_lack_of_room(&self) -> bool {
        let kind = match self {
            Self::Encode { kind, .. } => *kind,
            Self::Io { source, .. } => Some(source.kind()),
            _ => None,
        };
        kind.is_some_and(|kind| {
            [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded].contains(&kind)
        })
    }

    /// For `map_err`: the error of having tried `action` on `path`.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }
}

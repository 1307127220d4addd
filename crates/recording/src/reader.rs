//! Reading a whole recording.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::schema::{DESCRIPTIONS, Description, RecordedRow, file_name, is_older_than, read_all};
use super::table_reader::{TableError, check_bytes, check_shape, read_rows};
use super::writer::{final_path, partial_path};
use super::{MANIFEST_FILE, PROVISIONAL_MANIFEST_FILE, RecordingError};
use trace::manifest::{FORMAT_VERSION, Manifest};
use trace::rows::Tables;

/// A whole recording, checked.
#[derive(Clone, Debug)]
pub struct Recording {
    dir: PathBuf,
    manifest: Manifest,
}

impl Recording {
    /// Opens the recording at `dir`, and checks its version and the presence, checksum, columns and
    /// number of rows of every table.
    ///
    /// # Errors
    /// Whatever makes it unreadable, with the remedy; see [`RecordingError`].
    pub fn open(dir: &Path) -> Result<Self, RecordingError> {
        let manifest = read_manifest(dir)?;
        for description in DESCRIPTIONS {
            check_table(dir, &manifest, description)?;
        }
        Ok(Self {
            dir: dir.to_path_buf(),
            manifest,
        })
    }

    /// Its manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Its directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// All rows of one table, in the order in which they were written.
    ///
    /// # Errors
    /// The table's file cannot be read, or was damaged since the recording was opened.
    pub fn read<R: RecordedRow>(&self) -> Result<Vec<R>, RecordingError> {
        if is_older_than(&self.manifest, R::TABLE) {
            return Ok(Vec::new());
        }
        let path = self.dir.join(file_name(R::TABLE));
        read_rows(&path).map_err(|error| table_error(&self.dir, R::TABLE, error))
    }

    /// All rows of all tables.
    ///
    /// # Errors
    /// As [`Recording::read`].
    pub fn tables(&self) -> Result<Tables, RecordingError> {
        read_all(self)
    }
}

fn check_table(
    dir: &Path,
    manifest: &Manifest,
    description: &Description,
) -> Result<(), RecordingError> {
    let table = description.table;
    if is_older_than(manifest, table) {
        return Ok(());
    }
    let unlisted = |what: &str| RecordingError::ManifestDamaged {
        path: dir.join(MANIFEST_FILE),
        reason: format!("it does not give the {what} of the table {table}"),
    };
    let rows = *manifest.rows.get(table).ok_or_else(|| unlisted("rows"))?;
    let crc32 = *manifest.crc32.get(table).ok_or_else(|| unlisted("crc32"))?;
    let path = dir.join(file_name(table));
    check_bytes(&path, crc32)
        .and_then(|()| check_shape(&path, table, description.schema, rows))
        .map_err(|error| table_error(dir, table, error))
}

fn table_error(dir: &Path, table: &'static str, error: TableError) -> RecordingError {
    let path = dir.to_path_buf();
    match error {
        TableError::Damaged(reason) => RecordingError::TableDamaged {
            path,
            table,
            reason,
        },
        TableError::Io(source) if source.kind() == ErrorKind::NotFound => {
            RecordingError::TableMissing { path, table }
        }
        TableError::Io(source) => RecordingError::Io {
            action: "read",
            path: dir.join(file_name(table)),
            source,
        },
    }
}

/// Only what every version of the format has.
#[derive(Deserialize)]
struct FormatOnly {
    format: u64,
}

fn read_manifest(dir: &Path) -> Result<Manifest, RecordingError> {
    let path = dir.join(MANIFEST_FILE);
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if is_absence(&error) => return Err(why_no_manifest(dir)),
        Err(error) => return Err(RecordingError::io("read", &path)(error)),
    };
    parse_manifest(dir, &path, &text)
}

/// Parses a manifest of the recording at `dir`; the version is looked at before all else.
pub(super) fn parse_manifest(
    dir: &Path,
    path: &Path,
    text: &[u8],
) -> Result<Manifest, RecordingError> {
    let damaged = |error: serde_json::Error| RecordingError::ManifestDamaged {
        path: path.to_path_buf(),
        reason: error.to_string(),
    };
    let FormatOnly { format } = serde_json::from_slice(text).map_err(damaged)?;
    if format != u64::from(FORMAT_VERSION) {
        return Err(RecordingError::Version {
            path: dir.to_path_buf(),
            found: format,
            supported: FORMAT_VERSION,
        });
    }
    serde_json::from_slice(text).map_err(damaged)
}

fn is_absence(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// The error for a path without a manifest.
fn why_no_manifest(dir: &Path) -> RecordingError {
    if dir.join(PROVISIONAL_MANIFEST_FILE).exists() {
        return RecordingError::Interrupted {
            path: final_path(dir),
        };
    }
    if dir.exists() {
        return RecordingError::NotARecording {
            path: dir.to_path_buf(),
        };
    }
    if partial_path(dir).is_dir() {
        return RecordingError::Interrupted {
            path: dir.to_path_buf(),
        };
    }
    RecordingError::Missing {
        path: dir.to_path_buf(),
    }
}

//! Writing a recording, whole or not at all.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};

use super::durability::Durability;
use super::reader::parse_manifest;
use super::schema::{DESCRIPTIONS, RecordedRow, TableWriters, file_name};
use super::{MANIFEST_FILE, PARTIAL_SUFFIX, PROVISIONAL_MANIFEST_FILE, RecordingError, SPILL_FILE};
use trace::manifest::{FORMAT_VERSION, Manifest};

/// Where the recording `dir` is written until it is whole.
pub fn partial_path(dir: &Path) -> PathBuf {
    let mut name = dir.components().as_path().as_os_str().to_owned();
    name.push(PARTIAL_SUFFIX);
    PathBuf::from(name)
}

/// The directory of a recording when it is whole.
pub(super) fn final_path(dir: &Path) -> PathBuf {
    let name = dir.components().as_path().as_os_str().as_bytes();
    match name.strip_suffix(PARTIAL_SUFFIX.as_bytes()) {
        Some(rest) if !rest.is_empty() && !rest.ends_with(b"/") => {
            PathBuf::from(OsStr::from_bytes(rest))
        }
        Some(_) | None => dir.to_path_buf(),
    }
}

/// Writes a recording. Dropped before [`RecordingWriter::finish`], it leaves the `.partial`
/// directory behind if there are raw records in it to recover from, and else nothing.
pub struct RecordingWriter {
    dir: PathBuf,
    partial: PathBuf,
    /// Held while the directory is written to, so that nobody recovers it meanwhile.
    _lock: Flock<File>,
    /// The interrupted recording whose raw records are read, where that is another directory.
    source: Option<Source>,
    /// Taken by `finish`.
    durability: Durability,
    tables: Option<TableWriters>,
    settled: bool,
}

/// An interrupted recording, which stays as it is.
struct Source {
    spill: PathBuf,
    _lock: Flock<File>,
}

impl RecordingWriter {
    /// Begins a recording that is to become `dir`. Its parent directory is made if need be.
    ///
    /// # Errors
    /// [`RecordingError::Occupied`] if something is there that is not an empty directory,
    /// [`RecordingError::Unfinished`] if its `.partial` directory is there.
    pub fn create(dir: &Path, durability: Durability) -> Result<Self, RecordingError> {
        let dir = dir.to_path_buf();
        let partial = partial_path(&dir);
        refuse_occupied(&dir)?;
        if let Some(parent) = partial.parent() {
            fs::create_dir_all(parent).map_err(RecordingError::io("create", parent))?;
        }
        match fs::create_dir(&partial) {
            Ok(()) => {
                let lock = lock(&partial)?;
                Self::begin(dir, partial, lock, durability)
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                Err(RecordingError::Unfinished { partial, path: dir })
            }
            Err(error) => Err(RecordingError::io("create", &partial)(error)),
        }
    }

    /// Takes up an interrupted recording, to make its tables anew from the spill. `partial` is its
    /// `.partial` directory, or the directory that this was to become. Also gives its provisional
    /// manifest.
    ///
    /// # Errors
    /// [`RecordingError::NothingToRecover`] if it has no raw records, or no provisional manifest;
    /// [`RecordingError::NotARecording`] if it is something else; [`RecordingError::InUse`] if it is
    /// being written to.
    pub fn resume(partial: &Path) -> Result<(Self, Manifest), RecordingError> {
        let (partial, lock, manifest) = take_up(partial)?;
        let dir = final_path(&partial);
        if dir != partial {
            refuse_occupied(&dir)?;
        }
        // The tables it speaks of are about to be emptied.
        remove_if_there(&partial.join(MANIFEST_FILE))?;
        let writer = Self::begin(dir, partial, lock, Durability::Synced)?;
        Ok((writer, manifest))
    }

    /// Takes up an interrupted recording, and makes its tables in another place, to become `dir`. The
    /// interrupted recording stays as it is.
    ///
    /// # Errors
    /// Those of [`RecordingWriter::resume`] and [`RecordingWriter::create`].
    pub fn resume_in(partial: &Path, dir: &Path) -> Result<(Self, Manifest), RecordingError> {
        let (partial, lock, manifest) = take_up(partial)?;
        let mut writer = Self::create(dir, Durability::Synced)?;
        writer.source = Some(Source {
            spill: partial.join(SPILL_FILE),
            _lock: lock,
        });
        Ok((writer, manifest))
    }

    fn begin(
        dir: PathBuf,
        partial: PathBuf,
        lock: Flock<File>,
        durability: Durability,
    ) -> Result<Self, RecordingError> {
        let mut writer = Self {
            dir,
            partial,
            _lock: lock,
            durability,
            source: None,
            tables: None,
            settled: false,
        };
        writer.tables = Some(TableWriters::create(&writer.partial)?);
        Ok(writer)
    }

    /// Adds a row to its table.
    pub fn push<R: RecordedRow>(&mut self, row: R) -> Result<(), RecordingError> {
        match &mut self.tables {
            Some(tables) => R::writer(tables).push(row),
            None => Ok(()),
        }
    }

    /// Where raw records are: capture puts them there.
    pub fn spill_path(&self) -> PathBuf {
        match &self.source {
            Some(source) => source.spill.clone(),
            None => self.partial.join(SPILL_FILE),
        }
    }

    /// The directory that is written to.
    pub fn partial_dir(&self) -> &Path {
        &self.partial
    }

    /// The directory that it will become.
    pub fn final_dir(&self) -> &Path {
        &self.dir
    }

    /// Writes what is known so far, so that the recording can be recovered if it is interrupted.
    /// Can be repeated; each time, the old one is replaced at once.
    pub fn write_provisional(&self, manifest: &Manifest) -> Result<(), RecordingError> {
        let manifest = Manifest {
            format: FORMAT_VERSION,
            ..manifest.clone()
        };
        write_manifest(
            (&self.partial, PROVISIONAL_MANIFEST_FILE),
            &manifest,
            self.durability,
        )
    }

    /// Makes the recording whole and gives its manifest, with format, rows and checksums filled in.
    /// When this returns, it has its own name, on disk if it is durable, and the spill is gone.
    pub fn finish(mut self, manifest: Manifest) -> Result<Manifest, RecordingError> {
        let mut manifest = Manifest {
            format: FORMAT_VERSION,
            ..manifest
        };
        if let Some(tables) = self.tables.take() {
            for (table, finished) in tables.finish(self.durability)? {
                manifest.rows.insert(table.to_owned(), finished.rows);
                manifest.crc32.insert(table.to_owned(), finished.crc32);
            }
        }
        write_manifest((&self.partial, MANIFEST_FILE), &manifest, self.durability)?;
        self.rename()?;
        self.settled = true;
        remove_if_there(&self.dir.join(SPILL_FILE))?;
        remove_if_there(&self.dir.join(PROVISIONAL_MANIFEST_FILE))?;
        Ok(manifest)
    }

    /// Removes all that was written.
    pub fn discard(mut self) -> Result<(), RecordingError> {
        self.settled = true;
        self.remove()
    }

    fn rename(&self) -> Result<(), RecordingError> {
        if self.dir == self.partial {
            return Ok(());
        }
        fs::rename(&self.partial, &self.dir).map_err(RecordingError::io(
            "rename to its final name",
            &self.partial,
        ))?;
        match self.dir.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => sync_dir(parent, self.durability),
            Some(_) | None => sync_dir(Path::new("."), self.durability),
        }
    }

    /// Removes the files of a recording, and the directory if nothing else is in it.
    fn remove(&self) -> Result<(), RecordingError> {
        for description in DESCRIPTIONS {
            remove_if_there(&self.partial.join(file_name(description.table)))?;
        }
        for name in [SPILL_FILE, PROVISIONAL_MANIFEST_FILE, MANIFEST_FILE] {
            remove_if_there(&self.partial.join(name))?;
        }
        fs::remove_dir(&self.partial).map_err(RecordingError::io("remove", &self.partial))
    }
}

impl Drop for RecordingWriter {
    fn drop(&mut self) {
        let is_of_use = self.source.is_none() && has_data(&self.spill_path());
        if !self.settled && !is_of_use {
            // Nobody is left to be told; what could not be removed is named by the next `create`.
            let _ = self.remove();
        }
    }
}

/// Fails unless `dir` is absent or an empty directory.
fn refuse_occupied(dir: &Path) -> Result<(), RecordingError> {
    let occupied = match fs::read_dir(dir) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) => match error.kind() {
            ErrorKind::NotFound => false,
            ErrorKind::NotADirectory => true,
            _ => return Err(RecordingError::io("read", dir)(error)),
        },
    };
    if occupied {
        return Err(RecordingError::Occupied {
            path: dir.to_path_buf(),
        });
    }
    Ok(())
}

/// Takes the directory for this process; the lock goes with the process, however it ends.
fn lock(partial: &Path) -> Result<Flock<File>, RecordingError> {
    let dir = File::open(partial).map_err(RecordingError::io("open", partial))?;
    Flock::lock(dir, FlockArg::LockExclusiveNonblock).map_err(|(_, errno)| match errno {
        Errno::EWOULDBLOCK => RecordingError::InUse {
            path: partial.to_path_buf(),
        },
        errno => RecordingError::io("lock", partial)(errno.into()),
    })
}

/// An interrupted recording with its lock and its provisional manifest.
fn take_up(named: &Path) -> Result<(PathBuf, Flock<File>, Manifest), RecordingError> {
    let partial = find_partial(named)?;
    let lock = lock(&partial)?;
    let manifest = read_provisional(&final_path(&partial), &partial)?;
    if !has_data(&partial.join(SPILL_FILE)) {
        return Err(nothing(&partial, "it has no raw records"));
    }
    Ok((partial, lock, manifest))
}

fn find_partial(named: &Path) -> Result<PathBuf, RecordingError> {
    let sibling = partial_path(named);
    let mut candidates = [named, &sibling].into_iter();
    let found = candidates.find(|dir| dir.join(PROVISIONAL_MANIFEST_FILE).exists());
    if let Some(found) = found {
        return Ok(found.to_path_buf());
    }
    let is_ours = final_path(named) != named || named.join(SPILL_FILE).exists();
    if named.exists() && !is_ours && !sibling.exists() {
        // Advice to remove it would be dangerous.
        return Err(RecordingError::NotARecording {
            path: named.to_path_buf(),
        });
    }
    Err(nothing(&sibling, "it has no provisional manifest"))
}

fn read_provisional(dir: &Path, partial: &Path) -> Result<Manifest, RecordingError> {
    let path = partial.join(PROVISIONAL_MANIFEST_FILE);
    let text = fs::read(&path).map_err(RecordingError::io("read", &path))?;
    parse_manifest(dir, &path, &text)
}

fn nothing(path: &Path, reason: &str) -> RecordingError {
    RecordingError::NothingToRecover {
        path: path.to_path_buf(),
        reason: reason.to_owned(),
    }
}

fn has_data(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.len() > 0)
}

fn remove_if_there(path: &Path) -> Result<(), RecordingError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(RecordingError::io("remove", path)(error))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Writes the manifest under another name and renames it.
fn write_manifest(
    (dir, name): (&Path, &str),
    manifest: &Manifest,
    durability: Durability,
) -> Result<(), RecordingError> {
    let path = dir.join(name);
    let temporary = dir.join(format!("{name}.new"));
    let mut text = serde_json::to_vec_pretty(manifest)
        .map_err(|error| RecordingError::io("write", &path)(error.into()))?;
    text.push(b'\n');
    File::create(&temporary)
        .and_then(|mut file| {
            file.write_all(&text)?;
            durability.sync(&file)
        })
        .map_err(RecordingError::io("write", &temporary))?;
    fs::rename(&temporary, &path).map_err(RecordingError::io("rename", &temporary))?;
    sync_dir(dir, durability)
}

fn sync_dir(dir: &Path, durability: Durability) -> Result<(), RecordingError> {
    File::open(dir)
        .and_then(|dir| durability.sync(&dir))
        .map_err(RecordingError::io("make durable", dir))
}

//! The directory of a bench: nothing that finished is lost, whatever ends the process.
//!
//! [`setup::bench::directory`] names its files and folders.
//!
//! A run is finished when its line is. A line that was being written when the process was killed
//! has no end, and is cut off by the next start; its run is done again.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use nix::fcntl::{Flock, FlockArg};

use super::schedule::Job;
use setup::bench::directory::{FAILED_FOLDER, HEADER_FILE, RESULTS_FILE, RUNS_FOLDER};
use setup::bench::{BENCH_FORMAT_VERSION, BenchHeader, Cell, RunRecord};

/// The reasons for which a bench directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file of it.
    #[error("failed to {action} {}: {source}", path.display())]
    File {
        /// The action that failed.
        action: &'static str,
        /// The file.
        path: PathBuf,
        source: io::Error,
    },
    /// It is no bench directory, though it holds something.
    #[error(
        "{} is not empty and holds no bench (there is no {HEADER_FILE}); choose another directory",
        .0.display()
    )]
    Foreign(PathBuf),
    /// There is nothing.
    #[error("there is no bench at {}: it has no {HEADER_FILE}", .0.display())]
    Missing(PathBuf),
    /// Another process is at it.
    #[error("another ctrprof is running the bench at {}; wait for it or choose another directory", .0.display())]
    InUse(PathBuf),
    /// Written by a newer ctrprof.
    #[error(
        "the bench at {} has format {found}, and this ctrprof knows {BENCH_FORMAT_VERSION}; use the version that wrote it",
        path.display()
    )]
    Format {
        /// The directory.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
    /// A line that is not the last one.
    #[error(
        "line {line} of {} is no result: {source}; restore the file, or remove that line to do its run again",
        path.display()
    )]
    Line {
        /// The file.
        path: PathBuf,
        /// Number of the line; the first is 1.
        line: usize,
        source: serde_json::Error,
    },
    /// The matrix is not the one that was begun.
    #[error(
        "the bench at {} was begun with another matrix: {difference}; a bench may only grow, so undo that or choose another directory",
        path.display()
    )]
    Changed {
        /// The directory.
        path: PathBuf,
        /// The difference.
        difference: String,
    },
}

/// An open bench directory that no other process writes to.
#[derive(Debug)]
pub struct Store {
    directory: PathBuf,
    header: BenchHeader,
    records: Vec<RunRecord>,
    results: File,
    repaired: bool,
    _lock: Flock<File>,
}

impl Store {
    /// Opens the bench at `directory` to run what `asked` lists: begins it, or continues it where
    /// `asked` only adds to what was begun.
    ///
    /// # Errors
    /// When the directory holds something else, is in use, cannot be written, or was begun with a
    /// matrix that differs in more than additions.
    pub fn open(directory: &Path, asked: BenchHeader) -> Result<Self, StoreError> {
        fs::create_dir_all(directory).map_err(failed("make", directory))?;
        let lock = lock(directory)?;
        let header = match read_header(directory) {
            Ok(begun) => grown(directory, &begun, asked)?,
            Err(StoreError::Missing(_)) => {
                refuse_foreign(directory)?;
                asked
            }
            Err(error) => return Err(error),
        };
        // First the header: results without it would be taken for something else's.
        write_header(directory, &header)?;
        let path = directory.join(RESULTS_FILE);
        let mut results = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(&path)
            .map_err(failed("open", &path))?;
        let (records, repaired) = read_and_repair(&mut results, &path)?;
        Ok(Self {
            directory: directory.to_owned(),
            header,
            records,
            results,
            repaired,
            _lock: lock,
        })
    }

    /// The header.
    pub fn header(&self) -> &BenchHeader {
        &self.header
    }

    /// The runs that are over, in the order in which they ended.
    pub fn records(&self) -> &[RunRecord] {
        &self.records
    }

    /// Whether a torn last line was cut off.
    pub fn was_repaired(&self) -> bool {
        self.repaired
    }

    /// Keeps a run that is over. When this returns, it is on disk.
    ///
    /// # Errors
    /// When it cannot be written, as on a full disk.
    pub fn append(&mut self, record: RunRecord) -> Result<(), StoreError> {
        let path = self.directory.join(RESULTS_FILE);
        let mut line = serde_json::to_vec(&record)
            .map_err(|error| failed("write", &path)(io::Error::other(error)))?;
        line.push(b'\n');
        self.results
            .write_all(&line)
            .and_then(|()| self.results.sync_data())
            .map_err(failed("write", &path))?;
        self.records.push(record);
        Ok(())
    }

    /// Makes room for the recording of a run: what an interrupted one left there is removed, and
    /// the folders above are made.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn recording_path(&self, job: &Job<'_>) -> Result<PathBuf, StoreError> {
        self.make_room(RUNS_FOLDER, job)
    }

    /// Moves the recording of a failed run, if there is one, to where failed ones are.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn set_failed_apart(&self, job: &Job<'_>) -> Result<(), StoreError> {
        let path = self.directory.join(recording_name(job));
        if !path.exists() {
            return Ok(());
        }
        let apart = self.make_room(FAILED_FOLDER, job)?;
        fs::rename(&path, apart).map_err(failed("move", &path))
    }

    fn make_room(&self, kind: &str, job: &Job<'_>) -> Result<PathBuf, StoreError> {
        let path = self.directory.join(name_below(kind, job));
        for left in [&path, &path.with_extension("partial")] {
            match fs::remove_dir_all(left) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(failed("remove", left)(error));
                }
                Ok(()) | Err(_) => {}
            }
        }
        let folder = path.parent().unwrap_or(&self.directory);
        fs::create_dir_all(folder).map_err(failed("make", folder))?;
        Ok(path)
    }
}

/// Reads a bench, finished or not, without touching it: what it runs, and the runs that are over.
///
/// # Errors
/// When there is no bench, or it cannot be read.
pub fn read(directory: &Path) -> Result<(BenchHeader, Vec<RunRecord>), StoreError> {
    let header = read_header(directory)?;
    let path = directory.join(RESULTS_FILE);
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(failed("read", &path)(error)),
    };
    let (records, _) = parse(&text, &path)?;
    Ok((header, records))
}

/// Whether there is a bench at `directory`.
pub fn is_bench(directory: &Path) -> bool {
    directory.join(HEADER_FILE).is_file()
}

/// Where the recording of a run is, below the bench directory:
/// `runs/<configuration>/<workload>/<number>`.
pub fn recording_name(job: &Job<'_>) -> PathBuf {
    name_below(RUNS_FOLDER, job)
}

fn name_below(folder: &str, job: &Job<'_>) -> PathBuf {
    job.cell
        .recordings(folder)
        .join(format!("{:02}", job.number))
}

fn failed<'a>(action: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> StoreError + 'a {
    move |source| StoreError::File {
        action,
        path: path.to_owned(),
        source,
    }
}

fn lock(directory: &Path) -> Result<Flock<File>, StoreError> {
    let folder = File::open(directory).map_err(failed("open", directory))?;
    Flock::lock(folder, FlockArg::LockExclusiveNonblock)
        .map_err(|_| StoreError::InUse(directory.to_owned()))
}

fn refuse_foreign(directory: &Path) -> Result<(), StoreError> {
    let mut entries = fs::read_dir(directory).map_err(failed("read", directory))?;
    // A header file that was cut off before it was whole is ours.
    let is_foreign = entries.any(|entry| {
        !entry.is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with(HEADER_FILE))
    });
    if is_foreign {
        return Err(StoreError::Foreign(directory.to_owned()));
    }
    Ok(())
}

fn read_header(directory: &Path) -> Result<BenchHeader, StoreError> {
    let path = directory.join(HEADER_FILE);
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(StoreError::Missing(directory.to_owned()));
        }
        Err(error) => return Err(failed("read", &path)(error)),
    };
    let header: BenchHeader = serde_json::from_slice(&text)
        .map_err(|error| failed("read", &path)(io::Error::other(error)))?;
    if header.format != BENCH_FORMAT_VERSION {
        return Err(StoreError::Format {
            path: directory.to_owned(),
            found: header.format,
        });
    }
    Ok(header)
}

/// Replaces the header whole: a reader sees the old one or the new one.
fn write_header(directory: &Path, header: &BenchHeader) -> Result<(), StoreError> {
    let path = directory.join(HEADER_FILE);
    let new = directory.join(format!("{HEADER_FILE}.new"));
    let write = || {
        let mut file = File::create(&new)?;
        serde_json::to_writer_pretty(&mut file, header)?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        fs::rename(&new, &path)?;
        File::open(directory)?.sync_all()
    };
    write().map_err(failed("write", &path))
}

/// The header that was asked for, if it only adds to the one that was begun.
fn grown(
    directory: &Path,
    begun: &BenchHeader,
    asked: BenchHeader,
) -> Result<BenchHeader, StoreError> {
    match difference(begun, &asked) {
        Some(difference) => Err(StoreError::Changed {
            path: directory.to_owned(),
            difference,
        }),
        None => Ok(BenchHeader {
            ctrprof: begun.ctrprof.clone(),
            host: begun.host.clone(),
            ..asked
        }),
    }
}

/// A difference that makes results of both no longer belong together.
fn difference(begun: &BenchHeader, asked: &BenchHeader) -> Option<String> {
    let changed = |what: &str, begun: &str, asked: &str| {
        (begun != asked).then(|| format!("{what} was {begun} and is {asked}"))
    };
    let lost = |cell: &&Cell| !asked.cells.iter().any(|other| other.is_same(cell));
    let (begun_seed, asked_seed) = (begun.seed.to_string(), asked.seed.to_string());
    changed("the mode", begun.mode.name(), asked.mode.name())
        .or_else(|| changed("the seed", &begun_seed, &asked_seed))
        .or_else(|| changed("the page cache", &begun.cache, &asked.cache))
        .or_else(|| changed("the kernel", &begun.host.kernel, &asked.host.kernel))
        .or_else(|| changed("the machine", &begun.host.machine, &asked.host.machine))
        .or_else(|| {
            (begun.runs > asked.runs)
                .then(|| format!("it had {} runs and has {}", begun.runs, asked.runs))
        })
        .or_else(|| {
            begun.cells.iter().find(lost).map(|cell| {
                let Cell {
                    configuration,
                    workload,
                    ..
                } = cell;
                format!(
                    "{configuration} with {workload} is no longer in it, or no longer possible here"
                )
            })
        })
}

/// Reads all lines, and cuts off a last one that is not whole.
fn read_and_repair(results: &mut File, path: &Path) -> Result<(Vec<RunRecord>, bool), StoreError> {
    let mut text = Vec::new();
    results
        .read_to_end(&mut text)
        .map_err(failed("read", path))?;
    let (records, whole) = parse(&text, path)?;
    let is_torn = whole < text.len();
    if is_torn {
        results
            .set_len(whole as u64)
            .and_then(|()| results.seek(SeekFrom::End(0)))
            .and_then(|_| results.sync_all())
            .map_err(failed("repair", path))?;
    }
    Ok((records, is_torn))
}

/// The records, and how many bytes their lines take. What follows the last end of a line was torn;
/// a last line with its end may be too, where the file system wrote its blocks in another order.
fn parse(text: &[u8], path: &Path) -> Result<(Vec<RunRecord>, usize), StoreError> {
    let mut records = Vec::new();
    let mut whole = 0;
    for (index, line) in text.split_inclusive(|&byte| byte == b'\n').enumerate() {
        let is_last = whole + line.len() == text.len();
        match serde_json::from_slice(line) {
            Ok(record) if line.ends_with(b"\n") => records.push(record),
            Ok(_) => break,
            Err(_) if is_last => break,
            Err(source) => {
                return Err(StoreError::Line {
                    path: path.to_owned(),
                    line: index + 1,
                    source,
                });
            }
        }
        whole += line.len();
    }
    Ok((records, whole))
}

#[cfg(test)]
mod tests;

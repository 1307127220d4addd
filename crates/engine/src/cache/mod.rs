//! The page cache policy: whether a workload finds its data in memory.
//!
//! Only pages of files that are named are read or evicted, never those of the whole host, and what
//! came of it is looked at page by page ([`residency`]). Callers name every folder that the same
//! bytes may be cached for: the data in the container (`/proc/PID/root/data`), the same in the
//! image (a FUSE file system reads from there), and the file behind a loop device (which is read
//! through the page cache unless the device does direct I/O).
//!
//! Not made cold are names, inodes and folders, which the kernel caches apart. A backing store that
//! is mounted afresh has none of those either.

pub mod residency;
mod user_namespace;

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use nix::errno::Errno;
use nix::fcntl::{PosixFadviseAdvice, posix_fadvise};
use nix::unistd::Pid;
use setup::cache::CachePolicy;

pub use residency::Residency;

/// How often eviction is tried: pages that are being written, or wait in a list of a CPU to become
/// part of the cache, cannot be dropped at once.
const TRIES: u32 = 5;
/// Pause between two tries.
const PAUSE: Duration = Duration::from_millis(20);
/// Bytes that are read at once.
const CHUNK_BYTES: usize = 1 << 17;

/// A file that could not be read or evicted.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// By this process.
    #[error("failed to {action} {}: {source}", path.display())]
    File {
        /// The action that failed.
        action: &'static str,
        /// The file.
        path: PathBuf,
        source: io::Error,
    },
    /// By one in the container's user namespace, in its words.
    #[error("{0}")]
    InContainer(String),
    /// The container's user namespace could not be entered.
    #[error("failed to enter the user namespace of process {process}: {source}")]
    UserNamespace {
        /// A process of the container.
        process: Pid,
        source: io::Error,
    },
}

/// Brings about the policy for all files below `root`, and looks at what came of it. A root
/// that does not exist holds no data.
///
/// # Errors
/// When a file cannot be read; not when its pages stay, which the result says.
pub fn apply(policy: CachePolicy, root: &Path) -> Result<Residency, CacheError> {
    match policy {
        CachePolicy::Warm => {
            warm(root)?;
            resident(root)
        }
        CachePolicy::Cold => evict(root),
    }
}

/// The same for `folder`, relative to the root of the container of `process`, in its user
/// namespace.
///
/// # Errors
/// As [`apply`], and when the namespace cannot be entered.
pub fn apply_in_container(
    policy: CachePolicy,
    process: Pid,
    folder: &Path,
) -> Result<Residency, CacheError> {
    let root = Path::new("/proc").join(process.to_string()).join("root");
    let folder = root.join(folder);
    let applied = || apply(policy, &folder).map_err(|error| error.to_string());
    user_namespace::within(process, applied)
        .map_err(|source| CacheError::UserNamespace { process, source })?
        .map_err(CacheError::InContainer)
}

/// The sentence that says how far `residency` is from the policy; none if it agrees.
pub fn contradiction(policy: CachePolicy, residency: Residency) -> Option<String> {
    match policy {
        CachePolicy::Warm if residency.pages < residency.of => Some(format!(
            "the cache is said to be warm, but {} of {} pages of the data are not in memory",
            residency.of - residency.pages,
            residency.of
        )),
        CachePolicy::Cold if residency.pages > 0 => Some(format!(
            "the cache is said to be cold, but {} of {} pages of the data could not be evicted; on a file system in memory they never can",
            residency.pages, residency.of
        )),
        CachePolicy::Warm | CachePolicy::Cold => None,
    }
}

/// Reads every file below `root` to its end.
///
/// # Errors
/// When one cannot be read.
pub fn warm(root: &Path) -> Result<(), CacheError> {
    let mut chunk = vec![0; CHUNK_BYTES];
    each_file(root, &mut |path| {
        let mut file = File::open(path)?;
        while file.read(&mut chunk)? > 0 {}
        Ok(())
    })
}

/// Drops the cached pages of every file below `root`, and says which stayed.
///
/// # Errors
/// When a file cannot be opened or asked about.
pub fn evict(root: &Path) -> Result<Residency, CacheError> {
    let mut residency = Residency::default();
    each_file(root, &mut |path| {
        residency += evict_file(&File::open(path)?)?;
        Ok(())
    })?;
    Ok(residency)
}

/// How many pages of the files below `root` are in memory.
///
/// # Errors
/// When a file cannot be opened or asked about.
pub fn resident(root: &Path) -> Result<Residency, CacheError> {
    let mut residency = Residency::default();
    each_file(root, &mut |path| {
        residency += residency::of_file(&File::open(path)?)?;
        Ok(())
    })?;
    Ok(residency)
}

/// A dirty page cannot be dropped, so what is dirty is written first: cheaply, without a commit of
/// the file system's journal, and only where that does not help (overlayfs has the pages of a file
/// elsewhere) by fdatasync(2).
fn evict_file(file: &File) -> io::Result<Residency> {
    let mut residency = Residency::default();
    for attempt in 0..TRIES {
        match attempt {
            0 => write_out(file)?,
            1 => file.sync_data()?,
            _ => thread::sleep(PAUSE),
        }
        posix_fadvise(file, 0, 0, PosixFadviseAdvice::POSIX_FADV_DONTNEED)?;
        residency = residency::of_file(file)?;
        if residency.pages == 0 {
            break;
        }
    }
    Ok(residency)
}

fn write_out(file: &File) -> io::Result<()> {
    let flags = libc::SYNC_FILE_RANGE_WAIT_BEFORE
        | libc::SYNC_FILE_RANGE_WRITE
        | libc::SYNC_FILE_RANGE_WAIT_AFTER;
    // SAFETY: the descriptor is open; the call takes numbers. A length of 0 means up to the end
    // (sync_file_range(2)).
    let result = unsafe { libc::sync_file_range(file.as_raw_fd(), 0, 0, flags) };
    match Errno::result(result) {
        // A file system that cannot do it says so; fdatasync follows.
        Ok(_) | Err(Errno::ENOSYS | Errno::EINVAL | Errno::ESPIPE) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

/// Calls `visit` with the path of every regular file below `root`, or of `root` itself.
fn each_file(
    root: &Path,
    visit: &mut dyn FnMut(&Path) -> io::Result<()>,
) -> Result<(), CacheError> {
    let mut act =
        |path: &Path| visit(path).map_err(|source| file_error("read or evict", path, source));
    // The root may be reached by links, as /proc/PID/root is; below it none is followed.
    match fs::metadata(root) {
        Ok(metadata) if metadata.is_file() => act(root),
        Ok(metadata) if metadata.is_dir() => each_below(root, &mut act),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(list_error(root, source)),
    }
}

fn each_below(
    folder: &Path,
    act: &mut dyn FnMut(&Path) -> Result<(), CacheError>,
) -> Result<(), CacheError> {
    for entry in fs::read_dir(folder).map_err(|source| list_error(folder, source))? {
        let entry = entry.map_err(|source| list_error(folder, source))?;
        let path = entry.path();
        let metadata: Metadata = entry
            .metadata()
            .map_err(|source| list_error(&path, source))?;
        if metadata.is_dir() {
            each_below(&path, act)?;
        } else if metadata.is_file() {
            act(&path)?;
        }
    }
    Ok(())
}

fn list_error(path: &Path, source: io::Error) -> CacheError {
    file_error("list", path, source)
}

fn file_error(action: &'static str, path: &Path, source: io::Error) -> CacheError {
    CacheError::File {
        action,
        path: path.to_path_buf(),
        source,
    }
}

#[cfg(test)]
mod tests;

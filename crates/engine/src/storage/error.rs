//! Errors of storages.

use std::io;
use std::path::{Path, PathBuf};

use nix::errno::Errno;

use super::missing::Missing;
use crate::backing::BackingError;
use crate::program::ProgramError;

/// An error of a storage.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// A mount.
    #[error("failed to mount {name} on {}: {source}; {remedy}", path.display())]
    Mount {
        /// Name of the storage.
        name: &'static str,
        /// The mount point.
        path: PathBuf,
        /// The remedy.
        remedy: &'static str,
        source: Errno,
    },
    /// An unmount.
    #[error("failed to unmount {}: {source}; find who uses it with fuser -m", path.display())]
    Unmount {
        /// The mount point.
        path: PathBuf,
        source: Errno,
    },
    /// A file or folder of the run.
    #[error("failed to {action} {}: {source}; check the free space and the rights of that folder", path.display())]
    File {
        /// The action that failed.
        action: &'static str,
        /// The file.
        path: PathBuf,
        source: io::Error,
    },
    /// A container was asked for before the image was there.
    #[error("storage {0} was asked for a root before it had an image; import one first")]
    NoImage(&'static str),
    /// The store is on another file system than this storage works on.
    #[error("storage {name} needs a store on {wanted}, but {} is not; choose another with --backing, such as loop:{wanted}:2G", path.display())]
    WrongStore {
        /// Name of the storage.
        name: &'static str,
        /// File system that it needs.
        wanted: &'static str,
        /// The store.
        path: PathBuf,
    },
    /// A path that the options of this file system cannot express.
    #[error("{} holds '{character}', which separates options of {name}; choose another folder with --run-dir", path.display())]
    Separator {
        /// Name of the storage.
        name: &'static str,
        /// The path.
        path: PathBuf,
        /// The character.
        character: char,
    },
    /// Something that an image declares to be writable.
    #[error("the image declares {} to be writable, but {reason}; name a file or folder of the image by its path within", path.display())]
    Writable {
        /// As declared.
        path: PathBuf,
        /// The problem.
        reason: &'static str,
    },
    /// A program that serves a file system.
    #[error("{program} did not serve {}: {reason}; run it by hand with -f to see why", path.display())]
    NotServed {
        /// Its name.
        program: &'static str,
        /// The mount point.
        path: PathBuf,
        /// How it ended, or that it took too long.
        reason: String,
    },
    /// A request to the device mapper.
    #[error(
        "device mapper refused to {action} {device}: {source}; the kernel's log (dmesg) says more"
    )]
    DeviceMapper {
        /// The request.
        action: &'static str,
        /// The device.
        device: String,
        source: io::Error,
    },
    /// The host's lack.
    #[error(transparent)]
    Missing(#[from] Missing),
    /// A program.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// A loop device or a file system on one.
    #[error(transparent)]
    Backing(#[from] BackingError),
}

/// Says what failed on which path.
pub fn failed<'a>(
    action: &'static str,
    path: &'a Path,
) -> impl FnOnce(io::Error) -> StorageError + 'a {
    move |source| StorageError::File {
        action,
        path: path.to_path_buf(),
        source,
    }
}

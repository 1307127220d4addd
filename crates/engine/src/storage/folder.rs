//! Folders and mounts of a run.

use std::fs;
use std::io;
use std::path::Path;

use nix::errno::Errno;
use nix::mount::{MntFlags, umount2};

use super::error::{StorageError, failed};

/// Makes a folder.
///
/// # Errors
/// When it is there already, or its parent is not.
pub fn make_folder(path: &Path) -> Result<(), StorageError> {
    fs::create_dir(path).map_err(failed("make", path))
}

/// Removes a folder with all it holds; one that is gone already is as good.
///
/// # Errors
/// When something in it cannot be removed.
pub fn remove_folder(path: &Path) -> Result<(), StorageError> {
    match fs::remove_dir_all(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(failed("remove", path)(source))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Unmounts; a root that a process still holds is taken out of sight and goes when it is let go.
///
/// # Errors
/// When nothing is mounted there.
pub fn unmount(path: &Path) -> Result<(), StorageError> {
    match umount2(path, MntFlags::UMOUNT_NOFOLLOW) {
        Err(Errno::EBUSY) => umount2(path, MntFlags::MNT_DETACH | MntFlags::UMOUNT_NOFOLLOW),
        outcome => outcome,
    }
    .map_err(|source| StorageError::Unmount {
        path: path.to_path_buf(),
        source,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn a_folder_is_removed_with_what_it_holds_and_once_is_enough() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        make_folder(&path).unwrap();
        make_folder(&path.join("upper")).unwrap();
        remove_folder(&path).unwrap();
        remove_folder(&path).unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn what_is_not_mounted_cannot_be_unmounted() {
        let folder = tempfile::tempdir().unwrap();
        let error = unmount(folder.path()).unwrap_err().to_string();
        assert!(error.contains("failed to unmount"), "{error}");
    }
}

//! Files that code was mapped from, and how they can be read when the process is gone.
//!
//! A container's programs lie on its own file system, which is gone with it, and at paths that lead
//! elsewhere from here; runtimes run from a copy of themselves in memory. So a file is known by its
//! build id, which its copies share. One that cannot be opened from here is copied when it is first
//! seen: to hold it open instead would keep the container's file system from being unmounted.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nix::sys::memfd::{MFdFlags, memfd_create};

use super::build_id;

/// Bytes of the largest file that is copied.
const LARGEST_COPY_BYTES: u64 = 64 << 20;

/// Device and inode number, as stat(2) gives them.
pub(super) type Identity = (u64, u64);

/// A file that code was mapped from. The path alone is not enough: a container's `/bin/sh` is not
/// the host's.
#[derive(Clone, Debug)]
pub(super) struct MappedFile {
    /// Path, as the process saw it.
    pub(super) path: PathBuf,
    identity: Identity,
    /// Its build id, if it has one.
    pub(super) build_id: Option<Vec<u8>>,
    /// Its contents, in memory.
    copy: Option<Arc<File>>,
}

impl MappedFile {
    /// A file; `link` leads to it now.
    pub(super) fn new(path: PathBuf, identity: Identity, link: &Path) -> Self {
        let build_id = File::open(link).ok().and_then(|file| build_id::of(&file));
        Self {
            path,
            identity,
            build_id,
            copy: None,
        }
    }

    /// Copies the file if it cannot be found from here; gives the number of bytes, `room` at most.
    pub(super) fn keep(&mut self, link: &Path, room: u64) -> u64 {
        if self.is_at(&self.path) {
            return 0;
        }
        // Without the copy its functions have no names, nothing more.
        let Ok((copy, bytes)) = copy_of(link, room.min(LARGEST_COPY_BYTES)) else {
            return 0;
        };
        self.copy = Some(Arc::new(copy));
        bytes
    }

    /// Another copy of it was seen: if that one can be opened from here, and this one cannot, it is
    /// known by that one's path.
    pub(super) fn learn_of(&mut self, other: Self) {
        if !self.is_at(&self.path) && other.is_at(&other.path) {
            (self.path, self.identity) = (other.path, other.identity);
        }
    }

    /// Whether this very file, or a copy of it, is at `path`.
    pub(super) fn is_at(&self, path: &Path) -> bool {
        if identity_of(path).is_some_and(|identity| identity == self.identity) {
            return true;
        }
        // A process names files that are deleted, or in memory alone, by no path.
        let file = File::open(path).ok().filter(|_| self.build_id.is_some());
        file.is_some_and(|file| build_id::of(&file) == self.build_id)
    }

    /// Where the copy can be opened, if there is one.
    pub(super) fn copy_path(&self) -> Option<PathBuf> {
        let copy = self.copy.as_ref()?;
        Some(PathBuf::from(format!("/proc/self/fd/{}", copy.as_raw_fd())))
    }
}

/// Device and inode number of the file at a path.
pub(super) fn identity_of(path: &Path) -> Option<Identity> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

/// A copy of a file in memory, and its bytes; not of one with more than `most`.
fn copy_of(path: &Path, most: u64) -> io::Result<(File, u64)> {
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.len() > most {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let mut copy = File::from(memfd_create(c"ctrprof-mapped", MFdFlags::MFD_CLOEXEC)?);
    let bytes = io::copy(&mut file, &mut copy)?;
    Ok((copy, bytes))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;

    fn own_copy_in(dir: &Path) -> PathBuf {
        let path = dir.join("program");
        fs::copy("/proc/self/exe", &path).unwrap();
        path
    }

    #[test]
    fn a_file_that_cannot_be_found_from_here_is_copied() {
        let dir = tempfile::tempdir().unwrap();
        let path = own_copy_in(dir.path());
        let identity = identity_of(&path).unwrap();
        let elsewhere = PathBuf::from("/in/another/root");
        let mut file = MappedFile::new(elsewhere, identity, &path);
        let bytes = fs::metadata(&path).unwrap().len();
        assert_eq!(file.keep(&path, u64::MAX), bytes);
        drop(dir);
        let copy = File::open(file.copy_path().unwrap()).unwrap();
        assert!(file.build_id.is_some());
        assert_eq!(build_id::of(&copy), file.build_id);
    }

    #[test]
    fn nothing_is_copied_without_need_or_room() {
        let dir = tempfile::tempdir().unwrap();
        let path = own_copy_in(dir.path());
        let identity = identity_of(&path).unwrap();
        let mut here = MappedFile::new(path.clone(), identity, &path);
        assert_eq!(here.keep(&path, u64::MAX), 0);
        let mut away = MappedFile::new("/in/another/root".into(), identity, &path);
        assert_eq!(away.keep(&path, 1_000), 0);
        assert_eq!(away.copy_path(), None);
    }

    #[test]
    fn a_copy_is_known_by_the_path_that_can_be_opened() {
        let dir = tempfile::tempdir().unwrap();
        let path = own_copy_in(dir.path());
        let in_memory = "/memfd:runc_cloned:/proc/self/exe (deleted)";
        let mut file = MappedFile::new(in_memory.into(), (1, 2), &path);
        file.learn_of(MappedFile::new(
            path.clone(),
            identity_of(&path).unwrap(),
            &path,
        ));
        assert_eq!(file.path, path);
    }

    #[test]
    fn another_file_at_the_same_path_is_not_mistaken_for_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("text");
        fs::write(&path, "no program").unwrap();
        let file = MappedFile::new(path.clone(), (1, 2), &path);
        assert!(!file.is_at(&path));
        let other = MappedFile::new(path.clone(), (1, 2), Path::new("/proc/self/exe"));
        assert!(!other.is_at(&path));
    }
}

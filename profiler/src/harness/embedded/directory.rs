//! The folder of one engine process: everything that its runs need on disk.
//!
//! A lock on it (flock(2)) says that the engine lives, across pid namespaces and whatever became
//! of its process number. A folder without a lock belonged to an engine that was killed; the next
//! one removes it, and the control groups named after it.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use nix::unistd::geteuid;

use crate::harness::cgroup;

/// How the names of folders, containers and control groups begin.
const PREFIX: &str = "ctrprof-";

/// The folder of this process, removed when it is dropped.
#[derive(Debug)]
pub struct EngineDirectory {
    path: PathBuf,
    name: String,
    _lock: Flock<File>,
}

impl EngineDirectory {
    /// Removes what killed engines left under `base`, then makes a folder there.
    ///
    /// # Errors
    /// When `base` cannot be written, or something of a killed engine cannot be removed.
    pub fn new(base: &Path) -> io::Result<Self> {
        fs::create_dir_all(base)?;
        // Runtimes change their working directory, so every path must be absolute.
        let base = fs::canonicalize(base)?;
        sweep(&base)?;
        let name = format!("{PREFIX}{}", std::process::id());
        let path = base.join(&name);
        loop {
            fs::DirBuilder::new().mode(0o700).create(&path)?;
            // A sweeper may hold the lock of a folder that is so new, and is then removing it.
            if let Some(lock) = lock(&path, FlockArg::LockExclusive)?
                && path.exists()
            {
                return Ok(Self {
                    path,
                    name,
                    _lock: lock,
                });
            }
        }
    }

    /// Its path, without links.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The name of the container, and of its control groups, in the run with this number.
    pub fn container_id(&self, run: u64) -> String {
        format!("{}-{run}", self.name)
    }
}

impl Drop for EngineDirectory {
    fn drop(&mut self) {
        // Nobody is left to be told; the next engine tries again.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Removes folders whose engine is dead.
fn sweep(base: &Path) -> io::Result<()> {
    for entry in fs::read_dir(base)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !is_engine_name(&name) || !is_own_folder(&entry.path())? {
            continue;
        }
        if let Some(_lock) = lock(&entry.path(), FlockArg::LockExclusiveNonblock)? {
            cgroup::remove_groups(&format!("{name}-"))?;
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// Whether it is a folder that this user made: the base may be one that everybody writes to.
fn is_own_folder(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(metadata.is_dir() && metadata.uid() == geteuid().as_raw()),
        // Its engine was just ending.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Locks a folder; none if another holds the lock and it should not be waited for, or if the
/// folder is gone.
fn lock(path: &Path, how: FlockArg) -> io::Result<Option<Flock<File>>> {
    let folder = match File::open(path) {
        Ok(folder) => folder,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    match Flock::lock(folder, how) {
        Ok(lock) => Ok(Some(lock)),
        Err((_, Errno::EWOULDBLOCK)) => Ok(None),
        Err((_, errno)) => Err(errno.into()),
    }
}

/// Whether a name is the prefix and a process number.
fn is_engine_name(name: &str) -> bool {
    name.strip_prefix(PREFIX)
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn only_names_that_engines_give_are_swept() {
        assert!(is_engine_name("ctrprof-123"));
        for name in ["ctrprof-", "ctrprof-1a", "ctrprof-1-2", "other-1"] {
            assert!(!is_engine_name(name), "{name}");
        }
    }

    #[test]
    fn a_folder_without_a_lock_is_swept_and_one_with_a_lock_is_not() {
        let base = tempfile::tempdir().unwrap();
        let (dead, alive) = (
            base.path().join("ctrprof-4194305"),
            base.path().join("ctrprof-4194306"),
        );
        fs::create_dir_all(dead.join("1/rootfs")).unwrap();
        fs::create_dir(&alive).unwrap();
        fs::create_dir(base.path().join("ctrprof-notes")).unwrap();
        let _alive = lock(&alive, FlockArg::LockExclusive).unwrap().unwrap();
        let engine = EngineDirectory::new(base.path()).unwrap();
        assert!(!dead.exists());
        assert!(alive.exists());
        assert!(base.path().join("ctrprof-notes").exists());
        assert!(engine.path().exists());
        let path = engine.path().to_path_buf();
        drop(engine);
        assert!(!path.exists());
    }
}

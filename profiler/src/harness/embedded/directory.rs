//! The folder of one engine process: everything that its runs need on disk.
//!
//! A lock on it (flock(2)) says that the engine lives, across pid namespaces and whatever became
//! of its process number. A folder without a lock belonged to an engine that was killed; the next
//! one removes it, and the control groups named after it.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::harness::cgroup;

/// How the names of folders, containers and control groups begin.
const PREFIX: &str = "ctrprof-";

/// The folder of this process, removed when it is dropped.
#[derive(Debug)]
pub struct EngineDirectory {
    path: PathBuf,
    name: String,
    _lock: File,
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
        fs::create_dir(&path)?;
        let lock = File::open(&path)?;
        lock.lock()?;
        Ok(Self {
            path,
            name,
            _lock: lock,
        })
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
        if !is_engine_name(&name) || !entry.file_type()?.is_dir() {
            continue;
        }
        let lock = match File::open(entry.path()) {
            Ok(lock) => lock,
            // Its engine was just ending.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        match lock.try_lock() {
            Ok(()) => {
                cgroup::remove_groups(&format!("{name}-"))?;
                fs::remove_dir_all(entry.path())?;
            }
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(())
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
        let lock = File::open(&alive).unwrap();
        lock.lock().unwrap();
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

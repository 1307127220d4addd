//! Folders of a command's own under the system's temporary one, which go with it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use nix::fcntl::Flock;

use engine::directory::{abandoned, make_locked};
use setup::folders::ENGINE_PREFIX;

/// The purpose of the folders; tells several of one process apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Results of a bench that are not to be kept.
    Bench,
    /// Files between a command and its engine.
    Engine,
    /// A recording that is not to be kept.
    Recording,
}

impl Purpose {
    const ALL: [Self; 3] = [Self::Bench, Self::Engine, Self::Recording];

    const fn name(self) -> &'static str {
        match self {
            Self::Bench => "bench",
            Self::Engine => "engine",
            Self::Recording => "recording",
        }
    }
}

/// Reads the name of a directory, for an option: one that does not exist is an error, not a new one.
pub fn existing_directory(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if path.is_dir() {
        Ok(path)
    } else {
        Err("there is no such directory".to_owned())
    }
}

/// A folder that is removed when this is dropped, or once its process was killed by [`sweep`].
pub struct TemporaryDirectory {
    path: PathBuf,
    /// Says that its process lives.
    _lock: Flock<fs::File>,
}

impl TemporaryDirectory {
    /// Makes one.
    pub fn new(purpose: Purpose) -> Result<Self> {
        let name = format!("{ENGINE_PREFIX}{}-{}", purpose.name(), std::process::id());
        let path = std::env::temp_dir().join(name);
        let made = remove_abandoned(&path).and_then(|_| make_locked(&path));
        let lock = made.with_context(|| format!("failed to make {}", path.display()))?;
        Ok(Self { path, _lock: lock })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for TemporaryDirectory {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            eprintln!("ctrprof: failed to remove {}: {error}", self.path.display());
        }
    }
}

/// Removes the folders in `base` whose processes were killed, and gives their names.
///
/// # Errors
/// When one cannot be removed.
pub fn sweep(base: &Path) -> io::Result<Vec<String>> {
    let mut swept = Vec::new();
    for entry in fs::read_dir(base)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if is_ours(&name) && remove_abandoned(&base.join(&name))? {
            swept.push(name);
        }
    }
    swept.sort();
    Ok(swept)
}

/// Whether there was such a folder without a living process, which is gone now.
fn remove_abandoned(folder: &Path) -> io::Result<bool> {
    match abandoned(folder)? {
        Some(_abandoned) if folder.exists() => fs::remove_dir_all(folder).map(|()| true),
        Some(_) | None => Ok(false),
    }
}

/// Whether a name is the prefix, a purpose and a process number.
fn is_ours(name: &str) -> bool {
    let Some((purpose, number)) = name
        .strip_prefix(ENGINE_PREFIX)
        .and_then(|rest| rest.split_once('-'))
    else {
        return false;
    };
    Purpose::ALL.iter().any(|known| known.name() == purpose) && number.parse::<u32>().is_ok()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn only_folders_of_dead_processes_are_swept() {
        let base = tempfile::tempdir().unwrap();
        let dead = ["ctrprof-bench-4194305", "ctrprof-recording-4194306"];
        let others = ["ctrprof-bench-x", "ctrprof-4194305", "ctrprof-own-1"];
        for name in dead.iter().chain(&others) {
            fs::create_dir_all(base.path().join(name).join("in")).unwrap();
        }
        let alive = make_locked(&base.path().join("ctrprof-engine-4194307")).unwrap();
        assert_eq!(sweep(base.path()).unwrap(), dead);
        assert_eq!(fs::read_dir(base.path()).unwrap().count(), others.len() + 1);
        drop(alive);
        assert_eq!(sweep(base.path()).unwrap(), ["ctrprof-engine-4194307"]);
    }

    #[test]
    fn a_folder_goes_with_its_value_and_takes_the_place_of_a_dead_one() {
        let directory = TemporaryDirectory::new(Purpose::Bench).unwrap();
        let path = directory.path().to_path_buf();
        fs::write(path.join("results"), "x").unwrap();
        assert!(TemporaryDirectory::new(Purpose::Bench).is_err());
        drop(directory);
        fs::create_dir_all(path.join("left")).unwrap();
        let next = TemporaryDirectory::new(Purpose::Bench).unwrap();
        assert!(!path.join("left").exists());
        drop(next);
        assert!(!path.exists());
    }
}

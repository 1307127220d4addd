//! The folders of a union file system: the image below, a layer of the run above.

use std::path::{Path, PathBuf};

use super::error::StorageError;
use super::folder::{make_folder, remove_folder};
use setup::folders;

/// The folders of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layers {
    /// The folder that the container writes to.
    pub upper: PathBuf,
    /// Where overlays prepare what they move to the upper layer.
    pub work: PathBuf,
    /// Where the union is mounted.
    pub merged: PathBuf,
}

impl Layers {
    /// Their places in `directory`.
    pub fn of(directory: &Path) -> Self {
        Self {
            upper: directory.join(folders::UPPER),
            work: directory.join(folders::WORK),
            merged: directory.join(folders::ROOTFS),
        }
    }

    /// Makes them.
    ///
    /// # Errors
    /// When one is there already, or there is no space.
    pub fn make(&self) -> Result<(), StorageError> {
        for folder in [&self.upper, &self.work, &self.merged] {
            make_folder(folder)?;
        }
        Ok(())
    }

    /// Removes them, as far as they are there. Nothing may be mounted on them.
    ///
    /// # Errors
    /// When something is left.
    pub fn remove(&self) -> Result<(), StorageError> {
        for folder in [&self.merged, &self.work, &self.upper] {
            remove_folder(folder)?;
        }
        Ok(())
    }
}

/// Refuses paths with characters that the options of `name` give a meaning to and cannot escape.
///
/// # Errors
/// With the path and the first such character.
pub fn check_separators(
    name: &'static str,
    separators: &[char],
    paths: &[&Path],
) -> Result<(), StorageError> {
    for path in paths {
        let shown = path.to_string_lossy();
        if let Some(character) = shown
            .chars()
            .find(|character| separators.contains(character))
        {
            return Err(StorageError::Separator {
                name,
                path: path.to_path_buf(),
                character,
            });
        }
    }
    Ok(())
}

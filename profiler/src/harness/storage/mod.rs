//! Storage: how a container gets a root file system of its own from an image.

pub mod copy;
pub mod overlay;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use serde::{Deserialize, Serialize};

pub use copy::Copy;
pub use overlay::Overlay;

/// A way to make writable root file systems. One value serves one container at a time.
pub trait Storage {
    /// Value of the axis `storage`.
    fn name(&self) -> &'static str;

    /// Options of its mount, for the record; empty where it mounts nothing.
    fn options(&self) -> String;

    /// Makes a root file system from `image` inside `directory`, an empty folder of the run, and
    /// returns its path.
    ///
    /// # Errors
    /// When the file system refuses. What was made until then is removed by [`Storage::release`].
    fn prepare(&mut self, image: &Path, directory: &Path) -> Result<PathBuf, StorageError>;

    /// Removes what [`Storage::prepare`] made, if anything. To be called again does no harm.
    ///
    /// # Errors
    /// When something is left.
    fn release(&mut self) -> Result<(), StorageError>;
}

/// What a storage could not do.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// A mount.
    #[error("failed to mount {name} on {}: {source}; {remedy}", path.display())]
    Mount {
        /// Name of the storage.
        name: &'static str,
        /// The mount point.
        path: PathBuf,
        /// What to do about it.
        remedy: &'static str,
        /// Why.
        source: Errno,
    },
    /// An unmount.
    #[error("failed to unmount {}: {source}; find who uses it with fuser -m", path.display())]
    Unmount {
        /// The mount point.
        path: PathBuf,
        /// Why.
        source: Errno,
    },
    /// A file or folder of the run.
    #[error("failed to {action} {}: {source}; check the free space and the rights of that folder", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Which storage to use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StorageChoice {
    /// An overlay; where the host cannot mount one, a copy, with a warning.
    #[default]
    Auto,
    /// An overlay or nothing.
    Overlay,
    /// A copy.
    Copy,
}

impl StorageChoice {
    /// Every choice, for the command line.
    pub const ALL: &'static [Self] = &[Self::Auto, Self::Overlay, Self::Copy];

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Overlay => overlay::NAME,
            Self::Copy => copy::NAME,
        }
    }

    /// The choice with this name, if there is one.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|choice| choice.name() == name)
    }
}

/// A storage, and the sentence that says why it is not the one asked for.
pub struct Chosen {
    /// The storage.
    pub storage: Box<dyn Storage>,
    /// Why it stands in for another.
    pub warning: Option<String>,
}

/// Makes the storage for a choice. For [`StorageChoice::Auto`] an overlay of `image` is tried once
/// in `directory`, which is empty again afterwards.
///
/// # Errors
/// When the trial leaves something that cannot be removed.
pub fn choose(
    choice: StorageChoice,
    image: &Path,
    directory: &Path,
) -> Result<Chosen, StorageError> {
    let plain = |storage| Chosen {
        storage,
        warning: None,
    };
    match choice {
        StorageChoice::Overlay => Ok(plain(Box::<Overlay>::default())),
        StorageChoice::Copy => Ok(plain(Box::<Copy>::default())),
        StorageChoice::Auto => {
            let mut overlay = Overlay::default();
            let trial = overlay.prepare(image, directory);
            overlay.release()?;
            match trial {
                Ok(_) => Ok(plain(Box::new(overlay))),
                Err(error) => Ok(Chosen {
                    storage: Box::<Copy>::default(),
                    warning: Some(format!("storage copy stands in for overlay: {error}")),
                }),
            }
        }
    }
}

fn make_folder(path: &Path) -> Result<(), StorageError> {
    fs::create_dir(path).map_err(|source| StorageError::File {
        action: "make",
        path: path.to_path_buf(),
        source,
    })
}

/// Removes a folder with all it holds; one that is gone already is as good.
fn remove_folder(path: &Path) -> Result<(), StorageError> {
    match fs::remove_dir_all(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(StorageError::File {
            action: "remove",
            path: path.to_path_buf(),
            source,
        }),
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_found_by_their_names() {
        for &choice in StorageChoice::ALL {
            assert_eq!(StorageChoice::named(choice.name()), Some(choice));
        }
        assert_eq!(StorageChoice::named("zfs"), None);
    }
}

//! Where a manager keeps images and layers.

use std::fs;
use std::path::{Path, PathBuf};

use super::{ManagerError, Site};
use crate::backing::{Store, mount_table};
use crate::storage::StorageError;
use setup::backing::Backing;

/// A folder for images and layers, on the store that a configuration asks for.
///
/// On the host's file system it is in the engine's state, which may hold images from an earlier
/// engine; on a store of its own it begins empty.
#[derive(Debug)]
pub struct GraphRoot {
    path: PathBuf,
    /// Closed when this is dropped.
    store: Option<Store>,
}

impl GraphRoot {
    /// Opens the store; `name` tells the folder from those of other managers, and is not made.
    ///
    /// # Errors
    /// When the store is refused.
    pub fn open(site: &Site<'_>, name: &str) -> Result<Self, ManagerError> {
        match site.spec.configuration.backing() {
            Backing::Host => Ok(Self {
                path: site.state.join(name),
                store: None,
            }),
            backing @ (Backing::Path(_) | Backing::Loop { .. }) => {
                let store =
                    Store::open(&backing, site.directory.path()).map_err(StorageError::from)?;
                Ok(Self {
                    path: store.path().join(name),
                    store: Some(store),
                })
            }
        }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Type of the file system that it is on; `unknown` where /proc does not say.
    ///
    /// # Errors
    /// When the folder has not been made, or /proc is not mounted.
    pub fn file_system(&self) -> Result<String, ManagerError> {
        let mount = fs::canonicalize(&self.path).and_then(|path| mount_table::mount_of(&path));
        let mount = mount.map_err(ManagerError::system("find the file system of the images"))?;
        Ok(mount.map_or_else(|| "unknown".to_owned(), |mount| mount.file_system))
    }

    /// Properties of the store, by name, for the manifest.
    pub fn description(&self) -> Vec<(String, String)> {
        let store = self.store.iter().flat_map(|store| {
            [
                ("store", store.backing().to_string()),
                ("store_options", store.options()),
            ]
        });
        store
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }
}

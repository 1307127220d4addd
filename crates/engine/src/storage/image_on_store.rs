//! The image's files on the store, for storages that use them as they are.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::error::{StorageError, failed};
use super::folder::remove_folder;
use super::tree_copy::{copy_tree, settle};
use setup::folders;

/// Where the image's files are: on the store, so that reading them is reading the store's file
/// system. An image that is on the same file system already is used where it lies.
#[derive(Debug, Default)]
pub struct ImageOnStore {
    root: Option<PathBuf>,
    is_copy: bool,
}

impl ImageOnStore {
    /// Brings the image onto `store`.
    ///
    /// # Errors
    /// When it cannot be copied. What was copied until then is removed by [`Self::dispose`].
    pub fn import(&mut self, image: &Path, store: &Path) -> Result<(), StorageError> {
        let device = |path: &Path| path.metadata().map(|metadata| metadata.dev());
        let of_image = device(image).map_err(failed("look at", image))?;
        let of_store = device(store).map_err(failed("look at", store))?;
        if of_image == of_store {
            self.root = Some(image.to_path_buf());
            return Ok(());
        }
        let copy = store.join(folders::IMAGE);
        self.root = Some(copy.clone());
        self.is_copy = true;
        copy_tree(image, &copy)?;
        settle(store)
    }

    /// The image's root.
    ///
    /// # Errors
    /// Before [`Self::import`]; `name` is that of the storage.
    pub fn root(&self, name: &'static str) -> Result<&Path, StorageError> {
        self.root.as_deref().ok_or(StorageError::NoImage(name))
    }

    /// Removes what was copied. To be called again does no harm.
    ///
    /// # Errors
    /// When something is left.
    pub fn dispose(&mut self) -> Result<(), StorageError> {
        if self.is_copy
            && let Some(root) = &self.root
        {
            remove_folder(root)?;
        }
        *self = Self::default();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::fs;

    use super::*;

    #[test]
    fn an_image_on_the_same_file_system_is_used_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let (image, store) = (folder.path().join("image"), folder.path().join("store"));
        fs::create_dir(&image).unwrap();
        fs::create_dir(&store).unwrap();
        let mut on_store = ImageOnStore::default();
        assert!(on_store.root("vfs").is_err());
        on_store.import(&image, &store).unwrap();
        assert_eq!(on_store.root("vfs").unwrap(), image);
        on_store.dispose().unwrap();
        on_store.dispose().unwrap();
        assert!(image.exists());
    }
}

//! Storage `vfs`: a deep copy of the image, as the managers' drivers `vfs` and `dir` make.
//!
//! Blocks are never shared with the image ([`super::tree_copy`]), although Docker's and podman's
//! drivers do so on file systems that can.

use std::path::{Path, PathBuf};

use super::folder::remove_folder;
use super::image_on_store::ImageOnStore;
use super::tree_copy::copy_tree;
use super::{Storage, StorageError, StoredImage};
use setup::folders;

/// Value of the axis `storage`.
pub const NAME: &str = "vfs";

/// A copy of the image.
#[derive(Debug, Default)]
pub struct Vfs {
    image: ImageOnStore,
    root: Option<PathBuf>,
}

impl Storage for Vfs {
    fn name(&self) -> &'static str {
        NAME
    }

    fn options(&self) -> String {
        "reflink=never".to_owned()
    }

    fn import(&mut self, image: &StoredImage<'_>, store: &Path) -> Result<(), StorageError> {
        self.image.import(image.root, store)
    }

    fn prepare(&mut self, directory: &Path) -> Result<PathBuf, StorageError> {
        let image = self.image.root(NAME)?;
        let root = directory.join(folders::ROOTFS);
        self.root = Some(root.clone());
        copy_tree(image, &root)?;
        Ok(root)
    }

    fn release(&mut self) -> Result<(), StorageError> {
        if let Some(root) = &self.root {
            remove_folder(root)?;
        }
        self.root = None;
        Ok(())
    }

    fn dispose(&mut self) -> Result<(), StorageError> {
        self.image.dispose()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::fs;

    use super::*;

    #[test]
    fn a_copy_is_apart_from_the_image_and_removed_by_release() {
        let (image, run) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(image.path().join("file"), "image").unwrap();
        let mut storage = Vfs::default();
        storage
            .import(&StoredImage::new(image.path()), run.path())
            .unwrap();
        let root = storage.prepare(run.path()).unwrap();
        fs::write(root.join("file"), "run").unwrap();
        assert_eq!(fs::read(image.path().join("file")).unwrap(), b"image");
        storage.release().unwrap();
        storage.release().unwrap();
        assert_eq!(fs::read_dir(run.path()).unwrap().count(), 0);
        storage.dispose().unwrap();
        assert!(image.path().join("file").exists());
    }

    #[test]
    fn a_copy_that_failed_halfway_is_removed_by_release() {
        let (image, run) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut storage = Vfs::default();
        storage
            .import(&StoredImage::new(image.path()), run.path())
            .unwrap();
        drop(image);
        assert!(storage.prepare(run.path()).is_err());
        storage.release().unwrap();
        assert_eq!(fs::read_dir(run.path()).unwrap().count(), 0);
    }

    #[test]
    fn there_is_no_root_without_an_image() {
        let error = Vfs::default().prepare(Path::new("/tmp")).unwrap_err();
        assert!(matches!(error, StorageError::NoImage(NAME)));
    }
}

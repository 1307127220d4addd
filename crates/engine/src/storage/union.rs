//! A union file system of the kernel's: the image below, a layer of the run above.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use nix::mount::{MsFlags, mount};

use super::error::StorageError;
use super::folder::unmount;
use super::image_on_store::ImageOnStore;
use super::layers::Layers;

/// The image on the store, and at most one mount of it.
#[derive(Debug, Default)]
pub struct Union {
    /// The lower layer.
    pub image: ImageOnStore,
    layers: Option<Layers>,
    mounted: bool,
}

impl Union {
    /// Makes the folders of a run in `directory`, mounts a file system of the type `name` with what
    /// `options` makes of the image and them, and gives its root. `remedy` is for a mount that the
    /// kernel refuses.
    ///
    /// # Errors
    /// When there is no image, or the folders or the mount cannot be made.
    pub fn mount(
        &mut self,
        name: &'static str,
        directory: &Path,
        options: impl FnOnce(&Path, &Layers) -> OsString,
        remedy: &'static str,
    ) -> Result<PathBuf, StorageError> {
        let image = self.image.root(name)?;
        let layers = self.layers.insert(Layers::of(directory));
        layers.make()?;
        let options = options(image, layers);
        mount(
            Some(name),
            &layers.merged,
            Some(name),
            MsFlags::empty(),
            Some(options.as_os_str()),
        )
        .map_err(|source| StorageError::Mount {
            name,
            path: layers.merged.clone(),
            remedy,
            source,
        })?;
        self.mounted = true;
        Ok(layers.merged.clone())
    }

    /// Removes the mount and the folders, if there are any.
    ///
    /// # Errors
    /// When something is left; to be called again then.
    pub fn release(&mut self) -> Result<(), StorageError> {
        let Some(layers) = &self.layers else {
            return Ok(());
        };
        if self.mounted {
            unmount(&layers.merged)?;
            self.mounted = false;
        }
        layers.remove()?;
        self.layers = None;
        Ok(())
    }
}

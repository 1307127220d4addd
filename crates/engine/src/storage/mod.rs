//! Storage: how a container gets a root file system of its own from an image.
//!
//! Each storage is what managers call a snapshotter or graph driver, reduced to the system calls
//! that the kernel needs: [`Storage::import`] brings the image onto the store, and each run
//! prepares a root and releases it. [`choose::choose`] makes one, [`missing::missing`] says
//! beforehand what the host lacks for it, [`sweep::sweep`] removes what killed engines left.

pub mod aufs;
pub mod bind;
pub mod btrfs;
pub mod choose;
pub mod device_mapper;
pub mod error;
pub mod folder;
pub mod fuse_overlayfs;
pub mod image_on_store;
pub mod layers;
pub mod lvm;
pub mod missing;
pub mod overlay;
pub mod sweep;
pub mod tree_copy;
pub mod union;
pub mod vfs;
pub mod zfs;

use std::path::{Path, PathBuf};

pub use choose::{Chosen, choose, open};
pub use error::StorageError;
pub use missing::{Missing, missing};
pub use sweep::sweep;

/// An image, ready to be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredImage<'a> {
    /// Its root file system. It is never written to.
    pub root: &'a Path,
    /// Files and folders that a container writes to, by their paths in the image; the storage
    /// `bind` copies these and nothing else.
    pub writable: &'a [PathBuf],
}

impl<'a> StoredImage<'a> {
    /// One that declares nothing writable.
    pub const fn new(root: &'a Path) -> Self {
        Self {
            root,
            writable: &[],
        }
    }
}

/// A way to make writable root file systems. One value serves one container at a time.
///
/// Whatever a dropped value leaves behind, the process's end or [`sweep`](sweep::sweep) removes.
pub trait Storage {
    /// Value of the axis `storage`.
    fn name(&self) -> &'static str;

    /// Options of its mounts and devices, for the record.
    fn options(&self) -> String;

    /// Whether it keeps files of the store open between runs, so that the store cannot be mounted
    /// afresh. What a container reads is mounted afresh for each run then.
    fn holds_store(&self) -> bool {
        false
    }

    /// Brings the image onto `store`, a folder, as a subvolume, a thin device or whatever roots are
    /// made of. Once, outside of all stages.
    ///
    /// # Errors
    /// When the host lacks something, or there is no space. What was made until then is removed by
    /// [`Storage::dispose`].
    fn import(&mut self, image: &StoredImage<'_>, store: &Path) -> Result<(), StorageError>;

    /// Makes a root file system inside `directory`, an empty folder of the run on the store, and
    /// returns its path.
    ///
    /// # Errors
    /// When the file system refuses. What was made until then is removed by [`Storage::release`].
    fn prepare(&mut self, directory: &Path) -> Result<PathBuf, StorageError>;

    /// Removes what [`Storage::prepare`] made, if anything. To be called again does no harm.
    ///
    /// # Errors
    /// When something is left.
    fn release(&mut self) -> Result<(), StorageError>;

    /// Removes what [`Storage::import`] made, if anything. To be called again does no harm.
    ///
    /// # Errors
    /// When something is left.
    fn dispose(&mut self) -> Result<(), StorageError>;
}

//! A folder of the engine's, shown at another path of the sandbox.

use std::fs;
use std::path::{Path, PathBuf};

use nix::mount::{MntFlags, MsFlags, mount, umount2};

use crate::manager::ManagerError;

/// A mount of a folder at a second place, gone with what is mounted below it when it is dropped, so
/// that what the folder lies on is free.
#[derive(Debug)]
pub struct BindMount {
    at: PathBuf,
}

impl BindMount {
    /// Shows `folder`, which is made, at the path `at`, which is there.
    ///
    /// # Errors
    /// When the folder cannot be made or the mount is refused.
    pub fn new(folder: &Path, at: &Path) -> Result<Self, ManagerError> {
        let show = || {
            fs::create_dir_all(folder)?;
            mount(
                Some(folder),
                at,
                None::<&str>,
                MsFlags::MS_BIND,
                None::<&str>,
            )?;
            Ok(Self {
                at: at.to_path_buf(),
            })
        };
        show().map_err(ManagerError::system(format!(
            "show {} at {}",
            folder.display(),
            at.display()
        )))
    }
}

impl Drop for BindMount {
    fn drop(&mut self) {
        // The sandbox takes down what is left.
        let _ = umount2(&self.at, MntFlags::MNT_DETACH);
    }
}

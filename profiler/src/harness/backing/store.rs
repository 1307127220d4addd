//! An open backing store.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::mount::{MntFlags, MsFlags, mount, umount2};

use super::file_system::LoopFileSystem;
use super::loop_device::LoopDevice;
use super::mount_table;
use super::{Backing, BackingError};
use crate::harness::embedded::directory::EngineDirectory;

/// A folder to keep images and containers in, on the file system that was asked for.
///
/// What lies in it must have been released before it is closed. It is closed when dropped; after
/// `kill -9` the kernel unmounts it with the mount namespace and clears the loop device.
#[derive(Debug)]
pub struct Store {
    backing: Backing,
    path: PathBuf,
    place: Place,
}

#[derive(Debug)]
enum Place {
    /// In the engine's own folder, which goes with the engine.
    Host,
    /// In a folder of ours within the user's. None once it was closed.
    Folder(Option<EngineDirectory>),
    Loop(LoopStore),
}

#[derive(Debug)]
struct LoopStore {
    file_system: LoopFileSystem,
    file: PathBuf,
    point: PathBuf,
    /// None once it was closed.
    device: Option<LoopDevice>,
    is_mounted: bool,
}

impl Store {
    /// Opens a store. `directory` is the engine's folder, absolute and without links. The process
    /// must be in a mount namespace of its own, from which no mount reaches the host.
    ///
    /// # Errors
    /// When something that it takes is missing or refused. What was made until then is removed.
    pub fn open(backing: &Backing, directory: &Path) -> Result<Self, BackingError> {
        let (path, place) = match backing {
            Backing::Host => (directory.to_path_buf(), Place::Host),
            Backing::Path(base) => {
                let folder =
                    EngineDirectory::new(base).map_err(failed("make a folder in", base))?;
                (folder.path().to_path_buf(), Place::Folder(Some(folder)))
            }
            Backing::Loop { file_system, bytes } => {
                let store = LoopStore::open(*file_system, *bytes, directory)?;
                (store.point.clone(), Place::Loop(store))
            }
        };
        Ok(Self {
            backing: backing.clone(),
            path,
            place,
        })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it was opened for.
    pub const fn backing(&self) -> &Backing {
        &self.backing
    }

    /// Type of the file system that it is on, such as `ext4`; `unknown` where /proc does not say.
    pub fn file_system(&self) -> String {
        let mount = mount_table::mount_of(&self.path).ok().flatten();
        mount.map_or_else(|| "unknown".to_owned(), |mount| mount.file_system)
    }

    /// How it is mounted, and whether a loop device bypasses the page cache of its file, for the
    /// record: `rw,relatime,attr2,... on loop (direct I/O)`.
    pub fn options(&self) -> String {
        let mount = mount_table::mount_of(&self.path).ok().flatten();
        let options = mount.map(|mount| mount.options).unwrap_or_default();
        let Place::Loop(store) = &self.place else {
            return options;
        };
        let is_direct = store.device.as_ref().is_some_and(LoopDevice::is_direct);
        let how = if is_direct { "direct" } else { "buffered" };
        format!("{options} on loop ({how} I/O)")
    }

    /// Mounts it afresh, with nothing of it left in the page cache: neither of its files nor of the
    /// file behind its loop device.
    ///
    /// # Errors
    /// When it is not on a loop device of ours, or something in it is in use.
    pub fn remount(&mut self) -> Result<(), BackingError> {
        match &mut self.place {
            Place::Host | Place::Folder(_) => Err(BackingError::NotOurs(self.backing.clone())),
            Place::Loop(store) => store.remount(),
        }
    }

    /// Unmounts and removes it. To be called again does no harm.
    ///
    /// # Errors
    /// When something in it is in use.
    pub fn close(&mut self) -> Result<(), BackingError> {
        match &mut self.place {
            Place::Host => Ok(()),
            Place::Folder(folder) => {
                let Some(path) = folder.as_ref().map(|folder| folder.path().to_path_buf()) else {
                    return Ok(());
                };
                *folder = None;
                match path.try_exists() {
                    Ok(false) => Ok(()),
                    Ok(true) => Err(failed("remove", &path)(Errno::ENOTEMPTY.into())),
                    Err(error) => Err(failed("remove", &path)(error)),
                }
            }
            Place::Loop(store) => store.close(),
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // Nobody is left to be told; the kernel takes the rest down with the mount namespace.
        let _ = self.close();
    }
}

impl LoopStore {
    fn open(
        file_system: LoopFileSystem,
        bytes: u64,
        directory: &Path,
    ) -> Result<Self, BackingError> {
        let mut store = Self {
            file_system,
            file: directory.join("store.img"),
            point: directory.join("store"),
            device: None,
            is_mounted: false,
        };
        let outcome = store.make(bytes);
        if outcome.is_err() {
            // The first failure is the one to tell.
            let _ = store.close();
        }
        outcome.map(|()| store)
    }

    fn make(&mut self, bytes: u64) -> Result<(), BackingError> {
        let file = File::create_new(&self.file).map_err(failed("make", &self.file))?;
        file.set_len(bytes).map_err(failed("size", &self.file))?;
        self.file_system.make(&self.file)?;
        fs::create_dir(&self.point).map_err(failed("make", &self.point))?;
        self.device = Some(LoopDevice::attach(&self.file)?);
        self.mount()
    }

    fn mount(&mut self) -> Result<(), BackingError> {
        let name = self.file_system.name();
        mount(
            self.device.as_ref().map(LoopDevice::path),
            &self.point,
            Some(name),
            MsFlags::empty(),
            None::<&str>,
        )
        .map_err(|source| BackingError::Mount {
            name,
            path: self.point.clone(),
            source,
        })?;
        self.is_mounted = true;
        Ok(())
    }

    fn unmount(&mut self) -> Result<(), BackingError> {
        if self.is_mounted {
            umount2(&self.point, MntFlags::UMOUNT_NOFOLLOW).map_err(|source| {
                BackingError::Unmount {
                    path: self.point.clone(),
                    source,
                }
            })?;
            self.is_mounted = false;
        }
        Ok(())
    }

    fn remount(&mut self) -> Result<(), BackingError> {
        self.unmount()?;
        if let Some(device) = &self.device {
            device
                .forget_pages()
                .map_err(failed("write back", &self.file))?;
        }
        self.mount()
    }

    fn close(&mut self) -> Result<(), BackingError> {
        self.unmount()?;
        if let Some(device) = self.device.take() {
            device.detach()?;
        }
        if self.point.exists() {
            fs::remove_dir(&self.point).map_err(failed("remove", &self.point))?;
        }
        if self.file.exists() {
            fs::remove_file(&self.file).map_err(failed("remove", &self.file))?;
        }
        Ok(())
    }
}

fn failed<'a>(
    action: &'static str,
    path: &'a Path,
) -> impl FnOnce(std::io::Error) -> BackingError + 'a {
    move |source| BackingError::File {
        action,
        path: path.to_path_buf(),
        source,
    }
}

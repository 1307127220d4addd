//! An open backing store.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, symlink};
use std::path::{Path, PathBuf};

use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::unistd::geteuid;

use super::BackingError;
use super::loop_device::LoopDevice;
use super::mount_table;
use super::removal::remove_tree;
use setup::backing::Backing;
use setup::backing::LoopFileSystem;
use setup::folders;

/// In the engine's folder: a link to what it made in a folder of the user's.
const ELSEWHERE: &str = "elsewhere";

/// A folder to keep images and containers in, on the file system that was asked for.
///
/// Mounts and files in it must have been released before it is closed. It is closed when dropped;
/// after
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
    /// In a folder of ours within the user's.
    Folder {
        /// The engine's folder.
        directory: PathBuf,
        /// The engine's name, which is the folder's.
        name: String,
    },
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
                let name = name_of(directory);
                let path = make_elsewhere(base, &name, directory)?;
                let directory = directory.to_path_buf();
                (path, Place::Folder { directory, name })
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

    /// A folder for the run whose folder in the engine's is `directory`, the same where that is on
    /// the store.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn make_run(&self, directory: &Path) -> Result<PathBuf, BackingError> {
        match &self.place {
            Place::Host => Ok(directory.to_path_buf()),
            Place::Folder { .. } | Place::Loop(_) => {
                let path = self.path.join(name_of(directory));
                fs::create_dir(&path).map_err(failed("make", &path))?;
                Ok(path)
            }
        }
    }

    /// Removes the folder that [`Store::make_run`] made, if it did, and what is left in it.
    ///
    /// # Errors
    /// When something in it cannot be removed.
    pub fn remove_run(&self, directory: &Path) -> Result<(), BackingError> {
        match &self.place {
            Place::Host => Ok(()),
            Place::Folder { .. } | Place::Loop(_) => {
                let path = self.path.join(name_of(directory));
                gone(remove_tree(&path)).map_err(failed("remove", &path))
            }
        }
    }

    /// The backing that it was opened for.
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
            Place::Host | Place::Folder { .. } => Err(BackingError::NotOurs(self.backing.clone())),
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
            Place::Folder { directory, name } => {
                remove_elsewhere(name, directory).map_err(failed("remove", &self.path))
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
            point: directory.join(folders::STORE),
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
        super::file_system::make(self.file_system, &self.file)?;
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

/// The engine's name is that of its folder.
fn name_of(directory: &Path) -> String {
    let name = directory.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// Makes a folder in `base`. The link to it goes first: whatever happens, it is found again.
fn make_elsewhere(base: &Path, name: &str, directory: &Path) -> Result<PathBuf, BackingError> {
    let base = fs::canonicalize(base).map_err(failed("find", base))?;
    let path = base.join(name);
    let link = directory.join(ELSEWHERE);
    symlink(&path, &link).map_err(failed("make", &link))?;
    fs::DirBuilder::new()
        .mode(0o700)
        .create(&path)
        .map_err(failed("make", &path))?;
    Ok(path)
}

/// Removes what the engine `name`, whose folder is `directory`, made in a folder of the user's, if
/// anything.
///
/// # Errors
/// When something of it cannot be removed.
pub fn remove_elsewhere(name: &str, directory: &Path) -> io::Result<()> {
    let link = directory.join(ELSEWHERE);
    let Ok(path) = fs::read_link(&link) else {
        return Ok(());
    };
    // The target of a link is checked before it is removed.
    let is_ours = fs::symlink_metadata(&path)
        .is_ok_and(|folder| folder.is_dir() && folder.uid() == geteuid().as_raw());
    if is_ours && path.file_name() == Some(OsStr::new(name)) {
        gone(remove_tree(&path))?;
    }
    gone(fs::remove_file(&link))
}

/// Two engines may sweep the same one at the same time: what is gone is as good as removed.
fn gone(outcome: io::Result<()>) -> io::Result<()> {
    match outcome {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn engine() -> (tempfile::TempDir, PathBuf) {
        let base = tempfile::tempdir().unwrap();
        let directory = base.path().join("ctrprof-4194305");
        fs::create_dir(&directory).unwrap();
        (base, directory)
    }

    #[test]
    fn the_hosts_store_is_the_engines_folder() {
        let (_base, directory) = engine();
        let mut store = Store::open(&Backing::Host, &directory).unwrap();
        let run = directory.join("1");
        assert_eq!(store.path(), directory);
        assert_eq!(store.make_run(&run).unwrap(), run);
        assert!(matches!(store.remount(), Err(BackingError::NotOurs(_))));
        store.close().unwrap();
        assert!(directory.exists());
    }

    #[test]
    fn a_folder_of_the_users_gets_one_of_ours_that_goes_again() {
        let (_base, directory) = engine();
        let users = tempfile::tempdir().unwrap();
        fs::write(users.path().join("file"), "theirs").unwrap();
        let backing = Backing::Path(users.path().to_path_buf());
        let mut store = Store::open(&backing, &directory).unwrap();
        assert_eq!(store.path(), users.path().join("ctrprof-4194305"));
        let run = store.make_run(&directory.join("1")).unwrap();
        assert!(run.starts_with(store.path()) && run.is_dir());
        store.remove_run(&directory.join("1")).unwrap();
        store.remove_run(&directory.join("1")).unwrap();
        assert!(!run.exists());
        store.close().unwrap();
        store.close().unwrap();
        assert_eq!(fs::read_dir(users.path()).unwrap().count(), 1);
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 0);
    }

    #[test]
    fn what_a_killed_engine_left_elsewhere_is_found_through_its_folder() {
        let (_base, directory) = engine();
        let users = tempfile::tempdir().unwrap();
        let backing = Backing::Path(users.path().to_path_buf());
        std::mem::forget(Store::open(&backing, &directory).unwrap());
        assert_eq!(fs::read_dir(users.path()).unwrap().count(), 1);
        remove_elsewhere("ctrprof-4194305", &directory).unwrap();
        assert_eq!(fs::read_dir(users.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_link_to_something_else_is_not_followed() {
        let (_base, directory) = engine();
        let users = tempfile::tempdir().unwrap();
        symlink(users.path(), directory.join(ELSEWHERE)).unwrap();
        remove_elsewhere("ctrprof-4194305", &directory).unwrap();
        assert!(users.path().exists());
    }
}

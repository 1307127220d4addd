//! Storage `bind`: the image's own files, bound read-only, and copies of what is to be written.
//!
//! The root is a folder of the run with one bind mount for each top-level entry of the image. What
//! the image declares writable is copied instead: a top-level entry in its place, anything deeper
//! beside the root and bound over its place. No union file system is involved, so reads cost what
//! the store's file system costs.

use std::fs;
use std::path::{Component, Path, PathBuf};

use nix::mount::{MntFlags, MsFlags, mount, umount2};

use super::error::failed;
use super::folder::{make_folder, remove_folder};
use super::image_on_store::ImageOnStore;
use super::tree_copy::copy_tree;
use super::{Storage, StorageError, StoredImage};
use setup::folders;

/// Value of the axis `storage`.
pub const NAME: &str = "bind";

/// Bind mounts of the image.
#[derive(Debug, Default)]
pub struct Bind {
    image: ImageOnStore,
    writable: Vec<PathBuf>,
    directory: Option<PathBuf>,
    mounted: bool,
}

impl Storage for Bind {
    fn name(&self) -> &'static str {
        NAME
    }

    fn options(&self) -> String {
        let writable: Vec<_> = self
            .writable
            .iter()
            .map(|path| format!("/{}", path.display()))
            .collect();
        let copied = if writable.is_empty() {
            "nothing".to_owned()
        } else {
            writable.join(" ")
        };
        format!("ro,bind; copied: {copied}")
    }

    fn import(&mut self, image: &StoredImage<'_>, store: &Path) -> Result<(), StorageError> {
        self.writable = image
            .writable
            .iter()
            .map(|path| within(image.root, path))
            .collect::<Result<_, _>>()?;
        // A path within another is bound over it, and must come later.
        self.writable.sort();
        self.image.import(image.root, store)
    }

    fn prepare(&mut self, directory: &Path) -> Result<PathBuf, StorageError> {
        let image = self.image.root(NAME)?;
        self.directory = Some(directory.to_path_buf());
        let (root, copies) = (
            directory.join(folders::ROOTFS),
            directory.join(folders::WRITABLE),
        );
        make_folder(&root)?;
        make_folder(&copies)?;
        // On itself, so that everything below goes with one unmount.
        bind(&root, &root)?;
        self.mounted = true;
        for entry in fs::read_dir(image).map_err(failed("read", image))? {
            let entry = entry.map_err(failed("read", image))?;
            let (source, target) = (entry.path(), root.join(entry.file_name()));
            let kind = entry.file_type().map_err(failed("read", &source))?;
            if kind.is_symlink() || self.is_writable(&entry.file_name()) {
                copy_tree(&source, &target)?;
            } else {
                make_place(&target, kind.is_dir())?;
                bind(&source, &target)?;
                make_read_only(&target)?;
            }
        }
        for (number, path) in self.deep().enumerate() {
            let copy = copies.join(number.to_string());
            copy_tree(&image.join(path), &copy)?;
            bind(&copy, &root.join(path))?;
        }
        Ok(root)
    }

    fn release(&mut self) -> Result<(), StorageError> {
        let Some(directory) = &self.directory else {
            return Ok(());
        };
        let root = directory.join(folders::ROOTFS);
        if self.mounted {
            // Detached whole: nothing of the image may be below when the folder is removed.
            umount2(&root, MntFlags::MNT_DETACH | MntFlags::UMOUNT_NOFOLLOW).map_err(|source| {
                StorageError::Unmount {
                    path: root.clone(),
                    source,
                }
            })?;
            self.mounted = false;
        }
        remove_folder(&root)?;
        remove_folder(&directory.join(folders::WRITABLE))?;
        self.directory = None;
        Ok(())
    }

    fn dispose(&mut self) -> Result<(), StorageError> {
        self.image.dispose()
    }
}

impl Bind {
    /// Whether a top-level entry is to be copied.
    fn is_writable(&self, name: &std::ffi::OsStr) -> bool {
        self.writable.iter().any(|path| path.as_os_str() == name)
    }

    /// Writable files and folders below a top-level entry that is not writable.
    fn deep(&self) -> impl Iterator<Item = &Path> {
        self.writable.iter().map(PathBuf::as_path).filter(|path| {
            let top = path.iter().next().unwrap_or_default();
            path.components().count() > 1 && !self.is_writable(top)
        })
    }
}

/// The path of something writable, relative to the image's root, if it is there.
fn within(image: &Path, declared: &Path) -> Result<PathBuf, StorageError> {
    let refused = |reason| StorageError::Writable {
        path: declared.to_path_buf(),
        reason,
    };
    let mut path = PathBuf::new();
    for component in declared.components() {
        match component {
            Component::RootDir | Component::CurDir => {}
            Component::Normal(name) => path.push(name),
            Component::ParentDir | Component::Prefix(_) => {
                return Err(refused("leads out of the image"));
            }
        }
        // A bind mount follows links, out of the image too.
        match fs::symlink_metadata(image.join(&path)) {
            Ok(metadata) if metadata.file_type().is_symlink() => {
                return Err(refused("leads through a symbolic link"));
            }
            Ok(_) => {}
            Err(_) => return Err(refused("is not in it")),
        }
    }
    if path.as_os_str().is_empty() {
        return Err(refused("is its root, which storage vfs copies whole"));
    }
    Ok(path)
}

fn make_place(target: &Path, is_folder: bool) -> Result<(), StorageError> {
    if is_folder {
        return make_folder(target);
    }
    fs::File::create_new(target)
        .map(drop)
        .map_err(failed("make", target))
}

fn bind(source: &Path, target: &Path) -> Result<(), StorageError> {
    change(Some(source), target, MsFlags::MS_BIND)
}

/// A bind mount takes no other options while it is made (mount(2)).
fn make_read_only(target: &Path) -> Result<(), StorageError> {
    let flags = MsFlags::MS_REMOUNT | MsFlags::MS_BIND | MsFlags::MS_RDONLY;
    change(None, target, flags)
}

fn change(source: Option<&Path>, target: &Path, flags: MsFlags) -> Result<(), StorageError> {
    mount(source, target, None::<&str>, flags, None::<&str>).map_err(|source| StorageError::Mount {
        name: NAME,
        path: target.to_path_buf(),
        remedy: "run as root, in a mount namespace of its own",
        source,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::os::unix::fs::symlink;

    use super::*;

    fn image() -> tempfile::TempDir {
        let image = tempfile::tempdir().unwrap();
        fs::create_dir_all(image.path().join("var/lib/db")).unwrap();
        fs::create_dir(image.path().join("tmp")).unwrap();
        symlink("/etc", image.path().join("link")).unwrap();
        image
    }

    #[test]
    fn what_is_declared_writable_must_be_in_the_image() {
        let image = image();
        let path = |declared: &str| within(image.path(), Path::new(declared));
        assert_eq!(path("/var/lib/db").unwrap(), Path::new("var/lib/db"));
        assert_eq!(path("./tmp/").unwrap(), Path::new("tmp"));
        for (declared, reason) in [
            ("/", "is its root"),
            ("/var/../..", "leads out"),
            ("/srv", "is not in it"),
            ("/link/passwd", "symbolic link"),
        ] {
            let error = path(declared).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn what_lies_below_something_writable_is_copied_with_it() {
        let image = image();
        let writable = ["/tmp", "/var/lib/db"].map(PathBuf::from);
        let mut storage = Bind::default();
        let stored = StoredImage {
            root: image.path(),
            writable: &writable,
        };
        storage.import(&stored, image.path()).unwrap();
        assert_eq!(
            storage.deep().collect::<Vec<_>>(),
            [Path::new("var/lib/db")]
        );
        assert_eq!(storage.options(), "ro,bind; copied: /tmp /var/lib/db");
        storage.writable.push(PathBuf::from("var"));
        assert_eq!(storage.deep().count(), 0);
    }
}

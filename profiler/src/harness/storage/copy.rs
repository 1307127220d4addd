//! Storage `copy`: a deep copy of the image, as the managers' drivers `vfs` and `dir` make.
//!
//! Files are copied with copy_file_range(2), which file systems that can share blocks serve
//! without copying. Hard links become separate files.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, lchown, symlink};
use std::path::{Path, PathBuf};

use super::{Storage, StorageError, make_folder, remove_folder};

/// Value of the axis `storage`.
pub const NAME: &str = "copy";

/// A copy of the image.
#[derive(Debug, Default)]
pub struct Copy {
    root: Option<PathBuf>,
}

impl Storage for Copy {
    fn name(&self) -> &'static str {
        NAME
    }

    fn options(&self) -> String {
        String::new()
    }

    fn prepare(&mut self, image: &Path, directory: &Path) -> Result<PathBuf, StorageError> {
        let root = directory.join("rootfs");
        self.root = Some(root.clone());
        make_folder(&root)?;
        copy_folder(image, &root)?;
        Ok(root)
    }

    fn release(&mut self) -> Result<(), StorageError> {
        let Some(root) = &self.root else {
            return Ok(());
        };
        remove_folder(root)?;
        self.root = None;
        Ok(())
    }
}

/// Copies what `from` holds into `to`, then gives `to` the owner and bits of `from`.
fn copy_folder(from: &Path, to: &Path) -> Result<(), StorageError> {
    let entries = fs::read_dir(from).map_err(|source| error("read", from, source))?;
    for entry in entries {
        let entry = entry.map_err(|source| error("read", from, source))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry
            .file_type()
            .map_err(|failure| error("read", &source, failure))?;
        if kind.is_dir() {
            make_folder(&target)?;
            copy_folder(&source, &target)?;
        } else {
            copy_entry(&source, &target, kind)
                .map_err(|failure| error("copy", &source, failure))?;
        }
    }
    copy_owner_and_mode(from, to).map_err(|source| error("copy", from, source))
}

fn copy_entry(from: &Path, to: &Path, kind: fs::FileType) -> io::Result<()> {
    if kind.is_symlink() {
        let owner = fs::symlink_metadata(from)?;
        symlink(fs::read_link(from)?, to)?;
        lchown(to, Some(owner.uid()), Some(owner.gid()))
    } else if kind.is_file() {
        fs::copy(from, to)?;
        copy_owner_and_mode(from, to)
    } else {
        Err(io::Error::other(
            "images hold folders, files and links only",
        ))
    }
}

/// The owner first: chown(2) clears set-user-ID bits.
fn copy_owner_and_mode(from: &Path, to: &Path) -> io::Result<()> {
    let metadata = fs::metadata(from)?;
    chown(to, Some(metadata.uid()), Some(metadata.gid()))?;
    fs::set_permissions(to, fs::Permissions::from_mode(metadata.mode() & 0o7777))
}

fn error(action: &'static str, path: &Path, source: io::Error) -> StorageError {
    StorageError::File {
        action,
        path: path.to_path_buf(),
        source,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn a_copy_has_the_same_names_contents_and_bits() {
        let (image, run) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::create_dir(image.path().join("bin")).unwrap();
        fs::write(image.path().join("bin/tool"), "tool").unwrap();
        let mode = fs::Permissions::from_mode(0o751);
        fs::set_permissions(image.path().join("bin/tool"), mode).unwrap();
        symlink("tool", image.path().join("bin/alias")).unwrap();
        let mut storage = Copy::default();
        let root = storage.prepare(image.path(), run.path()).unwrap();
        assert_eq!(fs::read(root.join("bin/alias")).unwrap(), b"tool");
        assert_eq!(
            fs::read_link(root.join("bin/alias")).unwrap(),
            Path::new("tool")
        );
        let mode = fs::metadata(root.join("bin/tool")).unwrap().mode();
        assert_eq!(mode & 0o7777, 0o751);
        storage.release().unwrap();
        storage.release().unwrap();
        assert_eq!(fs::read_dir(run.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_copy_that_failed_halfway_is_removed_by_release() {
        let run = tempfile::tempdir().unwrap();
        let mut storage = Copy::default();
        let error = storage.prepare(Path::new("/no/such/image"), run.path());
        assert!(error.is_err());
        storage.release().unwrap();
        assert_eq!(fs::read_dir(run.path()).unwrap().count(), 0);
    }
}

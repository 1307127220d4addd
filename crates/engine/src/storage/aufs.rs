//! Storage `aufs`: the image as a read-only branch, a writable branch of the run above (aufs(5)).
//!
//! Mainline kernels do not carry aufs; some distributions' did, and its patches apply to most
//! versions. The options are those that Docker's driver of this name gave it.

use std::path::{Path, PathBuf};

use super::layers::{Layers, check_separators};
use super::union::Union;
use super::{Storage, StorageError, StoredImage};

/// Value of the axis `storage`.
pub const NAME: &str = "aufs";
/// `br:` lists branches with `:` and their rights with `=`; nothing escapes these.
const SEPARATORS: &[char] = &[',', ':', '='];
/// Options of every mount. Direct I/O is passed on to the branches. The table of inode numbers is
/// kept on a tmpfs: aufs cannot keep it on XFS or Btrfs, and several mounts may name one file,
/// because each unlinks what it made. Access is judged by the topmost branch that has the file
/// alone.
const OPTIONS: &str = "dio,xino=/dev/shm/aufs.xino,dirperm1";

/// The remedy where the mount is refused.
const REMEDY: &str = "use a kernel that carries aufs, and a store that is no union file system itself; the kernel's log (dmesg) says more";

/// An aufs mount of two branches.
#[derive(Debug, Default)]
pub struct Aufs(Union);

impl Storage for Aufs {
    fn name(&self) -> &'static str {
        NAME
    }

    fn options(&self) -> String {
        mount_options(Path::new("image"), Path::new("run"))
    }

    fn import(&mut self, image: &StoredImage<'_>, store: &Path) -> Result<(), StorageError> {
        self.0.image.import(image.root, store)
    }

    fn prepare(&mut self, directory: &Path) -> Result<PathBuf, StorageError> {
        check_separators(NAME, SEPARATORS, &[self.0.image.root(NAME)?, directory])?;
        let options = |image: &Path, layers: &Layers| mount_options(image, &layers.upper).into();
        self.0.mount(NAME, directory, options, REMEDY)
    }

    fn release(&mut self) -> Result<(), StorageError> {
        self.0.release()
    }

    fn dispose(&mut self) -> Result<(), StorageError> {
        self.0.image.dispose()
    }
}

/// The first branch is the topmost; `+wh` lets whiteouts in the image hide what lies below.
fn mount_options(image: &Path, upper: &Path) -> String {
    format!(
        "br:{}=rw:{}=ro+wh,{OPTIONS}",
        upper.display(),
        image.display()
    )
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn the_writable_branch_is_the_topmost() {
        assert_eq!(
            mount_options(Path::new("/image"), Path::new("/run/upper")),
            "br:/run/upper=rw:/image=ro+wh,dio,xino=/dev/shm/aufs.xino,dirperm1"
        );
    }

    #[test]
    fn paths_that_the_options_cannot_express_are_refused() {
        let (image, run) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let odd = run.path().join("a:b");
        std::fs::create_dir(&odd).unwrap();
        let mut storage = Aufs::default();
        storage
            .import(&StoredImage::new(image.path()), run.path())
            .unwrap();
        let error = storage.prepare(&odd).unwrap_err().to_string();
        assert!(
            error.contains("':'") && error.contains("--run-dir"),
            "{error}"
        );
        storage.release().unwrap();
    }
}

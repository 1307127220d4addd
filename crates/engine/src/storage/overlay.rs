//! Storage `overlay`: the image below, a writable layer of the run above (overlayfs of the kernel,
//! Documentation/filesystems/overlayfs.rst, v6.18).

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use super::layers::Layers;
use super::union::Union;
use super::{Storage, StorageError, StoredImage};

/// Value of the axis `storage`.
pub const NAME: &str = "overlay";
/// Options that the kernel has defaults for, which distributions differ in.
const PARAMETERS: &[&str] = &["redirect_dir", "metacopy", "index", "xino_auto"];

/// The remedy where the mount is refused.
const REMEDY: &str = "put the run's folder on a file system that overlayfs can write to, such as ext4, xfs, btrfs or tmpfs, or use the storage vfs";

/// An overlay mount with the kernel's default options.
#[derive(Debug, Default)]
pub struct Overlay(Union);

impl Storage for Overlay {
    fn name(&self) -> &'static str {
        NAME
    }

    /// The options of the mount, and the defaults of this kernel for others.
    fn options(&self) -> String {
        let defaults = PARAMETERS.iter().filter_map(|name| {
            let path = Path::new("/sys/module/overlay/parameters").join(name);
            let value = fs::read_to_string(path).ok()?;
            Some(format!(",{name}={}", value.trim()))
        });
        "lowerdir=image,upperdir=run,workdir=run".to_owned() + &defaults.collect::<String>()
    }

    fn import(&mut self, image: &StoredImage<'_>, store: &Path) -> Result<(), StorageError> {
        self.0.image.import(image.root, store)
    }

    fn prepare(&mut self, directory: &Path) -> Result<PathBuf, StorageError> {
        self.0.mount(NAME, directory, mount_options, REMEDY)
    }

    fn release(&mut self) -> Result<(), StorageError> {
        self.0.release()
    }

    fn dispose(&mut self) -> Result<(), StorageError> {
        self.0.image.dispose()
    }
}

fn mount_options(image: &Path, layers: &Layers) -> OsString {
    let mut options = Vec::new();
    for (name, path) in [
        ("lowerdir=", image),
        (",upperdir=", &layers.upper),
        (",workdir=", &layers.work),
    ] {
        options.extend(name.bytes());
        options.extend(escape(path));
    }
    OsString::from_vec(options)
}

/// A path with a backslash before what separates options and layers (fs/overlayfs/params.c, v6.18).
fn escape(path: &Path) -> Vec<u8> {
    let mut escaped = Vec::new();
    for &byte in path.as_os_str().as_encoded_bytes() {
        if matches!(byte, b':' | b',' | b'\\') {
            escaped.push(b'\\');
        }
        escaped.push(byte);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_with_separators_are_escaped() {
        let options = mount_options(Path::new("/a:b"), &Layers::of(Path::new("/c,d")));
        assert_eq!(
            options,
            r"lowerdir=/a\:b,upperdir=/c\,d/upper,workdir=/c\,d/work"
        );
    }

    #[test]
    fn nothing_prepared_is_nothing_to_release() -> Result<(), StorageError> {
        Overlay::default().release()?;
        Overlay::default().dispose()
    }
}

//! Storage `overlay`: the image below, a writable layer of the run above (overlayfs of the kernel,
//! Documentation/filesystems/overlayfs.rst, v6.18).

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use nix::mount::{MsFlags, mount};

use super::folder::unmount;
use super::image_on_store::ImageOnStore;
use super::layers::Layers;
use super::{Storage, StorageError, StoredImage};

/// Value of the axis `storage`.
pub const NAME: &str = "overlay";
/// Options that the kernel has defaults for, which distributions differ in.
const PARAMETERS: &[&str] = &["redirect_dir", "metacopy", "index", "xino_auto"];

/// An overlay mount with the kernel's default options.
#[derive(Debug, Default)]
pub struct Overlay {
    image: ImageOnStore,
    layers: Option<Layers>,
    mounted: bool,
}

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
        self.image.import(image.root, store)
    }

    fn prepare(&mut self, directory: &Path) -> Result<PathBuf, StorageError> {
        let image = self.image.root(NAME)?;
        let layers = self.layers.insert(Layers::of(directory));
        layers.make()?;
        let options = mount_options(image, &layers.upper, &layers.work);
        mount(
            Some("overlay"),
            &layers.merged,
            Some("overlay"),
            MsFlags::empty(),
            Some(options.as_os_str()),
        )
        .map_err(|source| StorageError::Mount {
            name: NAME,
            path: layers.merged.clone(),
            remedy: "put the run's folder on a file system that overlayfs can write to, such as ext4, xfs, btrfs or tmpfs, or use the storage vfs",
            source,
        })?;
        self.mounted = true;
        Ok(layers.merged.clone())
    }

    fn release(&mut self) -> Result<(), StorageError> {
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

    fn dispose(&mut self) -> Result<(), StorageError> {
        self.image.dispose()
    }
}

fn mount_options(lower: &Path, upper: &Path, work: &Path) -> OsString {
    let mut options = Vec::new();
    for (name, path) in [
        ("lowerdir=", lower),
        (",upperdir=", upper),
        (",workdir=", work),
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
        let options = mount_options(
            Path::new("/a:b"),
            Path::new("/c,d"),
            Path::new("/plain/work"),
        );
        assert_eq!(
            options,
            r"lowerdir=/a\:b,upperdir=/c\,d,workdir=/plain/work"
        );
    }

    #[test]
    fn nothing_prepared_is_nothing_to_release() -> Result<(), StorageError> {
        Overlay::default().release()?;
        Overlay::default().dispose()
    }
}

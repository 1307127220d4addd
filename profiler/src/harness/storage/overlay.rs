//! Storage `overlay`: the image below, a writable layer of the run above (overlayfs of the kernel,
//! Documentation/filesystems/overlayfs.rst, v6.18).

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::mount::{MntFlags, MsFlags, mount, umount2};

use super::{Storage, StorageError, make_folder, remove_folder};

/// Value of the axis `storage`.
pub const NAME: &str = "overlay";

/// An overlay mount with the kernel's default options.
#[derive(Debug, Default)]
pub struct Overlay {
    directory: Option<PathBuf>,
    mounted: bool,
}

impl Storage for Overlay {
    fn name(&self) -> &'static str {
        NAME
    }

    fn options(&self) -> String {
        "lowerdir=image,upperdir=run,workdir=run".to_owned()
    }

    fn prepare(&mut self, image: &Path, directory: &Path) -> Result<PathBuf, StorageError> {
        self.directory = Some(directory.to_path_buf());
        let [upper, work, merged] = ["upper", "work", "rootfs"].map(|name| directory.join(name));
        for folder in [&upper, &work, &merged] {
            make_folder(folder)?;
        }
        let options = mount_options(image, &upper, &work);
        mount(
            Some("overlay"),
            &merged,
            Some("overlay"),
            MsFlags::empty(),
            Some(options.as_os_str()),
        )
        .map_err(|source| StorageError::Mount {
            name: NAME,
            path: merged.clone(),
            remedy: "put the run's folder on a file system that overlayfs can write to, such as ext4, xfs, btrfs or tmpfs, or use the storage copy",
            source,
        })?;
        self.mounted = true;
        Ok(merged)
    }

    fn release(&mut self) -> Result<(), StorageError> {
        let Some(directory) = self.directory.clone() else {
            return Ok(());
        };
        let merged = directory.join("rootfs");
        if self.mounted {
            unmount(&merged)?;
            self.mounted = false;
        }
        for name in ["rootfs", "work", "upper"] {
            remove_folder(&directory.join(name))?;
        }
        self.directory = None;
        Ok(())
    }
}

/// Unmounts; a root that a process still holds is taken out of sight and goes when it is let go.
fn unmount(path: &Path) -> Result<(), StorageError> {
    match umount2(path, MntFlags::UMOUNT_NOFOLLOW) {
        Err(Errno::EBUSY) => umount2(path, MntFlags::MNT_DETACH | MntFlags::UMOUNT_NOFOLLOW),
        outcome => outcome,
    }
    .map_err(|source| StorageError::Unmount {
        path: path.to_path_buf(),
        source,
    })
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
        Overlay::default().release()
    }
}

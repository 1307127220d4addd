//! Storage `btrfs`: the image is a subvolume, each container has a writable snapshot of it.
//!
//! Both are made by ioctl (include/uapi/linux/btrfs.h, v6.18), as the managers' drivers of this name
//! do; no program is run.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::sys::statfs::{BTRFS_SUPER_MAGIC, statfs};

use super::error::failed;
use super::tree_copy::{copy_tree, settle};
use super::{Storage, StorageError, StoredImage};
use setup::folders;

/// Value of the axis `storage`.
pub const NAME: &str = "btrfs";

/// `_IOW(0x94, 14, struct btrfs_ioctl_vol_args)`.
const BTRFS_IOC_SUBVOL_CREATE: libc::c_ulong = 0x5000_940e;
/// `_IOW(0x94, 15, struct btrfs_ioctl_vol_args)`.
const BTRFS_IOC_SNAP_DESTROY: libc::c_ulong = 0x5000_940f;
/// `_IOW(0x94, 23, struct btrfs_ioctl_vol_args_v2)`.
const BTRFS_IOC_SNAP_CREATE_V2: libc::c_ulong = 0x5000_9417;
/// BTRFS_PATH_NAME_MAX and BTRFS_SUBVOL_NAME_MAX, with the zero byte at the end.
const NAME_BYTES: usize = 4088;
const SNAPSHOT_NAME_BYTES: usize = 4040;

/// `struct btrfs_ioctl_vol_args`.
#[repr(C)]
struct Volume {
    fd: i64,
    name: [u8; NAME_BYTES],
}

/// `struct btrfs_ioctl_vol_args_v2`.
#[repr(C)]
struct Snapshot {
    fd: i64,
    transaction: u64,
    flags: u64,
    unused: [u64; 4],
    name: [u8; SNAPSHOT_NAME_BYTES],
}

const _: () = assert!(size_of::<Volume>() == 4096 && size_of::<Snapshot>() == 4096);

/// Snapshots of a subvolume.
#[derive(Debug, Default)]
pub struct Btrfs {
    image: Option<PathBuf>,
    root: Option<PathBuf>,
}

impl Storage for Btrfs {
    fn name(&self) -> &'static str {
        NAME
    }

    fn options(&self) -> String {
        "snapshot of a subvolume".to_owned()
    }

    fn import(&mut self, image: &StoredImage<'_>, store: &Path) -> Result<(), StorageError> {
        let kind = statfs(store)
            .map_err(io::Error::from)
            .map_err(failed("look at", store))?;
        if kind.filesystem_type() != BTRFS_SUPER_MAGIC {
            return Err(StorageError::WrongStore {
                name: NAME,
                wanted: NAME,
                path: store.to_path_buf(),
            });
        }
        let subvolume = store.join(folders::IMAGE);
        create_subvolume(&subvolume).map_err(failed("make the subvolume", &subvolume))?;
        self.image = Some(subvolume.clone());
        // The subvolume is a folder that is there already; the copy goes into it, below a name.
        copy_tree(image.root, &subvolume.join(folders::ROOTFS))?;
        settle(store)
    }

    fn prepare(&mut self, directory: &Path) -> Result<PathBuf, StorageError> {
        let image = self.image.as_ref().ok_or(StorageError::NoImage(NAME))?;
        let subvolume = directory.join(folders::SNAPSHOT);
        snapshot(image, &subvolume).map_err(failed("make the snapshot", &subvolume))?;
        let root = subvolume.join(folders::ROOTFS);
        self.root = Some(subvolume);
        Ok(root)
    }

    fn release(&mut self) -> Result<(), StorageError> {
        if let Some(root) = &self.root {
            destroy(root).map_err(failed("remove the snapshot", root))?;
        }
        self.root = None;
        Ok(())
    }

    fn dispose(&mut self) -> Result<(), StorageError> {
        if let Some(image) = &self.image {
            destroy(image).map_err(failed("remove the subvolume", image))?;
        }
        self.image = None;
        Ok(())
    }
}

fn create_subvolume(path: &Path) -> io::Result<()> {
    let (parent, name) = parts(path)?;
    let volume = Volume {
        fd: 0,
        name: zero_terminated(name)?,
    };
    request(&parent, BTRFS_IOC_SUBVOL_CREATE, &volume)
}

fn snapshot(of: &Path, path: &Path) -> io::Result<()> {
    let (parent, name) = parts(path)?;
    let source = File::open(of)?;
    let snapshot = Snapshot {
        fd: source.as_raw_fd().into(),
        transaction: 0,
        flags: 0,
        unused: [0; 4],
        name: zero_terminated(name)?,
    };
    request(&parent, BTRFS_IOC_SNAP_CREATE_V2, &snapshot)
}

/// Takes a subvolume out of its folder. The kernel frees its blocks in the background.
fn destroy(path: &Path) -> io::Result<()> {
    if !fs::exists(path)? {
        return Ok(());
    }
    let (parent, name) = parts(path)?;
    let volume = Volume {
        fd: 0,
        name: zero_terminated(name)?,
    };
    request(&parent, BTRFS_IOC_SNAP_DESTROY, &volume)
}

fn parts(path: &Path) -> io::Result<(File, &OsStr)> {
    let name = path.file_name().unwrap_or_default();
    Ok((File::open(path.parent().unwrap_or(path))?, name))
}

fn zero_terminated<const N: usize>(name: &OsStr) -> io::Result<[u8; N]> {
    let name = name.as_bytes();
    let mut bytes = [0; N];
    if name.len() >= N {
        return Err(Errno::ENAMETOOLONG.into());
    }
    bytes[..name.len()].copy_from_slice(name);
    Ok(bytes)
}

/// Arguments of the requests of this file: 4096 bytes that the kernel only reads.
trait Argument {}
impl Argument for Volume {}
impl Argument for Snapshot {}

fn request<T: Argument>(folder: &File, request: libc::c_ulong, argument: &T) -> io::Result<()> {
    // SAFETY: the kernel reads 4096 bytes from the pointer, the size of either argument, which
    // lives until after the call.
    let result = unsafe {
        libc::ioctl(
            folder.as_raw_fd(),
            request as _,
            std::ptr::from_ref(argument),
        )
    };
    Errno::result(result)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn names_end_with_a_zero_byte_and_have_a_limit() {
        assert_eq!(zero_terminated::<4>(OsStr::new("abc")).unwrap(), *b"abc\0");
        assert!(zero_terminated::<4>(OsStr::new("abcd")).is_err());
    }

    #[test]
    fn a_store_on_another_file_system_is_refused_with_one_that_works() {
        let image = tempfile::tempdir().unwrap();
        let mut storage = Btrfs::default();
        let image = StoredImage::new(image.path());
        let error = storage.import(&image, Path::new("/proc")).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("--backing, such as loop:btrfs:2G")
        );
        storage.dispose().unwrap();
    }
}

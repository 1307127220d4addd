//! Storage `devicemapper`: the image is a thin device with ext4, each container has a snapshot of
//! it, as Docker's driver of this name did.
//!
//! The pool lies in two sparse files on the store, behind loop devices. It is driven by ioctl, as
//! managers do through their library; the only program that is run is mkfs.ext4(8), once.

pub mod control;
pub mod pool;

use std::path::{Path, PathBuf};

use nix::mount::{MsFlags, mount};

use super::error::StorageError;
use super::folder::{make_folder, remove_folder, unmount};
use super::tree_copy::{copy_tree, settle};
use super::{Storage, StoredImage};
use crate::program::Program;
use pool::ThinPool;
use setup::folders;

/// Value of the axis `storage`.
pub const NAME: &str = "devicemapper";
/// Number of the image's device; those of containers are larger.
const IMAGE: u32 = 0;
/// Makes the image's file system.
pub const MKFS: Program = Program::new("mkfs.ext4", "e2fsprogs");
/// Inode tables are written when they are used (`noinit_itable` below keeps the kernel from doing
/// it in the background, into every run), and the new device need not be discarded.
const MKFS_OPTIONS: &[&str] = &[
    "-q",
    "-F",
    "-E",
    "nodiscard,lazy_itable_init=1,lazy_journal_init=1",
];
/// ext4(5).
const MOUNT_OPTIONS: &str = "noinit_itable";

/// Thin snapshots.
#[derive(Debug)]
pub struct DeviceMapper {
    prefix: String,
    pool: Option<ThinPool>,
    /// The store's folder that the image was mounted on to be written.
    image_point: Option<MountPoint>,
    /// Number of the last container's device.
    last: u32,
    run: Option<Run>,
}

#[derive(Debug)]
struct Run {
    id: u32,
    /// Whether the pool has a device of that number.
    is_made: bool,
    point: MountPoint,
}

impl DeviceMapper {
    /// One whose devices' names begin with `prefix`.
    pub fn new(prefix: &str) -> Self {
        Self {
            prefix: prefix.to_owned(),
            pool: None,
            image_point: None,
            last: IMAGE,
            run: None,
        }
    }

    fn write_image(&mut self, image: &Path, store: &Path) -> Result<(), StorageError> {
        let pool = self.pool.as_ref().ok_or(StorageError::NoImage(NAME))?;
        pool.create_thin(IMAGE)?;
        let device = pool.activate(IMAGE)?;
        let point = self
            .image_point
            .insert(MountPoint::new(store.join(folders::IMAGE)));
        make_image(&device.path, point, image)?;
        pool.deactivate(IMAGE)
    }
}

impl Storage for DeviceMapper {
    fn name(&self) -> &'static str {
        NAME
    }

    fn options(&self) -> String {
        format!(
            "thin-pool on loop devices, 64 KiB blocks, skip_block_zeroing; ext4,{MOUNT_OPTIONS}"
        )
    }

    fn holds_store(&self) -> bool {
        true
    }

    fn import(&mut self, image: &StoredImage<'_>, store: &Path) -> Result<(), StorageError> {
        self.pool = Some(ThinPool::start(&self.prefix, store)?);
        self.write_image(image.root, store)
    }

    fn prepare(&mut self, directory: &Path) -> Result<PathBuf, StorageError> {
        let pool = self.pool.as_ref().ok_or(StorageError::NoImage(NAME))?;
        self.last += 1;
        let run = self.run.insert(Run {
            id: self.last,
            is_made: false,
            point: MountPoint::new(directory.join(folders::DEVICE)),
        });
        pool.create_snapshot(run.id, IMAGE)?;
        run.is_made = true;
        let device = pool.activate(run.id)?;
        run.point.mount(NAME, &device.path)
    }

    fn release(&mut self) -> Result<(), StorageError> {
        let (Some(run), Some(pool)) = (&mut self.run, &self.pool) else {
            return Ok(());
        };
        run.point.remove()?;
        if run.is_made {
            pool.deactivate(run.id)?;
            pool.delete(run.id)?;
        }
        self.run = None;
        Ok(())
    }

    fn dispose(&mut self) -> Result<(), StorageError> {
        self.release()?;
        if let Some(point) = &mut self.image_point {
            point.remove()?;
        }
        if let Some(pool) = &mut self.pool {
            pool.deactivate(IMAGE)?;
            pool.remove()?;
        }
        self.pool = None;
        Ok(())
    }
}

impl Drop for DeviceMapper {
    fn drop(&mut self) {
        // Mapped devices outlive their process; what cannot be removed now, a sweep removes.
        let _ = self.dispose();
    }
}

/// Makes ext4 on `device` and copies the image to its folder `rootfs`.
pub(super) fn make_image(
    device: &Path,
    point: &mut MountPoint,
    image: &Path,
) -> Result<(), StorageError> {
    let mut arguments: Vec<_> = MKFS_OPTIONS.iter().map(std::ffi::OsStr::new).collect();
    arguments.push(device.as_os_str());
    MKFS.run(&arguments)?;
    let root = point.mount(NAME, device)?;
    copy_tree(image, &root)?;
    settle(&root)?;
    point.remove()
}

/// A folder that a device with ext4 is mounted on. The root of a container is a folder below, for
/// the file system's own holds `lost+found`.
#[derive(Debug)]
pub(super) struct MountPoint {
    path: PathBuf,
    is_made: bool,
    is_mounted: bool,
}

impl MountPoint {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path,
            is_made: false,
            is_mounted: false,
        }
    }

    /// Mounts the device and returns the path of the root.
    pub(super) fn mount(
        &mut self,
        name: &'static str,
        device: &Path,
    ) -> Result<PathBuf, StorageError> {
        make_folder(&self.path)?;
        self.is_made = true;
        mount(
            Some(device),
            &self.path,
            Some("ext4"),
            MsFlags::empty(),
            Some(MOUNT_OPTIONS),
        )
        .map_err(|source| StorageError::Mount {
            name,
            path: self.path.clone(),
            remedy: "use a kernel with ext4; its log (dmesg) says more",
            source,
        })?;
        self.is_mounted = true;
        Ok(self.path.join(folders::ROOTFS))
    }

    /// Unmounts and removes it, as far as it was made.
    pub(super) fn remove(&mut self) -> Result<(), StorageError> {
        if self.is_mounted {
            unmount(&self.path)?;
            self.is_mounted = false;
        }
        if self.is_made {
            remove_folder(&self.path)?;
            self.is_made = false;
        }
        Ok(())
    }
}

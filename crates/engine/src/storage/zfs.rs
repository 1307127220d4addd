//! Storage `zfs`: the image is a dataset, each container has a clone of its snapshot, as the
//! managers' drivers of this name do it (zfs-snapshot(8), zfs-clone(8)).
//!
//! The pool lies in one sparse file on the store, behind a loop device: ZFS opens files from threads
//! of the kernel, which do not see a store that is mounted in the engine's own mount namespace. The
//! pool is kept out of the host's list of pools (`cachefile=none`) and mounts nothing by itself
//! (`mountpoint=legacy`): mounts are made here.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use nix::mount::{MsFlags, mount};

use super::device_mapper::pool::POOL_BYTES;
use super::error::failed;
use super::folder::{make_folder, remove_folder, unmount};
use super::tree_copy::{copy_tree, settle};
use super::{Storage, StorageError, StoredImage};
use crate::backing::LoopDevice;
use crate::program::Program;
use setup::folders;

/// Value of the axis `storage`.
pub const NAME: &str = "zfs";
/// Datasets, snapshots, clones.
pub const ZFS: Program = Program::new("zfs", "zfsutils-linux");
/// Pools.
pub const ZPOOL: Program = Program::new("zpool", "zfsutils-linux");

/// Clones of a snapshot.
#[derive(Debug)]
pub struct Zfs {
    /// Name of the pool.
    pool: String,
    file: Option<PathBuf>,
    device: Option<LoopDevice>,
    has_pool: bool,
    has_image: bool,
    image_point: Option<PathBuf>,
    /// Number of the last container's dataset.
    last: u32,
    run: Option<Run>,
}

#[derive(Debug)]
struct Run {
    dataset: String,
    point: PathBuf,
    is_cloned: bool,
    is_mounted: bool,
}

impl Zfs {
    /// One whose pool has this name.
    pub fn new(pool: &str) -> Self {
        Self {
            pool: pool.to_owned(),
            file: None,
            device: None,
            has_pool: false,
            has_image: false,
            image_point: None,
            last: 0,
            run: None,
        }
    }

    fn make_pool(&mut self, store: &Path) -> Result<(), StorageError> {
        let file = self.file.insert(store.join("zfs.img"));
        File::create_new(&*file)
            .and_then(|file| file.set_len(POOL_BYTES))
            .map_err(failed("make", file))?;
        let device = self.device.insert(LoopDevice::attach(file)?);
        let path = device.path().display().to_string();
        ZPOOL.run(&pool_arguments(&self.pool, &path))?;
        self.has_pool = true;
        Ok(())
    }

    fn write_image(&mut self, image: &Path, store: &Path) -> Result<(), StorageError> {
        let dataset = format!("{}/image", self.pool);
        ZFS.run(&["create", "-o", "mountpoint=legacy", &dataset])?;
        let point = self.image_point.insert(store.join(folders::IMAGE));
        make_folder(point)?;
        mount_dataset(&dataset, point)?;
        let outcome = copy_tree(image, &point.join(folders::ROOTFS)).and_then(|()| settle(point));
        unmount(point)?;
        remove_folder(point)?;
        self.image_point = None;
        outcome?;
        ZFS.run(&["snapshot", &format!("{dataset}@base")])?;
        self.has_image = true;
        Ok(())
    }
}

impl Storage for Zfs {
    fn name(&self) -> &'static str {
        NAME
    }

    fn options(&self) -> String {
        "clone of a snapshot, pool on a loop device".to_owned()
    }

    fn holds_store(&self) -> bool {
        true
    }

    fn import(&mut self, image: &StoredImage<'_>, store: &Path) -> Result<(), StorageError> {
        self.make_pool(store)?;
        self.write_image(image.root, store)
    }

    fn prepare(&mut self, directory: &Path) -> Result<PathBuf, StorageError> {
        if !self.has_image {
            return Err(StorageError::NoImage(NAME));
        }
        self.last += 1;
        let run = self.run.insert(Run {
            dataset: format!("{}/run-{}", self.pool, self.last),
            point: directory.join(folders::DATASET),
            is_cloned: false,
            is_mounted: false,
        });
        let snapshot = format!("{}/image@base", self.pool);
        ZFS.run(&["clone", "-o", "mountpoint=legacy", &snapshot, &run.dataset])?;
        run.is_cloned = true;
        make_folder(&run.point)?;
        mount_dataset(&run.dataset, &run.point)?;
        run.is_mounted = true;
        Ok(run.point.join(folders::ROOTFS))
    }

    fn release(&mut self) -> Result<(), StorageError> {
        let Some(run) = &mut self.run else {
            return Ok(());
        };
        if run.is_mounted {
            unmount(&run.point)?;
            run.is_mounted = false;
        }
        remove_folder(&run.point)?;
        if run.is_cloned {
            ZFS.run(&["destroy", &run.dataset])?;
            run.is_cloned = false;
        }
        self.run = None;
        Ok(())
    }

    fn dispose(&mut self) -> Result<(), StorageError> {
        self.release()?;
        if let Some(point) = &self.image_point {
            // Whether it was mounted when the import failed does not matter any more.
            let _ = unmount(point);
            remove_folder(point)?;
        }
        self.image_point = None;
        self.has_image = false;
        if self.has_pool {
            ZPOOL.run(&["destroy", "-f", &self.pool])?;
            self.has_pool = false;
        }
        if let Some(device) = self.device.take() {
            device.detach()?;
        }
        if let Some(file) = &self.file
            && file.exists()
        {
            fs::remove_file(file).map_err(failed("remove", file))?;
        }
        self.file = None;
        Ok(())
    }
}

impl Drop for Zfs {
    fn drop(&mut self) {
        // Pools outlive their process; what cannot be removed now, a sweep removes.
        let _ = self.dispose();
    }
}

/// `zpool create` (zpool-create(8)).
fn pool_arguments<'a>(pool: &'a str, device: &'a str) -> [&'a str; 9] {
    [
        "create",
        "-o",
        "cachefile=none",
        "-O",
        "mountpoint=none",
        "-O",
        "xattr=sa",
        pool,
        device,
    ]
}

fn mount_dataset(dataset: &str, point: &Path) -> Result<(), StorageError> {
    // Without `zfsutil`, which is for datasets that are not `legacy` (mount.zfs(8)).
    mount(
        Some(dataset),
        point,
        Some(NAME),
        MsFlags::empty(),
        None::<&str>,
    )
    .map_err(|source| StorageError::Mount {
        name: NAME,
        path: point.to_path_buf(),
        remedy: "check with zfs list that the dataset is there",
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pool_is_kept_out_of_the_hosts_list_and_mounts_nothing() {
        let arguments = pool_arguments("ctrprof-1", "/dev/loop7");
        assert!(arguments.contains(&"cachefile=none"));
        assert!(arguments.contains(&"mountpoint=none"));
        assert_eq!(arguments[7..], ["ctrprof-1", "/dev/loop7"]);
    }
}

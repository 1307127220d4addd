//! Removing folders in which managers kept Btrfs subvolumes.
//!
//! A subvolume goes as a folder does (rmdir(2) on Btrfs, since Linux 4.18), but not what is in one
//! that its manager made read-only, as LXD makes those of images.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::errno::Errno;
use nix::sys::statfs::{BTRFS_SUPER_MAGIC, statfs};

/// The inode number of every subvolume's root (include/uapi/linux/btrfs_tree.h, v6.18).
const BTRFS_FIRST_FREE_OBJECTID: u64 = 256;
/// `_IOR(0x94, 25, __u64)` (include/uapi/linux/btrfs.h, v6.18).
const BTRFS_IOC_SUBVOL_GETFLAGS: libc::c_ulong = 0x8008_9419;
/// `_IOW(0x94, 26, __u64)` (as above).
const BTRFS_IOC_SUBVOL_SETFLAGS: libc::c_ulong = 0x4008_941a;
/// `BTRFS_SUBVOL_RDONLY` (as above).
const READ_ONLY: u64 = 1 << 1;

/// Removes a folder with all that is in it, read-only subvolumes too.
///
/// # Errors
/// When it is not there, or something in it cannot be removed.
pub fn remove_tree(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::ReadOnlyFilesystem => {
            make_writable_below(path)?;
            fs::remove_dir_all(path)
        }
        outcome => outcome,
    }
}

/// Makes every subvolume below a folder writable; the folder itself is an ordinary one.
fn make_writable_below(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_type()?.is_dir() {
            continue;
        }
        let path = entry.path();
        if is_subvolume(&path)? {
            make_writable(&path)?;
        }
        make_writable_below(&path)?;
    }
    Ok(())
}

fn is_subvolume(path: &Path) -> io::Result<bool> {
    Ok(
        fs::symlink_metadata(path)?.ino() == BTRFS_FIRST_FREE_OBJECTID
            && statfs(path)?.filesystem_type() == BTRFS_SUPER_MAGIC,
    )
}

fn make_writable(subvolume: &Path) -> io::Result<()> {
    let folder = File::open(subvolume)?;
    let mut flags = 0_u64;
    // SAFETY: the request writes eight bytes to a live variable of that size.
    let result = unsafe {
        libc::ioctl(
            folder.as_raw_fd(),
            BTRFS_IOC_SUBVOL_GETFLAGS as _,
            &raw mut flags,
        )
    };
    Errno::result(result)?;
    let flags = flags & !READ_ONLY;
    // SAFETY: the request reads eight bytes from a live variable of that size.
    let result = unsafe {
        libc::ioctl(
            folder.as_raw_fd(),
            BTRFS_IOC_SUBVOL_SETFLAGS as _,
            &raw const flags,
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
    fn a_folder_goes_with_all_that_is_in_it_and_what_links_lead_to_stays() {
        let base = tempfile::tempdir().unwrap();
        let kept = base.path().join("kept");
        fs::create_dir_all(kept.join("inside")).unwrap();
        let removed = base.path().join("removed");
        fs::create_dir_all(removed.join("a/b")).unwrap();
        std::os::unix::fs::symlink(&kept, removed.join("a/link")).unwrap();
        make_writable_below(&removed).unwrap();
        remove_tree(&removed).unwrap();
        assert!(!removed.exists() && kept.join("inside").exists());
        let error = remove_tree(&removed).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }
}

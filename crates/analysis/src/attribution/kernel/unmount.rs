//! Functions of unmounts that write back what is dirty.

use super::has;
use super::name::{Name, beginning, function};

/// Takes a mount down (fs/namespace.c, v6.18).
pub const CLEANUP: &[Name] = &[function("cleanup_mnt"), function("deactivate_super")];

/// Has the file system of the upper layer written back (fs/overlayfs/super.c, v6.18).
pub const OVERLAY_SYNC: &[Name] = &[function("ovl_sync_fs").of("overlay")];

/// How the names of functions begin of file systems that stores lie on.
pub const FILE_SYSTEMS: &[Name] = &[
    beginning("ext4_"),
    beginning("btrfs_").of("btrfs"),
    beginning("xfs_").of("xfs"),
];

/// The file system of the functions of a stack, if it is one of these.
pub fn file_system<'n>(functions: &[&'n str]) -> Option<&'n str> {
    let function = functions.iter().find(|name| has(FILE_SYSTEMS, name))?;
    function.split_once('_').map(|(name, _)| name)
}

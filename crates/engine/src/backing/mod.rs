//! Backing stores: the file system that images and containers lie on.
//!
//! Either the one that the engine's folder is on anyway, or a folder of the user's choice, or one
//! made for the occasion on a loop device, so that file systems can be compared on any host and the
//! page cache be emptied by mounting afresh.

pub mod file_system;
pub mod loop_device;
pub mod mount_table;
pub mod removal;
pub mod store;

use std::io;
use std::path::PathBuf;

use nix::errno::Errno;
use setup::backing::Backing;

use crate::program::ProgramError;
pub use loop_device::LoopDevice;
pub use store::Store;

/// The errors of a backing store.
#[derive(Debug, thiserror::Error)]
pub enum BackingError {
    /// No loop devices.
    #[error(
        "failed to get a loop device: {0}; run as root on a kernel with CONFIG_BLK_DEV_LOOP, with /dev/loop-control in /dev"
    )]
    NoLoop(io::Error),
    /// A loop device on a file of ours.
    #[error("failed to {action} {}: {source}; losetup --list shows who has which device", path.display())]
    Loop {
        /// The action that failed.
        action: &'static str,
        /// The file, or the device.
        path: PathBuf,
        source: io::Error,
    },
    /// The program that makes the file system.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// Mounting what was made.
    #[error("failed to mount {name} at {}: {source}; use a kernel with that file system", path.display())]
    Mount {
        /// Name of the file system.
        name: &'static str,
        /// The mount point.
        path: PathBuf,
        source: Errno,
    },
    /// Unmounting it.
    #[error("failed to unmount {}: {source}; fuser -m finds who uses it", path.display())]
    Unmount {
        /// The mount point.
        path: PathBuf,
        source: Errno,
    },
    /// A store that is not ours to mount afresh.
    #[error(
        "the store {0} is not ours to mount afresh; take one on a loop device, such as loop:ext4:2G"
    )]
    NotOurs(Backing),
    /// A file or folder of the store.
    #[error("failed to {action} {}: {source}; check the free space and the rights of that folder", path.display())]
    File {
        /// The action that failed.
        action: &'static str,
        /// The file.
        path: PathBuf,
        source: io::Error,
    },
}

//! The file systems that a loop device can carry.

use std::ffi::OsStr;
use std::path::Path;

use crate::program::{Program, ProgramError};
use setup::backing::LoopFileSystem;

/// The program that makes a file system of this kind.
pub const fn program(kind: LoopFileSystem) -> Program {
    match kind {
        LoopFileSystem::Ext4 => Program::new("mkfs.ext4", "e2fsprogs"),
        LoopFileSystem::Xfs => Program::new("mkfs.xfs", "xfsprogs"),
        LoopFileSystem::Btrfs => Program::new("mkfs.btrfs", "btrfs-progs"),
    }
}

/// Makes it on `target`, a file or block device, whatever that held.
///
/// On a file rather than a device, holes count as zeroes and nothing is left to be initialised
/// in the background once it is mounted (mke2fs(8), `lazy_itable_init`).
///
/// # Errors
/// When its program is missing or fails.
pub fn make(kind: LoopFileSystem, target: &Path) -> Result<(), ProgramError> {
    let force = match kind {
        LoopFileSystem::Ext4 => "-F",
        LoopFileSystem::Xfs | LoopFileSystem::Btrfs => "-f",
    };
    let arguments = [OsStr::new("-q"), OsStr::new(force), target.as_os_str()];
    program(kind).run(&arguments)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::fs::File;

    use super::*;

    #[test]
    fn the_smallest_is_large_enough_for_its_program() {
        let folder = tempfile::tempdir().unwrap();
        for &kind in LoopFileSystem::ALL {
            let path = folder.path().join(kind.name());
            let file = File::create(&path).unwrap();
            file.set_len(kind.minimum().bytes).unwrap();
            make(kind, &path).unwrap();
        }
    }
}

//! File systems and devices that storage drivers build on.

use super::group::Group;
use engine::drivers::{Drivers, Presence, is_usable};
use render::doctor::report::Check;

const GROUP: Group = Group("storage");

/// File systems, and what to do where one is not there.
const FILE_SYSTEMS: &[(&str, &str)] = &[
    ("overlay", "use a kernel with CONFIG_OVERLAY_FS"),
    (
        "btrfs",
        "use a kernel with CONFIG_BTRFS_FS, to profile btrfs",
    ),
    ("xfs", "use a kernel with CONFIG_XFS_FS, to profile xfs"),
    ("ext4", "use a kernel with CONFIG_EXT4_FS, to profile ext4"),
    (
        "fuse",
        "use a kernel with CONFIG_FUSE_FS, to profile fuse-overlayfs",
    ),
    (
        "aufs",
        "use a kernel that carries aufs, to profile it: mainline does not",
    ),
    ("zfs", "install OpenZFS's module, to profile zfs"),
];

/// Devices: path, name in /proc/misc, module, remedy.
const DEVICES: &[(&str, &str, &str, &str)] = &[
    (
        "/dev/loop-control",
        "loop-control",
        "loop",
        "use a kernel with CONFIG_BLK_DEV_LOOP, for file systems in files",
    ),
    (
        "/dev/fuse",
        "fuse",
        "fuse",
        "use a kernel with CONFIG_FUSE_FS, for fuse-overlayfs",
    ),
    (
        "/dev/mapper/control",
        "device-mapper",
        "dm-mod",
        "use a kernel with CONFIG_BLK_DEV_DM, to profile devicemapper and LVM",
    ),
];

/// Checks of all.
pub fn checks() -> Vec<Check> {
    let drivers = Drivers::gather();
    let of_file_systems = FILE_SYSTEMS
        .iter()
        .map(|&(name, remedy)| file_system(name, drivers.file_system(name), remedy));
    let of_devices = DEVICES.iter().map(|&(path, misc_name, module, remedy)| {
        let presence = drivers.device(misc_name, module);
        device(path, presence, is_usable(path), remedy)
    });
    of_file_systems.chain(of_devices).collect()
}

fn file_system(name: &str, presence: Presence, remedy: &str) -> Check {
    match presence {
        Presence::Running => GROUP.ok(name, "in /proc/filesystems"),
        Presence::Module => GROUP.ok(name, "a module, not loaded yet"),
        Presence::Absent => GROUP.warn(name, "not in this kernel", remedy),
    }
}

fn device(path: &str, presence: Presence, is_usable: bool, remedy: &str) -> Check {
    match (presence, is_usable) {
        (Presence::Running, true) => GROUP.ok(path, "may be read and written"),
        (Presence::Module, true) => GROUP.ok(path, "its module is not loaded yet"),
        (Presence::Running | Presence::Module, false) => GROUP.warn(
            path,
            "may not be read and written",
            "run as root, and let /dev have it",
        ),
        (Presence::Absent, _) => GROUP.warn(path, "its driver is not in this kernel", remedy),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use render::doctor::report::CheckState;

    #[test]
    fn a_module_counts_as_there() {
        assert_eq!(
            file_system("zfs", Presence::Module, "r").state,
            CheckState::Ok
        );
        assert_eq!(file_system("zfs", Presence::Absent, "r").remedy, "r");
        assert_eq!(
            device("/dev/fuse", Presence::Running, false, "r").state,
            CheckState::Warn
        );
        assert_eq!(device("/dev/fuse", Presence::Absent, true, "r").remedy, "r");
    }
}

//! File systems and devices that storage drivers build on.

use std::fs;

use nix::unistd::{AccessFlags, access};

use super::group::Group;
use crate::model::doctor::Check;

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

/// Where a driver is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    /// In the running kernel.
    Running,
    /// A module that is loaded when it is asked for.
    Module,
    /// Nowhere.
    Absent,
}

/// Checks of all; `release` names the folder of the kernel's modules.
pub fn checks(release: &str) -> Vec<Check> {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let file_systems = read("/proc/filesystems");
    let misc = read("/proc/misc");
    let modules = read(&format!("/lib/modules/{release}/modules.dep"));
    let of_file_systems = FILE_SYSTEMS.iter().map(|&(name, remedy)| {
        let is_running = has_file_system(&file_systems, name);
        file_system(name, presence(is_running, &modules, name), remedy)
    });
    let of_devices = DEVICES.iter().map(|&(path, misc_name, module, remedy)| {
        let is_running = has_misc_device(&misc, misc_name);
        let is_usable = access(path, AccessFlags::R_OK | AccessFlags::W_OK).is_ok();
        device(
            path,
            presence(is_running, &modules, module),
            is_usable,
            remedy,
        )
    });
    of_file_systems.chain(of_devices).collect()
}

fn presence(is_running: bool, modules: &str, module: &str) -> Presence {
    if is_running {
        Presence::Running
    } else if has_module(modules, module) {
        Presence::Module
    } else {
        Presence::Absent
    }
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

/// proc_filesystems(5): the name is the last word of a line.
fn has_file_system(file_systems: &str, name: &str) -> bool {
    file_systems
        .lines()
        .any(|line| line.split_whitespace().next_back() == Some(name))
}

/// Lines of /proc/misc: minor number and name.
fn has_misc_device(misc: &str, name: &str) -> bool {
    misc.lines()
        .any(|line| line.split_whitespace().nth(1) == Some(name))
}

/// modules.dep(5): `kernel/fs/overlayfs/overlay.ko.xz: what it needs`.
fn has_module(modules: &str, name: &str) -> bool {
    modules.lines().any(|line| {
        let path = line.split(':').next().unwrap_or_default();
        let file = path.rsplit('/').next().unwrap_or_default();
        file.split_once(".ko")
            .is_some_and(|(module, _)| module == name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::doctor::CheckState;

    #[test]
    fn file_systems_are_found_with_and_without_a_device() {
        let shown = "nodev\toverlay\n\text4\n\tfuseblk\nnodev\tfuse\n";
        assert!(has_file_system(shown, "overlay") && has_file_system(shown, "ext4"));
        assert!(!has_file_system(shown, "nodev") && !has_file_system(shown, "ext"));
    }

    #[test]
    fn devices_are_found_among_the_miscellaneous() {
        let misc = "236 device-mapper\n237 loop-control\n";
        assert!(has_misc_device(misc, "device-mapper"));
        assert!(!has_misc_device(misc, "fuse"));
    }

    #[test]
    fn modules_are_found_however_they_are_packed() {
        let modules = "kernel/fs/overlayfs/overlay.ko.xz:\nkernel/drivers/md/dm-mod.ko: a.ko\n";
        assert!(has_module(modules, "overlay") && has_module(modules, "dm-mod"));
        assert!(!has_module(modules, "over") && !has_module(modules, "a"));
    }

    #[test]
    fn a_module_counts_as_there() {
        assert_eq!(presence(false, "x/zfs.ko:", "zfs"), Presence::Module);
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

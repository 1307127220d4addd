//! The host's lack for a storage, found before anything is made. Nothing is tried and no module is
//! loaded.

use std::path::Path;

use super::{device_mapper, fuse_overlayfs, lvm, zfs};
use crate::backing::mount_table;
use crate::drivers::{Drivers, Presence, is_usable};
use crate::program::Program;
use setup::backing::Backing;
use setup::storage::StorageKind;

/// Something that is not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}; {remedy}")]
pub struct Missing {
    /// The lack, for instance `the kernel has no aufs`.
    pub what: String,
    /// The remedy.
    pub remedy: String,
}

/// A condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    /// A file system of the kernel, and how to get it.
    FileSystem(&'static str, &'static str),
    /// A module, what it is, and how to get it.
    Module(&'static str, &'static str, &'static str),
    /// A device that may be read and written: path, name in /proc/misc, module, how to get it.
    Device(&'static str, &'static str, &'static str, &'static str),
    /// A program.
    Program(Program),
    /// The store, or the folder for temporary files where it has none, is on this file system.
    StoreOn(&'static str),
    /// It is on none of these, which are unions themselves.
    StoreNotOn(&'static [&'static str]),
}

const LOOP: Need = Need::Device(
    "/dev/loop-control",
    "loop-control",
    "loop",
    "use a kernel with CONFIG_BLK_DEV_LOOP",
);
const OVERLAY: Need = Need::FileSystem("overlay", "use a kernel with CONFIG_OVERLAY_FS");
const FUSE: Need = Need::Device(
    "/dev/fuse",
    "fuse",
    "fuse",
    "use a kernel with CONFIG_FUSE_FS",
);
const AUFS: Need = Need::FileSystem(
    "aufs",
    "use a kernel with the aufs patches: it is in no mainline kernel",
);
const ZFS: Need = Need::FileSystem(
    "zfs",
    "install OpenZFS's module for this kernel (debian: zfs-dkms of contrib)",
);
const BTRFS: Need = Need::FileSystem("btrfs", "use a kernel with CONFIG_BTRFS_FS");
const EXT4: Need = Need::FileSystem("ext4", "use a kernel with CONFIG_EXT4_FS");
const XFS: Need = Need::FileSystem("xfs", "use a kernel with CONFIG_XFS_FS");
const MAPPER: Need = Need::Device(
    device_mapper::control::CONTROL,
    "device-mapper",
    "dm-mod",
    "use a kernel with CONFIG_BLK_DEV_DM",
);
const THIN: Need = Need::Module(
    "dm-thin-pool",
    "thin provisioning",
    "use a kernel with CONFIG_DM_THIN_PROVISIONING",
);

/// The first thing that this host lacks for a storage on a store; none if it has all.
///
/// Rights are not looked at, apart from those on device files: it is meant for root.
pub fn missing(kind: StorageKind, backing: &Backing) -> Option<Missing> {
    let host = ThisHost {
        drivers: Drivers::gather(),
    };
    first_missing(kind, backing, &host)
}

fn first_missing(kind: StorageKind, backing: &Backing, host: &dyn Host) -> Option<Missing> {
    if let Backing::Path(path) = backing
        && host.file_system_of(path).is_none()
    {
        return Some(Missing {
            what: format!("the store {} is no folder", path.display()),
            remedy: "make it, or name another".to_owned(),
        });
    }
    let needs = needs_of(kind)
        .iter()
        .copied()
        .chain(needs_of_backing(backing));
    needs
        .map(|need| judge(need, kind, backing, host))
        .find_map(Result::err)
}

fn needs_of(kind: StorageKind) -> &'static [Need] {
    match kind {
        StorageKind::Overlay => &[OVERLAY, Need::StoreNotOn(&["overlay", "aufs", "fuse"])],
        StorageKind::FuseOverlayfs => &[FUSE, Need::Program(fuse_overlayfs::PROGRAM)],
        StorageKind::Aufs => &[AUFS, Need::StoreNotOn(&["aufs", "overlay"])],
        StorageKind::Btrfs => &[BTRFS, Need::StoreOn("btrfs")],
        StorageKind::Zfs => &[
            ZFS,
            LOOP,
            Need::Program(zfs::ZPOOL),
            Need::Program(zfs::ZFS),
        ],
        StorageKind::Devicemapper => {
            &[MAPPER, THIN, LOOP, EXT4, Need::Program(device_mapper::MKFS)]
        }
        StorageKind::Lvm => &[
            MAPPER,
            THIN,
            LOOP,
            EXT4,
            Need::Program(device_mapper::MKFS),
            Need::Program(lvm::PROGRAM),
        ],
        StorageKind::Vfs | StorageKind::Bind => &[],
    }
}

fn needs_of_backing(backing: &Backing) -> Vec<Need> {
    use setup::backing::LoopFileSystem::{Btrfs, Ext4, Xfs};
    match backing {
        Backing::Host | Backing::Path(_) => Vec::new(),
        Backing::Loop { file_system, .. } => {
            let kernel = match file_system {
                Ext4 => EXT4,
                Xfs => XFS,
                Btrfs => BTRFS,
            };
            vec![
                kernel,
                LOOP,
                Need::Program(crate::backing::file_system::program(*file_system)),
            ]
        }
    }
}

fn judge(need: Need, kind: StorageKind, backing: &Backing, host: &dyn Host) -> Result<(), Missing> {
    let lacks = |what: String, remedy: &str| {
        Err(Missing {
            what,
            remedy: remedy.to_owned(),
        })
    };
    match need {
        Need::FileSystem(name, remedy) => match host.drivers().file_system(name) {
            Presence::Running | Presence::Module => Ok(()),
            Presence::Absent => lacks(format!("the kernel has no {name}"), remedy),
        },
        Need::Module(module, what, remedy) => match host.drivers().module(module) {
            Presence::Running | Presence::Module => Ok(()),
            Presence::Absent => lacks(format!("the kernel has no {what} ({module})"), remedy),
        },
        Need::Device(path, misc, module, remedy) => match host.drivers().device(misc, module) {
            Presence::Absent => lacks(format!("the kernel has no {misc} ({module})"), remedy),
            Presence::Running | Presence::Module if host.is_usable(path) => Ok(()),
            Presence::Running | Presence::Module => lacks(
                format!("{path} may not be read and written"),
                "run as root, and let /dev have it, for instance by loading its module",
            ),
        },
        Need::Program(program) if host.has_program(&program) => Ok(()),
        Need::Program(Program { name, package }) => lacks(
            format!("there is no program {name}"),
            &format!("install it (debian: apt-get install {package})"),
        ),
        Need::StoreOn(wanted) => match store_type(backing, host) {
            Some(found) if found != wanted => lacks(
                format!("storage {kind} needs a store on {wanted}, and this one is on {found}"),
                &format!("choose another with --backing, such as loop:{wanted}:2G"),
            ),
            Some(_) | None => Ok(()),
        },
        Need::StoreNotOn(unions) => match store_type(backing, host) {
            Some(found) if unions.iter().any(|union| found.starts_with(union)) => lacks(
                format!("storage {kind} cannot write to a store on {found}"),
                "choose another with --backing, such as loop:ext4:2G",
            ),
            Some(_) | None => Ok(()),
        },
    }
}

/// The file system that the store will be on.
fn store_type(backing: &Backing, host: &dyn Host) -> Option<String> {
    match backing {
        Backing::Host => host.file_system_of(&std::env::temp_dir()),
        Backing::Path(path) => host.file_system_of(path),
        Backing::Loop { file_system, .. } => Some(file_system.name().to_owned()),
    }
}

/// The questions to a host.
trait Host {
    fn drivers(&self) -> &Drivers;
    fn is_usable(&self, device: &str) -> bool;
    fn has_program(&self, program: &Program) -> bool;
    /// None where there is no such folder.
    fn file_system_of(&self, folder: &Path) -> Option<String>;
}

struct ThisHost {
    drivers: Drivers,
}

impl Host for ThisHost {
    fn drivers(&self) -> &Drivers {
        &self.drivers
    }

    fn is_usable(&self, device: &str) -> bool {
        is_usable(device)
    }

    fn has_program(&self, program: &Program) -> bool {
        program.path().is_some()
    }

    fn file_system_of(&self, folder: &Path) -> Option<String> {
        let folder = folder.canonicalize().ok().filter(|path| path.is_dir())?;
        let mount = mount_table::mount_of(&folder).ok().flatten()?;
        Some(mount.file_system)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    /// A host like many: no aufs, no ZFS, no device mapper.
    struct Literal {
        drivers: Drivers,
        programs: &'static [&'static str],
        file_system: Option<&'static str>,
    }

    impl Literal {
        fn new() -> Self {
            let names = ["overlay", "fuse", "btrfs", "xfs", "ext4"];
            Self {
                drivers: Drivers {
                    file_systems: names.join("\n"),
                    misc: "229 fuse\n237 loop-control\n".to_owned(),
                    ..Drivers::default()
                },
                programs: &["mkfs.ext4", "mkfs.btrfs", "fuse-overlayfs"],
                file_system: Some("ext4"),
            }
        }

        fn says(&self, kind: StorageKind, backing: &str) -> Option<String> {
            let backing = backing.parse().unwrap();
            first_missing(kind, &backing, self).map(|missing| missing.to_string())
        }
    }

    impl Host for Literal {
        fn drivers(&self) -> &Drivers {
            &self.drivers
        }
        fn is_usable(&self, device: &str) -> bool {
            device != "/dev/fuse"
        }
        fn has_program(&self, program: &Program) -> bool {
            self.programs.contains(&program.name)
        }
        fn file_system_of(&self, _: &Path) -> Option<String> {
            self.file_system.map(str::to_owned)
        }
    }

    #[test]
    fn what_is_there_is_not_missing() {
        let host = Literal::new();
        for (kind, backing) in [
            (StorageKind::Overlay, "host"),
            (StorageKind::Overlay, "loop:ext4:2G"),
            (StorageKind::Btrfs, "loop:btrfs:2G"),
            (StorageKind::Vfs, "/srv"),
            (StorageKind::Bind, "host"),
        ] {
            assert_eq!(host.says(kind, backing), None);
        }
    }

    #[test]
    fn what_is_missing_is_named_with_the_remedy() {
        let host = Literal::new();
        for (kind, backing, what, remedy) in [
            (StorageKind::Aufs, "host", "no aufs", "no mainline kernel"),
            (StorageKind::Zfs, "host", "no zfs", "zfs-dkms"),
            (
                StorageKind::Devicemapper,
                "host",
                "no device-mapper (dm-mod)",
                "CONFIG_BLK_DEV_DM",
            ),
            (
                StorageKind::Lvm,
                "host",
                "no device-mapper",
                "CONFIG_BLK_DEV_DM",
            ),
            (
                StorageKind::FuseOverlayfs,
                "host",
                "/dev/fuse may not",
                "run as root",
            ),
            (StorageKind::Btrfs, "host", "is on ext4", "loop:btrfs:2G"),
            (
                StorageKind::Btrfs,
                "loop:ext4:2G",
                "is on ext4",
                "loop:btrfs:2G",
            ),
            (
                StorageKind::Vfs,
                "loop:xfs:2G",
                "no program mkfs.xfs",
                "xfsprogs",
            ),
        ] {
            let message = host.says(kind, backing).unwrap();
            assert!(
                message.contains(what) && message.contains(remedy),
                "{message}"
            );
        }
    }

    #[test]
    fn thin_provisioning_is_asked_for_apart_from_the_device_mapper() {
        let mut host = Literal::new();
        host.drivers.misc.push_str("236 device-mapper\n");
        let message = host.says(StorageKind::Devicemapper, "host").unwrap();
        assert!(message.contains("dm-thin-pool"), "{message}");
        host.drivers.loaded.push("dm_thin_pool".to_owned());
        assert_eq!(host.says(StorageKind::Devicemapper, "host"), None);
        let message = host.says(StorageKind::Lvm, "host").unwrap();
        assert!(message.contains("install lvm2"), "{message}");
    }

    #[test]
    fn unions_are_not_stacked_on_unions() {
        let mut host = Literal::new();
        host.file_system = Some("overlay");
        let message = host.says(StorageKind::Overlay, "host").unwrap();
        assert!(message.contains("store on overlay"), "{message}");
        assert_eq!(host.says(StorageKind::Overlay, "loop:ext4:2G"), None);
    }

    #[test]
    fn a_store_that_is_not_there_is_named() {
        let mut host = Literal::new();
        host.file_system = None;
        let message = host.says(StorageKind::Vfs, "/no/such/store").unwrap();
        assert!(message.contains("/no/such/store is no folder"), "{message}");
    }

    #[test]
    fn this_host_can_copy() {
        assert_eq!(missing(StorageKind::Vfs, &Backing::Host), None);
    }
}

//! Which file systems, devices and modules the running kernel has. Nothing is loaded to find out.

use std::fs;
use std::path::Path;

use nix::unistd::{AccessFlags, access};

/// Where a driver is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// In the running kernel.
    Running,
    /// A module that is loaded when it is asked for.
    Module,
    /// Nowhere.
    Absent,
}

/// The drivers that the kernel and its folder of modules list.
#[derive(Clone, Debug, Default)]
pub struct Drivers {
    /// Contents of /proc/filesystems.
    pub file_systems: String,
    /// Contents of /proc/misc.
    pub misc: String,
    /// Contents of modules.dep of the running kernel.
    pub modules: String,
    /// Contents of modules.builtin of the running kernel.
    pub built_in: String,
    /// Names of the folders in /sys/module: modules that are loaded, and built-in ones that have
    /// parameters.
    pub loaded: Vec<String>,
}

impl Drivers {
    /// Asks this host. What it does not show counts as absent.
    pub fn gather() -> Self {
        let read = |path: &Path| fs::read_to_string(path).unwrap_or_default();
        let kernel = nix::sys::utsname::uname().map(|name| name.release().to_owned());
        let modules = Path::new("/lib/modules").join(kernel.unwrap_or_default());
        let loaded = fs::read_dir("/sys/module").into_iter().flatten();
        Self {
            file_systems: read(Path::new("/proc/filesystems")),
            misc: read(Path::new("/proc/misc")),
            modules: read(&modules.join("modules.dep")),
            built_in: read(&modules.join("modules.builtin")),
            loaded: loaded
                .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
                .collect(),
        }
    }

    /// A file system by its name, which is that of its module and of proc_filesystems(5): the last
    /// word of a line.
    pub fn file_system(&self, name: &str) -> Presence {
        let mut lines = self.file_systems.lines();
        let is_running = lines.any(|line| line.split_whitespace().next_back() == Some(name));
        self.presence(is_running, name)
    }

    /// A device by its name in /proc/misc, whose lines are a minor number and a name, and its
    /// module.
    pub fn device(&self, misc_name: &str, module: &str) -> Presence {
        let mut lines = self.misc.lines();
        let is_running = lines.any(|line| line.split_whitespace().nth(1) == Some(misc_name));
        self.presence(is_running, module)
    }

    /// Anything else that a module is.
    pub fn module(&self, name: &str) -> Presence {
        let underscored = name.replace('-', "_");
        let is_loaded = self.loaded.contains(&underscored);
        self.presence(is_loaded || lists_module(&self.built_in, name), name)
    }

    fn presence(&self, is_running: bool, module: &str) -> Presence {
        if is_running {
            Presence::Running
        } else if lists_module(&self.modules, module) {
            Presence::Module
        } else {
            Presence::Absent
        }
    }
}

/// Whether this process may read and write a device file.
pub fn is_usable(device: &str) -> bool {
    access(device, AccessFlags::R_OK | AccessFlags::W_OK).is_ok()
}

/// modules.dep(5): `kernel/fs/overlayfs/overlay.ko.xz: what it needs`; modules.builtin is alike.
/// Files may be called with `-` where the kernel says `_`.
fn lists_module(modules: &str, name: &str) -> bool {
    let name = name.replace('-', "_");
    modules.lines().any(|line| {
        let path = line.split(':').next().unwrap_or_default();
        let file = path.rsplit('/').next().unwrap_or_default();
        file.split_once(".ko")
            .is_some_and(|(module, _)| module.replace('-', "_") == name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_systems_are_found_with_and_without_a_device() {
        let drivers = Drivers {
            file_systems: "nodev\toverlay\n\text4\n\tfuseblk\nnodev\tfuse\n".to_owned(),
            modules: "kernel/fs/xfs/xfs.ko.xz:\nextra/zfs.ko: extra/spl.ko\n".to_owned(),
            ..Drivers::default()
        };
        assert_eq!(drivers.file_system("overlay"), Presence::Running);
        assert_eq!(drivers.file_system("ext4"), Presence::Running);
        assert_eq!(drivers.file_system("zfs"), Presence::Module);
        for name in ["nodev", "ext", "spl"] {
            assert_eq!(drivers.file_system(name), Presence::Absent, "{name}");
        }
    }

    #[test]
    fn devices_are_found_among_the_miscellaneous() {
        let drivers = Drivers {
            misc: "236 device-mapper\n237 loop-control\n".to_owned(),
            ..Drivers::default()
        };
        assert_eq!(drivers.device("device-mapper", "dm-mod"), Presence::Running);
        assert_eq!(drivers.device("fuse", "fuse"), Presence::Absent);
    }

    #[test]
    fn modules_are_found_loaded_built_in_or_on_disk() {
        let drivers = Drivers {
            modules: "kernel/drivers/md/dm-mod.ko: kernel/dax.ko\nflat/dm_log.ko:\n".to_owned(),
            built_in: "kernel/drivers/md/dm-snapshot.ko\n".to_owned(),
            loaded: vec!["dm_thin_pool".to_owned()],
            ..Drivers::default()
        };
        assert_eq!(drivers.module("dm-thin-pool"), Presence::Running);
        assert_eq!(drivers.module("dm-snapshot"), Presence::Running);
        assert_eq!(drivers.module("dm-mod"), Presence::Module);
        assert_eq!(drivers.module("dm-log"), Presence::Module);
        assert_eq!(drivers.module("dax"), Presence::Absent);
    }

    #[test]
    fn this_host_shows_what_every_host_has() {
        assert_eq!(Drivers::gather().file_system("proc"), Presence::Running);
        assert!(is_usable("/dev/null"));
    }
}

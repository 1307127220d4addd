//! Storage `lvm`: the image is a thin logical volume with ext4, each container has a snapshot of it
//! (lvmthin(7)), as LXD and LXC make them.
//!
//! The volume group lies in one sparse file on the store, behind a loop device, and LVM is told by
//! its configuration to see nothing else of the host: no other device, none of the host's settings,
//! no daemon, no backups of metadata, a folder for device files of its own.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sys::stat::{Mode, SFlag, mknod};

use super::device_mapper::pool::POOL_BYTES;
use super::device_mapper::{MountPoint, make_image};
use super::error::failed;
use super::folder::{make_folder, remove_folder};
use super::{Storage, StorageError, StoredImage};
use crate::backing::LoopDevice;
use crate::program::Program;
use setup::folders;

/// Value of the axis `storage`.
pub const NAME: &str = "lvm";
/// The program that is all of LVM's commands.
pub const PROGRAM: Program = Program::new("lvm", "lvm2");

/// Thin logical volumes.
#[derive(Debug)]
pub struct Lvm {
    /// Name of the volume group.
    group: String,
    place: Option<Place>,
    has_group: bool,
    image_point: Option<MountPoint>,
    /// Number of the last container's volume.
    last: u32,
    run: Option<Run>,
}

#[derive(Debug)]
struct Run {
    volume: String,
    is_made: bool,
    point: MountPoint,
}

impl Lvm {
    /// One whose volume group has this name.
    pub fn new(group: &str) -> Self {
        Self {
            group: group.to_owned(),
            place: None,
            has_group: false,
            image_point: None,
            last: 0,
            run: None,
        }
    }

    fn make_group(&mut self, image: &Path, store: &Path) -> Result<(), StorageError> {
        let place = self.place.insert(Place::new(store));
        let physical = place.make()?;
        let group = self.group.as_str();
        // Hosts with udev activate what they find unless told not to (lvmautoactivation(7)).
        let no_activation = ["--setautoactivation", "n"];
        place.lvm(
            "vgcreate",
            &[&no_activation[..], &[group, &physical]].concat(),
        )?;
        self.has_group = true;
        let pool = format!("{group}/pool");
        place.lvm(
            "lvcreate",
            &[
                "--type",
                "thin-pool",
                "--extents",
                "95%FREE",
                "--name",
                "pool",
                "--chunksize",
                "64k",
                "--zero",
                "n",
                group,
            ],
        )?;
        let size = format!("{POOL_BYTES}b");
        place.lvm(
            "lvcreate",
            &["--virtualsize", &size, "--thin", &pool, "--name", "image"],
        )?;
        let point = self
            .image_point
            .insert(MountPoint::new(store.join(folders::IMAGE)));
        make_image(&place.device(group, "image"), point, image)?;
        place.lvm("lvchange", &["--activate", "n", &format!("{group}/image")])
    }
}

impl Storage for Lvm {
    fn name(&self) -> &'static str {
        NAME
    }

    fn options(&self) -> String {
        "thin pool on a loop device, 64 KiB chunks, not zeroed; ext4,noinit_itable".to_owned()
    }

    fn holds_store(&self) -> bool {
        true
    }

    fn import(&mut self, image: &StoredImage<'_>, store: &Path) -> Result<(), StorageError> {
        self.make_group(image.root, store)
    }

    fn prepare(&mut self, directory: &Path) -> Result<PathBuf, StorageError> {
        let place = self.place.as_ref().ok_or(StorageError::NoImage(NAME))?;
        self.last += 1;
        let run = self.run.insert(Run {
            volume: format!("run-{}", self.last),
            is_made: false,
            point: MountPoint::new(directory.join(folders::DEVICE)),
        });
        let origin = format!("{}/image", self.group);
        // A thin volume of a thin volume is its snapshot (lvcreate(8)); activation skips such unless
        // told otherwise (lvmthin(7)).
        let arguments = [
            "--type",
            "thin",
            "--name",
            &run.volume,
            "--setactivationskip",
            "n",
            &origin,
        ];
        place.lvm("lvcreate", &arguments)?;
        run.is_made = true;
        run.point
            .mount(NAME, &place.device(&self.group, &run.volume))
    }

    fn release(&mut self) -> Result<(), StorageError> {
        let (Some(run), Some(place)) = (&mut self.run, &self.place) else {
            return Ok(());
        };
        run.point.remove()?;
        if run.is_made {
            let volume = format!("{}/{}", self.group, run.volume);
            place.lvm("lvremove", &["--force", &volume])?;
        }
        self.run = None;
        Ok(())
    }

    fn dispose(&mut self) -> Result<(), StorageError> {
        self.release()?;
        if let Some(point) = &mut self.image_point {
            point.remove()?;
        }
        if let Some(place) = &mut self.place {
            if self.has_group {
                place.lvm("vgremove", &["--force", &self.group])?;
                self.has_group = false;
            }
            place.remove()?;
        }
        self.place = None;
        Ok(())
    }
}

impl Drop for Lvm {
    fn drop(&mut self) {
        // Mapped devices outlive their process; what cannot be removed now, a sweep removes.
        let _ = self.dispose();
    }
}

/// The file that the volume group lies in, and the folder that LVM takes for `/dev`.
#[derive(Debug)]
struct Place {
    file: PathBuf,
    /// A tmpfs of ours: folders of the store may lie on a mount that forbids device files.
    devices: PathBuf,
    is_mounted: bool,
    physical: Option<LoopDevice>,
}

impl Place {
    fn new(store: &Path) -> Self {
        Self {
            file: store.join("lvm.img"),
            devices: store.join("lvm-dev"),
            is_mounted: false,
            physical: None,
        }
    }

    /// Makes file, folder and loop device, and returns the device's path in that folder.
    fn make(&mut self) -> Result<String, StorageError> {
        File::create_new(&self.file)
            .and_then(|file| file.set_len(POOL_BYTES))
            .map_err(failed("make", &self.file))?;
        make_folder(&self.devices)?;
        let options = Some("mode=700,size=1m");
        mount(
            Some("ctrprof"),
            &self.devices,
            Some("tmpfs"),
            MsFlags::MS_NOSUID,
            options,
        )
        .map_err(|source| StorageError::Mount {
            name: NAME,
            path: self.devices.clone(),
            remedy: "use a kernel with CONFIG_TMPFS",
            source,
        })?;
        self.is_mounted = true;
        for folder in ["etc", "lock"] {
            make_folder(&self.devices.join(folder))?;
        }
        let device = self.physical.insert(LoopDevice::attach(&self.file)?);
        let path = self
            .devices
            .join(device.path().file_name().unwrap_or_default());
        let number = fs::metadata(device.path())
            .map(|metadata| std::os::unix::fs::MetadataExt::rdev(&metadata))
            .map_err(failed("look at", device.path()))?;
        mknod(&path, SFlag::S_IFBLK, Mode::S_IRUSR | Mode::S_IWUSR, number)
            .map_err(std::io::Error::from)
            .map_err(failed("make", &path))?;
        Ok(path.display().to_string())
    }

    /// Runs one of LVM's commands.
    fn lvm(&self, command: &str, arguments: &[&str]) -> Result<(), StorageError> {
        let mut program = PROGRAM.command()?;
        program
            .env("LVM_SYSTEM_DIR", self.devices.join("etc"))
            .env("DM_DEV_DIR", &self.devices)
            .env("LVM_SUPPRESS_FD_WARNINGS", "1")
            .arg(command)
            .args(["--quiet", "--yes", "--config"])
            .arg(configuration(&self.devices));
        PROGRAM.finish(&mut program, arguments)?;
        Ok(())
    }

    fn device(&self, group: &str, volume: &str) -> PathBuf {
        self.devices.join(group).join(volume)
    }

    fn remove(&mut self) -> Result<(), StorageError> {
        if let Some(device) = self.physical.take() {
            device.detach()?;
        }
        if self.is_mounted {
            match umount2(&self.devices, MntFlags::MNT_DETACH) {
                Ok(()) | Err(Errno::EINVAL) => self.is_mounted = false,
                Err(source) => {
                    let path = self.devices.clone();
                    return Err(StorageError::Unmount { path, source });
                }
            }
        }
        remove_folder(&self.devices)?;
        if self.file.exists() {
            fs::remove_file(&self.file).map_err(failed("remove", &self.file))?;
        }
        Ok(())
    }
}

/// LVM's settings (lvm.conf(5)), all that differ from an empty file.
fn configuration(devices: &Path) -> OsString {
    let folder = devices.display();
    // No waiting for udev, no rules, no daemons, no cache of hints, nothing written to the host.
    format!(
        "devices {{ dir=\"{folder}\" scan=[\"{folder}\"] \
         filter=[\"a|^{folder}/loop|\",\"r|.*|\"] global_filter=[\"a|^{folder}/loop|\",\"r|.*|\"] \
         use_devicesfile=0 hints=\"none\" obtain_device_list_from_udev=0 \
         external_device_info_source=\"none\" md_component_detection=0 multipath_component_detection=0 }} \
         backup {{ backup=0 archive=0 }} \
         activation {{ udev_sync=0 udev_rules=0 verify_udev_operations=0 monitoring=0 }} \
         global {{ locking_dir=\"{folder}/lock\" use_lvmlockd=0 use_lvmpolld=0 \
         notify_dbus=0 event_activation=0 system_id_source=\"none\" thin_check_executable=\"\" }} \
         report {{ mark_hidden_devices=0 }}"
    )
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lvm_is_shown_no_device_of_the_host() {
        let settings = configuration(Path::new("/store/lvm-dev"));
        let settings = settings.to_string_lossy();
        for expected in [
            "dir=\"/store/lvm-dev\"",
            "global_filter=[\"a|^/store/lvm-dev/loop|\",\"r|.*|\"]",
            "use_devicesfile=0",
            "backup=0 archive=0",
            "udev_sync=0",
            "locking_dir=\"/store/lvm-dev/lock\"",
        ] {
            assert!(settings.contains(expected), "{expected}: {settings}");
        }
        let count = |brace| settings.matches(brace).count();
        assert_eq!(count('{'), count('}'));
    }
}

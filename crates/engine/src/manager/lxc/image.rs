//! The image as LXC has it: a container that is copied and never started.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::store::BackingStore;
use crate::image::Image;
use crate::interrupt::Interrupt;
use crate::manager::{ManagerError, program};

/// Name of the container that is copied.
pub const NAME: &str = "image";
/// Says which image it holds; written when it is whole.
const STAMP: &str = "image-digest";
/// The script that lxc-create(1) fills it with.
const TEMPLATE: &str = include_str!("template.sh");

/// A folder of containers (`lxc.lxcpath`) with the image among them.
#[derive(Debug)]
pub struct Containers<'a> {
    /// The folder.
    pub path: &'a Path,
    /// How they are kept.
    pub store: BackingStore,
}

impl Containers<'_> {
    /// Brings the image in, unless an earlier engine did, and removes containers that engines left
    /// when they were killed. `scratch` is a folder that is removed with the engine.
    ///
    /// # Errors
    /// When lxc-create fails or something cannot be removed.
    pub fn import(
        &self,
        image: &Image,
        settings: &str,
        scratch: &Path,
        interrupt: &Interrupt,
    ) -> Result<(), ManagerError> {
        fs::create_dir_all(self.path)
            .and_then(|()| self.remove_all_but(self.has(image).then_some(NAME)))
            .map_err(ManagerError::system(
                "remove the leftovers of an earlier engine",
            ))?;
        if !self.has(image) {
            self.create(image, scratch, interrupt)?;
        }
        // Limits and network may be others than the last time.
        let text = format!(
            "{settings}lxc.rootfs.path = {}:{}\n",
            self.store.of_image(),
            self.folder().join("rootfs").display()
        );
        fs::write(self.folder().join("config"), text)
            .and_then(|()| fs::write(self.stamp(), &image.digest))
            .map_err(ManagerError::system("write the image's settings"))
    }

    fn folder(&self) -> PathBuf {
        self.path.join(NAME)
    }

    fn stamp(&self) -> PathBuf {
        self.folder().join(STAMP)
    }

    /// Whether it is there, whole.
    fn has(&self, image: &Image) -> bool {
        fs::read_to_string(self.stamp()).is_ok_and(|digest| digest == image.digest)
    }

    /// Subvolumes go as folders do (rmdir(2) on Btrfs since Linux 4.18).
    fn remove_all_but(&self, kept: Option<&str>) -> io::Result<()> {
        for entry in fs::read_dir(self.path)? {
            let entry = entry?;
            if Some(entry.file_name().as_os_str()) != kept.map(AsRef::as_ref) {
                fs::remove_dir_all(entry.path())?;
            }
        }
        match kept.map(|_| fs::remove_file(self.folder().join("lxc_snapshots"))) {
            Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => Err(error),
            None | Some(Ok(()) | Err(_)) => Ok(()),
        }
    }

    fn create(
        &self,
        image: &Image,
        scratch: &Path,
        interrupt: &Interrupt,
    ) -> Result<(), ManagerError> {
        let template = scratch.join("lxc-template");
        fs::write(&template, TEMPLATE)
            .and_then(|()| fs::set_permissions(&template, fs::Permissions::from_mode(0o700)))
            .map_err(ManagerError::system("write a template for lxc-create"))?;
        let mut command = Command::new("lxc-create");
        command
            .args(["-n", NAME])
            .arg(option("lxcpath", self.path))
            .args(["--config", "/dev/null"])
            .arg(format!("--bdev={}", self.store.of_image()))
            .arg(option("template", &template))
            .arg("--")
            .arg(option("image", &image.root));
        program::succeed(&mut command, interrupt)?;
        Ok(())
    }
}

/// A long option with a path.
pub fn option(name: &str, path: &Path) -> std::ffi::OsString {
    let mut option = std::ffi::OsString::from(format!("--{name}="));
    option.push(path);
    option
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn what_killed_engines_left_goes_and_the_image_stays_if_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let containers = Containers {
            path: folder.path(),
            store: BackingStore::Dir,
        };
        let image = Image {
            name: "test".to_owned(),
            root: PathBuf::from("/nowhere"),
            digest: "abc".to_owned(),
            ..Image::default()
        };
        for path in ["image/rootfs", "ctrprof-1-1/rootfs"] {
            fs::create_dir_all(folder.path().join(path)).unwrap();
        }
        fs::write(containers.folder().join("lxc_snapshots"), "1").unwrap();
        assert!(!containers.has(&image));
        fs::write(containers.stamp(), "abc").unwrap();
        assert!(containers.has(&image));
        containers.remove_all_but(Some(NAME)).unwrap();
        assert!(containers.folder().join("rootfs").is_dir());
        assert!(!containers.folder().join("lxc_snapshots").exists());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        containers.remove_all_but(None).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

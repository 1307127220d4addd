//! Where podman keeps everything: below one folder in the sandbox's own /run.
//!
//! Always the same paths, so that a graph root can be used by the next engine: podman writes its
//! absolute paths into its database. What must not vanish with /run, or would fill memory, lies on
//! disk and is bound there.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use nix::mount::{MntFlags, MsFlags, mount, umount2};

use super::user::User;

/// The folder, which everybody may enter: the engine's own is closed to other users.
const BASE: &str = "/run/ctrprof-podman";

/// The folders of one podman.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directories {
    base: PathBuf,
}

impl Directories {
    /// The directories, with nothing in it yet.
    ///
    /// # Errors
    /// When its folder cannot be made.
    pub fn make() -> io::Result<Self> {
        let base = PathBuf::from(BASE);
        fs::create_dir_all(&base)?;
        fs::set_permissions(&base, fs::Permissions::from_mode(0o755))?;
        Ok(Self { base })
    }

    /// Makes the folders: images and layers in `graph_root`, temporary files in `scratch`, both on disk
    /// and made if they are missing. With a user, they are this user's.
    ///
    /// # Errors
    /// When a folder cannot be made or bound.
    pub fn fill(&self, graph_root: &Path, scratch: &Path, user: Option<User>) -> io::Result<()> {
        for folder in [self.runtime(), self.home()] {
            make_folder(&folder)?;
            give(&folder, user)?;
        }
        for (source, target) in [(graph_root, self.graph_root()), (scratch, self.temporary())] {
            fs::create_dir_all(source)?;
            give(source, user)?;
            make_folder(&target)?;
            bind(source, &target)?;
        }
        Ok(())
    }

    /// Images and layers.
    pub fn graph_root(&self) -> PathBuf {
        self.base.join("graph")
    }

    /// Lets go of the images and layers, so that what they lie on can be unmounted.
    pub fn release(&self) {
        // A mount that cannot be removed goes with the sandbox.
        let _ = umount2(&self.graph_root(), MntFlags::MNT_DETACH);
    }

    /// State that lasts as long as the sandbox: `XDG_RUNTIME_DIR`.
    pub fn runtime(&self) -> PathBuf {
        self.base.join("runtime")
    }

    /// Notes about mounted layers. podman wants a path of at most 50 characters without root.
    pub fn run_root(&self) -> PathBuf {
        self.runtime().join("containers")
    }

    /// `HOME`.
    pub fn home(&self) -> PathBuf {
        self.base.join("home")
    }

    /// `TMPDIR`.
    pub fn temporary(&self) -> PathBuf {
        self.base.join("tmp")
    }

    /// Layers of an overlay that covers a folder of the host.
    pub fn layers_of_cover() -> PathBuf {
        Path::new(BASE).join("cover")
    }

    /// Files that hide those of the host.
    pub fn notes(&self) -> PathBuf {
        self.base.join("notes")
    }

    /// A file of settings, by name.
    pub fn settings(&self, name: &str) -> PathBuf {
        self.base.join(name)
    }
}

fn make_folder(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().mode(0o700).create(path)
}

fn give(path: &Path, user: Option<User>) -> io::Result<()> {
    match user {
        Some(user) => chown(path, Some(user.id()), Some(user.id())),
        None => Ok(()),
    }
}

/// Shows a file or folder at another path as well (mount(2)).
///
/// # Errors
/// When the mount is refused.
pub fn bind(source: &Path, target: &Path) -> io::Result<()> {
    Ok(mount(
        Some(source),
        target,
        None::<&str>,
        MsFlags::MS_BIND,
        None::<&str>,
    )?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_run_root_is_as_short_as_podman_wants_it() {
        let directories = Directories {
            base: PathBuf::from(BASE),
        };
        assert!(directories.run_root().as_os_str().len() <= 50);
    }
}

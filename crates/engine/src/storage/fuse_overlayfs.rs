//! Storage `fuse-overlayfs`: an overlay that a program serves through FUSE, as rootless managers
//! have it (fuse-overlayfs(1)).
//!
//! The program is a child of the engine and runs in the foreground: it is killed when the container
//! is removed, and dies with the engine (PR_SET_PDEATHSIG), for it would keep the engine's mount
//! namespace alive otherwise.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::Signal;

use super::error::failed;
use super::folder::unmount;
use super::image_on_store::ImageOnStore;
use super::layers::{Layers, check_separators};
use super::{Storage, StorageError, StoredImage};
use crate::backing::mount_table;
use crate::program::{Program, ProgramError};

/// Value of the axis `storage`.
pub const NAME: &str = "fuse-overlayfs";
/// The program.
pub const PROGRAM: Program = Program {
    name: NAME,
    package: NAME,
};
/// The separators of options, and of layers.
const SEPARATORS: &[char] = &[',', ':', '\\'];
/// How long it may take to mount.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How often to look whether it has failed instead.
const LOOK_MS: u16 = 20;

/// An overlay served by a child process.
#[derive(Debug, Default)]
pub struct FuseOverlayfs {
    image: ImageOnStore,
    layers: Option<Layers>,
    server: Option<Child>,
    mounted: bool,
}

impl Storage for FuseOverlayfs {
    fn name(&self) -> &'static str {
        NAME
    }

    fn options(&self) -> String {
        "lowerdir=image,upperdir=run,workdir=run".to_owned()
    }

    fn import(&mut self, image: &StoredImage<'_>, store: &Path) -> Result<(), StorageError> {
        self.image.import(image.root, store)
    }

    fn prepare(&mut self, directory: &Path) -> Result<PathBuf, StorageError> {
        let image = self.image.root(NAME)?;
        let layers = self.layers.insert(Layers::of(directory));
        check_separators(NAME, SEPARATORS, &[image, directory])?;
        layers.make()?;
        // Before it mounts, so that no change of the table is missed.
        let table = File::open("/proc/thread-self/mountinfo")
            .map_err(failed("open", Path::new("/proc/thread-self/mountinfo")))?;
        let log = log_of(layers);
        let server = self.server.insert(spawn(image, layers, &log)?);
        wait_for_mount(server, &table, &layers.merged, &log)?;
        self.mounted = true;
        Ok(layers.merged.clone())
    }

    fn release(&mut self) -> Result<(), StorageError> {
        let Some(layers) = &self.layers else {
            return Ok(());
        };
        if self.mounted {
            unmount(&layers.merged)?;
            self.mounted = false;
        }
        if let Some(mut server) = self.server.take() {
            end(&mut server);
            // It may have mounted between a failure and its end.
            if is_mounted(&layers.merged) {
                unmount(&layers.merged)?;
            }
        }
        layers.remove()?;
        let log = log_of(layers);
        if log.exists() {
            fs::remove_file(&log).map_err(failed("remove", &log))?;
        }
        self.layers = None;
        Ok(())
    }

    fn dispose(&mut self) -> Result<(), StorageError> {
        self.image.dispose()
    }
}

impl Drop for FuseOverlayfs {
    fn drop(&mut self) {
        if let Some(server) = &mut self.server {
            end(server);
        }
    }
}

/// Where the program writes its complaints.
fn log_of(layers: &Layers) -> PathBuf {
    layers.merged.with_file_name("fuse-overlayfs.log")
}

fn spawn(image: &Path, layers: &Layers, log: &Path) -> Result<Child, StorageError> {
    let complaints = File::create(log).map_err(failed("make", log))?;
    let mut command = PROGRAM.command()?;
    command
        .arg("-f")
        .arg("-o")
        .arg(mount_options(image, layers))
        .arg(&layers.merged)
        .stdout(Stdio::null())
        .stderr(complaints)
        // Ctrl-C is for the engine, which needs the file system until it has cleaned up.
        .process_group(0);
    // SAFETY: prctl(2) is async-signal-safe, and the closure does nothing else.
    unsafe { command.pre_exec(|| Ok(set_pdeathsig(Signal::SIGKILL)?)) };
    command.spawn().map_err(|source| {
        StorageError::Program(ProgramError::Spawn {
            program: NAME,
            source,
        })
    })
}

/// Sleeps until the table of mounts has changed (poll(2) on it, proc_pid_mounts(5)) and shows ours.
fn wait_for_mount(
    server: &mut Child,
    table: &File,
    merged: &Path,
    log: &Path,
) -> Result<(), StorageError> {
    let begun = Instant::now();
    let not_served = |reason: String| StorageError::NotServed {
        program: NAME,
        path: merged.to_path_buf(),
        reason,
    };
    while !is_mounted(merged) {
        let ended = server.try_wait();
        if let Ok(Some(status)) = ended {
            let complaint = fs::read_to_string(log).unwrap_or_default();
            return Err(not_served(format!("{status}, {}", complaint.trim())));
        }
        if begun.elapsed() > TIMEOUT {
            return Err(not_served(format!("not within {} s", TIMEOUT.as_secs())));
        }
        let mut changed = [PollFd::new(table.as_fd(), PollFlags::POLLPRI)];
        match poll(&mut changed, PollTimeout::from(LOOK_MS)) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(not_served(io::Error::from(errno).to_string())),
        }
    }
    Ok(())
}

fn is_mounted(point: &Path) -> bool {
    mount_table::mounts().is_ok_and(|mounts| mounts.iter().any(|mount| mount.point == point))
}

/// Kills and reaps it. Whoever reaps all children of the engine may have been faster.
fn end(server: &mut Child) {
    let _ = server.kill();
    let _ = server.wait();
}

fn mount_options(image: &Path, layers: &Layers) -> OsString {
    let mut options = OsString::from("lowerdir=");
    options.push(image);
    options.push(",upperdir=");
    options.push(&layers.upper);
    options.push(",workdir=");
    options.push(&layers.work);
    options
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn the_options_name_every_layer() {
        let options = mount_options(Path::new("/image"), &Layers::of(Path::new("/run/1")));
        assert_eq!(
            options,
            "lowerdir=/image,upperdir=/run/1/upper,workdir=/run/1/work"
        );
    }

    #[test]
    fn paths_that_the_options_cannot_express_are_refused() {
        let (image, run) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let odd = run.path().join("a,b");
        fs::create_dir(&odd).unwrap();
        let mut storage = FuseOverlayfs::default();
        storage
            .import(&StoredImage::new(image.path()), run.path())
            .unwrap();
        let error = storage.prepare(&odd).unwrap_err().to_string();
        assert!(error.contains("','"), "{error}");
        storage.release().unwrap();
    }
}

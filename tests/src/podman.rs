//! podman, with everything that it writes kept in a scratch folder and a private mount namespace.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::scratch::Scratch;

/// What the container runs.
pub const PROGRAM: &str = "/bin/echo";

/// Goes before a command: `sh -euc SCRIPT sh FOLDER COMMAND...` in a new mount namespace.
///
/// crun refuses hosts that mount both versions of cgroups with controllers on the second, so the
/// second is left out there. /run and /dev/shm hold what podman and crun remember between calls.
const PRIVATE: &str = r#"
folder=$1; shift
if mountpoint -q /sys/fs/cgroup/unified; then
    mount -t tmpfs -o size=16m cgroups "$folder/cgroup"
    for controller in /sys/fs/cgroup/*; do
        name=${controller##*/}
        if [ "$name" != unified ] && [ ! -L "$controller" ] && mountpoint -q "$controller"; then
            mkdir "$folder/cgroup/$name"
            mount --bind "$controller" "$folder/cgroup/$name"
        fi
    done
    mount --rbind "$folder/cgroup" /sys/fs/cgroup
fi
mount -t tmpfs run /run
mount -t tmpfs shm /dev/shm
mount --make-rshared /
exec "$@"
"#;

/// A podman that leaves nothing behind.
pub struct Podman {
    scratch: Scratch,
    cgroup: String,
}

impl Podman {
    /// Sets up its configuration and a root file system that holds [`PROGRAM`] alone.
    pub fn new() -> Result<Self> {
        let scratch = Scratch::new()?;
        let folder = scratch.path();
        for name in [
            "cgroup",
            "rootfs/proc",
            "rootfs/sys",
            "rootfs/dev",
            "rootfs/etc",
        ] {
            fs::create_dir_all(folder.join(name))?;
        }
        for file in files_of(PROGRAM)? {
            let copy = folder.join("rootfs").join(file.strip_prefix("/")?);
            fs::create_dir_all(copy.parent().context("a file without a folder")?)?;
            fs::copy(&file, &copy).with_context(|| format!("failed to copy {}", file.display()))?;
        }
        fs::write(folder.join("containers.conf"), configuration(folder))?;
        let cgroup = format!("ctrprof-test-{}", std::process::id());
        Ok(Self { scratch, cgroup })
    }

    /// `command`, in a mount namespace where podman's state is private and crun runs.
    pub fn private(&self, command: &Command) -> Command {
        let mut private = Command::new("unshare");
        private
            .args([
                "--mount",
                "--propagation",
                "private",
                "sh",
                "-euc",
                PRIVATE,
                "sh",
            ])
            .arg(self.scratch.path())
            .arg(command.get_program())
            .args(command.get_args())
            .env(
                "CONTAINERS_CONF",
                self.scratch.path().join("containers.conf"),
            );
        private
    }

    /// `podman run` of [`PROGRAM`] with `argument`, as words.
    pub fn run(&self, argument: &str) -> Vec<String> {
        let inside = |name: &str| {
            self.scratch
                .path()
                .join(name)
                .to_string_lossy()
                .into_owned()
        };
        let (root, runroot, rootfs) = (inside("root"), inside("runroot"), inside("rootfs"));
        let cgroup = format!("/{}", self.cgroup);
        let words = [
            &[
                "podman",
                "--root",
                &root,
                "--runroot",
                &runroot,
                "--runtime",
                "crun",
            ][..],
            &[
                "run",
                "--rm",
                "--network",
                "none",
                "--cgroup-parent",
                &cgroup,
            ],
            &["--rootfs", &rootfs, PROGRAM, argument],
        ];
        words.concat().into_iter().map(str::to_owned).collect()
    }
}

impl Drop for Podman {
    fn drop(&mut self) {
        // conmon leaves its cgroup a little after podman has ended.
        for _ in 0..100 {
            if remove_cgroups(&self.cgroup) {
                return;
            }
            sleep(Duration::from_millis(50));
        }
        eprintln!(
            "cgroups named {} are left under /sys/fs/cgroup",
            self.cgroup
        );
    }
}

/// Limits that a container manager without CAP_SYS_RESOURCE may set, and no log of events.
fn configuration(folder: &Path) -> String {
    format!(
        "[containers]\ndefault_ulimits = [\"nofile=1024:1024\", \"nproc=1024:1024\"]\n\
        [engine]\ncgroup_manager = \"cgroupfs\"\nevents_logger = \"none\"\n\
        [network]\nnetwork_config_dir = \"{}\"\n",
        folder.join("networks").display()
    )
}

/// The program and the libraries that it is linked with, by ldd(1).
fn files_of(program: &str) -> Result<Vec<PathBuf>> {
    let output = Command::new("ldd")
        .arg(program)
        .output()
        .context("failed to start ldd")?;
    ensure!(
        output.status.success(),
        "`ldd {program}` failed with {}",
        output.status
    );
    let libraries = String::from_utf8(output.stdout)?;
    let libraries = libraries
        .split_whitespace()
        .filter(|word| word.starts_with('/'));
    Ok(std::iter::once(program)
        .chain(libraries)
        .map(PathBuf::from)
        .collect())
}

/// Removes the cgroup of this name in every hierarchy; whether none is left.
fn remove_cgroups(name: &str) -> bool {
    let root = Path::new("/sys/fs/cgroup");
    let hierarchies = fs::read_dir(root)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    let cgroups = hierarchies
        .chain([root.to_path_buf()])
        .map(|hierarchy| hierarchy.join(name));
    let kept = cgroups.filter(|cgroup| cgroup.is_dir() && !remove_cgroup(cgroup));
    kept.count() == 0
}

/// Removes a cgroup and those below it, which rmdir(2) does only from the leaves up.
fn remove_cgroup(cgroup: &Path) -> bool {
    for entry in fs::read_dir(cgroup).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            remove_cgroup(&entry.path());
        }
    }
    fs::remove_dir(cgroup).is_ok()
}

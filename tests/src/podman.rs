//! podman, with everything that it writes kept in a scratch folder and a private mount namespace.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::scratch::Scratch;
use crate::{cgroup, rootfs};

/// The program that the container runs.
pub const PROGRAM: &str = "/bin/echo";
/// A program that goes on.
pub const SLEEP: &str = "/bin/sleep";
/// A shell.
pub const SHELL: &str = "/bin/sh";
/// The name of the container.
pub const NAME: &str = "hello";

/// Goes before a command: `sh -euc SCRIPT sh FOLDER COMMAND...` in a new mount namespace. /run and
/// /dev/shm hold what podman and crun remember between calls.
fn private_script() -> String {
    format!(
        "folder=$1; shift\n{}mount -t tmpfs run /run\nmount -t tmpfs shm /dev/shm\n\
        mount --rbind \"$folder/cgroup\" /sys/fs/cgroup\nmount --make-rshared /\nexec \"$@\"\n",
        cgroup::GATHER
    )
}

/// A podman that leaves nothing behind.
pub struct Podman {
    scratch: Scratch,
    cgroup: String,
}

impl Podman {
    /// Sets up its configuration and a root file system that holds [`PROGRAM`], [`SLEEP`] and [`SHELL`]
    /// alone.
    pub fn new() -> Result<Self> {
        let scratch = Scratch::new()?;
        let folder = scratch.path();
        fs::create_dir(folder.join("cgroup"))?;
        for program in [PROGRAM, SLEEP, SHELL] {
            rootfs::fill(&folder.join("rootfs"), program)?;
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
                &private_script(),
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
        let new = self.new_container(&["run", "--rm"], NAME);
        [new, vec![PROGRAM.to_owned(), argument.to_owned()]].concat()
    }

    /// A call of podman up to the program of a new container: `run` or `create` with options.
    pub fn new_container(&self, command: &[&str], name: &str) -> Vec<String> {
        let cgroup = format!("/{}", self.cgroup);
        let options = [
            "--name",
            name,
            "--network",
            "none",
            "--cgroup-parent",
            &cgroup,
        ];
        let rootfs = self.inside("rootfs");
        self.call(&[command, &options, &["--rootfs", &rootfs]].concat())
    }

    /// A call of podman, as words.
    pub fn call(&self, words: &[&str]) -> Vec<String> {
        let (root, runroot) = (self.inside("root"), self.inside("runroot"));
        let own = [
            "podman",
            "--root",
            &root,
            "--runroot",
            &runroot,
            "--runtime",
            "crun",
        ];
        let words = own.iter().chain(words);
        words.map(|&word| word.to_owned()).collect()
    }

    fn inside(&self, name: &str) -> String {
        let path = self.scratch.path().join(name);
        path.to_string_lossy().into_owned()
    }
}

impl Drop for Podman {
    fn drop(&mut self) {
        // conmon leaves its cgroup a little after podman has ended.
        cgroup::remove(&self.cgroup);
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

//! Workloads without an engine: in a chroot(2) of a copy of their image.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use engine::image;
use engine::workload::catalogue::Kind;
use engine::workload::{Output, Workload};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use setup::image::ImageSource;
use setup::size::Size;

use crate::scratch::Scratch;

/// A copy of an image: what is in the cache is never written to. Processes that were left in it
/// are killed when it is dropped.
pub struct Root {
    folder: Scratch,
}

impl Root {
    /// A copy of the image that a workload needs.
    pub fn new(source: &ImageSource, workload: &Workload) -> Result<Self> {
        ensure!(
            nix::unistd::geteuid().is_root(),
            "chroot(2) needs root: sudo cargo xtask test"
        );
        let image = image::prepare(source, workload)?;
        let root = Self {
            folder: Scratch::new()?,
        };
        let mut copy = Command::new("cp");
        copy.arg("-a").arg(image.root.join(".")).arg(root.path());
        ensure!(copy.status()?.success(), "failed to copy the image");
        // The runtime's mounts, as far as the workloads want them.
        let null = root.path().join("dev/null");
        ensure!(
            Command::new("mknod")
                .arg(&null)
                .args(["c", "1", "3"])
                .status()?
                .success(),
            "failed to make {}",
            null.display()
        );
        Ok(root)
    }

    /// Where it is.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    /// Runs a command in it.
    pub fn run(&self, command: &[String]) -> Result<Output> {
        let output = Command::new("chroot")
            .arg(self.path())
            .args(command)
            .output()?;
        Ok(Output {
            status: output.status,
            stdout: output.stdout,
            stderr: output.stderr,
        })
    }

    /// Every system call that the command makes, and its start in the root.
    fn count_calls(&self, command: &[String]) -> Result<u64> {
        let log = self.folder.path().join("strace");
        let status = Command::new("strace")
            .args(["-f", "-o"])
            .arg(&log)
            .arg("chroot")
            .arg(self.path())
            .args(command)
            .status()
            .context("failed to start strace")?;
        ensure!(status.success(), "{command:?} failed");
        let log = fs::read_to_string(log)?;
        Ok(log.lines().filter(|line| line.contains('(')).count() as u64)
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        let path = self.path();
        for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let pid = entry.file_name().to_string_lossy().parse();
            if fs::read_link(entry.path().join("root")).is_ok_and(|root| root == path)
                && let Ok(pid) = pid
            {
                // It may have ended by itself.
                let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
            }
        }
    }
}

/// System calls that an image's tar makes for a file more, as strace(1) counts them.
pub fn tar_calls_per_file(source: &ImageSource) -> Result<f64> {
    let calls = |size| {
        let workload = Kind::IoWrite.workload(Some(size));
        Root::new(source, &workload)?.count_calls(&workload.command)
    };
    let (few, many) = (calls(Size::Xs)?, calls(Size::Sm)?);
    let files = Size::Sm.files() - Size::Xs.files();
    Ok((many as f64 - few as f64) / files as f64)
}

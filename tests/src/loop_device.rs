//! A disk of our own: a file behind a loop device.

use std::fs::File;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::ctrprof::succeeded;

/// A loop device with an ext4 file system on it, detached when dropped.
pub struct LoopDevice {
    device: String,
}

impl LoopDevice {
    /// Makes one of `size_bytes` in `folder`, which must outlive it.
    pub fn new(folder: &Path, size_bytes: u64) -> Result<Self> {
        let file = folder.join("disk");
        File::create(&file)?.set_len(size_bytes)?;
        let output = Command::new("losetup")
            .args(["--find", "--show"])
            .arg(&file)
            .output();
        let output = output.context("failed to start losetup")?;
        succeeded(&output)?;
        let device = String::from_utf8(output.stdout)?.trim().to_owned();
        let device = Self { device };
        let output = Command::new("mkfs.ext4")
            .arg("-q")
            .arg(&device.device)
            .output();
        succeeded(&output.context("failed to start mkfs.ext4")?)?;
        Ok(device)
    }

    /// Path of the device.
    pub fn path(&self) -> &str {
        &self.device
    }
}

impl Drop for LoopDevice {
    fn drop(&mut self) {
        let detached = Command::new("losetup")
            .args(["--detach", &self.device])
            .status();
        if !detached.is_ok_and(|status| status.success()) {
            eprintln!("the loop device {} is left", self.device);
        }
    }
}

//! Bringing an image into podman's graph root.

use std::fs::File;
use std::path::Path;
use std::process::Command;

use super::command::Caller;
use crate::harness::image::Image;
use crate::harness::interrupt::Interrupt;
use crate::harness::manager::{ManagerError, program};

/// Digits of the digest in a tag: enough to tell images of one name apart.
const TAG_DIGITS: usize = 16;

/// The name that the image has in podman, where it is imported unless it is there already.
/// `scratch` is a folder for its archive.
///
/// # Errors
/// When the image cannot be read or podman refuses it.
pub fn provide(
    caller: &Caller,
    image: &Image,
    scratch: &Path,
    interrupt: &Interrupt,
) -> Result<String, ManagerError> {
    let tag = image.digest.get(..TAG_DIGITS).unwrap_or(&image.digest);
    let reference = format!("localhost/{}:{tag}", image.name);
    let mut exists = caller.command("image");
    exists.args(["exists", &reference]);
    if program::output(&mut exists, interrupt)?.status.success() {
        return Ok(reference);
    }
    let archive = scratch.join("image.tar");
    let mut tar = Command::new("tar");
    tar.arg("--create").arg("--file").arg(&archive);
    tar.arg("--directory")
        .arg(&image.root)
        .args(["--numeric-owner", "."]);
    program::succeed(&mut tar, interrupt)?;
    // Open already: podman's user may not be allowed to look at where it lies.
    let opened = File::open(&archive).map_err(ManagerError::system("open the image's archive"))?;
    let mut import = caller.command("import");
    import.args(["--quiet", "-", &reference]);
    program::succeed_with_input(&mut import, opened, interrupt)?;
    std::fs::remove_file(&archive).map_err(ManagerError::system("remove the image's archive"))?;
    Ok(reference)
}

//! Bringing an image into dockerd's graph root.

use std::path::Path;
use std::process::Command;

use super::api;
use super::client::Client;
use crate::harness::image::Image;
use crate::harness::interrupt::Interrupt;
use crate::harness::manager::{ManagerError, program};

/// Digits of the digest in a tag: enough to tell images of one name apart.
const TAG_DIGITS: usize = 16;

/// The name that the image has in dockerd, where it is imported unless it is there already.
/// `scratch` is a folder for its archive.
///
/// # Errors
/// When the image cannot be read or dockerd refuses it.
pub fn provide(
    client: &Client,
    image: &Image,
    scratch: &Path,
    interrupt: &Interrupt,
) -> Result<String, ManagerError> {
    let tag = image.digest.get(..TAG_DIGITS).unwrap_or(&image.digest);
    let reference = format!("{}:{tag}", image.name);
    if api::knows(&format!("/images/{reference}/json"))? {
        return Ok(reference);
    }
    let archive = scratch.join("image.tar");
    let mut tar = Command::new("tar");
    tar.arg("--create").arg("--file").arg(&archive);
    tar.arg("--directory")
        .arg(&image.root)
        .args(["--numeric-owner", "."]);
    program::succeed(&mut tar, interrupt)?;
    let mut import = client.command("import");
    import.arg(&archive).arg(&reference);
    program::succeed(&mut import, interrupt)?;
    std::fs::remove_file(&archive).map_err(ManagerError::system("remove the image's archive"))?;
    Ok(reference)
}

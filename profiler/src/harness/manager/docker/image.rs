//! Bringing an image into dockerd's graph root.

use super::api;
use super::client::Client;
use crate::harness::image::Image;
use crate::harness::interrupt::Interrupt;
use crate::harness::manager::{ManagerError, program};

/// The name that the image has in dockerd, where it is loaded or pulled unless it is there already.
///
/// # Errors
/// When there is no archive of it, or dockerd refuses it.
pub fn provide(
    client: &Client,
    image: &Image,
    interrupt: &Interrupt,
) -> Result<String, ManagerError> {
    let reference = image.reference();
    if api::knows(&format!("/images/{reference}/json"))? {
        return Ok(reference);
    }
    if image.is_reference() {
        let mut pull = client.command("pull");
        program::succeed(pull.args(["--quiet", &reference]), interrupt)?;
    } else {
        let archive = image.archive()?;
        let mut load = client.command("load");
        load.args(["--quiet", "--input"]).arg(archive);
        program::succeed(&mut load, interrupt)?;
    }
    Ok(reference)
}

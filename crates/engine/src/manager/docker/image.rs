//! Bringing an image into dockerd's graph root.

use super::api;
use super::client::Client;
use crate::image::Image;
use crate::interrupt::Interrupt;
use crate::manager::docker_commands::DockerClient;
use crate::manager::{ManagerError, program};

/// Whether dockerd has the image.
///
/// # Errors
/// When it does not answer.
pub fn is_there(image: &Image) -> Result<bool, ManagerError> {
    api::knows(&format!("/images/{}/json", image.reference()))
}

/// Loads the image, or has dockerd pull it: then it must reach the registry.
///
/// # Errors
/// When there is no archive of it, or dockerd refuses it.
pub fn provide(client: &Client, image: &Image, interrupt: &Interrupt) -> Result<(), ManagerError> {
    let mut command;
    if image.is_reference() {
        command = client.command("pull");
        command.args(["--quiet", &image.reference()]);
    } else {
        command = client.command("load");
        command.args(["--quiet", "--input"]).arg(image.archive()?);
    }
    program::succeed(&mut command, interrupt)?;
    Ok(())
}

/// The digest by which a registry knows an image; none for one that is in none.
///
/// # Errors
/// When dockerd does not have the image.
pub fn digest(image: &Image) -> Result<Option<String>, ManagerError> {
    let told = api::tell(&format!("/images/{}/json", image.reference()))?;
    // NAME@sha256:DIGEST
    let name = told["RepoDigests"][0].as_str();
    Ok(name.and_then(|name| Some(name.split_once('@')?.1.to_owned())))
}

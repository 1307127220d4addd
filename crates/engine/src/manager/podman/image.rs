//! Bringing an image into podman's graph root.

use std::fs::File;

use super::command::PodmanCommand;
use crate::image::Image;
use crate::interrupt::Interrupt;
use crate::manager::docker_commands::DockerClient;
use crate::manager::{ManagerError, Site, program};

/// The name that the image has in podman, where it is imported or pulled unless it is there
/// already.
///
/// # Errors
/// When the image cannot be read or pulled, or podman refuses it.
pub fn provide(
    podman: &PodmanCommand,
    site: &Site<'_>,
    interrupt: &Interrupt,
) -> Result<String, ManagerError> {
    let image = &site.spec.image;
    let reference = image.reference();
    let mut exists = podman.command("image");
    exists.args(["exists", &reference]);
    if program::output(&mut exists, interrupt)?.status.success() {
        return Ok(reference);
    }
    if image.is_reference() {
        let mut pull = podman.command("pull");
        pull.args(["--quiet", &reference]);
        site.host_network
            .with_network(|| program::succeed(&mut pull, interrupt))
            .map_err(ManagerError::system("enter the host's network"))??;
    } else {
        load(podman, image, interrupt)?;
    }
    Ok(reference)
}

fn load(podman: &PodmanCommand, image: &Image, interrupt: &Interrupt) -> Result<(), ManagerError> {
    // Open already: podman's user may not be allowed to look at where it lies.
    let opened =
        File::open(image.archive()?).map_err(ManagerError::system("open the image's archive"))?;
    let mut load = podman.command("load");
    program::succeed_with_input(load.arg("--quiet"), opened, interrupt)?;
    Ok(())
}

/// The digest by which a registry knows an image; empty for one that is in none.
///
/// # Errors
/// When podman does not have the image.
pub fn digest(
    podman: &PodmanCommand,
    reference: &str,
    interrupt: &Interrupt,
) -> Result<String, ManagerError> {
    let mut inspect = podman.command("image");
    inspect.args(["inspect", "--format", "{{.Digest}}", reference]);
    program::succeed(&mut inspect, interrupt)
}

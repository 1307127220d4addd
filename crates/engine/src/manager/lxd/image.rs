//! The image in LXD's own form: an archive of files, and one of what describes them.

use std::env::consts::ARCH;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::client::Client;
use crate::image::Image;
use crate::interrupt::Interrupt;
use crate::manager::{ManagerError, program};

/// Digits of the digest in the image's alias.
const ALIAS_DIGITS: usize = 16;

/// The name by which containers are made from an image.
pub fn alias(image: &Image) -> String {
    let digits = image.digest.len().min(ALIAS_DIGITS);
    format!("ctrprof-{}", &image.digest[..digits])
}

/// Brings the image into the daemon's store, unless an earlier engine did. `scratch` is a folder
/// that is removed with the engine, `engine` its name.
///
/// # Errors
/// When it cannot be archived or the daemon refuses it.
pub fn import(
    client: &Client,
    image: &Image,
    scratch: &Path,
    engine: &str,
    interrupt: &Interrupt,
) -> Result<(), ManagerError> {
    let alias = alias(image);
    let path = format!("/1.0/images/aliases/{alias}");
    if client.get(&path, interrupt)?.is_some() {
        return Ok(());
    }
    let folder = scratch.join("lxd-image");
    let metadata = folder.join("metadata.yaml");
    fs::create_dir(&folder)
        .and_then(|()| fs::write(&metadata, describe(&image.name, engine)))
        .map_err(ManagerError::system("describe the image for lxd"))?;
    let (described, files) = (folder.join("metadata.tar"), folder.join("rootfs.tar"));
    archive(&folder, "metadata.yaml", &described, interrupt)?;
    archive(&image.root, ".", &files, interrupt)?;
    let mut command = client.command("image");
    command
        .args(["import", "--quiet", "--alias", &alias])
        .args([&described, &files]);
    program::succeed(&mut command, interrupt)?;
    fs::remove_dir_all(&folder).map_err(ManagerError::system("remove the image's archive"))
}

fn archive(
    folder: &Path,
    name: &str,
    archive: &Path,
    interrupt: &Interrupt,
) -> Result<(), ManagerError> {
    let mut tar = Command::new("tar");
    tar.args(["--create", "--numeric-owner", "--file"])
        .arg(archive)
        .arg("--directory")
        .arg(folder)
        .arg(name);
    program::succeed(&mut tar, interrupt).map(drop)
}

/// The metadata that LXD requires (doc/image-handling.md, 5.0). Images with the same contents are
/// one to it: the engine's name tells this one from one whose import was broken off.
fn describe(name: &str, engine: &str) -> String {
    format!(
        "architecture: {ARCH}\ncreation_date: 1\nproperties:\n  description: {name} of {engine}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_known_by_its_digest() {
        let image = |digest: &str| Image {
            name: "host-gnu".to_owned(),
            root: "/cache/x".into(),
            digest: digest.to_owned(),
            ..Image::default()
        };
        assert_eq!(
            alias(&image("0123456789abcdef0123")),
            "ctrprof-0123456789abcdef"
        );
        assert_eq!(alias(&image("abc")), "ctrprof-abc");
        assert!(describe("x", "ctrprof-1").contains("x of ctrprof-1"));
    }
}

//! Bringing an image into containerd.

use super::client::Client;
use crate::image::Image;
use crate::interrupt::Interrupt;
use crate::manager::{ManagerError, Site, program};

/// The name that the image has in containerd, where it is imported or pulled, and unpacked for the
/// snapshotter, unless that was done already.
///
/// # Errors
/// When there is no archive of it, or containerd refuses it.
pub fn provide(
    client: &Client,
    site: &Site<'_>,
    snapshotter: &str,
    interrupt: &Interrupt,
) -> Result<String, ManagerError> {
    let image = &site.spec.image;
    let reference = image.reference();
    let mut check = client.command("image", "check");
    check.args(["--snapshotter", snapshotter, &format!("name=={reference}")]);
    if is_unpacked(&program::succeed(&mut check, interrupt)?, &reference) {
        return Ok(reference);
    }
    if image.is_reference() {
        let mut pull = client.command("image", "pull");
        pull.args(["--snapshotter", snapshotter, &reference]);
        // ctr itself asks the registry, and hands containerd what it answers.
        site.host_network
            .with_network(|| program::succeed(&mut pull, interrupt))
            .map_err(ManagerError::system("enter the host's network"))??;
    } else {
        let archive = image.archive()?;
        let mut import = client.command("image", "import");
        import.args(["--snapshotter", snapshotter]).arg(archive);
        program::succeed(&mut import, interrupt)?;
    }
    Ok(reference)
}

/// The digest by which a registry knows an image; none for one that is in none.
///
/// # Errors
/// When containerd does not have the image.
pub fn digest(
    client: &Client,
    image: &Image,
    interrupt: &Interrupt,
) -> Result<Option<String>, ManagerError> {
    if !image.is_reference() {
        return Ok(None);
    }
    let mut list = client.command("image", "list");
    list.arg(format!("name=={}", image.reference()));
    let listed = program::succeed(&mut list, interrupt)?;
    let words = listed.split_whitespace();
    let mut digests = words.filter(|word| word.starts_with("sha256:"));
    Ok(digests.next().map(str::to_owned))
}

/// Whether `ctr image check` says of an image that all of it is there, also for the snapshotter:
/// one line for each image, which begins with its name and ends with that.
fn is_unpacked(checked: &str, reference: &str) -> bool {
    checked.lines().any(|line| {
        let mut words = line.split_whitespace();
        words.next() == Some(reference)
            && words.clone().any(|word| word == "complete")
            && words.next_back() == Some("true")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_image_that_is_whole_and_unpacked_is_there() {
        let heading = "REF TYPE DIGEST STATUS SIZE UNPACKED";
        for (rest, expected) in [
            ("a/b sha256:1 complete (2/2) 1.0 MiB/1.0 MiB true", true),
            ("a/b sha256:1 complete (2/2) 1.0 MiB/1.0 MiB false", false),
            ("a/b sha256:1 incomplete (1/2) 1.0 MiB/2.0 MiB true", false),
        ] {
            let checked = format!("{heading}\nlocalhost/x:1 {rest}");
            assert_eq!(is_unpacked(&checked, "localhost/x:1"), expected, "{rest}");
            assert!(!is_unpacked(&checked, "localhost/x:2"));
        }
    }
}

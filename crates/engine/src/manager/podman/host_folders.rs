//! Folders of the host that podman writes to whatever it is told, covered in the sandbox.

use std::fs;
use std::io;
use std::path::Path;

use nix::mount::{MsFlags, mount};

/// Where all of them are.
const PARENT: &str = "/var/lib";

/// A folder that would be covered, and so must not hold anything of the engine's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Covered(&'static str);

impl Covered {
    /// Whether a path lies in it.
    pub fn hides(self, path: &Path) -> bool {
        path.starts_with(self.0)
    }

    /// The folder.
    pub const fn path(self) -> &'static str {
        self.0
    }
}

/// The mounts that make `folders` writable: themselves, or, where one of them is not there, the
/// folder that they are all in.
pub fn needed(folders: &[&'static str]) -> Vec<Covered> {
    if folders.iter().all(|folder| Path::new(folder).is_dir()) {
        return folders.iter().map(|&folder| Covered(folder)).collect();
    }
    vec![Covered(PARENT)]
}

/// Covers a folder: with nothing, or, for the one that others are in, with an overlay of itself.
/// Writes go to `upper`, a folder of the sandbox's, or to memory.
///
/// # Errors
/// When the mount is refused.
pub fn cover(covered: Covered, upper: &Path) -> io::Result<()> {
    if covered.path() == PARENT {
        return overlay(Path::new(PARENT), upper);
    }
    Ok(mount(
        Some("ctrprof"),
        covered.path(),
        Some("tmpfs"),
        MsFlags::MS_NOSUID | MsFlags::MS_NODEV,
        Some("mode=755"),
    )?)
}

fn overlay(folder: &Path, layers: &Path) -> io::Result<()> {
    let (upper, work) = (layers.join("upper"), layers.join("work"));
    fs::create_dir_all(&upper)?;
    fs::create_dir_all(&work)?;
    let options = format!(
        "lowerdir={},upperdir={},workdir={}",
        folder.display(),
        upper.display(),
        work.display()
    );
    Ok(mount(
        Some("ctrprof"),
        folder,
        Some("overlay"),
        MsFlags::MS_NOSUID | MsFlags::MS_NODEV,
        Some(options.as_str()),
    )?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_not_there_is_made_in_a_cover_of_the_one_it_belongs_in() {
        assert_eq!(
            needed(&["/usr", "/tmp"]),
            [Covered("/usr"), Covered("/tmp")]
        );
        let found = needed(&["/usr", "/var/lib/no-such-folder"]);
        assert_eq!(found, [Covered(PARENT)]);
        assert!(found[0].hides(Path::new("/var/lib/x")));
        assert!(!found[0].hides(Path::new("/var/library")));
    }
}

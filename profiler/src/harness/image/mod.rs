//! Images: root file systems that containers start from.
//!
//! An image is a folder in the cache, named by a SHA-256 digest over its names, permission bits
//! and contents, so it changes when the host's programs do and is made once until then. It is
//! built under a temporary name and renamed when whole: two builders cannot disturb each other,
//! and an interrupted one leaves nothing that would be used.
//!
//! The cache is `$XDG_CACHE_HOME/ctrprof` if that is set, else `/var/cache/ctrprof` for root and
//! `~/.cache/ctrprof` for others. The XDG base directory specification would put root's under
//! `$HOME` too, which sudo(8) may leave pointing at somebody else's home.

pub mod elf;
pub mod host;
pub mod libraries;
pub mod tree;

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tree::Tree;

/// Digits of the digest in a folder's name: collisions are out of the question, paths stay short.
const NAME_DIGITS: usize = 16;

/// An image that is ready to be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Value of the axis `image`, for instance `host-gnu`.
    pub name: String,
    /// Its root file system. It is never written to.
    pub root: PathBuf,
    /// SHA-256 over its contents, in hexadecimal.
    pub digest: String,
}

/// Why there is no image.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// A program of the host that every image holds.
    #[error(
        "the host has no program '{name}' to make an image from; install it (debian: apt-get install {package})"
    )]
    MissingProgram {
        /// Name of the program.
        name: &'static str,
        /// Package that Debian has it in.
        package: &'static str,
    },
    /// A shared library that a program of the host needs.
    #[error("{} needs the library {name}, which is in none of the loader's folders; reinstall the package of that program", user.display())]
    MissingLibrary {
        /// Name of the library.
        name: String,
        /// The file that needs it.
        user: PathBuf,
    },
    /// A script, for instance, whose interpreter would be missing in the image.
    #[error("{} is no ELF file, so what it needs cannot be found out; put a binary in its place", path.display())]
    NotElf {
        /// The file.
        path: PathBuf,
    },
    /// An ELF file with headers that lead nowhere.
    #[error("{} is damaged ({source}); reinstall the package it belongs to", path.display())]
    BadElf {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: object::Error,
    },
    /// A file of the host.
    #[error("failed to read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file of the cache.
    #[error("failed to write the image at {}: {source}; free some space, or set XDG_CACHE_HOME to a folder that can be written", path.display())]
    Write {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// The image `host-gnu`, made now if the cache has none like it.
///
/// # Errors
/// When the host lacks a program or library, or the cache cannot be written.
pub fn host_gnu() -> Result<Image, ImageError> {
    cached("host-gnu", &host::tree()?, &cache_folder())
}

/// The folder that images are kept in.
pub fn cache_folder() -> PathBuf {
    let base = env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    let home = env::var_os("HOME").filter(|_| !nix::unistd::geteuid().is_root());
    base.or_else(|| home.map(|home| PathBuf::from(home).join(".cache")))
        .unwrap_or_else(|| PathBuf::from("/var/cache"))
        .join("ctrprof/images")
}

/// The image of `tree` in `cache`, written there if it is missing.
///
/// # Errors
/// When a file cannot be read or written.
pub fn cached(name: &str, tree: &Tree, cache: &Path) -> Result<Image, ImageError> {
    let digest = tree.digest().map_err(|source| ImageError::Read {
        path: PathBuf::from("a program of the host"),
        source,
    })?;
    let root = cache.join(format!("{name}-{}", &digest[..NAME_DIGITS]));
    if !root.is_dir() {
        build(tree, cache, &root).map_err(|source| ImageError::Write {
            path: root.clone(),
            source,
        })?;
    }
    Ok(Image {
        name: name.to_owned(),
        root,
        digest,
    })
}

fn build(tree: &Tree, cache: &Path, root: &Path) -> io::Result<()> {
    fs::create_dir_all(cache)?;
    let partial = tempfile::Builder::new()
        .prefix(".partial-")
        .tempdir_in(cache)?;
    let inside = partial.path().join("root");
    fs::create_dir(&inside)?;
    tree.write(&inside)?;
    match fs::rename(&inside, root) {
        // Another builder was faster; its image has the same digest.
        Err(_) if root.is_dir() => Ok(()),
        outcome => outcome,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn small() -> Tree {
        let mut tree = Tree::default();
        tree.folder("etc", 0o755);
        tree.text("etc/hostname", "x\n");
        tree
    }

    #[test]
    fn an_image_is_made_once_and_leaves_no_partial_one() {
        let cache = tempfile::tempdir().unwrap();
        let first = cached("test", &small(), cache.path()).unwrap();
        fs::write(first.root.join("etc/proof"), "kept").unwrap();
        let second = cached("test", &small(), cache.path()).unwrap();
        assert_eq!(first, second);
        assert!(second.root.join("etc/proof").exists());
        assert_eq!(fs::read_dir(cache.path()).unwrap().count(), 1);
    }

    #[test]
    fn builders_at_the_same_time_agree() {
        let cache = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            let builders: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| cached("test", &small(), cache.path()).unwrap()))
                .collect();
            for builder in builders {
                let image = builder.join().unwrap();
                assert!(image.root.join("etc/hostname").exists());
            }
        });
        assert_eq!(fs::read_dir(cache.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_failed_build_leaves_nothing() {
        let cache = tempfile::tempdir().unwrap();
        let mut broken = small();
        broken.text("no-such-folder/file", "x");
        assert!(matches!(
            cached("test", &broken, cache.path()),
            Err(ImageError::Write { .. })
        ));
        assert_eq!(fs::read_dir(cache.path()).unwrap().count(), 0);
    }
}

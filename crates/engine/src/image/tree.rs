//! The files of an image before it is written: a list that can be hashed.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Component, Path, PathBuf};

use sha2::{Digest, Sha256};

/// Links followed for one path before it counts as a loop, as the kernel's MAXSYMLINKS
/// (include/linux/namei.h, v6.18).
const MAX_LINKS: u32 = 40;

/// One name in the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A folder with these permission bits.
    Folder(u32),
    /// A symbolic link to this target.
    Link(PathBuf),
    /// A regular file copied from the host, with these permission bits.
    File {
        /// Where its contents are.
        source: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A regular file with contents of our own.
    Text(String),
}

/// The names of an image, as paths from the host's root without the leading slash.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    entries: BTreeMap<PathBuf, Entry>,
}

impl Tree {
    /// Adds a folder, and those above it.
    pub fn folder(&mut self, path: &str, mode: u32) {
        for above in Path::new(path).ancestors().skip(1) {
            if above != Path::new("") {
                self.entries
                    .entry(above.to_path_buf())
                    .or_insert(Entry::Folder(0o755));
            }
        }
        self.entries
            .entry(PathBuf::from(path))
            .or_insert(Entry::Folder(mode));
    }

    /// Adds a file with contents of our own, in place of one from the host.
    pub fn text(&mut self, path: &str, contents: &str) {
        self.entries
            .insert(PathBuf::from(path), Entry::Text(contents.to_owned()));
    }

    /// Adds a copy of the host's file `source` at another path.
    pub fn file(&mut self, path: &str, source: &Path, mode: u32) {
        let entry = Entry::File {
            source: source.to_path_buf(),
            mode,
        };
        self.entries.entry(PathBuf::from(path)).or_insert(entry);
    }

    /// Adds a link at a path of the host where the host has nothing.
    pub fn link(&mut self, path: &Path, target: &Path) {
        self.insert(path, Entry::Link(target.to_path_buf()));
    }

    /// Adds the host's file at `path` with every folder and symbolic link on the way, so that the
    /// same path leads to the same file in the image. Returns the path without links.
    ///
    /// # Errors
    /// When the path leads nowhere, to a loop, or to what is neither file nor folder.
    pub fn host_path(&mut self, path: &Path) -> io::Result<PathBuf> {
        let mut resolved = PathBuf::from("/");
        let mut rest: Vec<PathBuf> = parts_reversed(path);
        let mut links = 0;
        while let Some(part) = rest.pop() {
            if part == Path::new("..") {
                resolved.pop();
                continue;
            }
            let next = resolved.join(&part);
            let metadata = fs::symlink_metadata(&next)?;
            if metadata.is_symlink() {
                links += 1;
                if links > MAX_LINKS {
                    return Err(io::Error::from_raw_os_error(libc::ELOOP));
                }
                let target = fs::read_link(&next)?;
                if target.is_absolute() {
                    resolved = PathBuf::from("/");
                }
                rest.extend(parts_reversed(&target));
                self.insert(&next, Entry::Link(target));
            } else {
                self.insert(&next, host_entry(&next, &metadata)?);
                resolved = next;
            }
        }
        Ok(resolved)
    }

    fn insert(&mut self, host_path: &Path, entry: Entry) {
        if let Ok(inside) = host_path.strip_prefix("/") {
            self.entries.entry(inside.to_path_buf()).or_insert(entry);
        }
    }

    /// SHA-256 over names, kinds, permission bits and contents, in hexadecimal.
    ///
    /// # Errors
    /// When a file of the host cannot be read.
    pub fn digest(&self) -> io::Result<String> {
        let mut hash = Sha256::new();
        for (path, entry) in &self.entries {
            feed(&mut hash, path.as_os_str().as_encoded_bytes());
            match entry {
                Entry::Folder(mode) => feed(&mut hash, format!("folder {mode:o}").as_bytes()),
                Entry::Link(target) => {
                    feed(&mut hash, b"link");
                    feed(&mut hash, target.as_os_str().as_encoded_bytes());
                }
                Entry::File { source, mode } => {
                    feed(&mut hash, format!("file {mode:o}").as_bytes());
                    feed(&mut hash, &fs::read(source)?);
                }
                Entry::Text(text) => {
                    feed(&mut hash, b"text");
                    feed(&mut hash, text.as_bytes());
                }
            }
        }
        Ok(hash
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect())
    }

    /// Writes everything under `root`, an existing folder.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn write(&self, root: &Path) -> io::Result<()> {
        for (path, entry) in &self.entries {
            let target = root.join(path);
            match entry {
                Entry::Folder(mode) => {
                    fs::create_dir(&target)?;
                    set_mode(&target, *mode)?;
                }
                Entry::Link(to) => symlink(to, &target)?,
                Entry::File { source, mode } => {
                    fs::copy(source, &target)?;
                    set_mode(&target, *mode)?;
                }
                Entry::Text(text) => {
                    fs::write(&target, text)?;
                    set_mode(&target, 0o644)?;
                }
            }
        }
        Ok(())
    }

    /// Every path with its entry, folders before what is in them.
    pub fn entries(&self) -> impl Iterator<Item = (&Path, &Entry)> {
        self.entries
            .iter()
            .map(|(path, entry)| (path.as_path(), entry))
    }

    /// The entry at `path`, for what is asked of an image before it is written.
    pub fn get(&self, path: &Path) -> Option<&Entry> {
        self.entries.get(path)
    }
}

/// Hashes a field with its length before it, so that neighbouring fields cannot be confused.
fn feed(hash: &mut Sha256, bytes: &[u8]) {
    hash.update((bytes.len() as u64).to_le_bytes());
    hash.update(bytes);
}

fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

fn parts_reversed(path: &Path) -> Vec<PathBuf> {
    let mut parts: Vec<PathBuf> = path
        .components()
        .filter(|part| matches!(part, Component::Normal(_) | Component::ParentDir))
        .map(|part| PathBuf::from(part.as_os_str()))
        .collect();
    parts.reverse();
    parts
}

/// The entry for a path of the host that is no link. Set-user-ID bits are not taken over: nothing
/// in the image needs them.
fn host_entry(path: &Path, metadata: &fs::Metadata) -> io::Result<Entry> {
    if metadata.is_dir() {
        Ok(Entry::Folder(0o755))
    } else if metadata.is_file() {
        Ok(Entry::File {
            source: path.to_path_buf(),
            mode: metadata.mode() & 0o777,
        })
    } else {
        Err(io::Error::other(format!(
            "{} is neither a file nor a folder",
            path.display()
        )))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn scene() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("usr/bin")).unwrap();
        fs::write(at("usr/bin/dash"), "program").unwrap();
        set_mode(&at("usr/bin/dash"), 0o4755).unwrap();
        symlink("dash", at("usr/bin/sh")).unwrap();
        symlink("usr/bin", at("bin")).unwrap();
        folder
    }

    #[test]
    fn links_on_the_way_are_kept_and_followed() {
        let folder = scene();
        let root = fs::canonicalize(folder.path()).unwrap();
        let mut tree = Tree::default();
        let resolved = tree.host_path(&root.join("bin/sh")).unwrap();
        assert_eq!(resolved, root.join("usr/bin/dash"));
        let inside = |name: &str| root.join(name).strip_prefix("/").unwrap().to_path_buf();
        let entry = |name: &str| tree.get(&inside(name)).cloned();
        assert_eq!(entry("bin"), Some(Entry::Link("usr/bin".into())));
        assert_eq!(entry("usr/bin/sh"), Some(Entry::Link("dash".into())));
        let file = Entry::File {
            source: root.join("usr/bin/dash"),
            mode: 0o755,
        };
        assert_eq!(entry("usr/bin/dash"), Some(file));
    }

    #[test]
    fn a_loop_of_links_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        symlink("b", folder.path().join("a")).unwrap();
        symlink("a", folder.path().join("b")).unwrap();
        let error = Tree::default().host_path(&folder.path().join("a"));
        assert_eq!(error.unwrap_err().raw_os_error(), Some(libc::ELOOP));
    }

    #[test]
    fn the_digest_follows_contents_modes_and_targets() {
        let base = |text: &str, mode| {
            let mut tree = Tree::default();
            tree.folder("etc/x", mode);
            tree.text("etc/passwd", text);
            tree.digest().unwrap()
        };
        assert_eq!(base("a", 0o755), base("a", 0o755));
        assert_ne!(base("a", 0o755), base("b", 0o755));
        assert_ne!(base("a", 0o755), base("a", 0o700));
        assert_eq!(base("a", 0o755).len(), 64);
    }

    #[test]
    fn what_is_written_is_what_was_listed() {
        let target = tempfile::tempdir().unwrap();
        let mut tree = Tree::default();
        tree.folder("tmp", 0o1777);
        tree.text("etc/group", "root:x:0:\n");
        tree.folder("etc", 0o755);
        tree.write(target.path()).unwrap();
        let mode = fs::metadata(target.path().join("tmp")).unwrap().mode();
        assert_eq!(mode & 0o7777, 0o1777);
        let text = fs::read_to_string(target.path().join("etc/group")).unwrap();
        assert_eq!(text, "root:x:0:\n");
    }
}

//! Layers: archives of what changes from one to the next (layer.md of the OCI image
//! specification).

use std::fs;
use std::io::{self, BufReader, Read};
use std::path::{Component, Path, PathBuf};

use nix::sys::stat::{Mode, SFlag, makedev, mknod};
use tar::{Archive, Entry, EntryType};

/// Prefix of the name of a file that removes another from the layers below.
const WHITEOUT: &str = ".wh.";
/// The file that removes all others of its folder from the layers below.
const OPAQUE: &str = ".wh..wh..opq";
/// The first bytes of gzip (RFC 1952) and zstd (RFC 8878).
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// The decompressed contents of `file`.
pub(super) fn plain(file: fs::File) -> io::Result<Box<dyn Read>> {
    let mut file = BufReader::with_capacity(1 << 18, file);
    let start = io::BufRead::fill_buf(&mut file)?;
    if start.starts_with(&GZIP_MAGIC) {
        Ok(Box::new(flate2::bufread::MultiGzDecoder::new(file)))
    } else if start.starts_with(&ZSTD_MAGIC) {
        Ok(Box::new(zstd::Decoder::with_buffer(file)?))
    } else {
        Ok(Box::new(file))
    }
}

/// Applies a layer to what those below it left in `root`.
pub(super) fn apply(layer: impl Read, root: &Path) -> io::Result<()> {
    let mut archive = Archive::new(layer);
    let is_root = nix::unistd::geteuid().is_root();
    archive.set_preserve_permissions(true);
    archive.set_preserve_ownerships(is_root);
    // Of this layer: an opaque folder keeps them.
    let mut added = std::collections::HashSet::new();
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = relative(&entry.path()?)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let folder = root.join(path.parent().unwrap_or(Path::new("")));
        if name == OPAQUE {
            empty(root, &folder, &added)?;
        } else if let Some(hidden) = name.strip_prefix(WHITEOUT) {
            remove(root, &folder.join(hidden))?;
        } else {
            unpack(&mut entry, root, &path, is_root)?;
            added.insert(root.join(&path));
        }
    }
    Ok(())
}

/// The path without a leading slash or dot; never one that leads out.
fn relative(path: &Path) -> io::Result<PathBuf> {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => clean.push(name),
            Component::CurDir | Component::RootDir => {}
            Component::ParentDir | Component::Prefix(_) => {
                return Err(io::Error::other(format!(
                    "the layer names {}, which leads out of it",
                    path.display()
                )));
            }
        }
    }
    Ok(clean)
}

fn unpack(
    entry: &mut Entry<'_, impl Read>,
    root: &Path,
    path: &Path,
    is_root: bool,
) -> io::Result<()> {
    let target = root.join(path);
    let kind = entry.header().entry_type();
    // Another kind of file takes the place of what is there.
    if let Ok(there) = fs::symlink_metadata(&target)
        && !(there.is_dir() && kind == EntryType::Directory)
        && path != Path::new("")
    {
        remove(root, &target)?;
    }
    if matches!(kind, EntryType::Char | EntryType::Block | EntryType::Fifo) {
        return special(entry, root, &target, is_root);
    }
    if entry.unpack_in(root)? {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "{} cannot be unpacked",
        path.display()
    )))
}

/// Devices and named pipes, which the library would make ordinary files of. Only root can make
/// devices; runtimes mount those that programs need.
fn special(
    entry: &Entry<'_, impl Read>,
    root: &Path,
    target: &Path,
    is_root: bool,
) -> io::Result<()> {
    let header = entry.header();
    let kind = match header.entry_type() {
        EntryType::Char => SFlag::S_IFCHR,
        EntryType::Block => SFlag::S_IFBLK,
        _ => SFlag::S_IFIFO,
    };
    if kind != SFlag::S_IFIFO && !is_root {
        return Ok(());
    }
    check_inside(root, target)?;
    let number = |part: io::Result<Option<u32>>| Ok::<_, io::Error>(part?.unwrap_or(0).into());
    let device = makedev(
        number(header.device_major())?,
        number(header.device_minor())?,
    );
    let mode = Mode::from_bits_truncate(header.mode()?);
    mknod(target, kind, mode, device)?;
    Ok(())
}

/// Removes a file or folder, if it is there.
fn remove(root: &Path, target: &Path) -> io::Result<()> {
    check_inside(root, target)?;
    match fs::symlink_metadata(target) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(target),
        Ok(_) => fs::remove_file(target),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Removes what the layers below have in `folder`.
fn empty(root: &Path, folder: &Path, added: &std::collections::HashSet<PathBuf>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let path = entry?.path();
        if !added.contains(&path) {
            remove(root, &path)?;
        } else if path.is_dir() && !path.is_symlink() {
            empty(root, &path, added)?;
        }
    }
    Ok(())
}

/// A link in an image may lead anywhere: nothing is removed or made through it.
fn check_inside(root: &Path, target: &Path) -> io::Result<()> {
    let Some(folder) = target.parent() else {
        return Ok(());
    };
    match fs::canonicalize(folder) {
        Ok(real) if real.starts_with(fs::canonicalize(root)?) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Ok(_) => Err(io::Error::other(format!(
            "{} is reached by a link that leads out of the image",
            target.display()
        ))),
        Err(error) => Err(error),
    }
}

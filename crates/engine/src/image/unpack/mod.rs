//! Images that others made: a folder of the OCI image layout, or an archive of `docker save` or
//! `podman save`.

mod layer;
mod layout;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::cache::{Cache, write_error};
use super::{Image, ImageError, hexadecimal};

/// The parts of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Parts {
    /// SHA-256 that stands for the whole image, in hexadecimal.
    digest: String,
    /// Files of its layers, lowest first.
    layers: Vec<PathBuf>,
}

/// The image in a folder of the OCI image layout.
///
/// # Errors
/// When the folder is none, its image is for another machine, or the cache cannot be written.
pub fn layout(cache: &Cache, folder: &Path) -> Result<Image, ImageError> {
    let parts = layout::parts(folder)?;
    build(cache, &name_of(folder), &parts)
}

/// The image in an archive, compressed or not.
///
/// # Errors
/// When the file is no archive of an image, or the cache cannot be written.
pub fn archive(cache: &Cache, file: &Path) -> Result<Image, ImageError> {
    let name = name_of(file);
    let digest = file_digest(file).map_err(read_error(file))?;
    // Unpacking twice what was unpacked before would take longer than hashing it.
    if let Some(image) = cache.get(&name, &digest) {
        return Ok(image);
    }
    let workshop = cache.workshop()?;
    let reader = layer::plain(File::open(file).map_err(read_error(file))?);
    reader
        .and_then(|reader| tar::Archive::new(reader).unpack(&workshop.path))
        .map_err(|error| not_an_image(file, format!("it cannot be unpacked ({error})")))?;
    let parts = if workshop.path.join(layout::DOCKER_MANIFEST).is_file() {
        layout::docker_parts(&workshop.path, file)?
    } else {
        layout::parts(&workshop.path)?
    };
    build(cache, &name, &Parts { digest, ..parts })
}

fn build(cache: &Cache, name: &str, parts: &Parts) -> Result<Image, ImageError> {
    cache.get_or_build(name, &parts.digest, |root| {
        for layer in &parts.layers {
            let file = File::open(layer).map_err(read_error(layer))?;
            layer::plain(file)
                .and_then(|reader| layer::apply(reader, root))
                .map_err(|source| ImageError::Unpack {
                    layer: layer.clone(),
                    source,
                })?;
        }
        complete(root).map_err(write_error(root))
    })
}

/// Runtimes mount on these folders, which an image of one program may lack.
fn complete(root: &Path) -> io::Result<()> {
    for folder in ["dev", "etc", "proc", "sys", "tmp"] {
        let path = root.join(folder);
        if fs::symlink_metadata(&path).is_err() {
            fs::create_dir(&path)?;
        }
    }
    Ok(())
}

/// The name of the folder or file, without what archives are called by.
fn name_of(path: &Path) -> String {
    let name = fs::canonicalize(path)
        .unwrap_or_else(|_| path.to_path_buf())
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    name.split(".tar")
        .next()
        .filter(|name| !name.is_empty())
        .map_or_else(|| "image".to_owned(), str::to_owned)
}

fn file_digest(file: &Path) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut reader = io::BufReader::with_capacity(1 << 20, File::open(file)?);
    loop {
        let buffer = io::BufRead::fill_buf(&mut reader)?;
        if buffer.is_empty() {
            return Ok(hexadecimal(&hash.finalize()));
        }
        hash.update(buffer);
        let length = buffer.len();
        io::BufRead::consume(&mut reader, length);
    }
}

fn read_error(path: &Path) -> impl FnOnce(io::Error) -> ImageError {
    move |source| ImageError::Read {
        path: path.to_path_buf(),
        source,
    }
}

fn not_an_image(path: &Path, why: impl Into<String>) -> ImageError {
    ImageError::NotAnImage {
        path: path.to_path_buf(),
        why: why.into(),
    }
}

#[cfg(test)]
mod tests;

//! The files that say which layers an image has.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::super::ImageError;
use super::super::archive::architecture;
use super::{Parts, not_an_image, read_error};

/// The file of `docker save` that names the layers.
pub(super) const DOCKER_MANIFEST: &str = "manifest.json";
/// Images of images that are followed: an index may name others.
const INDEX_DEPTH: u32 = 4;

/// `index.json` or a nested index (image-index.md of the OCI image specification).
#[derive(Deserialize)]
struct Index {
    manifests: Vec<Descriptor>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    #[serde(default)]
    media_type: String,
    digest: String,
    platform: Option<Platform>,
}

#[derive(Deserialize)]
struct Platform {
    architecture: String,
    os: String,
}

#[derive(Deserialize)]
struct Manifest {
    layers: Vec<Descriptor>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DockerImage {
    config: String,
    layers: Vec<PathBuf>,
}

/// The parts of the one image of this machine in an OCI layout.
pub(super) fn parts(folder: &Path) -> Result<Parts, ImageError> {
    let mut file = folder.join("index.json");
    if !file.is_file() {
        return Err(not_an_image(folder, "it holds no index.json"));
    }
    for _ in 0..INDEX_DEPTH {
        let index: Index = read_json(&file)?;
        let chosen = choose(folder, index.manifests)?;
        file = blob(folder, &chosen.digest)?;
        if !chosen.media_type.contains("index") && !chosen.media_type.contains("manifest.list") {
            return manifest_parts(folder, &file, &chosen.digest);
        }
    }
    Err(not_an_image(folder, "its indexes lead to no manifest"))
}

fn manifest_parts(folder: &Path, file: &Path, digest: &str) -> Result<Parts, ImageError> {
    let manifest: Manifest = read_json(file)?;
    let layers = manifest
        .layers
        .iter()
        .map(|layer| blob(folder, &layer.digest))
        .collect::<Result<_, _>>()?;
    let digest = digest.rsplit(':').next().unwrap_or(digest).to_owned();
    Ok(Parts { digest, layers })
}

/// The one image for this machine. Indexes of build tools also hold attestations, which are for
/// the platform "unknown".
fn choose(folder: &Path, manifests: Vec<Descriptor>) -> Result<Descriptor, ImageError> {
    let count = manifests.len();
    let mut fitting: Vec<Descriptor> = manifests
        .into_iter()
        .filter(|descriptor| {
            descriptor.platform.as_ref().is_none_or(|platform| {
                platform.os == "linux" && platform.architecture == architecture()
            })
        })
        .collect();
    match (fitting.pop(), fitting.len()) {
        (Some(only), 0) => Ok(only),
        (Some(_), others) => Err(not_an_image(
            folder,
            format!("it holds {} images for this machine, not one", others + 1),
        )),
        (None, _) => Err(not_an_image(
            folder,
            format!(
                "none of its {count} images is for linux on {}",
                architecture()
            ),
        )),
    }
}

/// The parts of the one image of what `docker save` wrote, unpacked in `folder`.
pub(super) fn docker_parts(folder: &Path, archive: &Path) -> Result<Parts, ImageError> {
    let images: Vec<DockerImage> = read_json(&folder.join(DOCKER_MANIFEST))?;
    let [image] = images.as_slice() else {
        let why = format!("it holds {} images, not one", images.len());
        return Err(not_an_image(archive, why));
    };
    let layers = image
        .layers
        .iter()
        .map(|layer| inside(folder, layer))
        .collect::<Result<_, _>>()?;
    Ok(Parts {
        digest: image.config.clone(),
        layers,
    })
}

/// The file of a blob; digests come from the image, so they may be anything.
fn blob(folder: &Path, digest: &str) -> Result<PathBuf, ImageError> {
    inside(
        folder,
        &Path::new("blobs").join(digest.replacen(':', "/", 1)),
    )
}

/// A file of the image's folder, and of no other.
fn inside(folder: &Path, path: &Path) -> Result<PathBuf, ImageError> {
    let missing = || not_an_image(folder, format!("it lacks {}", path.display()));
    let folder = fs::canonicalize(folder).map_err(|_| missing())?;
    let file = fs::canonicalize(folder.join(path)).map_err(|_| missing())?;
    if file.starts_with(&folder) && file.is_file() {
        return Ok(file);
    }
    Err(missing())
}

fn read_json<T: for<'a> Deserialize<'a>>(file: &Path) -> Result<T, ImageError> {
    let text = fs::read(file).map_err(read_error(file))?;
    serde_json::from_slice(&text).map_err(|error| not_an_image(file, error.to_string()))
}

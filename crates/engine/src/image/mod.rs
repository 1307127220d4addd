//! Images: root file systems that containers start from.
//!
//! [`prepare`] makes an image from its [`ImageSource`] and adds what a workload needs. Images are
//! kept in a [`cache`] under a digest of what they are made from, so they change when the host's
//! programs do and are made once until then. [`Image::archive`] is the same image as managers
//! import it.

pub mod archive;
pub mod busybox;
pub mod cache;
pub mod compose;
pub mod debootstrap;
pub mod elf;
pub mod error;
pub mod host;
pub mod libraries;
pub mod musl;
pub mod tree;
pub mod unpack;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::program::Program;
use super::workload::Workload;
use super::workload::catalogue::Kind;
use super::workload::data::Data;
use cache::Cache;
pub use error::ImageError;
use setup::image::ImageSource;
use setup::size::Size;
use tree::Tree;

/// Folders that programs of any image may write to.
const ALWAYS_WRITABLE: [&str; 4] = ["/tmp", "/var/tmp", "/var/log", "/run"];

/// An image that is ready to be used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Value of the axis `image`, for instance `host-gnu`.
    pub name: String,
    /// Its root file system. It is never written to. Empty for a reference: only the manager has
    /// that image; and for none at all, where there is no container.
    pub root: PathBuf,
    /// SHA-256 over what it is made from, in hexadecimal; empty for a reference.
    pub digest: String,
    /// Regular files in it.
    #[serde(default)]
    pub files: u64,
    /// Their bytes.
    #[serde(default)]
    pub bytes: u64,
    /// Folders in a container that are written to, those that the image has: what a storage of
    /// read-only binds must copy.
    #[serde(default)]
    pub writable: Vec<PathBuf>,
}

/// The image of `source` with what `workload` needs, made now if the cache has none like it; no
/// image for a workload without a container.
///
/// # Errors
/// When the host lacks a program or library, the source is no image, or the cache cannot be
/// written.
pub fn prepare(source: &ImageSource, workload: &Workload) -> Result<Image, ImageError> {
    prepare_in(&Cache::of_user(), source, workload)
}

/// The programs that this host lacks to make an image that is made by programs; none where it was made
/// before.
pub fn missing_programs(source: &ImageSource) -> Vec<Program> {
    match source {
        ImageSource::MuslBusybox => musl::missing(&Cache::of_user()),
        ImageSource::Debootstrap { suite } => {
            debootstrap::missing(&Cache::of_user(), suite.as_deref())
        }
        ImageSource::HostGnu
        | ImageSource::HostBusybox
        | ImageSource::OciLayout(_)
        | ImageSource::Archive(_)
        | ImageSource::Reference(_) => Vec::new(),
    }
}

/// The image `host-gnu` with what `/bin/echo` needs.
///
/// # Errors
/// As [`prepare`].
pub fn host_gnu() -> Result<Image, ImageError> {
    prepare(&ImageSource::HostGnu, &Workload::hello_world())
}

/// [`prepare`] with a cache of one's own.
///
/// # Errors
/// As there.
pub fn prepare_in(
    cache: &Cache,
    source: &ImageSource,
    workload: &Workload,
) -> Result<Image, ImageError> {
    if workload.namespaces.is_some() {
        return Ok(Image::default());
    }
    let kind = workload.kind();
    let data = kind.map_or(Data::None, |kind| {
        kind.data(workload.size.unwrap_or(Size::Xs))
    });
    let base = match source {
        ImageSource::Reference(reference) => return pulled(reference, workload, data),
        ImageSource::HostGnu => listed(cache, "host-gnu", &host::tree()?)?,
        ImageSource::HostBusybox => listed(cache, "host-busybox", &busybox::tree()?)?,
        ImageSource::MuslBusybox => musl::image(cache)?,
        ImageSource::OciLayout(folder) => unpack::layout(cache, folder)?,
        ImageSource::Archive(file) => unpack::archive(cache, file)?,
        ImageSource::Debootstrap { suite } => debootstrap::image(cache, suite.as_deref())?,
    };
    let image = match kind {
        Some(kind) => composed(cache, base, kind, workload, data)?,
        None => base,
    };
    let paths = ALWAYS_WRITABLE
        .iter()
        .chain(kind.map_or(&[][..], Kind::writable))
        .map(PathBuf::from);
    let writable = paths
        .filter(|path| {
            let inside = path.strip_prefix("/").unwrap_or(path);
            image
                .root
                .join(inside)
                .symlink_metadata()
                .is_ok_and(|it| it.is_dir())
        })
        .collect();
    Ok(Image { writable, ..image })
}

/// An image that only the manager has: nothing can be added to it.
fn pulled(reference: &str, workload: &Workload, data: Data) -> Result<Image, ImageError> {
    if data != Data::None {
        return Err(ImageError::OnlyReference {
            reference: reference.to_owned(),
            workload: workload.label(),
        });
    }
    Ok(Image {
        name: reference.to_owned(),
        ..Image::default()
    })
}

fn listed(cache: &Cache, name: &str, tree: &Tree) -> Result<Image, ImageError> {
    let digest = digest_of(tree)?;
    cache.get_or_build(name, &digest, |root| {
        tree.write(root).map_err(cache::write_error(root))
    })
}

fn composed(
    cache: &Cache,
    base: Image,
    kind: Kind,
    workload: &Workload,
    data: Data,
) -> Result<Image, ImageError> {
    let programs = compose::missing_programs(&base.root, kind, workload)?;
    if programs.is_none() && data == Data::None {
        return Ok(base);
    }
    let mut hash = Sha256::new();
    hash.update(&base.digest);
    hash.update(programs.as_ref().map_or(Ok(String::new()), digest_of)?);
    hash.update(data.identity());
    let digest = hexadecimal(&hash.finalize());
    cache.get_or_build(&base.name, &digest, |root| {
        compose::share(&base.root, root)?;
        if let Some(programs) = &programs {
            compose::add(programs, root)?;
        }
        compose::make_room(root)?;
        let sqlite3 = host::find_program("sqlite3").unwrap_or_else(|| "sqlite3".into());
        Ok(data.write(root, &sqlite3)?)
    })
}

fn digest_of(tree: &Tree) -> Result<String, ImageError> {
    tree.digest().map_err(|source| ImageError::Read {
        path: PathBuf::from("a program of the host"),
        source,
    })
}

/// Bytes as digits, two for each.
fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Image {
    /// Whether there is nothing on disk: only the manager has it, and pulls it by its name.
    pub fn is_reference(&self) -> bool {
        self.root == Path::new("")
    }

    /// The name by which managers know it once [`Image::archive`] is imported; for a reference,
    /// that one.
    pub fn reference(&self) -> String {
        if self.is_reference() {
            return self.name.clone();
        }
        let digits = self
            .digest
            .get(..cache::NAME_DIGITS)
            .unwrap_or(&self.digest);
        format!(
            "localhost/ctrprof/{}:{digits}",
            cache::file_name(&self.name)
        )
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn workload(name: &str, size: Option<Size>) -> Workload {
        Workload::named(name, size).unwrap()
    }

    #[test]
    fn a_workload_adds_its_programs_and_data_to_a_base_that_stays_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::in_folder(folder.path());
        for source in [ImageSource::HostGnu, ImageSource::HostBusybox] {
            let base = prepare_in(&cache, &source, &Workload::hello_world()).unwrap();
            let read = workload("db-read", Some(Size::Xs));
            let image = prepare_in(&cache, &source, &read).unwrap();
            assert_eq!(image.name, base.name);
            assert_ne!(image.digest, base.digest);
            assert!(image.files > base.files && image.bytes > base.bytes + 151_000);
            assert!(image.root.join("usr/bin/sqlite3").exists());
            assert!(image.root.join("data/db/tpcc.db").exists());
            assert!(!base.root.join("usr/bin/sqlite3").exists());
            assert!(!base.root.join("data").exists());
            assert_eq!(prepare_in(&cache, &source, &read).unwrap(), image);
        }
    }

    #[test]
    fn sizes_have_images_of_their_own_and_reading_and_writing_share_one() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::in_folder(folder.path());
        let image = |name, size| {
            prepare_in(
                &cache,
                &ImageSource::HostBusybox,
                &workload(name, Some(size)),
            )
            .unwrap()
        };
        let read = image("db-read", Size::Xs);
        assert_ne!(read.digest, image("db-read", Size::Sm).digest);
        let write = image("db-write", Size::Xs);
        assert_eq!(read.digest, write.digest);
        let folder = PathBuf::from("/data/db");
        assert!(write.writable.contains(&folder) && !read.writable.contains(&folder));
        assert!(read.writable.contains(&PathBuf::from("/tmp")));
    }

    #[test]
    fn nothing_can_be_added_to_what_only_the_manager_has() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::in_folder(folder.path());
        let source = ImageSource::Reference("docker.io/library/alpine".to_owned());
        let image = prepare_in(&cache, &source, &Workload::hello_world()).unwrap();
        assert!(image.is_reference());
        assert_eq!(image.reference(), "docker.io/library/alpine");
        assert!(matches!(image.archive(), Err(ImageError::NoArchive { .. })));
        let error = prepare_in(&cache, &source, &workload("io-read", None)).unwrap_err();
        assert!(error.to_string().contains("io-read xs"), "{error}");
    }

    #[test]
    fn managers_know_an_image_by_its_name_and_digest() {
        let image = Image {
            name: "My Image".to_owned(),
            root: PathBuf::from("/cache/x/root"),
            digest: "0123456789abcdef0123".to_owned(),
            ..Image::default()
        };
        let expected = "localhost/ctrprof/my-image:0123456789abcdef";
        assert_eq!(image.reference(), expected);
    }
}

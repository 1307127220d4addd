//! An image as one file that managers import: `docker load`, `podman load`, `ctr images import`.
//!
//! It is a tar archive of an OCI image layout (image-layout.md of the OCI image specification)
//! with the `manifest.json` of `docker save` beside it, as Docker itself has written since version
//! 25. There is one layer. Times are fixed and names sorted, so the same image gives the same file.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tar::{Builder, EntryType, Header};

use super::cache::write_error;
use super::{Image, ImageError, hexadecimal};

/// Name of the file beside the image's root.
const FILE_NAME: &str = "image.tar";
/// 2020-01-01: archives do not depend on when they are made.
const MODIFIED_S: u64 = 1_577_836_800;
/// The same, as the specification wants it.
const CREATED: &str = "2020-01-01T00:00:00Z";
/// Unit of a tar archive.
const BLOCK_BYTES: u64 = 512;
/// Search path of programs in a container.
const SEARCH_PATH: &str = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

impl Image {
    /// The image as one file; made now if the cache has none.
    ///
    /// # Errors
    /// When the cache cannot be written, or only the manager has the image.
    pub fn archive(&self) -> Result<PathBuf, ImageError> {
        if self.is_reference() {
            return Err(ImageError::NoArchive {
                reference: self.name.clone(),
            });
        }
        let path = self.folder().join(FILE_NAME);
        if path.is_file() {
            return Ok(path);
        }
        let partial =
            tempfile::NamedTempFile::new_in(self.folder()).map_err(write_error(self.folder()))?;
        write(&self.root, &self.reference(), partial.as_file()).map_err(write_error(&path))?;
        // A rootless manager reads it as another user.
        let readable = fs::Permissions::from_mode(0o644);
        partial
            .as_file()
            .set_permissions(readable)
            .map_err(write_error(&path))?;
        partial
            .persist(&path)
            .map_err(|error| write_error(&path)(error.error))?;
        Ok(path)
    }
}

/// Writes the image with this root and name.
fn write(root: &Path, reference: &str, file: &File) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 18, file);
    // How long the layer is, and its digest, is known when it is written.
    out.write_all(&[0; BLOCK_BYTES as usize])?;
    let mut layer = Hashing::new(&mut out);
    write_layer(root, &mut layer)?;
    let (layer_bytes, layer_digest) = layer.finish();
    let padding = layer_bytes.next_multiple_of(BLOCK_BYTES) - layer_bytes;
    out.write_all(&vec![0; padding as usize])?;
    let mut archive = Builder::new(out);
    let config = append_blob(&mut archive, &config(&layer_digest))?;
    let manifest = append_blob(&mut archive, &manifest(&config, layer_bytes, &layer_digest))?;
    append(&mut archive, "index.json", &index(&manifest, reference))?;
    append(
        &mut archive,
        "oci-layout",
        &json!({"imageLayoutVersion": "1.0.0"}),
    )?;
    let docker = json!([{
        "Config": blob_path(&config.digest),
        "RepoTags": [reference],
        "Layers": [blob_path(&layer_digest)],
    }]);
    append(&mut archive, "manifest.json", &docker)?;
    let mut out = archive.into_inner()?;
    out.flush()?;
    let mut file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(header(&blob_path(&layer_digest), layer_bytes)?.as_bytes())
}

/// A blob that was written.
struct Blob {
    digest: String,
    bytes: u64,
}

/// The configuration of a container: nothing but a search path and something to wait with.
fn config(layer_digest: &str) -> Value {
    json!({
        "created": CREATED,
        "architecture": architecture(),
        "os": "linux",
        "config": {
            "Env": [SEARCH_PATH],
            "Cmd": ["/bin/sleep", "infinity"],
            "WorkingDir": "/",
        },
        "rootfs": {
            "type": "layers",
            "diff_ids": [format!("sha256:{layer_digest}")],
        },
        "history": [{"created": CREATED, "created_by": "ctrprof"}],
    })
}

/// The architecture by the name that Go has for it.
pub(super) fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

fn manifest(config: &Blob, layer_bytes: u64, layer_digest: &str) -> Value {
    json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": format!("sha256:{}", config.digest),
            "size": config.bytes,
        },
        "layers": [{
            "mediaType": "application/vnd.oci.image.layer.v1.tar",
            "digest": format!("sha256:{layer_digest}"),
            "size": layer_bytes,
        }],
    })
}

fn index(manifest: &Blob, reference: &str) -> Value {
    let tag = reference.rsplit_once(':').map_or("latest", |(_, tag)| tag);
    json!({
        "schemaVersion": 2,
        "manifests": [{
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": format!("sha256:{}", manifest.digest),
            "size": manifest.bytes,
            "annotations": {
                "io.containerd.image.name": reference,
                "org.opencontainers.image.ref.name": tag,
            },
            "platform": {"architecture": architecture(), "os": "linux"},
        }],
    })
}

fn blob_path(digest: &str) -> String {
    format!("blobs/sha256/{digest}")
}

fn append_blob(archive: &mut Builder<impl Write>, value: &Value) -> io::Result<Blob> {
    let text = serde_json::to_vec(value)?;
    let digest = hexadecimal(&Sha256::digest(&text));
    let bytes = text.len() as u64;
    archive.append(&header(&blob_path(&digest), bytes)?, text.as_slice())?;
    Ok(Blob { digest, bytes })
}

fn append(archive: &mut Builder<impl Write>, path: &str, value: &Value) -> io::Result<()> {
    let text = serde_json::to_vec(value)?;
    archive.append(&header(path, text.len() as u64)?, text.as_slice())
}

fn header(path: &str, bytes: u64) -> io::Result<Header> {
    let mut header = Header::new_ustar();
    header.set_path(path)?;
    header.set_size(bytes);
    header.set_mode(0o644);
    header.set_mtime(MODIFIED_S);
    header.set_uid(0);
    header.set_gid(0);
    header.set_cksum();
    Ok(header)
}

/// Writes everything below `root` as a layer (layer.md of the specification).
fn write_layer(root: &Path, out: &mut impl Write) -> io::Result<()> {
    let mut layer = Layer {
        archive: Builder::new(out),
        names: HashMap::new(),
        is_root: nix::unistd::geteuid().is_root(),
    };
    layer.folder(root, Path::new(""))?;
    layer.archive.into_inner()?.flush()
}

struct Layer<W: Write> {
    archive: Builder<W>,
    /// First names of files that have several, by device and inode.
    names: HashMap<(u64, u64), PathBuf>,
    is_root: bool,
}

impl<W: Write> Layer<W> {
    fn folder(&mut self, root: &Path, inside: &Path) -> io::Result<()> {
        let mut names: Vec<_> = fs::read_dir(root.join(inside))?
            .map(|entry| Ok(entry?.file_name()))
            .collect::<io::Result<_>>()?;
        names.sort();
        for name in names {
            let path = inside.join(name);
            let metadata = fs::symlink_metadata(root.join(&path))?;
            self.entry(root, &path, &metadata)?;
            if metadata.is_dir() {
                self.folder(root, &path)?;
            }
        }
        Ok(())
    }

    fn entry(&mut self, root: &Path, path: &Path, metadata: &fs::Metadata) -> io::Result<()> {
        let mut header = self.header(metadata);
        let kind = metadata.file_type();
        let device = kind.is_block_device() || kind.is_char_device();
        if metadata.is_dir() {
            header.set_entry_type(EntryType::Directory);
            return self.archive.append_data(&mut header, path, io::empty());
        }
        if metadata.is_symlink() {
            header.set_entry_type(EntryType::Symlink);
            let target = fs::read_link(root.join(path))?;
            return self.archive.append_link(&mut header, path, target);
        }
        if device || kind.is_fifo() {
            header.set_entry_type(match () {
                () if kind.is_block_device() => EntryType::Block,
                () if kind.is_char_device() => EntryType::Char,
                () => EntryType::Fifo,
            });
            header.set_device_major(nix::sys::stat::major(metadata.rdev()) as u32)?;
            header.set_device_minor(nix::sys::stat::minor(metadata.rdev()) as u32)?;
            return self.archive.append_data(&mut header, path, io::empty());
        }
        if !metadata.is_file() {
            // A socket: nobody listens at it in another container.
            return Ok(());
        }
        self.file(root, path, metadata, header)
    }

    fn file(
        &mut self,
        root: &Path,
        path: &Path,
        metadata: &fs::Metadata,
        mut header: Header,
    ) -> io::Result<()> {
        if metadata.nlink() > 1 {
            // Other names may be those of another image in the cache.
            let inode = (metadata.dev(), metadata.ino());
            if let Some(first) = self.names.get(&inode) {
                header.set_entry_type(EntryType::Link);
                return self.archive.append_link(&mut header, path, first);
            }
            self.names.insert(inode, path.to_path_buf());
        }
        header.set_size(metadata.len());
        let file = File::open(root.join(path))?;
        self.archive.append_data(&mut header, path, file)
    }

    /// Permissions and owner; whoever is not root has made all files as themselves.
    fn header(&self, metadata: &fs::Metadata) -> Header {
        let mut header = Header::new_gnu();
        header.set_mode(metadata.mode() & 0o7777);
        header.set_mtime(MODIFIED_S);
        header.set_size(0);
        let owner = if self.is_root {
            (metadata.uid(), metadata.gid())
        } else {
            (0, 0)
        };
        header.set_uid(owner.0.into());
        header.set_gid(owner.1.into());
        header
    }
}

/// Counts and hashes what passes through.
struct Hashing<W> {
    out: W,
    hash: Sha256,
    bytes: u64,
}

impl<W: Write> Hashing<W> {
    fn new(out: W) -> Self {
        Self {
            out,
            hash: Sha256::new(),
            bytes: 0,
        }
    }

    fn finish(self) -> (u64, String) {
        (self.bytes, hexadecimal(&self.hash.finalize()))
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.out.write(buffer)?;
        self.hash.update(&buffer[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

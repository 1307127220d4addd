#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use super::*;
use crate::image::tree::Tree;

/// A tar archive of these paths with these contents; folders end in a slash, and `->` makes links.
fn tar_of(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (path, contents) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o640);
        header.set_size(0);
        header.set_mtime(0);
        header.set_uid(nix::unistd::getuid().as_raw().into());
        header.set_gid(nix::unistd::getgid().as_raw().into());
        if let Some(target) = contents.strip_prefix("->") {
            header.set_entry_type(tar::EntryType::Symlink);
            archive.append_link(&mut header, path, target).unwrap();
        } else if path.ends_with('/') {
            header.set_entry_type(tar::EntryType::Directory);
            header.set_mode(0o1777);
            archive.append_data(&mut header, path, io::empty()).unwrap();
        } else {
            header.set_size(contents.len() as u64);
            archive
                .append_data(&mut header, path, contents.as_bytes())
                .unwrap();
        }
    }
    archive.into_inner().unwrap()
}

fn read(root: &Path, path: &str) -> Option<String> {
    fs::read_to_string(root.join(path)).ok()
}

fn applied(layers: &[&[(&str, &str)]]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for entries in layers {
        layer::apply(tar_of(entries).as_slice(), root.path()).unwrap();
    }
    root
}

#[test]
fn a_higher_layer_adds_replaces_and_removes() {
    let root = applied(&[
        &[
            ("etc/", ""),
            ("etc/kept", "1"),
            ("etc/changed", "1"),
            ("etc/gone", "1"),
            ("folder/", ""),
            ("folder/inside", "1"),
            ("turned/", ""),
        ],
        &[
            ("etc/changed", "2"),
            ("etc/.wh.gone", ""),
            (".wh.folder", ""),
            ("turned", "now a file"),
        ],
    ]);
    assert_eq!(read(root.path(), "etc/kept").as_deref(), Some("1"));
    assert_eq!(read(root.path(), "etc/changed").as_deref(), Some("2"));
    assert_eq!(read(root.path(), "etc/gone"), None);
    assert!(!root.path().join("folder").exists());
    assert_eq!(read(root.path(), "turned").as_deref(), Some("now a file"));
    let mode = |path: &str| fs::metadata(root.path().join(path)).unwrap().mode() & 0o7777;
    assert_eq!((mode("etc"), mode("etc/kept")), (0o1777, 0o640));
}

#[test]
fn an_opaque_folder_keeps_only_what_its_own_layer_has() {
    let root = applied(&[
        &[
            ("a/", ""),
            ("a/below", "1"),
            ("a/b/", ""),
            ("a/b/below", "1"),
        ],
        &[
            ("a/", ""),
            ("a/b/", ""),
            ("a/b/own", "2"),
            ("a/.wh..wh..opq", ""),
        ],
    ]);
    assert_eq!(read(root.path(), "a/below"), None);
    assert_eq!(read(root.path(), "a/b/below"), None);
    assert_eq!(read(root.path(), "a/b/own").as_deref(), Some("2"));
}

#[test]
fn nothing_is_written_or_removed_outside() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("file"), "kept").unwrap();
    let link = format!("->{}", outside.path().display());
    for second in [("out/file", "overwritten"), ("out/.wh.file", "")] {
        let root = tempfile::tempdir().unwrap();
        let layer = tar_of(&[("out", &link), second]);
        let error = layer::apply(layer.as_slice(), root.path()).unwrap_err();
        assert!(error.to_string().contains("out"), "{error}");
        assert!(root.path().join("out").is_symlink());
    }
    assert_eq!(read(outside.path(), "file").as_deref(), Some("kept"));
}

#[test]
fn compressed_layers_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let plain = tar_of(&[("x", "1")]);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&plain).unwrap();
    let zstd = zstd::encode_all(plain.as_slice(), 1).unwrap();
    for bytes in [plain, gzip.finish().unwrap(), zstd] {
        let file = folder.path().join("layer");
        fs::write(&file, bytes).unwrap();
        let root = tempfile::tempdir().unwrap();
        let reader = layer::plain(File::open(&file).unwrap()).unwrap();
        layer::apply(reader, root.path()).unwrap();
        assert_eq!(read(root.path(), "x").as_deref(), Some("1"));
    }
}

/// An image of our own in a cache of its own.
fn small(cache: &Cache) -> Image {
    let mut tree = Tree::default();
    tree.folder("tmp", 0o1777);
    tree.folder("etc", 0o755);
    tree.text("etc/hostname", "from the image\n");
    tree.link(Path::new("/etc/link"), Path::new("hostname"));
    cache
        .get_or_build("small", &tree.digest().unwrap(), |root| {
            tree.write(root).map_err(write_error(root))?;
            let (first, second) = (root.join("etc/hostname"), root.join("etc/second"));
            fs::hard_link(first, second).map_err(write_error(root))
        })
        .unwrap()
}

#[test]
fn what_we_write_as_an_archive_we_read_as_an_image() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::in_folder(folder.path());
    let original = small(&cache);
    let file = original.archive().unwrap();
    let image = archive(&cache, &file).unwrap();
    assert_eq!(image.name, "image");
    assert_eq!(
        read(&image.root, "etc/link").as_deref(),
        Some("from the image\n")
    );
    let metadata = |path: &str| fs::metadata(image.root.join(path)).unwrap();
    assert_eq!(metadata("etc/hostname").ino(), metadata("etc/second").ino());
    assert_eq!(metadata("tmp").permissions().mode() & 0o7777, 0o1777);
    // The second time it comes from the cache.
    fs::write(image.root.join("proof"), "").unwrap();
    assert_eq!(archive(&cache, &file).unwrap(), image);
    assert!(image.root.join("proof").exists());
}

#[test]
fn the_same_archive_unpacked_is_an_oci_layout() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::in_folder(&folder.path().join("cache"));
    let unpacked = folder.path().join("my-image");
    tar::Archive::new(File::open(small(&cache).archive().unwrap()).unwrap())
        .unpack(&unpacked)
        .unwrap();
    let image = layout(&cache, &unpacked).unwrap();
    assert_eq!(image.name, "my-image");
    assert_eq!(
        read(&image.root, "etc/hostname").as_deref(),
        Some("from the image\n")
    );
    let docker = layout::docker_parts(&unpacked, &unpacked).unwrap();
    let oci = layout::parts(&unpacked).unwrap();
    assert_eq!(docker.layers, oci.layers);
}

#[test]
fn archives_do_not_depend_on_when_they_are_made() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::in_folder(folder.path());
    let path = small(&cache).archive().unwrap();
    let first = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    assert!(
        small(&cache)
            .archive()
            .is_ok_and(|path| fs::read(path).unwrap() == first)
    );
}

#[test]
fn what_is_no_image_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::in_folder(&folder.path().join("cache"));
    let message = |result: Result<Image, ImageError>| result.unwrap_err().to_string();
    assert!(message(layout(&cache, folder.path())).contains("index.json"));
    let file = folder.path().join("text");
    fs::write(&file, "no archive").unwrap();
    assert!(message(archive(&cache, &file)).contains("cannot be unpacked"));
    let index = |platform: &str| {
        format!(
            "{{\"manifests\":[{{\"digest\":\"sha256:../../x\",\"platform\":{{\"os\":\"linux\",\"architecture\":\"{platform}\"}}}}]}}"
        )
    };
    fs::write(folder.path().join("index.json"), index("z80")).unwrap();
    assert!(message(layout(&cache, folder.path())).contains("linux on"));
    let own = crate::image::archive::architecture();
    fs::write(folder.path().join("index.json"), index(own)).unwrap();
    assert!(message(layout(&cache, folder.path())).contains("lacks"));
}

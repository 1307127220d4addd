//! A workload's image: a base, the programs that it lacks, and the workload's data.
//!
//! Files of the base are shared by hard links, so a workload costs no more room than what it adds.
//! Nothing is ever written into a file of an image, only beside it.

use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt, lchown, symlink};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{OFlag, OpenHow, ResolveFlag, openat2};

use super::ImageError;
use super::cache::write_error;
use super::host;
use super::tree::{Entry, Tree};
use crate::workload::Workload;
use crate::workload::catalogue::Kind;

/// Folders that programs are looked for in.
const PROGRAM_FOLDERS: [&str; 6] = [
    "usr/local/bin",
    "usr/bin",
    "bin",
    "usr/local/sbin",
    "usr/sbin",
    "sbin",
];
/// Where the data of workloads is written; what a base has there makes room for it.
const DATA_FOLDERS: [&str; 5] = [
    "data/db",
    "data/in",
    "data/out",
    "data/www",
    "usr/lib/ctrprof",
];
/// The loader's cache speaks of the libraries of one root: where there is one, it stays.
const LOADER_CACHE: &str = "etc/ld.so.cache";

/// The programs of `workload` that the root file system `base` lacks, as the host has them.
///
/// # Errors
/// When the host lacks one too, or a library of it.
pub fn missing_programs(
    base: &Path,
    kind: Kind,
    workload: &Workload,
) -> Result<Option<Tree>, ImageError> {
    let called = workload.command.first().map_or("", String::as_str);
    let missing: Vec<_> = kind
        .programs()
        .iter()
        .filter(|program| !has_program(base, program.name, called))
        .map(|program| (program.name, program.package))
        .collect();
    if missing.is_empty() {
        return Ok(None);
    }
    host::programs(missing).map(Some)
}

/// Whether `root` has the program: at the path by which it is called, or else anywhere.
fn has_program(root: &Path, name: &str, called: &str) -> bool {
    if Path::new(called).file_name() == Some(name.as_ref()) {
        return resolve(root, Path::new(called)).is_ok();
    }
    PROGRAM_FOLDERS
        .iter()
        .any(|folder| resolve(root, &Path::new(folder).join(name)).is_ok())
}

/// Makes `target`, an empty folder, the same as `base`.
///
/// # Errors
/// When a file can be neither linked nor copied.
pub fn share(base: &Path, target: &Path) -> Result<(), ImageError> {
    share_folder(base, target).map_err(write_error(target))
}

fn share_folder(base: &Path, target: &Path) -> io::Result<()> {
    for entry in fs::read_dir(base)? {
        let entry = entry?;
        let copy = target.join(entry.file_name());
        let metadata = entry.metadata()?;
        if metadata.is_dir() {
            fs::create_dir(&copy)?;
            share_folder(&entry.path(), &copy)?;
        } else {
            share_file(&entry.path(), &copy, &metadata)?;
            continue;
        }
        take_over(&copy, &metadata)?;
    }
    Ok(())
}

fn share_file(file: &Path, copy: &Path, metadata: &fs::Metadata) -> io::Result<()> {
    match fs::hard_link(file, copy) {
        // Another file system, more names than this one allows, or a file of somebody else.
        Err(error)
            if metadata.is_file()
                && [Errno::EXDEV, Errno::EMLINK, Errno::EPERM]
                    .iter()
                    .any(|&errno| error.raw_os_error() == Some(errno as i32)) =>
        {
            fs::copy(file, copy)?;
            take_over(copy, metadata)
        }
        outcome => outcome,
    }
}

fn take_over(copy: &Path, metadata: &fs::Metadata) -> io::Result<()> {
    if nix::unistd::geteuid().is_root() {
        lchown(copy, Some(metadata.uid()), Some(metadata.gid()))?;
    }
    fs::set_permissions(copy, Permissions::from_mode(metadata.mode() & 0o7777))
}

/// Adds a list of the host's files to `root`. What is there stays; a file that is there with other
/// contents is an error, because a program would find a library that is not its own.
///
/// # Errors
/// In that case, and when a file cannot be written.
pub fn add(tree: &Tree, root: &Path) -> Result<(), ImageError> {
    for (path, entry) in tree.entries() {
        add_entry(path, entry, root)?;
    }
    Ok(())
}

fn add_entry(path: &Path, entry: &Entry, root: &Path) -> Result<(), ImageError> {
    let failed = write_error(root);
    if let Ok(there) = resolve(root, path) {
        return match entry {
            Entry::File { source, .. } if path != Path::new(LOADER_CACHE) => {
                let same = fs::read(&there).ok() == fs::read(source).ok();
                same.then_some(()).ok_or_else(|| ImageError::Conflict {
                    path: Path::new("/").join(path),
                })
            }
            Entry::File { .. } | Entry::Folder(_) | Entry::Link(_) | Entry::Text(_) => Ok(()),
        };
    }
    let place = match place(root, path) {
        Ok(place) => place,
        Err(error) => return Err(failed(error)),
    };
    let written = match entry {
        Entry::Folder(mode) => fs::create_dir(&place).and_then(|()| set_mode(&place, *mode)),
        Entry::Link(target) => match symlink(target, &place) {
            // A link that leads nowhere yet.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            outcome => outcome,
        },
        Entry::File { source, mode } => fs::copy(source, &place)
            .map(drop)
            .and_then(|()| set_mode(&place, *mode)),
        Entry::Text(text) => fs::write(&place, text).and_then(|()| set_mode(&place, 0o644)),
    };
    written.map_err(failed)
}

fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, Permissions::from_mode(mode))
}

/// Removes what `root` has where workloads put their data, so that nothing of it is written into.
///
/// # Errors
/// When something cannot be removed, or a link stands where the data should be.
pub fn make_room(root: &Path) -> Result<(), ImageError> {
    for folder in DATA_FOLDERS {
        let mut path = root.to_path_buf();
        for part in Path::new(folder) {
            path.push(part);
            if path.is_symlink() {
                return Err(ImageError::Link { path });
            }
        }
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(write_error(&path)(error));
            }
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

/// Where `path` leads in `root`, all links followed as in a container.
fn resolve(root: &Path, path: &Path) -> io::Result<PathBuf> {
    let folder = fs::File::open(root)?;
    let how = OpenHow::new()
        .flags(OFlag::O_PATH | OFlag::O_CLOEXEC)
        .resolve(ResolveFlag::RESOLVE_IN_ROOT);
    let found = openat2(&folder, path, how)?;
    // A file's own name: proc(5), /proc/pid/fd.
    fs::read_link(format!("/proc/self/fd/{}", found.as_raw_fd()))
}

/// Where a new file with this path belongs: its folder may be reached by links.
fn place(root: &Path, path: &Path) -> io::Result<PathBuf> {
    let folder = Path::new("/").join(path.parent().unwrap_or(Path::new("")));
    let name = path.file_name().map(OsString::from).unwrap_or_default();
    Ok(resolve(root, &folder)?.join(name))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn a_shared_base_has_the_same_files_and_keeps_its_modes() {
        let (base, target) = (folder(), folder());
        fs::create_dir(base.path().join("tmp")).unwrap();
        set_mode(&base.path().join("tmp"), 0o1777).unwrap();
        fs::write(base.path().join("tmp/x"), "contents").unwrap();
        symlink("/no/such", base.path().join("link")).unwrap();
        share(base.path(), target.path()).unwrap();
        let inode = |root: &Path| fs::metadata(root.join("tmp/x")).unwrap().ino();
        assert_eq!(inode(base.path()), inode(target.path()));
        let mode = fs::metadata(target.path().join("tmp")).unwrap().mode();
        assert_eq!(mode & 0o7777, 0o1777);
        let link = fs::read_link(target.path().join("link")).unwrap();
        assert_eq!(link, Path::new("/no/such"));
    }

    #[test]
    fn links_in_an_image_lead_to_the_image_and_not_to_the_host() {
        let (root, outside) = (folder(), folder());
        fs::create_dir_all(root.path().join("usr/bin")).unwrap();
        symlink("/usr/bin", root.path().join("bin")).unwrap();
        symlink(outside.path(), root.path().join("escape")).unwrap();
        let mut tree = Tree::default();
        tree.text("bin/tool", "x");
        add(&tree, root.path()).unwrap();
        assert!(root.path().join("usr/bin/tool").exists());
        assert!(has_program(root.path(), "tool", "/bin/sh"));
        assert!(has_program(root.path(), "tool", "/bin/tool"));
        assert!(!has_program(root.path(), "tool", "/sbin/tool"));
        let mut tree = Tree::default();
        tree.text("escape/file", "x");
        add(&tree, root.path()).unwrap_err();
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
    }

    #[test]
    fn another_file_at_a_path_is_a_conflict_and_the_same_one_is_not() {
        let (root, host) = (folder(), folder());
        let source = host.path().join("libc.so");
        fs::write(&source, "of the host").unwrap();
        let mut tree = Tree::default();
        tree.file("libc.so", &source, 0o644);
        add(&tree, root.path()).unwrap();
        add(&tree, root.path()).unwrap();
        fs::write(root.path().join("libc.so"), "of the image").unwrap();
        let error = add(&tree, root.path()).unwrap_err();
        assert!(error.to_string().contains("/libc.so"), "{error}");
    }

    #[test]
    fn data_makes_room_but_never_through_a_link() {
        let (root, outside) = (folder(), folder());
        fs::create_dir_all(root.path().join("data/db")).unwrap();
        fs::write(root.path().join("data/kept"), "").unwrap();
        make_room(root.path()).unwrap();
        assert!(!root.path().join("data/db").exists());
        assert!(root.path().join("data/kept").exists());
        fs::remove_dir_all(root.path().join("data")).unwrap();
        symlink(outside.path(), root.path().join("data")).unwrap();
        let error = make_room(root.path());
        assert!(matches!(error, Err(ImageError::Link { .. })));
    }
}

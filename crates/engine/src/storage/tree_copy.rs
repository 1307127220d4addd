//! Deep copies of file trees: names, contents, owners, bits, times, extended attributes, hard
//! links and device files.
//!
//! Contents go through read(2) and write(2): copy_file_range(2) and FICLONE would let file systems
//! such as XFS and Btrfs share the blocks instead, and a deep copy would cost no more than a
//! snapshot.

use std::collections::HashMap;
use std::ffi::{CStr, CString};
use std::fs::{self, File, FileType, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{
    DirBuilderExt, FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt, lchown, symlink,
};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::AT_FDCWD;
use nix::sys::stat::{Mode, SFlag, UtimensatFlags, mknod, utimensat};
use nix::sys::time::TimeSpec;

use super::error::{StorageError, failed};

/// How much is read at once.
const BUFFER_BYTES: usize = 256 << 10;
/// Properties of files on Btrfs are shown as attributes that other file systems refuse.
const OF_BTRFS: &[u8] = b"btrfs.";

/// Copies `from`, a file, folder or link with all it holds, to `to`, which must not be there.
///
/// # Errors
/// When something cannot be read or written; what was written until then is left.
pub fn copy_tree(from: &Path, to: &Path) -> Result<(), StorageError> {
    TreeCopy {
        links: HashMap::new(),
        buffer: vec![0; BUFFER_BYTES],
    }
    .copy(from, to)
}

/// Writes back what was copied, so that the disk is not busy with it when runs begin.
///
/// # Errors
/// When the folder cannot be opened or writing fails.
pub fn settle(folder: &Path) -> Result<(), StorageError> {
    File::open(folder)
        .and_then(|folder| Ok(nix::unistd::syncfs(folder)?))
        .map_err(failed("write back", folder))
}

struct TreeCopy {
    /// Where files with several names were copied to, by device and inode number.
    links: HashMap<(u64, u64), PathBuf>,
    buffer: Vec<u8>,
}

impl TreeCopy {
    fn copy(&mut self, from: &Path, to: &Path) -> Result<(), StorageError> {
        let metadata = fs::symlink_metadata(from).map_err(failed("read", from))?;
        let kind = metadata.file_type();
        if kind.is_dir() {
            self.copy_folder(from, to)?;
        } else {
            let identity = (metadata.dev(), metadata.ino());
            if let Some(first) = self.links.get(&identity) {
                return fs::hard_link(first, to).map_err(failed("link", to));
            }
            if metadata.nlink() > 1 {
                self.links.insert(identity, to.to_path_buf());
            }
            self.copy_entry(from, to, &metadata)
                .map_err(failed("copy", from))?;
        }
        copy_attributes(from, to, &metadata).map_err(failed("copy the attributes of", from))
    }

    fn copy_folder(&mut self, from: &Path, to: &Path) -> Result<(), StorageError> {
        fs::DirBuilder::new()
            .mode(0o700)
            .create(to)
            .map_err(failed("make", to))?;
        for entry in fs::read_dir(from).map_err(failed("read", from))? {
            let name = entry.map_err(failed("read", from))?.file_name();
            self.copy(&from.join(&name), &to.join(&name))?;
        }
        Ok(())
    }

    fn copy_entry(&mut self, from: &Path, to: &Path, metadata: &Metadata) -> io::Result<()> {
        let kind = metadata.file_type();
        if kind.is_symlink() {
            symlink(fs::read_link(from)?, to)
        } else if kind.is_file() {
            self.copy_contents(from, to)
        } else {
            let mode = Mode::from_bits_truncate(metadata.mode());
            Ok(mknod(to, special(kind), mode, metadata.rdev())?)
        }
    }

    fn copy_contents(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        let mut source = File::open(from)?;
        let mut target = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(to)?;
        loop {
            match source.read(&mut self.buffer)? {
                0 => return Ok(()),
                length => target.write_all(&self.buffer[..length])?,
            }
        }
    }
}

/// The type by which mknod(2) makes this kind, which is none of file, folder and link.
fn special(kind: FileType) -> SFlag {
    if kind.is_block_device() {
        SFlag::S_IFBLK
    } else if kind.is_char_device() {
        SFlag::S_IFCHR
    } else if kind.is_socket() {
        SFlag::S_IFSOCK
    } else {
        SFlag::S_IFIFO
    }
}

/// The owner first: chown(2) clears set-user-ID bits and capabilities. The times last.
fn copy_attributes(from: &Path, to: &Path, metadata: &Metadata) -> io::Result<()> {
    lchown(to, Some(metadata.uid()), Some(metadata.gid()))?;
    copy_extended(from, to)?;
    if !metadata.file_type().is_symlink() {
        fs::set_permissions(to, fs::Permissions::from_mode(metadata.mode() & 0o7777))?;
    }
    let accessed = TimeSpec::new(metadata.atime(), metadata.atime_nsec());
    let modified = TimeSpec::new(metadata.mtime(), metadata.mtime_nsec());
    utimensat(
        AT_FDCWD,
        to,
        &accessed,
        &modified,
        UtimensatFlags::NoFollowSymlink,
    )?;
    Ok(())
}

/// Extended attributes (xattr(7)), such as capabilities of programs.
fn copy_extended(from: &Path, to: &Path) -> io::Result<()> {
    let source = CString::new(from.as_os_str().as_bytes())?;
    let target = CString::new(to.as_os_str().as_bytes())?;
    let names = match sized(|buffer, length| {
        // SAFETY: the path is a C string, and the kernel writes at most `length` bytes.
        unsafe { libc::llistxattr(source.as_ptr(), buffer.cast(), length) }
    }) {
        // File systems without extended attributes.
        Err(Errno::EOPNOTSUPP) => return Ok(()),
        names => names?,
    };
    for name in names.split_inclusive(|&byte| byte == 0) {
        if name.starts_with(OF_BTRFS) {
            continue;
        }
        let name = CStr::from_bytes_with_nul(name).map_err(io::Error::other)?;
        let value = sized(|buffer, length| {
            // SAFETY: path and name are C strings, and the kernel writes at most `length` bytes.
            unsafe { libc::lgetxattr(source.as_ptr(), name.as_ptr(), buffer.cast(), length) }
        })?;
        // SAFETY: path and name are C strings, and the kernel reads `value.len()` bytes.
        let result = unsafe {
            libc::lsetxattr(
                target.as_ptr(),
                name.as_ptr(),
                value.as_ptr().cast(),
                value.len(),
                0,
            )
        };
        Errno::result(result)?;
    }
    Ok(())
}

/// Calls with no buffer to learn the length, then with one that is long enough.
fn sized(call: impl Fn(*mut u8, usize) -> isize) -> Result<Vec<u8>, Errno> {
    let length = Errno::result(call(std::ptr::null_mut(), 0))?;
    let mut bytes = vec![0; length.unsigned_abs()];
    let length = Errno::result(call(bytes.as_mut_ptr(), bytes.len()))?;
    bytes.truncate(length.unsigned_abs());
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn a_copy_has_the_same_names_contents_bits_links_and_times() {
        let folder = tempfile::tempdir().unwrap();
        let (image, copy) = (folder.path().join("image"), folder.path().join("copy"));
        fs::create_dir_all(image.join("bin")).unwrap();
        fs::write(image.join("bin/tool"), vec![7; BUFFER_BYTES + 1]).unwrap();
        let mode = fs::Permissions::from_mode(0o4751);
        fs::set_permissions(image.join("bin/tool"), mode).unwrap();
        symlink("tool", image.join("bin/alias")).unwrap();
        fs::hard_link(image.join("bin/tool"), image.join("bin/same")).unwrap();
        nix::unistd::mkfifo(&image.join("pipe"), Mode::S_IRUSR).unwrap();
        let old = TimeSpec::new(1_000_000_000, 5);
        let flags = UtimensatFlags::NoFollowSymlink;
        utimensat(AT_FDCWD, &image.join("bin"), &old, &old, flags).unwrap();
        copy_tree(&image, &copy).unwrap();
        let tool = fs::metadata(copy.join("bin/tool")).unwrap();
        assert_eq!((tool.mode() & 0o7777, tool.nlink()), (0o4751, 2));
        assert_eq!(
            tool.ino(),
            fs::metadata(copy.join("bin/same")).unwrap().ino()
        );
        assert_eq!(
            fs::read(copy.join("bin/alias")).unwrap(),
            vec![7; BUFFER_BYTES + 1]
        );
        assert_eq!(
            fs::read_link(copy.join("bin/alias")).unwrap(),
            Path::new("tool")
        );
        assert!(
            fs::metadata(copy.join("pipe"))
                .unwrap()
                .file_type()
                .is_fifo()
        );
        let bin = fs::metadata(copy.join("bin")).unwrap();
        assert_eq!((bin.mtime(), bin.mtime_nsec()), (1_000_000_000, 5));
    }

    #[test]
    fn extended_attributes_come_along() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::write(&from, "x").unwrap();
        let path = CString::new(from.as_os_str().as_bytes()).unwrap();
        // SAFETY: path and name are C strings, and three bytes of the value are read.
        let set = unsafe {
            libc::lsetxattr(
                path.as_ptr(),
                c"user.ctrprof".as_ptr(),
                c"abc".as_ptr().cast(),
                3,
                0,
            )
        };
        assert_eq!(set, 0, "{}", io::Error::last_os_error());
        copy_tree(&from, &to).unwrap();
        let path = CString::new(to.as_os_str().as_bytes()).unwrap();
        let value = sized(|buffer, length| {
            // SAFETY: path and name are C strings, and at most `length` bytes are written.
            unsafe {
                libc::lgetxattr(
                    path.as_ptr(),
                    c"user.ctrprof".as_ptr(),
                    buffer.cast(),
                    length,
                )
            }
        });
        assert_eq!(value.unwrap(), b"abc");
    }

    #[test]
    fn what_is_not_there_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = copy_tree(Path::new("/no/such/image"), &folder.path().join("copy"));
        assert!(error.unwrap_err().to_string().contains("/no/such/image"));
    }
}

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
use std::ffi::CString;
use std::io::Write;
use std::os::fd::FromRawFd;

use nix::sys::statfs::{TMPFS_MAGIC, statfs};

use super::*;

/// A folder with a file of 10 pages, one of a byte, an empty one, and a link out.
fn data() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("in")).unwrap();
    fs::write(folder.path().join("in/large"), vec![1; 40_960]).unwrap();
    fs::write(folder.path().join("small"), "x").unwrap();
    fs::write(folder.path().join("empty"), "").unwrap();
    std::os::unix::fs::symlink("/proc/kcore", folder.path().join("link")).unwrap();
    folder
}

#[test]
fn what_was_just_written_is_resident() {
    let folder = data();
    let all = Residency { pages: 11, of: 11 };
    assert_eq!(resident(folder.path()).unwrap(), all);
    assert_eq!(apply(CachePolicy::Warm, folder.path()).unwrap(), all);
    assert_eq!(contradiction(CachePolicy::Warm, all), None);
}

/// Dirty pages too. On a host whose folder for temporary files is in memory, that they stay must be
/// said.
#[test]
fn evicted_files_are_not_resident_and_come_back_when_they_are_read() {
    let folder = data();
    let in_memory = statfs(folder.path()).unwrap().filesystem_type() == TMPFS_MAGIC;
    let left = apply(CachePolicy::Cold, folder.path()).unwrap();
    assert_eq!(left.of, 11);
    assert_eq!(left.pages, if in_memory { 11 } else { 0 });
    assert_eq!(contradiction(CachePolicy::Cold, left).is_some(), in_memory);
    assert_eq!(resident(folder.path()).unwrap(), left);
    warm(folder.path()).unwrap();
    assert_eq!(resident(folder.path()).unwrap().pages, 11);
    let contents = fs::read(folder.path().join("in/large")).unwrap();
    assert_eq!(contents, vec![1; 40_960]);
}

#[test]
fn pages_that_cannot_be_evicted_are_said_to_stay() {
    let name = CString::new("ctrprof-test").unwrap();
    // SAFETY: the name ends with a zero.
    let descriptor = unsafe { libc::memfd_create(name.as_ptr(), libc::MFD_CLOEXEC) };
    assert!(descriptor >= 0);
    // SAFETY: the descriptor was made here and belongs to nobody else.
    let mut file = unsafe { File::from_raw_fd(descriptor) };
    file.write_all(&[1; 8_192]).unwrap();
    let path = PathBuf::from(format!("/proc/self/fd/{descriptor}"));
    let left = evict(&path).unwrap();
    assert_eq!(left, Residency { pages: 2, of: 2 });
    let sentence = contradiction(CachePolicy::Cold, left).unwrap();
    assert!(sentence.contains("2 of 2 pages"), "{sentence}");
}

#[test]
fn a_sparse_file_has_pages_that_are_not_resident() {
    let folder = tempfile::tempdir().unwrap();
    let file = File::create_new(folder.path().join("sparse")).unwrap();
    // More than are asked about at once.
    file.set_len((1 << 28) + 1).unwrap();
    let residency = resident(folder.path()).unwrap();
    assert_eq!(
        residency,
        Residency {
            pages: 0,
            of: (1 << 16) + 1
        }
    );
    assert!(contradiction(CachePolicy::Warm, residency).is_some());
}

#[test]
fn no_data_is_both_warm_and_cold() {
    let nothing = Path::new("/no/such/folder");
    for policy in CachePolicy::ALL {
        let residency = apply(policy, nothing).unwrap();
        assert_eq!(residency, Residency::default());
        assert_eq!(contradiction(policy, residency), None);
    }
}

#[test]
fn policies_have_names() {
    for policy in CachePolicy::ALL {
        assert_eq!(policy.to_string().parse(), Ok(policy));
    }
    assert!("hot".parse::<CachePolicy>().is_err());
}

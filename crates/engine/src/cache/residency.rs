//! Which pages of a file are in memory, by mincore(2) over a mapping of it.
//!
//! cachestat(2) would need no mapping, but asks about the file that was opened: on overlayfs that
//! one has no pages, they belong to the file below (fs/overlayfs/file.c, v6.18). A mapping is one
//! of the file below (backing_file_mmap in fs/backing-file.c, v6.18).

use std::ffi::c_void;
use std::fs::File;
use std::io;
use std::ops::AddAssign;
use std::os::fd::AsRawFd;
use std::ptr;

use serde::{Deserialize, Serialize};

/// Pages that are asked about at once: the answer has a byte for each.
const PAGES_AT_ONCE: u64 = 1 << 16;

/// How much of some files is in memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Residency {
    /// Pages that are.
    pub pages: u64,
    /// Pages that there are.
    pub of: u64,
}

impl AddAssign for Residency {
    fn add_assign(&mut self, other: Self) {
        self.pages += other.pages;
        self.of += other.of;
    }
}

/// Counts the pages of a regular file. Nothing is read: a mapping is not touched.
///
/// # Errors
/// When the file cannot be mapped.
pub fn of_file(file: &File) -> io::Result<Residency> {
    let page_bytes = page_bytes()?;
    let of = file.metadata()?.len().div_ceil(page_bytes);
    let mut residency = Residency { pages: 0, of };
    let mut answer = vec![0_u8; of.min(PAGES_AT_ONCE) as usize];
    for first in (0..of).step_by(PAGES_AT_ONCE as usize) {
        let count = (of - first).min(PAGES_AT_ONCE);
        let mapping = Mapping::new(file, first * page_bytes, count * page_bytes)?;
        mapping.ask(&mut answer[..count as usize])?;
        // The lowest bit says it; the others are reserved (mincore(2)).
        let resident = answer[..count as usize]
            .iter()
            .filter(|&&page| page & 1 == 1);
        residency.pages += resident.count() as u64;
    }
    Ok(residency)
}

fn page_bytes() -> io::Result<u64> {
    // SAFETY: the call takes a number.
    let bytes = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    u64::try_from(bytes).map_err(|_| io::Error::last_os_error())
}

/// A part of a file in the address space, never touched.
struct Mapping {
    start: *mut c_void,
    bytes: usize,
}

impl Mapping {
    fn new(file: &File, offset: u64, bytes: u64) -> io::Result<Self> {
        let too_large = |_| io::Error::from_raw_os_error(libc::EFBIG);
        let bytes = usize::try_from(bytes).map_err(too_large)?;
        let offset = libc::off_t::try_from(offset).map_err(too_large)?;
        // SAFETY: the kernel chooses the address, so nothing of ours is replaced. A shared mapping
        // without any access right cannot be read or written by accident.
        let start = unsafe {
            libc::mmap(
                ptr::null_mut(),
                bytes,
                libc::PROT_NONE,
                libc::MAP_SHARED,
                file.as_raw_fd(),
                offset,
            )
        };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        Ok(Self { start, bytes })
    }

    /// Fills `answer`, which has a byte for each page of the mapping.
    fn ask(&self, answer: &mut [u8]) -> io::Result<()> {
        // SAFETY: the mapping is ours, and the answer has as many bytes as it has pages.
        let result = unsafe { libc::mincore(self.start, self.bytes, answer.as_mut_ptr()) };
        nix::errno::Errno::result(result)?;
        Ok(())
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: nobody has a pointer into the mapping. It cannot fail: it is one, and whole.
        unsafe { libc::munmap(self.start, self.bytes) };
    }
}

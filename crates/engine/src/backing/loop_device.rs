//! Loop devices: block devices that keep their blocks in a file (loop(4), drivers/block/loop.c and
//! include/uapi/linux/loop.h, v6.18).
//!
//! A device of ours clears itself when the last one closes it: this process, a mount, or a device
//! mapper table on top. So whatever ends the process, none is left once its mounts are gone.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::{PosixFadviseAdvice, posix_fadvise};

use super::BackingError;

const LOOP_CLR_FD: libc::c_ulong = 0x4C01;
const LOOP_GET_STATUS64: libc::c_ulong = 0x4C05;
/// Since Linux 5.8.
const LOOP_CONFIGURE: libc::c_ulong = 0x4C0A;
const LOOP_CTL_GET_FREE: libc::c_ulong = 0x4C82;
const LO_FLAGS_AUTOCLEAR: u32 = 4;
const LO_FLAGS_DIRECT_IO: u32 = 16;
/// `_IO(0x12, 97)` of include/uapi/linux/fs.h: writes back and drops the device's own pages.
const BLKFLSBUF: libc::c_ulong = 0x1261;
/// How often another process may snatch the free device before we give up.
const ATTEMPTS: u32 = 100;
/// How long a device that nobody uses may take to clear: programs that look at new devices (udev)
/// hold them open for a moment.
const TIMEOUT: Duration = Duration::from_secs(5);

#[repr(C)]
#[derive(Clone, Copy)]
struct LoopInfo64 {
    device: u64,
    inode: u64,
    rdevice: u64,
    offset: u64,
    size_limit: u64,
    number: u32,
    encrypt_type: u32,
    encrypt_key_size: u32,
    flags: u32,
    file_name: [u8; 64],
    crypt_name: [u8; 64],
    encrypt_key: [u8; 32],
    init: [u64; 2],
}

#[repr(C)]
struct LoopConfig {
    fd: u32,
    block_size: u32,
    info: LoopInfo64,
    reserved: [u64; 8],
}

const _: () = assert!(size_of::<LoopInfo64>() == 232 && size_of::<LoopConfig>() == 304);

const EMPTY_INFO: LoopInfo64 = LoopInfo64 {
    device: 0,
    inode: 0,
    rdevice: 0,
    offset: 0,
    size_limit: 0,
    number: 0,
    encrypt_type: 0,
    encrypt_key_size: 0,
    flags: 0,
    file_name: [0; 64],
    crypt_name: [0; 64],
    encrypt_key: [0; 32],
    init: [0; 2],
};

/// A loop device on a file, held open.
#[derive(Debug)]
pub struct LoopDevice {
    number: u32,
    path: PathBuf,
    device: File,
    file: File,
    is_direct: bool,
}

impl LoopDevice {
    /// Attaches a free device to `file`, whose length becomes the device's.
    ///
    /// Direct I/O is asked for, so that blocks are not cached twice; a file system that cannot do
    /// it, or not in the device's block size, is served through its page cache.
    ///
    /// # Errors
    /// When /dev/loop-control or the file cannot be opened, or there is no free device.
    pub fn attach(file: &Path) -> Result<Self, BackingError> {
        let failed = |action| {
            let path = file.to_path_buf();
            move |source| BackingError::Loop {
                action,
                path,
                source,
            }
        };
        let backing = open_both(file).map_err(failed("open"))?;
        let control = open_both(Path::new("/dev/loop-control")).map_err(BackingError::NoLoop)?;
        for _ in 0..ATTEMPTS {
            let number = command(&control, LOOP_CTL_GET_FREE, 0).map_err(BackingError::NoLoop)?;
            let number = u32::try_from(number).unwrap_or_default();
            let path = PathBuf::from(format!("/dev/loop{number}"));
            let device = open_both(&path).map_err(failed("open a loop device for"))?;
            match configure(&device, &backing) {
                Err(error) if error.raw_os_error() == Some(Errno::EBUSY as i32) => {}
                outcome => {
                    outcome.map_err(failed("attach a loop device to"))?;
                    let is_direct = status(&device).map_err(failed("ask the loop device of"))?
                        & LO_FLAGS_DIRECT_IO
                        != 0;
                    return Ok(Self {
                        number,
                        path,
                        device,
                        file: backing,
                        is_direct,
                    });
                }
            }
        }
        Err(failed("attach a loop device to")(Errno::EBUSY.into()))
    }

    /// Its path, such as /dev/loop7.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its number as the device mapper takes it, `major:minor` (major 7,
    /// Documentation/admin-guide/devices.txt, v6.18).
    pub fn number(&self) -> String {
        format!("7:{}", self.number)
    }

    /// Whether blocks bypass the page cache of the file.
    pub const fn is_direct(&self) -> bool {
        self.is_direct
    }

    /// Writes back what is cached of the device and of its file, and forgets it. Only of use while
    /// nothing is mounted from it.
    ///
    /// # Errors
    /// When writing fails.
    pub fn forget_pages(&self) -> io::Result<()> {
        command(&self.device, BLKFLSBUF, 0)?;
        self.file.sync_all()?;
        posix_fadvise(&self.file, 0, 0, PosixFadviseAdvice::POSIX_FADV_DONTNEED)?;
        Ok(())
    }

    /// Lets it go and waits until it has cleared itself.
    ///
    /// # Errors
    /// When somebody else keeps it open.
    pub fn detach(self) -> Result<(), BackingError> {
        let Self { path, device, .. } = self;
        drop(device);
        let begun = Instant::now();
        let attached = Path::new("/sys/block")
            .join(path.file_name().unwrap_or_default())
            .join("loop/backing_file");
        while attached.exists() {
            if begun.elapsed() > TIMEOUT {
                return Err(BackingError::Loop {
                    action: "detach",
                    path,
                    source: Errno::EBUSY.into(),
                });
            }
            thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }
}

/// Devices whose file lies in a folder that `is_ours` knows by name, with their files. A file that
/// was removed is shown with ` (deleted)` behind its name.
///
/// # Errors
/// When /sys is not mounted.
pub fn attached_below(is_ours: impl Fn(&str) -> bool) -> io::Result<Vec<(PathBuf, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/sys/block")? {
        let entry = entry?;
        // Most devices are not loop devices, or are free.
        let Ok(file) = fs::read_to_string(entry.path().join("loop/backing_file")) else {
            continue;
        };
        let file = PathBuf::from(file.trim_end_matches('\n'));
        let mut names = file.iter().filter_map(|name| name.to_str());
        if names.any(&is_ours) {
            found.push((Path::new("/dev").join(entry.file_name()), file));
        }
    }
    Ok(found)
}

/// Asks for a device to be cleared, as soon as nobody uses it.
///
/// # Errors
/// When it cannot be opened. One that was cleared meanwhile is as good.
pub fn clear(device: &Path) -> io::Result<()> {
    match command(&open_both(device)?, LOOP_CLR_FD, 0) {
        Err(error) if error.raw_os_error() != Some(Errno::ENXIO as i32) => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}

fn open_both(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).open(path)
}

fn configure(device: &File, backing: &File) -> io::Result<()> {
    let config = LoopConfig {
        fd: u32::try_from(backing.as_raw_fd()).unwrap_or(u32::MAX),
        block_size: 0,
        info: LoopInfo64 {
            flags: LO_FLAGS_AUTOCLEAR | LO_FLAGS_DIRECT_IO,
            ..EMPTY_INFO
        },
        reserved: [0; 8],
    };
    // SAFETY: the kernel reads a `loop_config` from the pointer, which is to one that lives until
    // after the call.
    let result = unsafe { libc::ioctl(device.as_raw_fd(), LOOP_CONFIGURE as _, &raw const config) };
    Errno::result(result)?;
    Ok(())
}

/// Flags of an attached device.
fn status(device: &File) -> io::Result<u32> {
    let mut info = EMPTY_INFO;
    // SAFETY: the kernel writes a `loop_info64` to the pointer, which is to one that lives until
    // after the call; every bit pattern is a valid one.
    let result = unsafe { libc::ioctl(device.as_raw_fd(), LOOP_GET_STATUS64 as _, &raw mut info) };
    Errno::result(result)?;
    Ok(info.flags)
}

/// An ioctl that takes a number.
fn command(file: &File, request: libc::c_ulong, argument: libc::c_ulong) -> io::Result<i32> {
    // SAFETY: the requests that this is called with take an integer and touch no memory of ours.
    let result = unsafe { libc::ioctl(file.as_raw_fd(), request as _, argument) };
    Ok(Errno::result(result)?)
}

//! Requests to the device mapper (include/uapi/linux/dm-ioctl.h, v6.18).

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use zerocopy::{FromBytes, FromZeros, Immutable, IntoBytes, KnownLayout};

use crate::storage::StorageError;
use crate::storage::missing::Missing;

/// Where requests go.
pub const CONTROL: &str = "/dev/mapper/control";
/// The interface's version: the major one must agree, a lower minor one is taken by every kernel.
const VERSION: [u32; 3] = [4, 0, 0];
/// `_IOWR(0xfd, 0, struct dm_ioctl)`; commands are added to it.
const DM_IOCTL: libc::c_ulong = 0xc138_fd00;
/// The reply did not fit.
const DM_BUFFER_FULL_FLAG: u32 = 1 << 8;
/// The upper half of `event_nr` tells udev's rules what to leave alone: no probing of contents, no
/// links, no fall-back of a library that waits for it (libdevmapper.h, `DM_UDEV_*`). A probe that
/// holds a device open would make its removal fail.
const UDEV_HANDS_OFF: u32 = (0x2 | 0x4 | 0x8 | 0x20 | 0x40) << 16;
/// How long a device may be busy that somebody just looked at.
const TIMEOUT: Duration = Duration::from_secs(5);
const SECTOR_BYTES: u64 = 512;

/// Which request.
#[derive(Clone, Copy, Debug)]
enum Command {
    ListDevices = 2,
    Create = 3,
    Remove = 4,
    /// Without the flag that asks for a suspension.
    Resume = 6,
    LoadTable = 9,
    Message = 14,
}

/// `struct dm_ioctl`.
#[repr(C)]
#[derive(FromBytes, IntoBytes, Immutable, KnownLayout)]
struct Header {
    version: [u32; 3],
    data_size: u32,
    data_start: u32,
    target_count: u32,
    open_count: i32,
    flags: u32,
    event_nr: u32,
    padding: u32,
    device: u64,
    name: [u8; 128],
    uuid: [u8; 129],
    data: [u8; 7],
}

/// `struct dm_target_spec`, before its parameters.
#[repr(C)]
#[derive(IntoBytes, Immutable)]
struct Target {
    first_sector: u64,
    sectors: u64,
    status: i32,
    next: u32,
    kind: [u8; 16],
}

const _: () = assert!(size_of::<Header>() == 312 && size_of::<Target>() == 40);

/// A device that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its name among mapped devices.
    pub name: String,
    /// As tables take it, `major:minor`.
    pub number: String,
    /// Its file; devtmpfs(5) makes it without udev's help.
    pub path: PathBuf,
}

/// The table of a device: one target over its whole length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Name of the target, such as `thin-pool`.
    pub kind: &'static str,
    /// Length of the device.
    pub bytes: u64,
    /// The target's parameters.
    pub parameters: String,
}

/// The device mapper's control device.
#[derive(Debug)]
pub struct Control {
    file: File,
}

impl Control {
    /// Opens it.
    ///
    /// # Errors
    /// When the kernel has no device mapper, or the process is not root.
    pub fn open() -> Result<Self, StorageError> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(CONTROL)
            .map_err(|error| Missing {
                what: format!("{CONTROL} cannot be opened: {error}"),
                remedy: "run as root on a kernel with CONFIG_BLK_DEV_DM".to_owned(),
            })?;
        Ok(Self { file })
    }

    /// Makes a device and sets it going.
    ///
    /// # Errors
    /// When there is one of this name, or its target refuses the parameters. Nothing is left then.
    pub fn create(&self, name: &str, table: &Table) -> Result<Device, StorageError> {
        let number = self.request(Command::Create, "make", name, 0, &[])?.device;
        let started = self
            .request(
                Command::LoadTable,
                "load the table of",
                name,
                1,
                &encode(table),
            )
            .and_then(|_| self.request(Command::Resume, "start", name, 0, &[]));
        if let Err(error) = started {
            // The first failure is the one to tell.
            let _ = self.remove(name);
            return Err(error);
        }
        let (major, minor) = split(number);
        Ok(Device {
            name: name.to_owned(),
            number: format!("{major}:{minor}"),
            path: PathBuf::from(format!("/dev/dm-{minor}")),
        })
    }

    /// Removes a device; one that is gone already is as good.
    ///
    /// # Errors
    /// When it stays in use.
    pub fn remove(&self, name: &str) -> Result<(), StorageError> {
        let begun = Instant::now();
        loop {
            match self.send(Command::Remove, name, 0, &[]) {
                Err(error) if error.raw_os_error() == Some(Errno::ENXIO as i32) => return Ok(()),
                Err(error)
                    if error.raw_os_error() == Some(Errno::EBUSY as i32)
                        && begun.elapsed() < TIMEOUT =>
                {
                    thread::sleep(Duration::from_millis(2));
                }
                outcome => return outcome.map(drop).map_err(refused("remove", name)),
            }
        }
    }

    /// Removes a device if nobody uses it, and says whether it did.
    pub fn remove_if_unused(&self, name: &str) -> bool {
        self.send(Command::Remove, name, 0, &[]).is_ok()
    }

    /// Tells a device something.
    ///
    /// # Errors
    /// When it does not understand, or cannot do it.
    pub fn message(&self, name: &str, text: &str) -> Result<(), StorageError> {
        // `struct dm_target_msg`: the sector that the target serves, and the text.
        let mut payload = 0_u64.to_ne_bytes().to_vec();
        payload.extend(text.bytes().chain([0]));
        self.send(Command::Message, name, 0, &payload)
            .map(drop)
            .map_err(refused("send a message to", name))
    }

    /// Names of all mapped devices.
    ///
    /// # Errors
    /// When the kernel does not tell.
    pub fn names(&self) -> Result<Vec<String>, StorageError> {
        let mut space = 16 << 10;
        loop {
            let reply = self
                .send(Command::ListDevices, "", 0, &vec![0; space])
                .map_err(refused("list", "its devices"))?;
            if reply.header.flags & DM_BUFFER_FULL_FLAG == 0 {
                return Ok(parse_names(&reply.data));
            }
            space *= 2;
        }
    }

    fn request(
        &self,
        command: Command,
        action: &'static str,
        name: &str,
        targets: u32,
        payload: &[u8],
    ) -> Result<Header, StorageError> {
        self.send(command, name, targets, payload)
            .map(|reply| reply.header)
            .map_err(refused(action, name))
    }

    fn send(
        &self,
        command: Command,
        name: &str,
        target_count: u32,
        payload: &[u8],
    ) -> io::Result<Reply> {
        let mut header = Header::new_zeroed();
        if name.len() >= header.name.len() {
            return Err(Errno::ENAMETOOLONG.into());
        }
        header.name[..name.len()].copy_from_slice(name.as_bytes());
        let length = size_of::<Header>() + payload.len();
        header.version = VERSION;
        header.data_size = u32::try_from(length).map_err(io::Error::other)?;
        header.data_start = size_of::<Header>() as u32;
        header.target_count = target_count;
        header.event_nr = UDEV_HANDS_OFF;
        let mut buffer = [header.as_bytes(), payload].concat();
        let request = DM_IOCTL + command as libc::c_ulong;
        // SAFETY: the kernel reads and writes at most the `data_size` bytes that the header states,
        // which is the length of the buffer.
        let result =
            unsafe { libc::ioctl(self.file.as_raw_fd(), request as _, buffer.as_mut_ptr()) };
        Errno::result(result)?;
        let (header, _) = Header::read_from_prefix(&buffer)
            .map_err(|_| io::Error::other("the reply is shorter than its header"))?;
        let start = (header.data_start as usize).min(buffer.len());
        let end = (header.data_size as usize).clamp(start, buffer.len());
        Ok(Reply {
            header,
            data: buffer[start..end].to_vec(),
        })
    }
}

struct Reply {
    header: Header,
    data: Vec<u8>,
}

fn refused(action: &'static str, name: &str) -> impl FnOnce(io::Error) -> StorageError {
    let device = name.to_owned();
    move |source| StorageError::DeviceMapper {
        action,
        device,
        source,
    }
}

/// A target and its parameters, up to a multiple of eight bytes.
fn encode(table: &Table) -> Vec<u8> {
    let parameters = table.parameters.as_bytes();
    let length = (size_of::<Target>() + parameters.len() + 1).next_multiple_of(8);
    let mut kind = [0; 16];
    kind[..table.kind.len()].copy_from_slice(table.kind.as_bytes());
    let target = Target {
        first_sector: 0,
        sectors: table.bytes / SECTOR_BYTES,
        status: 0,
        next: length as u32,
        kind,
    };
    let mut bytes = [target.as_bytes(), parameters].concat();
    bytes.resize(length, 0);
    bytes
}

/// `struct dm_name_list`: device, offset of the next one, name.
fn parse_names(mut data: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    while let Some((head, rest)) = data.split_at_checked(12) {
        let [device @ .., _, _, _, _] = head else {
            break;
        };
        let next = head[8..]
            .try_into()
            .map_or(0, |bytes: [u8; 4]| u32::from_ne_bytes(bytes)) as usize;
        if device.iter().all(|&byte| byte == 0) {
            break;
        }
        let name = rest.split(|&byte| byte == 0).next().unwrap_or_default();
        names.push(String::from_utf8_lossy(name).into_owned());
        match data.get(next..) {
            Some(tail) if next > 0 => data = tail,
            Some(_) | None => break,
        }
    }
    names
}

/// `huge_encode_dev` of include/linux/kdev_t.h: 12 bits of the major number between two parts of
/// the minor one.
fn split(number: u64) -> (u64, u64) {
    let major = (number >> 8) & 0xfff;
    let minor = (number & 0xff) | ((number >> 12) & 0xffff_ff00);
    (major, minor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_a_target_and_its_parameters_in_whole_words() {
        let bytes = encode(&Table {
            kind: "thin",
            bytes: 1 << 20,
            parameters: "253:0 7".to_owned(),
        });
        assert_eq!(bytes.len(), 48);
        assert_eq!(bytes[8..16], 2048_u64.to_ne_bytes());
        assert_eq!(bytes[20..24], 48_u32.to_ne_bytes());
        assert_eq!(&bytes[24..29], b"thin\0");
        assert_eq!(&bytes[40..], b"253:0 7\0");
    }

    #[test]
    fn names_are_found_until_the_last() {
        let entry = |next: u32, name: &str| {
            let mut bytes = 0xfd00_u64.to_ne_bytes().to_vec();
            bytes.extend(next.to_ne_bytes());
            bytes.extend(name.bytes());
            bytes.resize(24, 0);
            bytes
        };
        let list = [entry(24, "ctrprof-1"), entry(0, "vg-lv")].concat();
        assert_eq!(parse_names(&list), ["ctrprof-1", "vg-lv"]);
        assert!(parse_names(&[0; 64]).is_empty());
        assert!(parse_names(&[]).is_empty());
    }

    #[test]
    fn device_numbers_are_taken_apart() {
        assert_eq!(split(0xfd05), (253, 5));
        assert_eq!(split(0x0010_fd05), (253, 0x105));
    }
}

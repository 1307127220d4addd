//! Kernels of Debian's packages, made ready for QEMU: the uncompressed image, which the `microvm`
//! machine enters without a boot loader, and the modules that the guest needs.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use super::modules;
use crate::apt::{self, Apt};

/// A series of kernels that guests run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Series {
    /// Debian 12's own.
    #[value(name = "6.1")]
    V6_1,
    /// Debian 13's, which Debian 12's security updates carry too.
    #[value(name = "6.12")]
    V6_12,
}

impl Series {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::V6_1, Self::V6_12];

    /// Its number.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V6_1 => "6.1",
            Self::V6_12 => "6.12",
        }
    }

    /// Names of the tests that show what differs between kernels, for all but the newest, which runs
    /// every test: hooks, control groups, namespaces, storage.
    pub const fn tests(self) -> &'static [&'static str] {
        match self {
            Self::V6_1 => &[
                "cgroups::",
                "doctor::",
                "functions::",
                "namespaces::",
                "storage::",
                "throttling::",
            ],
            Self::V6_12 => &[],
        }
    }

    /// How many guests share the tests, so that all of the kernels take about as long.
    pub const fn parts(self) -> u32 {
        match self {
            Self::V6_1 => 1,
            Self::V6_12 => 2,
        }
    }

    /// Packages of which one depends on the newest kernel of the series: which it is differs
    /// between releases of Debian.
    const fn meta_packages(self) -> &'static [&'static str] {
        match self {
            Self::V6_1 => &["linux-image-cloud-amd64"],
            Self::V6_12 => &["linux-image-6.12-cloud-amd64", "linux-image-cloud-amd64"],
        }
    }
}

/// A kernel that can be booted.
pub struct Kernel {
    /// Its series.
    pub series: Series,
    folder: PathBuf,
}

impl Kernel {
    /// The kernel in `cache`, fetched if it is not there.
    ///
    /// # Errors
    /// When no package source of this machine has it.
    pub fn find_or_fetch(series: Series, cache: &Path) -> Result<Self> {
        let folder = cache.join(format!("linux-{}", series.name()));
        if !folder.exists() {
            apt::set_up(&folder, |root| fetch(series, root))?;
        }
        Ok(Self { series, folder })
    }

    /// The uncompressed image.
    pub fn image(&self) -> PathBuf {
        self.folder.join("vmlinux")
    }

    /// The modules, with what modprobe(8) reads to find them.
    pub fn modules(&self) -> PathBuf {
        self.folder.join("modules")
    }

    /// The release of the kernel, as `uname -r` prints it.
    pub fn release(&self) -> Result<String> {
        let path = self.folder.join("release");
        fs::read_to_string(&path).with_context(|| format!("failed to read {}", path.display()))
    }
}

fn fetch(series: Series, folder: &Path) -> Result<()> {
    let metas = series.meta_packages();
    let apt = Apt::knowing(metas[0], folder)?;
    let prefix = format!("linux-image-{}.", series.name());
    let found = metas
        .iter()
        .find_map(|meta| apt.dependency(meta, &prefix).ok());
    let Some(package) = found else {
        bail!(
            "none of {} leads to a kernel {}; add a package source that has one to apt's",
            metas.join(", "),
            series.name()
        );
    };
    let unpacked = folder.join("unpacked");
    for deb in apt.download(&[&package], folder)? {
        apt::unpack(&deb, &unpacked)?;
    }
    apt.remove_lists()?;
    let release = package.trim_start_matches("linux-image-");
    let packed = unpacked.join(format!("boot/vmlinuz-{release}"));
    let packed =
        fs::read(&packed).with_context(|| format!("failed to read {}", packed.display()))?;
    fs::write(folder.join("vmlinux"), unpack_image(&packed)?)?;
    modules::collect(
        &unpacked.join("lib/modules").join(release),
        &folder.join("modules"),
    )?;
    fs::write(folder.join("release"), release)?;
    for spent in ["unpacked", "debs"] {
        fs::remove_dir_all(folder.join(spent))?;
    }
    Ok(())
}

/// The kernel inside a bzImage (Documentation/arch/x86/boot.rst, v6.18: `setup_sects`,
/// `payload_offset` and `payload_length`).
fn unpack_image(packed: &[u8]) -> Result<Vec<u8>> {
    let compressed =
        payload(packed).context("this is no bzImage of boot protocol 2.08 or newer")?;
    let (program, arguments) = match compressed {
        [0x02, 0x21, 0x4c, 0x18, ..] => ("lz4", ["-d", "-c"]),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => ("zstd", ["-d", "-c"]),
        [0xfd, b'7', b'z', b'X', b'Z', ..] => ("xz", ["-d", "-c"]),
        [a, b, c, d, ..] => {
            bail!("the kernel is compressed in an unknown way: {a:02x}{b:02x}{c:02x}{d:02x}")
        }
        _ => bail!("the kernel is shorter than a magic number"),
    };
    filter(Command::new(program).args(arguments), compressed)
}

/// The payload of a bzImage, without the length of what it unpacks to, which its last 4 bytes are
/// (arch/x86/boot/compressed/Makefile, v6.18).
fn payload(packed: &[u8]) -> Option<&[u8]> {
    const SECTOR: usize = 512;
    let setup_sectors = usize::from(*packed.get(0x1f1)?);
    let word = |at: usize| -> Option<usize> {
        let bytes = packed.get(at..at + 4)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?) as usize)
    };
    if packed.get(0x202..0x206)? != b"HdrS" {
        return None;
    }
    let begin = (setup_sectors + 1) * SECTOR + word(0x248)?;
    let end = (begin + word(0x24c)?).checked_sub(4)?;
    packed.get(begin..end)
}

/// Runs `command` with `input` as its standard input, and returns its standard output.
pub fn filter(command: &mut Command, input: &[u8]) -> Result<Vec<u8>> {
    let line = crate::command::line_of(command);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("failed to start `{line}`; install it"))?;
    let mut stdin = child.stdin.take().context("the child has no input")?;
    let output = std::thread::scope(|scope| {
        let writer = scope.spawn(move || stdin.write_all(input));
        let output = child.wait_with_output();
        (output, writer.join())
    });
    let (Ok(output), Ok(Ok(()))) = output else {
        bail!("`{line}` did not read all of its input");
    };
    if !output.status.success() {
        bail!("`{line}` failed with {}", output.status);
    }
    Ok(output.stdout)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(payload: &[u8]) -> Vec<u8> {
        let mut image = vec![0; 3 * 512 + 16];
        image[0x1f1] = 2;
        image[0x202..0x206].copy_from_slice(b"HdrS");
        image[0x248..0x24c].copy_from_slice(&16_u32.to_le_bytes());
        let length = u32::try_from(payload.len()).unwrap_or_default();
        image[0x24c..0x250].copy_from_slice(&length.to_le_bytes());
        image.extend_from_slice(payload);
        image.extend_from_slice(b"what follows");
        image
    }

    #[test]
    fn the_payload_is_found_behind_the_set_up_code() {
        let image = packed(b"kernel\x01\x02\x03\x04");
        assert_eq!(payload(&image), Some(&b"kernel"[..]));
        assert_eq!(payload(&image[..600]), None);
        assert_eq!(payload(b"MZ"), None);
    }

    #[test]
    fn an_unknown_compression_is_named() {
        let error = unpack_image(&packed(b"\x01\x02\x03\x04rest.size"));
        let message = error.map_err(|error| error.to_string());
        assert!(message.is_err_and(|message| message.contains("01020304")));
    }

    #[test]
    fn a_filter_reads_all_and_writes_all() -> Result<()> {
        let input = vec![7; 1 << 20];
        assert_eq!(filter(&mut Command::new("cat"), &input)?, input);
        Ok(())
    }
}

//! The files of `io-read` and `io-write`: numbered, all of 4 096 bytes that look random.
//!
//! They are read by a program of ours ([`READER`]) that also checks what `tar` wrote.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::OnceLock;

use setup::random::Random;
use setup::size::Size;

/// The program that reads the files: static, without a C library, so that it runs in every image.
pub const READER: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/io-read"));
/// Where it is in a container.
pub const READER_PATH: &str = "/usr/lib/ctrprof/io-read";
/// Where the files are that are read.
pub const READ_FOLDER: &str = "/data/in";
/// Where the archive is that is extracted.
pub const ARCHIVE_PATH: &str = "/data/in/files.tar";
/// Where it is extracted to.
pub const WRITE_FOLDER: &str = "/data/out";
/// Length of each file.
pub const FILE_BYTES: usize = 4_096;

/// Where all sequences begin.
const SEED: u64 = 0x6669_6c65;
/// Basis and prime of FNV-1a with 64 bits (RFC 9923).
const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;
/// 2020-01-01: archives do not depend on when they are made.
const MODIFIED_S: u64 = 1_577_836_800;

/// Name of a file, as the reader makes it.
pub fn name(index: u64) -> String {
    format!("{index:06}")
}

/// Contents of a file, as words of eight bytes.
fn words(index: u64) -> impl Iterator<Item = u64> {
    // A number that is spread by the generator itself, lest neighbouring files overlap.
    let mut random = Random::new(Random::new(SEED ^ index).next_u64());
    (0..FILE_BYTES / 8).map(move |_| random.next_u64())
}

/// Contents of a file.
pub fn contents(index: u64) -> Vec<u8> {
    words(index).flat_map(u64::to_le_bytes).collect()
}

/// The output of the reader for all files of a size: how many, their bytes, and FNV-1a over their
/// words. Computed once in a process.
pub fn expected(size: Size) -> &'static str {
    static ANSWERS: [OnceLock<String>; Size::ALL.len()] =
        [const { OnceLock::new() }; Size::ALL.len()];
    ANSWERS[size.index()].get_or_init(|| report(size.files()))
}

fn report(count: u64) -> String {
    let hash = (0..count).flat_map(words).fold(FNV_BASIS, |hash, word| {
        (hash ^ word).wrapping_mul(FNV_PRIME)
    });
    format!("{count} {} {hash:016x}\n", count * FILE_BYTES as u64)
}

/// Writes the first `count` files into `folder`.
///
/// # Errors
/// When a file cannot be written.
pub fn write_folder(folder: &Path, count: u64) -> io::Result<()> {
    (0..count).try_for_each(|index| fs::write(folder.join(name(index)), contents(index)))
}

/// Writes the first `count` files as a tar archive, owned by root.
///
/// # Errors
/// Those of `out`.
pub fn write_archive(out: impl Write, count: u64) -> io::Result<()> {
    let mut archive = tar::Builder::new(out);
    for index in 0..count {
        let mut header = tar::Header::new_ustar();
        header.set_path(name(index))?;
        header.set_size(FILE_BYTES as u64);
        header.set_mode(0o644);
        header.set_mtime(MODIFIED_S);
        header.set_uid(0);
        header.set_gid(0);
        header.set_username("root")?;
        header.set_groupname("root")?;
        header.set_cksum();
        archive.append(&header, contents(index).as_slice())?;
    }
    archive.into_inner()?.flush()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::collections::BTreeMap;
    use std::os::unix::fs::PermissionsExt;
    use std::process::{Command, Output};

    use super::*;

    fn reader(folder: &Path) -> std::path::PathBuf {
        let path = folder.join("io-read");
        fs::write(&path, READER).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    fn read(program: &Path, files: &Path, count: u64) -> Output {
        Command::new(program)
            .arg(files)
            .arg(count.to_string())
            .output()
            .unwrap()
    }

    #[test]
    fn the_reader_sums_up_what_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let (program, files) = (reader(folder.path()), folder.path().join("files"));
        fs::create_dir(&files).unwrap();
        write_folder(&files, 10).unwrap();
        let output = read(&program, &files, 10);
        assert_eq!(
            String::from_utf8(output.stdout).unwrap(),
            expected(Size::Xs)
        );
        // One bit, and the sum is another.
        let mut changed = contents(7);
        changed[4_000] ^= 1;
        fs::write(files.join(name(7)), changed).unwrap();
        let output = read(&program, &files, 10);
        assert!(output.status.success());
        assert_ne!(
            String::from_utf8(output.stdout).unwrap(),
            expected(Size::Xs)
        );
        fs::remove_file(files.join(name(9))).unwrap();
        let output = read(&program, &files, 10);
        assert_eq!(output.status.code(), Some(1));
    }

    #[test]
    fn the_reader_makes_seven_calls_for_each_file_and_two_more() {
        let folder = tempfile::tempdir().unwrap();
        let (program, files) = (reader(folder.path()), folder.path().join("files"));
        fs::create_dir(&files).unwrap();
        write_folder(&files, 10).unwrap();
        let log = folder.path().join("strace");
        let status = Command::new("strace")
            .args(["-f", "-o"])
            .arg(&log)
            .arg(&program)
            .arg(&files)
            .arg("10")
            .stdout(std::process::Stdio::null())
            .status()
            .unwrap();
        assert!(status.success());
        let log = fs::read_to_string(log).unwrap();
        let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
        for call in log.lines().filter_map(|line| {
            let (before, _) = line.split_once('(')?;
            before.split_whitespace().last()
        }) {
            *counts.entry(call).or_default() += 1;
        }
        let expected = [
            ("close", 10),
            ("execve", 1),
            ("exit_group", 1),
            ("openat", 10),
            ("read", 50),
            ("write", 1),
        ];
        assert_eq!(counts, BTreeMap::from(expected));
    }

    #[test]
    fn a_wrong_line_of_arguments_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let program = reader(folder.path());
        for arguments in [&["x"][..], &["x", "y"], &["x", "1", "2"], &["x", "-1"]] {
            let output = Command::new(&program).args(arguments).output().unwrap();
            assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        }
    }

    #[test]
    fn tar_extracts_the_same_files() {
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("files.tar");
        write_archive(fs::File::create(&archive).unwrap(), 10).unwrap();
        let files = folder.path().join("files");
        fs::create_dir(&files).unwrap();
        let status = Command::new("tar")
            .arg("-xf")
            .arg(&archive)
            .arg("-C")
            .arg(&files)
            .status()
            .unwrap();
        assert!(status.success());
        assert_eq!(fs::read_dir(&files).unwrap().count(), 10);
        let output = read(&reader(folder.path()), &files, 10);
        assert_eq!(
            String::from_utf8(output.stdout).unwrap(),
            expected(Size::Xs)
        );
    }

    #[test]
    fn files_are_not_alike() {
        assert_eq!(contents(0).len(), FILE_BYTES);
        assert_ne!(contents(0), contents(1));
        assert_eq!(contents(5), contents(5));
    }
}

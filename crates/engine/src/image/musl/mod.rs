//! The image `musl-busybox`: BusyBox linked with musl and nothing else, which is what Alpine is.
//!
//! No distribution with apt has such a program, so it is compiled: BusyBox's source package, as apt finds
//! and verifies it, by musl-gcc. Options that matter to system calls are as in Alpine: sendfile is used, and
//! names of users and groups are looked up by the C library. It is made once, and kept until the cache is
//! pruned.

mod source;

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::{env, thread};

use sha2::{Digest, Sha256};

use super::cache::{Cache, write_error};
use super::host::skeleton;
use super::{Image, ImageError, busybox, digest_of, hexadecimal};
use crate::program::Program;

/// Name of the image.
pub const NAME: &str = "musl-busybox";
/// The options of BusyBox that are set; all others are not.
const OPTIONS: &str = include_str!("options");
/// More options than BusyBox has.
const MOST_QUESTIONS: usize = 4_096;
/// Characters of a program's output that an error shows.
const SHOWN_CHARACTERS: usize = 400;

const MUSL_GCC: Program = Program::new("musl-gcc", "musl-tools");
const GCC: Program = Program::new("gcc", "gcc");
const MAKE: Program = Program::new("make", "make");
const APT_GET: Program = Program::new("apt-get", "apt");
const APT_CACHE: Program = Program::new("apt-cache", "apt");
const DPKG_SOURCE: Program = Program::new("dpkg-source", "dpkg-dev");

/// The programs by which it is made.
const PROGRAMS: [Program; 6] = [MUSL_GCC, GCC, MAKE, APT_GET, APT_CACHE, DPKG_SOURCE];

/// The image.
///
/// # Errors
/// When a program is missing, or one fails, as without a network.
pub fn image(cache: &Cache) -> Result<Image, ImageError> {
    cache.get_or_build(NAME, &digest()?, |root| {
        if let Some(program) = PROGRAMS.iter().find(|program| program.path().is_none()) {
            return Err(ImageError::MissingProgram {
                name: program.name,
                package: program.package,
            });
        }
        // Beside the root, so that what a killed builder leaves is swept with it.
        let beside = root.parent().unwrap_or(root);
        let folder = tempfile::tempdir_in(beside).map_err(write_error(beside))?;
        let sources = source::fetch(folder.path())?;
        compile(&sources)?;
        let tree = busybox::tree_of(&sources.join("busybox"))?;
        tree.write(root).map_err(write_error(root))
    })
}

/// The programs that are missing to make it; none where it was made before.
pub fn missing(cache: &Cache) -> Vec<Program> {
    let is_made = digest().is_ok_and(|digest| cache.get(NAME, &digest).is_some());
    let missing = PROGRAMS.iter().filter(|program| program.path().is_none());
    missing.filter(|_| !is_made).copied().collect()
}

fn digest() -> Result<String, ImageError> {
    let mut hash = Sha256::new();
    hash.update(format!("{NAME} {}\n", env::consts::ARCH));
    hash.update(OPTIONS);
    hash.update(digest_of(&skeleton())?);
    Ok(hexadecimal(&hash.finalize()))
}

/// Compiles BusyBox in the folder of its sources.
fn compile(sources: &Path) -> Result<(), ImageError> {
    configure(sources)?;
    let mut make = command(&MAKE, sources)?;
    let jobs = thread::available_parallelism().map_or(1, usize::from);
    make.arg(format!("-j{jobs}"))
        .arg("CC=musl-gcc")
        .arg(format!("EXTRA_CFLAGS={}", kernel_headers(sources)?))
        .arg("busybox");
    succeeded(&mut make).map(|_| ())
}

/// Sets the options; what depends on them is as BusyBox has it unless it is told otherwise.
fn configure(sources: &Path) -> Result<(), ImageError> {
    succeeded(command(&MAKE, sources)?.arg("allnoconfig"))?;
    let path = sources.join(".config");
    let read_error = |source| ImageError::Read {
        path: path.clone(),
        source,
    };
    let mut text = fs::read_to_string(&path).map_err(read_error)?;
    for option in OPTIONS.lines() {
        let name = option.trim_end_matches("=y");
        text = text.replace(&format!("# {name} is not set\n"), &format!("{option}\n"));
    }
    fs::write(&path, text).map_err(write_error(&path))?;
    // An empty line takes what is offered.
    let answers = sources.join("answers");
    fs::write(&answers, "\n".repeat(MOST_QUESTIONS)).map_err(write_error(&answers))?;
    let answers = File::open(&answers).map_err(read_error)?;
    succeeded(command(&MAKE, sources)?.arg("oldconfig").stdin(answers)).map(|_| ())
}

/// Where the kernel's headers are, which musl does not have: behind its own, those of the host's C library.
fn kernel_headers(folder: &Path) -> Result<String, ImageError> {
    let output = succeeded(command(&GCC, folder)?.arg("-print-multiarch"))?;
    let triple = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Ok(match &*triple {
        "" => "-idirafter /usr/include".to_owned(),
        triple => format!("-idirafter /usr/include -idirafter /usr/include/{triple}"),
    })
}

/// A command in this folder that asks nothing and speaks English.
fn command(program: &Program, folder: &Path) -> Result<Command, ImageError> {
    let path = program.path().ok_or(ImageError::MissingProgram {
        name: program.name,
        package: program.package,
    })?;
    let mut command = Command::new(path);
    command
        .current_dir(folder)
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null());
    Ok(command)
}

/// The output of a command that succeeds.
fn succeeded(command: &mut Command) -> Result<Output, ImageError> {
    let program = Path::new(command.get_program()).to_path_buf();
    let output = command.output().map_err(|source| ImageError::Read {
        path: program.clone(),
        source,
    })?;
    if output.status.success() {
        return Ok(output);
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let skipped = text.chars().count().saturating_sub(SHOWN_CHARACTERS);
    let end: String = text.trim_end().chars().skip(skipped).collect();
    Err(failed(
        &program,
        &format!("{}, and ended with: {end}", output.status),
    ))
}

/// An error that says what else serves.
fn failed(program: &Path, why: &str) -> ImageError {
    ImageError::Tool {
        program: program.display().to_string(),
        message: format!(
            "{why}; {NAME} needs a network and the distribution's source packages, and a pulled alpine serves as well"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_set_once_each() {
        let mut names: Vec<&str> = OPTIONS.lines().collect();
        assert!(names.iter().all(|line| line.ends_with("=y")));
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn an_error_says_what_else_serves() {
        let error = failed(Path::new("/usr/bin/apt-get"), "exit status: 100").to_string();
        assert!(error.starts_with("/usr/bin/apt-get failed: exit status: 100;"));
        assert!(error.contains("alpine"), "{error}");
    }
}

//! The image `debootstrap`: Debian's base system, as debootstrap(8) makes it.
//!
//! Its packages come from Debian's mirrors, so two images of a release made at different times
//! differ. It is made once, and kept until the cache is pruned.

use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};

use super::cache::{Cache, write_error};
use super::host::find_program;
use super::{Image, ImageError, hexadecimal};
use crate::program::Program;
use sha2::{Digest, Sha256};

/// Name of the images.
const NAME: &str = "debootstrap";
/// The program that makes it.
const PROGRAM: Program = Program::new("debootstrap", "debootstrap");
/// The release of hosts that are no Debian.
const DEFAULT_SUITE: &str = "stable";
/// Characters of its output that an error shows.
const SHOWN_CHARACTERS: usize = 400;

/// The image of a release; the host's own if none is named and the host is a Debian.
///
/// # Errors
/// When debootstrap is missing or fails, as without a network, or the user is not root.
pub fn image(cache: &Cache, suite: Option<&str>) -> Result<Image, ImageError> {
    let suite = chosen(suite);
    cache.get_or_build(NAME, &digest(&suite), |root| {
        make(&suite, root)?;
        tidy(root).map_err(write_error(root))
    })
}

/// The programs that are missing to make it; none where it was made before.
pub fn missing(cache: &Cache, suite: Option<&str>) -> Vec<Program> {
    let is_made = cache.get(NAME, &digest(&chosen(suite))).is_some();
    let is_here = is_made || PROGRAM.path().is_some();
    if is_here { Vec::new() } else { vec![PROGRAM] }
}

fn chosen(suite: Option<&str>) -> String {
    let default = || host_suite().unwrap_or_else(|| DEFAULT_SUITE.to_owned());
    suite.map_or_else(default, str::to_owned)
}

fn digest(suite: &str) -> String {
    let recipe = format!("debootstrap minbase {suite} {}", std::env::consts::ARCH);
    hexadecimal(&Sha256::digest(recipe))
}

fn make(suite: &str, root: &Path) -> Result<(), ImageError> {
    let program = find_program("debootstrap").ok_or(ImageError::MissingProgram {
        name: "debootstrap",
        package: "debootstrap",
    })?;
    let mut command = Command::new(&program);
    command
        .arg("--variant=minbase")
        .arg(suite)
        .arg(root)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null());
    // It mounts proc and sys in the new root, and a killed one leaves them there.
    // SAFETY: between fork and exec only unshare(2) and mount(2) are called, which take no locks
    // and no memory.
    unsafe { command.pre_exec(leave_mount_namespace) };
    let output = command.output().map_err(|source| ImageError::Read {
        path: program.clone(),
        source,
    })?;
    if output.status.success() {
        return Ok(());
    }
    let mut text = output.stdout;
    text.extend(output.stderr);
    let text = String::from_utf8_lossy(&text);
    let skipped = text.chars().count().saturating_sub(SHOWN_CHARACTERS);
    let end: String = text.trim_end().chars().skip(skipped).collect();
    Err(ImageError::Tool {
        program: program.display().to_string(),
        message: format!(
            "{}; it needs root and a network, and ended with: {end}",
            output.status
        ),
    })
}

fn leave_mount_namespace() -> io::Result<()> {
    unshare(CloneFlags::CLONE_NEWNS)?;
    let nothing = None::<&str>;
    let flags = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
    mount(nothing, "/", nothing, flags, nothing)?;
    Ok(())
}

/// Packages that were unpacked are no part of the system, and runtimes make the devices.
fn tidy(root: &Path) -> io::Result<()> {
    for folder in ["dev", "var/cache/apt/archives", "var/lib/apt/lists"] {
        let Ok(entries) = fs::read_dir(root.join(folder)) else {
            continue;
        };
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() && !path.is_symlink() {
                fs::remove_dir_all(path)?;
            } else {
                fs::remove_file(path)?;
            }
        }
    }
    Ok(())
}

/// The release of a host that is a Debian (os-release(5)).
fn host_suite() -> Option<String> {
    suite_of(&fs::read_to_string("/etc/os-release").ok()?)
}

fn suite_of(os_release: &str) -> Option<String> {
    let value = |name: &str| {
        os_release
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
            .map(|value| value.trim_matches('"').to_owned())
    };
    value("VERSION_CODENAME").filter(|_| value("ID").as_deref() == Some("debian"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn the_release_is_the_hosts_if_it_is_a_debian() {
        let debian = "PRETTY_NAME=\"Debian\"\nVERSION_CODENAME=bookworm\nID=debian\n";
        assert_eq!(suite_of(debian).as_deref(), Some("bookworm"));
        let other = "ID=\"fedora\"\nVERSION_CODENAME=\"\"\n";
        assert_eq!(suite_of(other), None);
    }

    #[test]
    fn what_containers_do_not_need_is_removed() {
        let root = tempfile::tempdir().unwrap();
        let archives = root.path().join("var/cache/apt/archives");
        fs::create_dir_all(archives.join("partial")).unwrap();
        fs::write(archives.join("x.deb"), "").unwrap();
        tidy(root.path()).unwrap();
        assert_eq!(fs::read_dir(archives).unwrap().count(), 0);
    }
}

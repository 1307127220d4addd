//! QEMU and a static busybox, unpacked from Debian's packages: installing QEMU conflicts with other
//! versions of its parts that a machine may have.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::apt::{self, Apt};
use crate::command;

/// The Debian packages that are unpacked for every machine.
const PACKAGES: &[&str] = &[
    "qemu-system-x86",
    "qemu-system-common",
    "qemu-system-data",
    "busybox-static",
];

/// Libraries of the C library's package belong to the system's own loader.
const SYSTEM_LIBRARIES: &str = "libc6";

/// The tools in their folder.
pub struct Tools {
    folder: PathBuf,
}

impl Tools {
    /// The tools in `cache`, fetched if they are not there.
    pub fn find_or_fetch(cache: &Path) -> Result<Self> {
        let folder = cache.join("tools");
        if !folder.exists() {
            apt::set_up(&folder, fetch)?;
        }
        Ok(Self { folder })
    }

    /// QEMU for x86_64, software emulation included.
    pub fn qemu(&self) -> Command {
        qemu(&self.folder)
    }

    /// A busybox that needs no library.
    pub fn busybox(&self) -> PathBuf {
        self.folder.join("bin/busybox")
    }
}

fn qemu(folder: &Path) -> Command {
    let libraries = folder.join("usr/lib/x86_64-linux-gnu");
    let mut qemu = Command::new(folder.join("usr/bin/qemu-system-x86_64"));
    let paths = [folder.join("lib/x86_64-linux-gnu"), libraries.clone()];
    let paths = paths.map(|path| path.display().to_string()).join(":");
    qemu.env("LD_LIBRARY_PATH", paths)
        .env("QEMU_MODULE_DIR", libraries.join("qemu"))
        .arg("-L")
        .arg(folder.join("usr/share/qemu"));
    qemu
}

fn fetch(folder: &Path) -> Result<()> {
    let apt = Apt::knowing(PACKAGES[0], folder)?;
    for deb in apt.download(PACKAGES, folder)? {
        apt::unpack(&deb, folder)?;
    }
    // Where the system has all the libraries, its own are used.
    if !command::succeeds(qemu(folder).arg("--version")) {
        let libraries = libraries(&apt)?;
        let libraries: Vec<&str> = libraries.iter().map(String::as_str).collect();
        for deb in apt.download(&libraries, folder)? {
            apt::unpack(&deb, folder)?;
        }
        command::run(qemu(folder).arg("--version"))?;
    }
    apt.remove_lists()?;
    for unused in ["debs", "usr/share/doc", "usr/share/man"] {
        fs::remove_dir_all(folder.join(unused))?;
    }
    Ok(())
}

/// The library packages that QEMU needs, and those that they need.
fn libraries(apt: &Apt) -> Result<Vec<String>> {
    let mut depends = apt.command("apt-cache");
    let listing = command::output(depends.args([
        "depends",
        "--recurse",
        "--no-recommends",
        "--no-suggests",
        "--no-conflicts",
        "--no-breaks",
        "--no-replaces",
        "--no-enhances",
        PACKAGES[0],
    ]))?;
    Ok(libraries_in(&listing))
}

/// The libraries among the packages of a listing, which stand at the beginning of a line;
/// dependencies are indented and virtual packages stand in angle brackets.
fn libraries_in(listing: &str) -> Vec<String> {
    let mut names: Vec<String> = listing
        .lines()
        .filter(|line| line.starts_with("lib") && *line != SYSTEM_LIBRARIES)
        .map(str::to_owned)
        .collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_told_from_other_packages() {
        let listing = "qemu-system-x86\n  Depends: libaio1\n  Depends: seabios\n<libvirtual>\n\
            libaio1\n  Depends: libc6\nlibc6\nlibaio1\nseabios\n";
        assert_eq!(libraries_in(listing), ["libaio1"]);
    }
}

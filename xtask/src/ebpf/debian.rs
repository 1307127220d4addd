//! A Rust toolchain from Debian's packages, unpacked, not installed: for machines that rustup
//! cannot give one with the sources of `core`.
//!
//! Debian 12 carries a recent compiler for building web browsers (`rustc-web`) and its sources.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::toolchain::with_sources;
use crate::apt::{self, Apt};
use crate::command;

/// The packages whose names are stable; those of the libraries carry versions and are looked up.
const PACKAGES: &[&str] = &[
    "rustc-web",
    "libstd-rust-web-dev",
    "rust-web-clippy",
    "rust-web-src",
];

/// The system root of the toolchain in `folder`, unpacked there if it is not.
pub fn set_up(folder: &Path) -> Result<PathBuf> {
    let sysroot = folder.join("usr");
    if !sysroot.exists() {
        apt::set_up(folder, unpack)?;
    }
    with_sources(sysroot)
}

fn unpack(root: &Path) -> Result<()> {
    let apt = Apt::knowing("rust-web-src", root)?;
    let standard_library = apt.dependency("libstd-rust-web-dev", "libstd-rust-web-")?;
    let llvm = apt.dependency(&standard_library, "libllvm")?;
    let packages: Vec<&str> = PACKAGES
        .iter()
        .copied()
        .chain([standard_library.as_str(), llvm.as_str()])
        .collect();
    for deb in apt.download(&packages, root)? {
        let is_source = deb
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("rust-web-src"));
        if is_source {
            unpack_standard_library(&deb, root)?;
        } else {
            apt::unpack(&deb, root)?;
        }
    }
    fs::remove_dir_all(root.join("debs"))?;
    apt.remove_lists()?;
    link_libraries(&root.join("usr/lib"))
}

/// Of 1.5 GB of sources only the standard library's are needed.
fn unpack_standard_library(deb: &Path, root: &Path) -> Result<()> {
    let script = "dpkg-deb --fsys-tarfile \"$1\" | tar -x -C \"$2\" --wildcards \
        './usr/src/rustc-*/library/*' './usr/lib/rustlib/src/*'";
    command::run(
        Command::new("sh")
            .args(["-euc", script, "sh"])
            .arg(deb)
            .arg(root),
    )
}

/// Rust looks for its libraries in `lib`, Debian keeps them one folder deeper.
fn link_libraries(lib: &Path) -> Result<()> {
    for entry in fs::read_dir(lib)? {
        let folder = entry?.path();
        if !folder.to_string_lossy().ends_with("-linux-gnu") {
            continue;
        }
        for library in fs::read_dir(&folder)? {
            let library = library?.path();
            let (Some(name), Ok(relative)) = (library.file_name(), library.strip_prefix(lib))
            else {
                continue;
            };
            if name.to_string_lossy().contains(".so") {
                symlink(relative, lib.join(name))
                    .with_context(|| format!("failed to link {}", library.display()))?;
            }
        }
    }
    Ok(())
}

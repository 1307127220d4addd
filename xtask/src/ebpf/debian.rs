//! A Rust toolchain from Debian's packages, unpacked, not installed: for machines that rustup
//! cannot give one with the sources of `core`.
//!
//! Debian 12 carries a recent compiler for building web browsers (`rustc-web`) and its sources.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::toolchain::with_sources;
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
        for tool in ["apt-get", "apt-cache", "dpkg-deb", "tar"] {
            if command::find_program(tool).is_none() {
                bail!("this is no Debian: there is no {tool}");
            }
        }
        // Renamed when whole: an interrupted set-up is never taken for a toolchain.
        let partial = folder.with_extension(format!("{}.partial", std::process::id()));
        fs::create_dir_all(&partial)
            .with_context(|| format!("failed to make {}", partial.display()))?;
        let unpacked = unpack(&partial);
        if unpacked.is_ok() {
            fs::rename(&partial, folder)
                .with_context(|| format!("failed to make {}", folder.display()))?;
        } else {
            fs::remove_dir_all(&partial)
                .with_context(|| format!("failed to remove {}", partial.display()))?;
        }
        unpacked?;
    }
    with_sources(sysroot)
}

fn unpack(root: &Path) -> Result<()> {
    let apt = Apt::with_lists(root)?;
    let standard_library = apt.dependency("libstd-rust-web-dev", "libstd-rust-web-")?;
    let llvm = apt.dependency(&standard_library, "libllvm")?;
    let debs = root.join("debs");
    fs::create_dir(&debs)?;
    let mut download = apt.command("apt-get");
    download
        .current_dir(&debs)
        .arg("download")
        .args(PACKAGES)
        .args([&standard_library, &llvm]);
    command::run(&mut download)?;
    for entry in fs::read_dir(&debs)? {
        let deb = entry?.path();
        let is_source = deb
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("rust-web-src"));
        if is_source {
            // Of 1.5 GB of sources only the standard library's are needed.
            let script = "dpkg-deb --fsys-tarfile \"$1\" | tar -x -C \"$2\" --wildcards \
                './usr/src/rustc-*/library/*' './usr/lib/rustlib/src/*'";
            command::run(
                Command::new("sh")
                    .args(["-euc", script, "sh"])
                    .arg(&deb)
                    .arg(root),
            )?;
        } else {
            command::run(
                Command::new("dpkg-deb")
                    .arg("--extract")
                    .arg(&deb)
                    .arg(root),
            )?;
        }
    }
    fs::remove_dir_all(&debs)?;
    apt.remove_lists()?;
    link_libraries(&root.join("usr/lib"))
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

/// apt, with package lists of its own where the system has none.
struct Apt {
    options: Vec<String>,
    lists: PathBuf,
}

impl Apt {
    fn with_lists(root: &Path) -> Result<Self> {
        // "_apt" cannot write into a private folder; what apt fetches is signed either way.
        let mut apt = Self {
            options: vec!["APT::Sandbox::User=".to_owned()],
            lists: root.join("apt"),
        };
        if command::output(apt.command("apt-cache").args(["show", "rust-web-src"])).is_ok() {
            return Ok(apt);
        }
        for folder in ["lists/partial", "cache/archives/partial"] {
            fs::create_dir_all(apt.lists.join(folder))?;
        }
        apt.options.push(format!(
            "Dir::State::Lists={}",
            apt.lists.join("lists").display()
        ));
        apt.options
            .push(format!("Dir::Cache={}", apt.lists.join("cache").display()));
        command::run(apt.command("apt-get").args(["update", "--quiet"]))?;
        Ok(apt)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.args(self.options.iter().flat_map(|option| ["-o", option]));
        command
    }

    /// The dependency of `package` whose name starts with `prefix`.
    fn dependency(&self, package: &str, prefix: &str) -> Result<String> {
        let mut show = self.command("apt-cache");
        let record = command::output(show.args(["show", "--no-all-versions", package]))?;
        dependency_in(&record, prefix)
            .with_context(|| format!("{package} depends on nothing named {prefix}*"))
    }

    fn remove_lists(&self) -> Result<()> {
        if self.lists.exists() {
            fs::remove_dir_all(&self.lists)?;
        }
        Ok(())
    }
}

/// The first dependency in a package's record that starts with `prefix`: deb-control(5).
fn dependency_in(record: &str, prefix: &str) -> Option<String> {
    let depends = record
        .lines()
        .find_map(|line| line.strip_prefix("Depends:"))?;
    depends
        .split([',', '|'])
        .filter_map(|dependency| dependency.split_whitespace().next())
        .find(|name| name.starts_with(prefix))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = "Package: libstd-rust-web-1.96\n\
        Depends: libc6 (>= 2.34), libgcc-s1 (>= 4.2), libllvm22 (>= 1), libstdc++6 (>= 11)\n";

    #[test]
    fn a_dependency_is_named_without_its_version() {
        assert_eq!(
            dependency_in(RECORD, "libllvm").as_deref(),
            Some("libllvm22")
        );
    }

    #[test]
    fn a_record_without_it_has_none() {
        assert_eq!(dependency_in(RECORD, "libclang"), None);
        assert_eq!(dependency_in("Package: x\n", "libllvm"), None);
    }
}

//! The image `host-busybox`: the host's static BusyBox and nothing else, as small images are.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::ImageError;
use super::elf;
use super::host::{find_program, skeleton};
use super::tree::Tree;

/// Where the program is in the image; every applet is a link to it.
const PROGRAM: &str = "bin/busybox";

/// Lists the files of the image.
///
/// # Errors
/// When the host has no BusyBox, or one that needs libraries.
pub fn tree() -> Result<Tree, ImageError> {
    let program = find_program("busybox").ok_or(ImageError::MissingProgram {
        name: "busybox",
        package: "busybox-static",
    })?;
    tree_of(&program)
}

/// Lists the files of an image of this BusyBox.
///
/// # Errors
/// When it needs libraries, or names no applets.
pub fn tree_of(program: &Path) -> Result<Tree, ImageError> {
    let failed = |source| ImageError::Read {
        path: program.to_path_buf(),
        source,
    };
    let data = fs::read(program).map_err(failed)?;
    let needs = elf::read(&data).map_err(|source| ImageError::BadElf {
        path: program.to_path_buf(),
        source,
    })?;
    match needs {
        None => {
            return Err(ImageError::NotElf {
                path: program.to_path_buf(),
            });
        }
        Some(elf) if elf.interpreter.is_some() => {
            return Err(ImageError::DynamicBusybox {
                path: program.to_path_buf(),
            });
        }
        Some(_) => {}
    }
    let mut tree = skeleton();
    for folder in ["bin", "sbin", "usr/bin", "usr/sbin"] {
        tree.folder(folder, 0o755);
    }
    tree.file(PROGRAM, program, 0o755);
    for applet in applets(program)? {
        // BusyBox names itself too; a link would lead to itself.
        if applet != Path::new(PROGRAM) {
            if let Some(folder) = applet.parent().and_then(Path::to_str) {
                tree.folder(folder, 0o755);
            }
            let target = Path::new("/").join(PROGRAM);
            tree.link(&Path::new("/").join(applet), &target);
        }
    }
    Ok(tree)
}

/// The paths of the applets, as BusyBox installs them.
fn applets(program: &Path) -> Result<Vec<PathBuf>, ImageError> {
    let output = Command::new(program)
        .arg("--list-full")
        .stdin(Stdio::null())
        .output()
        .map_err(|source| ImageError::Read {
            path: program.to_path_buf(),
            source,
        })?;
    let list = String::from_utf8_lossy(&output.stdout);
    let applets: Vec<PathBuf> = list
        .lines()
        .filter(|line| line.contains('/'))
        .map(PathBuf::from)
        .collect();
    if applets.is_empty() {
        return Err(ImageError::Tool {
            program: program.display().to_string(),
            message: format!("--list-full named no applets ({})", output.status),
        });
    }
    Ok(applets)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use crate::image::tree::Entry;

    #[test]
    fn what_workloads_call_is_an_applet() {
        let tree = tree().unwrap();
        for path in [
            "bin/sh",
            "bin/echo",
            "bin/sleep",
            "bin/tar",
            "bin/ping",
            "bin/cat",
        ] {
            let link = Entry::Link("/bin/busybox".into());
            assert_eq!(tree.get(Path::new(path)), Some(&link), "{path}");
        }
        let program = tree.get(Path::new(PROGRAM));
        assert!(matches!(program, Some(Entry::File { mode: 0o755, .. })));
    }
}

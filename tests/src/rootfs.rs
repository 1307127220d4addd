//! Root file systems for containers, from the host's own files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// Fills a folder with one program, what it is linked with, and what runtimes mount upon.
pub fn fill(folder: &Path, program: &str) -> Result<()> {
    for name in ["proc", "sys", "dev", "etc"] {
        fs::create_dir_all(folder.join(name))?;
    }
    for file in files_of(program)? {
        let copy = folder.join(file.strip_prefix("/")?);
        fs::create_dir_all(copy.parent().context("a file without a folder")?)?;
        fs::copy(&file, &copy).with_context(|| format!("failed to copy {}", file.display()))?;
    }
    Ok(())
}

/// The program and the libraries that it is linked with, by ldd(1).
fn files_of(program: &str) -> Result<Vec<PathBuf>> {
    let output = Command::new("ldd")
        .arg(program)
        .output()
        .context("failed to start ldd")?;
    ensure!(
        output.status.success(),
        "`ldd {program}` failed with {}",
        output.status
    );
    let libraries = String::from_utf8(output.stdout)?;
    let libraries = libraries
        .split_whitespace()
        .filter(|word| word.starts_with('/'));
    Ok(std::iter::once(program)
        .chain(libraries)
        .map(PathBuf::from)
        .collect())
}

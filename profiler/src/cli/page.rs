//! HTML pages: written to a file, and opened in a browser.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// Writes a page to a file beside the one that is asked for, and renames it when it is whole: what was
/// there stays if it fails.
pub fn write(file: &Path, page: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        Some(_) | None => Path::new("."),
    };
    let told = || format!("failed to write {}", file.display());
    if file.is_dir() {
        bail!("{} is a folder; name a file", file.display());
    }
    let mut whole = tempfile::NamedTempFile::new_in(folder).with_context(told)?;
    let mut out = io::BufWriter::new(&mut whole);
    page(&mut out).with_context(told)?;
    out.flush().with_context(told)?;
    drop(out);
    let readable = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    fs::set_permissions(whole.path(), readable).with_context(told)?;
    whole.persist(file).with_context(told)?;
    Ok(())
}

/// Opens a file in the browser of whoever is logged in.
pub fn open(file: &Path) -> Result<()> {
    let mut browser = Command::new("xdg-open");
    browser
        .arg(file)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let status = browser.status().with_context(|| {
        format!(
            "failed to start xdg-open, which opens browsers; the page is {}",
            file.display()
        )
    })?;
    if !status.success() {
        bail!(
            "xdg-open found no browser ({status}); the page is {}",
            file.display()
        );
    }
    Ok(())
}

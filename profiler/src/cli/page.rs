//! HTML pages: written to a file, and opened in a browser.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use clap::Args;

/// Whether a report is also written as a page.
#[derive(Args, Clone, Debug)]
pub struct PageArgs {
    /// Also write the report as one HTML page: docs/guide/viewers.md
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Open that page in a browser
    #[arg(long, requires = "html", hide_short_help = true)]
    open: bool,
}

impl PageArgs {
    /// Whether a page is asked for.
    pub fn is_asked(&self) -> bool {
        self.html.is_some()
    }

    /// Writes the page if it is asked for, and opens it.
    pub fn write(&self, page: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
        let Some(file) = &self.html else {
            return Ok(());
        };
        write(file, page)?;
        if self.open {
            open(file)?;
        }
        Ok(())
    }
}

/// Writes a page to a file beside the one that is asked for, and renames it when it is whole: what was
/// there stays if it fails.
fn write(file: &Path, page: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
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
fn open(file: &Path) -> Result<()> {
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

//! `ctrprof clean`: removes what killed engines left.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::harness::directory::{REGISTRY, sweep};

pub fn run() -> Result<ExitCode> {
    let swept = sweep(Path::new(REGISTRY))
        .context("failed to remove what a killed engine left; run as the user that ran it")?;
    let mut out = io::stdout().lock();
    for name in &swept {
        writeln!(out, "removed what {name} left")?;
    }
    if swept.is_empty() {
        writeln!(out, "nothing was left")?;
    }
    Ok(ExitCode::SUCCESS)
}

//! `ctrprof clean`: removes what killed engines and commands left.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;

use super::temporary;
use engine::directory::{REGISTRY, sweep};
use engine::image::cache::Cache;

#[derive(Args, Debug)]
pub struct CleanArgs {
    /// Remove the cached images too; they are made again when they are needed
    #[arg(long)]
    images: bool,
}

pub fn run(args: &CleanArgs) -> Result<ExitCode> {
    let mut swept = sweep(Path::new(REGISTRY)).context(
        "failed to remove the leftovers of a killed engine; run as the user that ran it",
    )?;
    let folders = temporary::sweep(&std::env::temp_dir())
        .context("failed to remove temporary folders of killed commands")?;
    swept.extend(folders);
    let mut out = io::stdout().lock();
    for name in &swept {
        writeln!(out, "removed the leftovers of {name}")?;
    }
    if swept.is_empty() {
        writeln!(out, "nothing was left")?;
    }
    if args.images {
        let pruned = Cache::of_user()
            .prune()
            .context("failed to remove the cached images")?;
        let (images, mib) = (pruned.images, pruned.bytes >> 20);
        writeln!(out, "removed {images} cached images of {mib} MiB")?;
    }
    Ok(ExitCode::SUCCESS)
}

//! `ctrprof report`: prints what a recording says.

mod format;
mod print;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

pub use format::FormatArgs;
pub use print::print;

use super::bench::series;
use super::exit::usage;
use bench::store;
use recording::Recording;
use setup::bench::directory::RUNS_FOLDER;

#[derive(Args, Debug)]
pub struct ReportArgs {
    /// The recording, or the directory of a bench
    dir: PathBuf,
    #[command(flatten)]
    format: FormatArgs,
}

pub fn run(args: &ReportArgs) -> Result<ExitCode> {
    if store::is_bench(&args.dir) {
        let format = args.format.of_bench().ok_or_else(|| {
            usage(format!(
                "a bench has neither stacks nor a critical path of its own; report one of the recordings in {}",
                args.dir.join(RUNS_FOLDER).display()
            ))
        })?;
        series::print(&args.dir, format, args.format.page())?;
        return Ok(ExitCode::SUCCESS);
    }
    print(&Recording::open(&args.dir)?, &args.format)?;
    Ok(ExitCode::SUCCESS)
}

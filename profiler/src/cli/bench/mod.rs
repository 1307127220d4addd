//! `ctrprof bench`: many runs over a matrix of configurations.

mod executor;
mod log;
mod progress;
pub mod series;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;

use self::series::{BenchFormat, Series, exit_code, print, stopped};
use super::capture_args::CaptureArgs;
use super::page::PageArgs;
use super::plan::BenchOptions;
use super::temporary::existing_directory;
use crate::doctor::privileges::check_containers_can_be_made;
use bench::runner::Retry;

#[derive(Args, Debug)]
pub struct BenchArgs {
    /// The matrix: a TOML file, see docs/bench.md
    #[arg(required_unless_present = "report", value_name = "MATRIX.toml")]
    matrix: Option<PathBuf>,
    #[command(flatten)]
    options: BenchOptions,
    /// Print the report of this bench directory, and run nothing
    #[arg(long, value_name = "DIR", conflicts_with_all = ["matrix", "output"])]
    report: Option<PathBuf>,
    /// Do runs that failed again; the last result of each counts
    #[arg(long)]
    retry_failed: bool,
    /// Where engines make their folders [default: the system's folder for temporary files]
    #[arg(long, value_name = "DIR", value_parser = existing_directory)]
    run_dir: Option<PathBuf>,
    #[command(flatten)]
    format: BenchFormatArgs,
    #[command(flatten)]
    capture: CaptureArgs,
}

/// How the report of a bench is printed.
#[derive(Args, Clone, Debug)]
pub struct BenchFormatArgs {
    /// Format of the report
    #[arg(long, value_enum, default_value_t = BenchFormat::Text)]
    format: BenchFormat,
    #[command(flatten)]
    page: PageArgs,
}

pub fn run(args: &BenchArgs) -> Result<ExitCode> {
    if let Some(directory) = &args.report {
        print(directory, args.format.format, &args.format.page)?;
        return Ok(ExitCode::SUCCESS);
    }
    check_containers_can_be_made()?;
    let matrix = args.matrix.as_ref().context("no matrix was given")?;
    let directory = args.options.directory(matrix);
    let planned = args.options.planned(matrix)?;
    if planned.plan.cells.is_empty() {
        bail!("nothing of the matrix can be run here; ctrprof plan says why");
    }
    let series = Series {
        header: planned.header(),
        cells: planned.plan.cells,
        cache: planned.matrix.cache,
        base: args.run_dir.clone(),
        options: args.capture.options(),
        retry: Retry::of(args.retry_failed),
    };
    if let Some(interrupted) = series.run(&directory)? {
        return Ok(stopped(interrupted));
    }
    Ok(exit_code(&print(
        &directory,
        args.format.format,
        &args.format.page,
    )?))
}

//! `ctrprof bench`: many runs over a matrix of configurations.

mod executor;
mod log;
mod progress;

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use self::executor::Engines;
use self::log::Log;
use self::progress::ProgressBar;
use super::capture_args::CaptureArgs;
use super::output;
use super::plan::{BenchOptions, Planned};
use crate::analysis::bench::bench_report;
use crate::capture::CaptureOptions;
use crate::harness::bench::runner::{self, Retry};
use crate::harness::bench::store::{self, Store};
use crate::harness::interrupt::Interrupt;
use crate::model::bench::BenchReport;
use crate::render;

/// Exit code after a signal, beside its number, as shells report it.
const SIGNAL_EXIT_BASE: u8 = 128;
const LOG: &str = "engines.log";
const SCRATCH: &str = "scratch";
const STATE: &str = "state";

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
    #[arg(long, value_name = "DIR")]
    run_dir: Option<PathBuf>,
    #[command(flatten)]
    format: BenchFormatArgs,
    #[command(flatten)]
    capture: CaptureArgs,
}

/// How the report of a bench is printed.
#[derive(Args, Clone, Copy, Debug)]
pub struct BenchFormatArgs {
    /// Format of the report
    #[arg(long, value_enum, default_value_t = BenchFormat::Text)]
    format: BenchFormat,
}

/// Formats of the report of a bench.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BenchFormat {
    /// For people, in 80 columns, with box plots
    Text,
    /// For programs: docs/bench.md
    Json,
    /// For spreadsheets: a row for each stage
    Csv,
}

pub fn run(args: &BenchArgs) -> Result<ExitCode> {
    if let Some(directory) = &args.report {
        print(directory, args.format.format)?;
        return Ok(ExitCode::SUCCESS);
    }
    let matrix = args.matrix.as_ref().context("no matrix was given")?;
    let directory = args.options.directory(matrix);
    let planned = args.options.planned(matrix)?;
    if planned.plan.cells.is_empty() {
        bail!("nothing of the matrix can be run here; ctrprof plan says why");
    }
    let retry = if args.retry_failed {
        Retry::Failed
    } else {
        Retry::Nothing
    };
    let bench = Bench {
        directory: &directory,
        base: args.run_dir.clone(),
        options: args.capture.options(),
        retry,
    };
    if let Some(interrupted) = bench.run(planned)? {
        return Ok(interrupted);
    }
    let report = print(&directory, args.format.format)?;
    let failed: u64 = report.cells.iter().map(|cell| cell.failed).sum();
    Ok(ExitCode::from(u8::from(failed > 0)))
}

/// How a plan is carried out.
pub struct Bench<'a> {
    /// Where the results go, or are already.
    pub directory: &'a Path,
    /// Where engines make their folders; none leaves it to the system.
    pub base: Option<PathBuf>,
    /// How runs are recorded.
    pub options: CaptureOptions,
    /// Whether runs that failed are done again.
    pub retry: Retry,
}

impl Bench<'_> {
    /// Does all runs that are left to do. Gives what to exit with if a signal came before the last.
    pub fn run(self, planned: Planned) -> Result<Option<ExitCode>> {
        let directory = self.directory;
        let mut store = Store::open(directory, planned.header())?;
        if store.was_repaired() {
            eprintln!("ctrprof: the last run was cut off while it was written; it is done again");
        }
        let scratch = made(&directory.join(SCRATCH))?;
        let log = Log::begin(&directory.join(LOG)).context("failed to write the log of engines")?;
        let mut progress = ProgressBar::new(log.terminal()?);
        let mut engines = Engines {
            options: self.options,
            base: self.base.unwrap_or_else(std::env::temp_dir),
            scratch: scratch.clone(),
            state: made(&directory.join(STATE))?,
            timeout_s: u32::try_from(planned.matrix.timeout_s).unwrap_or(u32::MAX),
            cells: planned.plan.cells,
            interrupt: Interrupt::install()?,
            log,
            cache: planned.matrix.cache,
            images: BTreeMap::new(),
            descriptions: BTreeMap::new(),
        };
        let is_complete = runner::run(&mut store, &mut engines, &mut progress, self.retry)?;
        let interrupted = engines.interrupt.check().err();
        drop(engines);
        fs::remove_dir_all(&scratch)
            .with_context(|| format!("failed to remove {}", scratch.display()))?;
        if let (false, Some(interrupted)) = (is_complete, interrupted) {
            eprintln!(
                "ctrprof: stopped by {}; the same command goes on from here",
                interrupted.0
            );
            let signal = u8::try_from(interrupted.0 as i32).unwrap_or_default();
            return Ok(Some(ExitCode::from(SIGNAL_EXIT_BASE + signal)));
        }
        // Images and layers of managers: large, and of no use to a bench that is done.
        let state = directory.join(STATE);
        fs::remove_dir_all(&state)
            .with_context(|| format!("failed to remove {}", state.display()))?;
        Ok(None)
    }
}

fn made(folder: &Path) -> Result<PathBuf> {
    fs::create_dir_all(folder).with_context(|| format!("failed to make {}", folder.display()))?;
    // Engines change their working directory.
    Ok(fs::canonicalize(folder)?)
}

/// Prints the report of a bench directory, finished or not.
pub fn print(directory: &Path, format: BenchFormat) -> Result<BenchReport> {
    let (header, records) = store::read(directory)?;
    let report = bench_report(&header, &records);
    let mut out = BufWriter::new(io::stdout().lock());
    match format {
        BenchFormat::Text => {
            render::text::bench::write_bench(&mut out, &report, output::stdout_style())?;
        }
        BenchFormat::Json => render::json::write_bench(&mut out, &report)?,
        BenchFormat::Csv => render::csv::write_bench(&mut out, &report)?,
    }
    out.flush()?;
    Ok(report)
}

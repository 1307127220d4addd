//! The runs of a bench in its directory: done, and printed.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::ValueEnum;

use super::executor::Engines;
use super::log::Log;
use super::progress::ProgressBar;
use crate::cli::output;
use analysis::bench::bench_report;
use bench::plan::PlannedCell;
use bench::runner::{self, Retry};
use bench::store::{self, Store};
use capture::CaptureOptions;
use engine::interrupt::{Interrupt, Interrupted};
use render;
use setup::bench::{BenchHeader, BenchReport};
use setup::cache::CachePolicy;

/// Exit code after a signal, beside its number, as shells report it.
const SIGNAL_EXIT_BASE: u8 = 128;
const LOG: &str = "engines.log";
const SCRATCH: &str = "scratch";
const STATE: &str = "state";

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

/// Cells, mode and options of a series of runs.
pub struct Series {
    /// The directory's header.
    pub header: BenchHeader,
    /// The cells of the header, with what an engine is told of each.
    pub cells: Vec<PlannedCell>,
    /// Page cache in which workloads begin.
    pub cache: CachePolicy,
    /// Where engines make their folders; the system's folder for temporary files if none.
    pub base: Option<PathBuf>,
    /// How runs are recorded.
    pub options: CaptureOptions,
    /// Which runs that are over are done again.
    pub retry: Retry,
}

impl Series {
    /// Does what is left of the bench in `directory`, which is begun if there is none; gives the
    /// signal that stopped it.
    ///
    /// # Errors
    /// When no run could succeed, or the directory cannot be used.
    pub fn run(self, directory: &Path) -> Result<Option<Interrupted>> {
        let timeout_s = u32::try_from(self.header.timeout_s).unwrap_or(u32::MAX);
        let mut store = Store::open(directory, self.header)?;
        if store.was_repaired() {
            eprintln!("ctrprof: the last run was cut off while it was written; it is done again");
        }
        let scratch = made(&directory.join(SCRATCH))?;
        let state = made(&directory.join(STATE))?;
        let log = Log::begin(&directory.join(LOG)).context("failed to write the log of engines")?;
        let mut progress = ProgressBar::new(log.terminal()?);
        let mut engines = Engines {
            options: self.options,
            base: self.base.unwrap_or_else(std::env::temp_dir),
            scratch: scratch.clone(),
            state: state.clone(),
            timeout_s,
            cells: self.cells,
            interrupt: Interrupt::install()?,
            log,
            cache: self.cache,
            images: BTreeMap::new(),
            descriptions: BTreeMap::new(),
        };
        let is_complete = runner::run(&mut store, &mut engines, &mut progress, self.retry)?;
        let interrupted = engines.interrupt.check().err();
        drop(engines);
        removed(&scratch)?;
        if let (false, Some(interrupted)) = (is_complete, interrupted) {
            return Ok(Some(interrupted));
        }
        // Images and layers of managers: large, and of no use to a bench that is done.
        removed(&state)?;
        Ok(None)
    }
}

fn made(folder: &Path) -> Result<PathBuf> {
    fs::create_dir_all(folder).with_context(|| format!("failed to make {}", folder.display()))?;
    // Engines change their working directory.
    Ok(fs::canonicalize(folder)?)
}

fn removed(folder: &Path) -> Result<()> {
    fs::remove_dir_all(folder).with_context(|| format!("failed to remove {}", folder.display()))
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

/// A bench fails with any of its runs.
pub fn exit_code(report: &BenchReport) -> ExitCode {
    let failed: u64 = report.cells.iter().map(|cell| cell.failed).sum();
    ExitCode::from(u8::from(failed > 0))
}

/// Says that a signal stopped a series in a directory that stays, and gives the exit code.
pub fn stopped(interrupted: Interrupted) -> ExitCode {
    eprintln!(
        "ctrprof: stopped by {}; the same command goes on from here",
        interrupted.0
    );
    signal_exit_code(interrupted)
}

/// The exit code of what a signal stopped.
pub fn signal_exit_code(interrupted: Interrupted) -> ExitCode {
    let signal = u8::try_from(interrupted.0 as i32).unwrap_or_default();
    ExitCode::from(SIGNAL_EXIT_BASE + signal)
}

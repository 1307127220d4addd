//! The runs of a bench in its directory: done, and printed.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use super::executor::Engines;
use super::log::Log;
use super::progress::ProgressBar;
use crate::cli::output;
use crate::cli::page::PageArgs;
use analysis::bench::{bench_report, cell_runs};
use bench::plan::PlannedCell;
use bench::runner::{self, Retry};
use bench::store::{self, Store};
use capture::CaptureOptions;
use engine::interrupt::{Interrupt, Interrupted};
use render;
use setup::bench::{BenchHeader, BenchMode, BenchReport};
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
    /// For programs: a line of JSON for each run, warm-ups too
    Ndjson,
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
pub fn print(directory: &Path, format: BenchFormat, page: &PageArgs) -> Result<BenchReport> {
    let (header, records) = store::read(directory)?;
    let report = bench_report(&header, &records);
    page.write(|out| {
        let cells = cell_runs(&header, &records).into_iter();
        let runs: Vec<_> = cells.map(|cell| cell.counted).collect();
        render::html::write_bench(out, &report, &runs)
    })?;
    let mut out = BufWriter::new(io::stdout().lock());
    match format {
        BenchFormat::Text => {
            render::text::bench::write_bench(&mut out, &report, output::stdout_style())?;
        }
        BenchFormat::Json => render::json::write_bench(&mut out, &report, output::json_layout())?,
        BenchFormat::Ndjson => {
            let cells = cell_runs(&header, &records);
            let runs = cells.iter().flat_map(|cell| cell.all.iter().copied());
            render::ndjson::write_bench(&mut out, runs)?;
        }
        BenchFormat::Csv => render::csv::write_bench(&mut out, &report)?,
    }
    out.flush()?;
    Ok(report)
}

/// Fails, with what to do, if a directory holds runs without recordings.
///
/// # Errors
/// That, and when the directory cannot be read.
pub fn refuse_untraced(directory: &Path) -> Result<()> {
    if !store::is_bench(directory) {
        return Ok(());
    }
    let (header, _) = store::read(directory)?;
    match header.mode {
        BenchMode::Traced | BenchMode::ObserverCheck => Ok(()),
        BenchMode::Untraced => bail!(
            "the runs in {} were timed, not recorded: run them again into another directory without --untraced, or print their times with `ctrprof report {}`",
            directory.display(),
            directory.display()
        ),
    }
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use setup::bench::BENCH_FORMAT_VERSION;
    use trace::manifest::Host;

    fn bench(directory: &Path, mode: BenchMode) {
        let header = BenchHeader {
            format: BENCH_FORMAT_VERSION,
            ctrprof: String::new(),
            title: String::new(),
            mode,
            seed: 1,
            runs: 1,
            warmups: 0,
            cache: "warm".to_owned(),
            timeout_s: 1,
            host: Host::default(),
            cells: Vec::new(),
            impossible: Vec::new(),
        };
        Store::open(directory, header).unwrap();
    }

    #[test]
    fn runs_that_were_timed_alone_are_refused_with_the_remedy() {
        let folder = tempfile::tempdir().unwrap();
        assert!(refuse_untraced(folder.path()).is_ok());
        let timed = folder.path().join("timed");
        bench(&timed, BenchMode::Untraced);
        let why = refuse_untraced(&timed).unwrap_err().to_string();
        assert!(why.contains("timed, not recorded"), "{why}");
        assert!(why.contains("without --untraced"), "{why}");
        let recorded = folder.path().join("recorded");
        bench(&recorded, BenchMode::Traced);
        assert!(refuse_untraced(&recorded).is_ok());
    }
}

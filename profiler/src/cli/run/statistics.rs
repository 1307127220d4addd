//! `ctrprof run --untraced` and `--observer-check`: a bench of one configuration with one workload,
//! printed and, unless it is to be kept, gone.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, bail};

use super::RunArgs;
use crate::cli::bench::series::{BenchFormat, Series, exit_code, print, signal_exit_code};
use crate::cli::exit::usage;
use crate::cli::measure;
use crate::cli::page::PageArgs;
use crate::cli::temporary::{Purpose, TemporaryDirectory};
use bench::constraints::HostFacts;
use bench::matrix::{DEFAULT_SEED, DEFAULT_TIMEOUT_S, DEFAULT_WARMUPS};
use bench::plan::PlannedCell;
use bench::runner::Retry;
use bench::store;
use capture::host;
use engine::image;
use engine::interrupt::Interrupted;
use engine::workload::Workload;
use setup::bench::{BENCH_FORMAT_VERSION, BenchHeader, BenchMode, Cell};
use setup::configuration::Configuration;

/// Where the results go: a directory that stays, or one that goes with this value.
enum Results {
    Kept(PathBuf),
    Temporary(TemporaryDirectory),
}

impl Results {
    /// A directory of results belongs to one command: nothing in it says which script or which
    /// program of a name was run, so that others could be added.
    fn new(asked: Option<PathBuf>) -> Result<Self> {
        match asked {
            Some(path) if store::is_bench(&path) => bail!(
                "{} holds results already; print them with `ctrprof report {}`, or choose another directory",
                path.display(),
                path.display()
            ),
            Some(path) => Ok(Self::Kept(path)),
            None => Ok(Self::Temporary(TemporaryDirectory::new(Purpose::Bench)?)),
        }
    }

    /// A folder within the temporary one, for a bench has a lock of its own on it.
    fn path(&self) -> PathBuf {
        match self {
            Self::Kept(path) => path.clone(),
            Self::Temporary(directory) => directory.path().join("results"),
        }
    }
}

/// Each container in an engine process of its own, with the statistics of its stages.
pub fn run(
    args: RunArgs,
    mode: BenchMode,
    configuration: Configuration,
    workload: Workload,
) -> Result<ExitCode> {
    let format = args.format.of_bench().ok_or_else(|| usage(
        "statistics of stages have neither stacks nor a critical path; choose --format text, json or csv, or leave out --untraced and --observer-check",
    ))?;
    measure::refuse_impossible(&configuration, &workload, &HostFacts::of_host()?)?;
    // An image that cannot be made fails once and not in every run.
    image::prepare(&configuration.image, &workload)?;
    let page = args.format.page().clone();
    let results = Results::new(args.output.clone())?;
    let cell = Cell {
        configuration: configuration.to_string(),
        workload: workload.cell_label().to_string(),
        label: String::new(),
    };
    let series = Series {
        header: header(&args, mode, &workload, cell.clone()),
        cells: vec![PlannedCell {
            cell,
            configuration,
            workload,
        }],
        cache: args.workload.cache(),
        base: args.run_dir,
        options: args.capture.options(),
        retry: Retry::Nothing,
    };
    let interrupted = series.run(&results.path())?;
    warn(&results.path())?;
    match interrupted {
        Some(interrupted) => stopped(interrupted, &results, (format, &page)),
        None => Ok(exit_code(&print(&results.path(), format, &page)?)),
    }
}

/// Prints the runs that were over when a signal came.
fn stopped(
    interrupted: Interrupted,
    results: &Results,
    (format, page): (BenchFormat, &PageArgs),
) -> Result<ExitCode> {
    let (header, records) = store::read(&results.path())?;
    let over = records.iter().filter(|run| !run.warm_up).count();
    if over > 0 {
        print(&results.path(), format, page)?;
    }
    eprintln!(
        "ctrprof: stopped by {} when {over} of {} runs were over",
        interrupted.0, header.runs
    );
    Ok(signal_exit_code(interrupted))
}

fn header(args: &RunArgs, mode: BenchMode, workload: &Workload, cell: Cell) -> BenchHeader {
    BenchHeader {
        format: BENCH_FORMAT_VERSION,
        ctrprof: env!("CARGO_PKG_VERSION").to_owned(),
        title: workload.label(),
        mode,
        seed: DEFAULT_SEED,
        runs: args.runs,
        warmups: args.warmups.unwrap_or(DEFAULT_WARMUPS),
        cache: args.workload.cache().to_string(),
        timeout_s: DEFAULT_TIMEOUT_S,
        host: host(),
        cells: vec![cell],
        impossible: Vec::new(),
    }
}

/// Says what was not as asked for, each thing once.
fn warn(directory: &Path) -> Result<()> {
    let (_, records) = store::read(directory)?;
    let warnings: BTreeSet<&String> = records.iter().flat_map(|run| &run.warnings).collect();
    for warning in warnings {
        eprintln!("ctrprof: {warning}");
    }
    Ok(())
}

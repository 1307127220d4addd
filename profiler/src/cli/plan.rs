//! `ctrprof plan`: what a matrix comes to on this host.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use super::output;
use bench::constraints::HostFacts;
use bench::estimate::Estimate;
use bench::matrix::Matrix;
use bench::plan::{BenchPlan, plan};
use bench::schedule::{Batch, remaining};
use bench::store;
use capture::host;
use setup::bench::{
    BENCH_FORMAT_VERSION, BENCH_REPORT_SCHEMA_VERSION, BenchHeader, BenchMode, PlanCell,
    PlanReport, RunRecord,
};

#[derive(Args, Debug)]
pub struct PlanArgs {
    /// The matrix: a TOML file, see docs/bench.md
    #[arg(value_name = "MATRIX.toml")]
    matrix: PathBuf,
    #[command(flatten)]
    options: BenchOptions,
    /// Format of the plan
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Formats of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For programs: docs/bench.md
    Json,
}

/// Options of a bench.
#[derive(Args, Clone, Debug)]
pub struct BenchOptions {
    /// Directory of the results [default: the matrix's name with .bench]
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Measured runs of each configuration and workload, instead of the matrix's
    #[arg(short = 'n', long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    runs: Option<u32>,
    #[command(flatten)]
    mode: ModeArgs,
}

/// The mode of each run.
#[derive(Args, Clone, Copy, Debug)]
pub struct ModeArgs {
    /// Time runs without recording them
    #[arg(long, conflicts_with = "observer_check")]
    untraced: bool,
    /// Do each run twice, recorded and not, and say what recording cost
    #[arg(long)]
    observer_check: bool,
}

impl ModeArgs {
    /// As benches call it.
    pub const fn mode(self) -> BenchMode {
        match (self.untraced, self.observer_check) {
            (_, true) => BenchMode::ObserverCheck,
            (true, false) => BenchMode::Untraced,
            (false, false) => BenchMode::Traced,
        }
    }
}

/// A matrix, and what it comes to on this host.
pub struct Planned {
    /// The matrix.
    pub matrix: Matrix,
    /// Its cells.
    pub plan: BenchPlan,
    mode: BenchMode,
}

impl BenchOptions {
    /// Where the results of the matrix at `path` are.
    pub fn directory(&self, path: &Path) -> PathBuf {
        self.output.clone().unwrap_or_else(|| {
            let name = path.file_stem().unwrap_or_default();
            PathBuf::from(name).with_extension("bench")
        })
    }

    /// Reads the matrix at `path` and compares it with this host.
    pub fn planned(&self, path: &Path) -> Result<Planned> {
        let text = fs::read_to_string(path)
            .with_context(|| format!("failed to read {}", path.display()))?;
        let in_file = || format!("{} is no matrix", path.display());
        let mut matrix = Matrix::parse(&text).with_context(in_file)?;
        matrix.runs = self.runs.unwrap_or(matrix.runs);
        if matrix.title.is_empty() {
            let name = path.file_stem().unwrap_or_default();
            matrix.title = name.to_string_lossy().into_owned();
        }
        Planned::new(matrix, self.mode.mode()).with_context(in_file)
    }
}

impl Planned {
    /// Compares a matrix with this host.
    pub fn new(matrix: Matrix, mode: BenchMode) -> Result<Self> {
        let plan = plan(&matrix, &HostFacts::of_host()?)?;
        Ok(Self { matrix, plan, mode })
    }

    /// The header of the bench directory.
    pub fn header(&self) -> BenchHeader {
        let cells = self.plan.cells.iter();
        BenchHeader {
            format: BENCH_FORMAT_VERSION,
            ctrprof: env!("CARGO_PKG_VERSION").to_owned(),
            title: self.matrix.title.clone(),
            mode: self.mode,
            seed: self.matrix.seed,
            runs: self.matrix.runs,
            warmups: self.matrix.warmups,
            cache: self.matrix.cache.to_string(),
            timeout_s: self.matrix.timeout_s,
            host: host(),
            cells: cells.map(|planned| planned.cell.clone()).collect(),
            impossible: self.plan.impossible.clone(),
        }
    }
}

pub fn run(args: &PlanArgs) -> Result<ExitCode> {
    let planned = args.options.planned(&args.matrix)?;
    let directory = args.options.directory(&args.matrix);
    let records = if store::is_bench(&directory) {
        store::read(&directory)?.1
    } else {
        Vec::new()
    };
    print(&planned, &records, args.format)?;
    if planned.plan.cells.is_empty() {
        bail!("nothing of the matrix can be run here");
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints what a matrix comes to, of which these runs are over.
pub fn print(planned: &Planned, records: &[RunRecord], format: Format) -> Result<()> {
    let report = report(planned, records);
    let mut out = BufWriter::new(io::stdout().lock());
    match format {
        Format::Text => {
            render::text::plan::write_plan(&mut out, &report, output::stdout_style())?;
        }
        Format::Json => render::json::write_plan(&mut out, &report, output::json_layout())?,
    }
    Ok(out.flush()?)
}

fn report(planned: &Planned, records: &[RunRecord]) -> PlanReport {
    let header = planned.header();
    let batches = remaining(&header, records).batches();
    let estimate = Estimate::of(records);
    let cells = header.cells.iter().map(|cell| {
        let own = batches.iter().filter(|batch| batch.cell.is_same(cell));
        let left: Vec<Batch<'_>> = own.copied().collect();
        let measured = left.iter().filter(|batch| !batch.warm_up);
        let measured_left: u64 = measured.map(|batch| batch.runs).sum();
        PlanCell {
            cell: cell.clone(),
            done: measured_runs(&header) - measured_left,
            left: left.iter().map(|batch| batch.runs).sum(),
            estimate_ns: nanoseconds(estimate.total(&left)),
        }
    });
    PlanReport {
        schema: BENCH_REPORT_SCHEMA_VERSION,
        title: header.title.clone(),
        mode: header.mode,
        runs: header.runs,
        warmups: header.warmups,
        seed: header.seed,
        cache: header.cache.clone(),
        host: header.host.clone(),
        cells: cells.collect(),
        impossible: header.impossible.clone(),
        excluded: planned.plan.excluded as u64,
        estimate_ns: nanoseconds(estimate.total(&batches)),
    }
}

/// Of each cell.
fn measured_runs(header: &BenchHeader) -> u64 {
    match header.mode {
        BenchMode::Traced | BenchMode::Untraced => u64::from(header.runs),
        BenchMode::ObserverCheck => u64::from(header.runs) * 2,
    }
}

fn nanoseconds(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

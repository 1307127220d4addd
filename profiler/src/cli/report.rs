//! `ctrprof report`: prints what a recording says.

use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use super::bench::series::{self, BenchFormat};
use super::output;
use analysis::attribution::stack::Stacks;
use analysis::report::path::StagePath;
use analysis::{self, Analysis};
use bench::store;
use recording::Recording;
use render::text::path::PathOrder;
use setup::bench::directory::RUNS_FOLDER;
use trace::rows::Tables;

#[derive(Args, Debug)]
pub struct ReportArgs {
    /// The recording, or the directory of a bench
    dir: PathBuf,
    #[command(flatten)]
    format: FormatArgs,
}

/// How the report is printed.
#[derive(Args, Clone, Debug)]
pub struct FormatArgs {
    /// Format of the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// The weight of folded stacks
    #[arg(long, value_enum, default_value_t = Weight::Path)]
    weight: Weight,
    /// Print the critical path itself, a line for each segment
    #[arg(long)]
    path: bool,
    /// Order of the segments of the critical path
    #[arg(long, value_enum, default_value_t = Order::Longest)]
    order: Order,
    /// How many segments of each stage are printed at most
    #[arg(long, default_value_t = 40, value_name = "N")]
    limit: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people, in 80 columns
    Text,
    /// For programs: docs/report-json.md
    Json,
    /// For flame graph tools: stage;role;process;phase;syscall;kernel frames, and nanoseconds
    Folded,
    /// For spreadsheets: benches alone
    Csv,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Weight {
    /// Time on the critical path: each stage adds up to its wall time
    Path,
    /// Time of all tracked threads
    Thread,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Order {
    /// As they follow one another
    Time,
    /// The longest first
    Longest,
}

pub fn run(args: &ReportArgs) -> Result<ExitCode> {
    if store::is_bench(&args.dir) {
        let format = args.format.of_bench().with_context(|| {
            format!(
                "a bench has neither stacks nor a critical path of its own; report one of the recordings in {}",
                args.dir.join(RUNS_FOLDER).display()
            )
        })?;
        series::print(&args.dir, format)?;
        return Ok(ExitCode::SUCCESS);
    }
    print(&Recording::open(&args.dir)?, &args.format)?;
    Ok(ExitCode::SUCCESS)
}

impl FormatArgs {
    /// Fails unless a recording can be printed like this: better before it is made.
    pub fn check(&self) -> Result<()> {
        if self.format == Format::Csv {
            bail!("a recording has no table for spreadsheets; choose json");
        }
        if self.path && self.format != Format::Text {
            bail!("--path is text; leave --format out");
        }
        if self.weight == Weight::Thread && self.format != Format::Folded {
            bail!("--weight is for folded stacks; add --format folded");
        }
        Ok(())
    }

    /// The format of a bench's report, unless what is asked for is none of a bench.
    pub fn of_bench(&self) -> Option<BenchFormat> {
        if self.path || self.weight == Weight::Thread {
            return None;
        }
        match self.format {
            Format::Text => Some(BenchFormat::Text),
            Format::Json => Some(BenchFormat::Json),
            Format::Csv => Some(BenchFormat::Csv),
            Format::Folded => None,
        }
    }
}

/// Prints the report of a recording to standard output.
pub fn print(recording: &Recording, format: &FormatArgs) -> Result<()> {
    format.check()?;
    let tables = recording.tables()?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    if format.weight == Weight::Thread {
        let paths = analysis::thread_time(recording.manifest(), &tables);
        write_folded(&mut out, &paths, &tables)?;
    } else {
        let analysis = analysis::analyse(recording.manifest(), &tables);
        write(&mut out, &analysis, &tables, format)?;
    }
    out.flush()?;
    Ok(())
}

fn write(
    out: &mut dyn Write,
    analysis: &Analysis,
    tables: &Tables,
    format: &FormatArgs,
) -> Result<()> {
    let Analysis { report, paths } = analysis;
    let style = output::stdout_style();
    match format.format {
        Format::Text if format.path => {
            let order = match format.order {
                Order::Time => PathOrder::Time,
                Order::Longest => PathOrder::Longest,
            };
            render::text::path::write_paths(out, paths, order, format.limit, style)?;
        }
        Format::Text => render::text::write_report(out, report, paths, style)?,
        Format::Json => render::json::write_report(out, report)?,
        Format::Folded => write_folded(out, paths, tables)?,
        Format::Csv => bail!("a recording has no table for spreadsheets; choose json"),
    }
    Ok(())
}

fn write_folded(out: &mut dyn Write, paths: &[StagePath], tables: &Tables) -> Result<()> {
    let stacks = Stacks::new(tables);
    let frames = |stack| {
        let functions = stacks.functions(stack).iter();
        functions.map(|&function| function.to_owned()).collect()
    };
    render::folded::write_folded(out, paths, &frames)?;
    Ok(())
}

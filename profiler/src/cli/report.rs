//! `ctrprof report`: prints what a recording says.

use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use super::bench::series::{self, BenchFormat};
use super::exit::usage;
use super::{output, pager, progress};
use analysis::attribution::Attribution;
use analysis::attribution::stack::Stacks;
use analysis::report::path::StagePath;
use analysis::report::selection::Selection;
use analysis::timeline::Timeline;
use analysis::what_if::Replays;
use analysis::{self, Analysis};
use bench::store;
use compare::explain::single;
use compare::report::diagnosis::Diagnosis;
use recording::Recording;
use render::text::Detail;
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
    /// Print the tables of all stages below the answer
    #[arg(long)]
    full: bool,
    /// Print the tables of this stage alone (again for another one)
    #[arg(long, value_name = "NAME")]
    stage: Vec<String>,
    /// Report this container alone, by its name or the beginning of its id (again for another one)
    #[arg(long, value_name = "NAME|ID")]
    container: Vec<String>,
    /// Report this run alone, counted from 1
    #[arg(long, value_name = "N")]
    run: Option<usize>,
    /// Do not send what is longer than the terminal through a pager (PAGER, else less)
    #[arg(long)]
    no_pager: bool,
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
    /// For programs: a line of JSON for each run
    Ndjson,
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
            return Err(usage(
                "a recording has no table for spreadsheets; choose json",
            ));
        }
        if self.path && self.format != Format::Text {
            return Err(usage("--path is text; leave --format out"));
        }
        if self.weight == Weight::Thread && self.format != Format::Folded {
            return Err(usage("--weight is for folded stacks; add --format folded"));
        }
        if self.weight == Weight::Thread && !self.selection().is_empty() {
            return Err(usage(
                "--stage, --container and --run choose of critical paths; leave out --weight",
            ));
        }
        Ok(())
    }

    /// What of a recording is printed.
    fn selection(&self) -> Selection {
        Selection {
            stages: self.stage.clone(),
            containers: self.container.clone(),
            run: self.run,
        }
    }

    /// The tables of a stage are what is asked for with its name.
    fn detail(&self) -> Detail {
        if self.full || !self.stage.is_empty() {
            Detail::Full
        } else {
            Detail::Answer
        }
    }

    /// The format of a bench's report, unless what is asked for is none of a bench.
    pub fn of_bench(&self) -> Option<BenchFormat> {
        if self.path || self.weight == Weight::Thread || !self.selection().is_empty() {
            return None;
        }
        match self.format {
            Format::Text => Some(BenchFormat::Text),
            Format::Json => Some(BenchFormat::Json),
            Format::Ndjson => Some(BenchFormat::Ndjson),
            Format::Csv => Some(BenchFormat::Csv),
            Format::Folded => None,
        }
    }
}

/// Prints the report of a recording to standard output.
pub fn print(recording: &Recording, format: &FormatArgs) -> Result<()> {
    format.check()?;
    let analysing = progress::analysing();
    let tables = recording.tables()?;
    if format.weight == Weight::Thread {
        let paths = analysis::thread_time(recording.manifest(), &tables);
        drop(analysing);
        let mut out = BufWriter::new(std::io::stdout().lock());
        write_folded(&mut out, &paths, &tables)?;
        out.flush()?;
        return Ok(());
    }
    let shown = Shown::new(recording, &tables, format)?;
    drop(analysing);
    if format.format == Format::Text {
        let mut text = Vec::new();
        write(&mut text, &shown, &tables, format)?;
        return Ok(pager::print(&text, !format.no_pager)?);
    }
    let mut out = BufWriter::new(std::io::stdout().lock());
    write(&mut out, &shown, &tables, format)?;
    out.flush()?;
    Ok(())
}

/// The part of a recording that is asked for.
struct Shown {
    analysis: Analysis,
    diagnosis: Diagnosis,
}

impl Shown {
    fn new(recording: &Recording, tables: &Tables, format: &FormatArgs) -> Result<Self> {
        let manifest = recording.manifest();
        let timeline = Timeline::new(manifest, tables);
        let attribution = Attribution::new(manifest, &timeline);
        let whole = analysis::analyse_attributed(manifest, &attribution);
        let selection = format.selection();
        let runs = selection.runs(&whole)?;
        let analysis = selection.of(whole)?;
        let replays = Replays::new(manifest, &attribution);
        let diagnosis = single::diagnosis(&analysis, &|run, stages, changes| {
            replays.times(*runs.get(run)?, stages, changes).ok()
        });
        Ok(Self {
            analysis,
            diagnosis,
        })
    }
}

fn write(out: &mut dyn Write, shown: &Shown, tables: &Tables, format: &FormatArgs) -> Result<()> {
    let Shown {
        analysis: Analysis { report, paths },
        diagnosis,
    } = shown;
    let style = output::stdout_style();
    match format.format {
        Format::Text if format.path => {
            let order = match format.order {
                Order::Time => PathOrder::Time,
                Order::Longest => PathOrder::Longest,
            };
            render::text::path::write_paths(out, paths, order, format.limit, style)?;
        }
        Format::Text => {
            let shown = (report, paths.as_slice());
            render::text::write_report(out, shown, diagnosis, format.detail(), style)?;
        }
        Format::Json => {
            render::json::write_report(out, report, diagnosis, output::json_layout())?;
        }
        Format::Ndjson => render::ndjson::write_report(out, report, diagnosis)?,
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

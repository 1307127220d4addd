//! `ctrprof explain`: questions of the catalogue, run, compared and answered.

mod answer;
mod catalogue;
mod sources;

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;

use self::catalogue::Entry;
use self::sources::Sources;
use super::bench::series::{Series, stopped};
use super::capture_args::CaptureArgs;
use super::diff::{self, Format};
use super::exit::usage;
use super::output;
use super::page::PageArgs;
use super::plan::{self, Planned};
use super::temporary::existing_directory;
use crate::doctor::privileges::check_containers_can_be_made;
use bench::runner::Retry;
use bench::store;
use compare::report::question::QuestionSummary;
use setup::bench::BenchMode;

/// As other commands have it, but for the default.
const LEVEL: &str = "Level of system calls: full, or summary for the sums of short ones [default: that of the question]";

#[derive(Args, Debug)]
#[command(mut_arg("level", |level| level.help(LEVEL)))]
pub struct ExplainArgs {
    /// A question of the catalogue (see --list), or a file with one: docs/explain.md
    #[arg(required_unless_present = "list", value_name = "NAME")]
    question: Option<String>,
    /// List the questions of the catalogue
    #[arg(long)]
    list: bool,
    /// Print the question's file: what is run, compared and claimed
    #[arg(long, conflicts_with = "list")]
    show: bool,
    /// Say what would be run, how long it takes, and what is impossible here and why
    #[arg(long, conflicts_with_all = ["list", "show"])]
    plan: bool,
    /// Print one comparison of the answer whole, as ctrprof diff does; pairs are numbered in the answer
    #[arg(long, value_name = "N", conflicts_with_all = ["list", "show", "plan"])]
    pair: Option<usize>,
    /// Answer from what was recorded before, and run nothing
    #[arg(long, conflicts_with_all = ["list", "show", "plan"])]
    no_run: bool,
    /// Directory of the recordings [default: the question's name with .bench]
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Directory of the same question on another host, for what cannot be run here; may be given
    /// several times
    #[arg(long = "with", value_name = "DIR")]
    others: Vec<PathBuf>,
    /// Measured runs of each configuration and workload, instead of the question's
    #[arg(short = 'n', long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    runs: Option<u32>,
    /// Do runs that failed again
    #[arg(long)]
    retry_failed: bool,
    /// Where engines make their folders [default: the system's folder for temporary files]
    #[arg(long, value_name = "DIR", value_parser = existing_directory)]
    run_dir: Option<PathBuf>,
    /// Format of the answer; folded is for one comparison alone (--pair)
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    page: PageArgs,
    #[command(flatten)]
    capture: CaptureArgs,
}

pub fn run(args: &ExplainArgs) -> Result<ExitCode> {
    if args.page.is_asked() && (args.list || args.show || args.plan) {
        return Err(usage(
            "--html is for an answer; leave out --list, --show and --plan",
        ));
    }
    if args.list {
        list(args.format)?;
        return Ok(ExitCode::SUCCESS);
    }
    let asked = args.question.as_deref().context("no question was asked")?;
    let entry = catalogue::find(asked)?;
    if args.show {
        std::io::stdout().write_all(entry.text.as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    answer(args, &entry)
}

fn answer(args: &ExplainArgs, entry: &Entry) -> Result<ExitCode> {
    let directory = args
        .output
        .clone()
        .unwrap_or_else(|| PathBuf::from(format!("{}.bench", entry.name)));
    let planned = planned(args, entry)?;
    if args.plan {
        return print_plan(args, &planned, &directory);
    }
    if !args.no_run && !planned.plan.cells.is_empty() {
        check_containers_can_be_made()?;
        let series = Series {
            header: planned.header(),
            cells: planned.plan.cells.clone(),
            cache: planned.matrix.cache,
            base: args.run_dir.clone(),
            options: args.capture.options_at(entry.question.level),
            retry: Retry::of(args.retry_failed),
        };
        if let Some(interrupted) = series.run(&directory)? {
            return Ok(stopped(interrupted));
        }
    }
    let sources = Sources::read(&directory, &args.others)?;
    if let Some(number) = args.pair {
        let (compared, explanation) = answer::pair(&entry.question, &planned, &sources, number)?;
        args.page.write(|out| {
            let (comparison, stacks) = (&compared.comparison, &compared.stacks);
            render::html::write_comparison(out, comparison, &explanation, stacks)
        })?;
        diff::print(&compared, &explanation, args.format)?;
        return Ok(ExitCode::SUCCESS);
    }
    let report = answer::report(&entry.name, &entry.question, &planned, &sources)?;
    args.page
        .write(|out| render::html::write_answer(out, &report))?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    match args.format {
        Format::Text => {
            let style = output::stdout_style();
            render::text::question::write_answer(&mut out, &report, style)?;
        }
        Format::Json => render::json::write_answer(&mut out, &report, output::json_layout())?,
        Format::Folded => bail!("folded stacks are of one comparison; name it with --pair N"),
    }
    out.flush()?;
    let failed: u64 = report.cells.iter().map(|cell| cell.failed).sum();
    Ok(ExitCode::from(u8::from(failed > 0)))
}

/// The plan of the question on this host.
fn planned(args: &ExplainArgs, entry: &Entry) -> Result<Planned> {
    let mut matrix = entry.question.matrix.clone();
    matrix.title.clone_from(&entry.question.asks);
    matrix.runs = args.runs.unwrap_or(matrix.runs);
    Planned::new(matrix, BenchMode::Traced)
}

fn print_plan(args: &ExplainArgs, planned: &Planned, directory: &Path) -> Result<ExitCode> {
    let records = if store::is_bench(directory) {
        store::read(directory)?.1
    } else {
        Vec::new()
    };
    let format = match args.format {
        Format::Text => plan::Format::Text,
        Format::Json | Format::Folded => plan::Format::Json,
    };
    plan::print(planned, &records, format)?;
    Ok(ExitCode::SUCCESS)
}

fn list(format: Format) -> Result<()> {
    let summary = |(name, text): &(&str, &str)| {
        let question = catalogue::parse(text)?;
        Ok(QuestionSummary {
            name: (*name).to_owned(),
            asks: question.asks,
        })
    };
    let questions = catalogue::CATALOGUE.iter().map(summary);
    let questions = questions.collect::<Result<Vec<_>>>()?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    match format {
        Format::Text => {
            render::text::question::write_list(&mut out, &questions, output::stdout_style())?;
        }
        Format::Json | Format::Folded => {
            render::json::write_questions(&mut out, &questions, output::json_layout())?;
        }
    }
    Ok(out.flush()?)
}

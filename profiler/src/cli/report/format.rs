//! The format of a report, and which part of it is asked for.

use std::io::IsTerminal;

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::cli::bench::series::BenchFormat;
use crate::cli::exit::usage;
use crate::cli::page::PageArgs;
use crate::cli::role;
use analysis::report::selection::Selection;
use render::text::{Detail, Extent};
use trace::role::Role;

/// How the report is printed.
#[derive(Args, Clone, Debug)]
pub struct FormatArgs {
    /// Format of the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
    #[command(flatten)]
    pub(super) page: PageArgs,
    /// The time of stacks (folded, speedscope, pprof, svg-icicle)
    #[arg(long, value_enum, default_value_t = Weight::Path)]
    pub(super) weight: Weight,
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
    /// Report what processes did in this role alone: what was waited for in it, their calls, files and
    /// time. Stages stay as long as they are, shares are of them (again for another role)
    #[arg(long, value_name = "ROLE", value_parser = role::parse)]
    role: Vec<Role>,
    /// Print so many findings and rows of each table at most [default: as many as fit a screen; of the
    /// critical path 40 segments of each stage]
    #[arg(long, value_name = "N", value_parser = top)]
    top: Option<usize>,
    /// Do not send what is longer than the terminal through a pager (PAGER, else less)
    #[arg(long)]
    pub(super) no_pager: bool,
    /// Print the critical path itself, a line for each segment
    #[arg(long)]
    pub(super) path: bool,
    /// Order of the segments of the critical path
    #[arg(long, value_enum, default_value_t = Order::Longest)]
    pub(super) order: Order,
}

/// Segments of each stage that are printed of the critical path.
const SEGMENTS: usize = 40;

/// A number of rows: at least one.
fn top(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("a number of rows is 1 or more".to_owned()),
        Ok(rows) => Ok(rows),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people, in 80 columns
    Text,
    /// For programs: docs/report-json.md
    Json,
    /// For programs: a line of JSON for each run
    Ndjson,
    /// For pull requests and pages
    Markdown,
    /// For spreadsheets: a row for each stage and phase; of benches, for each stage
    Csv,
    /// The times of stages as `hyperfine --export-json` writes those of commands
    Hyperfine,
    /// For flame graph tools: stage;role;process;phase;syscall;kernel frames, and nanoseconds
    Folded,
    /// For speedscope
    Speedscope,
    /// For pprof (gzipped protocol buffer)
    Pprof,
    /// For the Firefox Profiler
    Firefox,
    /// For Perfetto (protocol buffer)
    Perfetto,
    /// A picture for documents: the critical path from left to right, a row for each role
    Svg,
    /// A picture for documents: stacks from the stage down to functions
    SvgIcicle,
}

impl Format {
    /// Whether it is made of stacks, whose time may be that of all threads.
    const fn is_of_stacks(self) -> bool {
        match self {
            Self::Folded | Self::Speedscope | Self::Pprof | Self::SvgIcicle => true,
            Self::Text
            | Self::Json
            | Self::Ndjson
            | Self::Markdown
            | Self::Csv
            | Self::Hyperfine
            | Self::Firefox
            | Self::Perfetto
            | Self::Svg => false,
        }
    }

    /// Whether it is not text.
    const fn is_binary(self) -> bool {
        matches!(self, Self::Pprof | Self::Perfetto)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Weight {
    /// Time on the critical path: each stage adds up to its wall time
    Path,
    /// Time of all tracked threads
    Thread,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Order {
    /// As they follow one another
    Time,
    /// The longest first
    Longest,
}

impl FormatArgs {
    /// Fails unless a recording can be printed like this: better before it is made.
    pub fn check(&self) -> Result<()> {
        if self.format.is_binary() && std::io::stdout().is_terminal() {
            return Err(usage(
                "this format is not text; send standard output to a file",
            ));
        }
        if self.path && self.format != Format::Text {
            return Err(usage("--path is text; leave --format out"));
        }
        if self.weight == Weight::Thread && !self.format.is_of_stacks() {
            return Err(usage(
                "--weight is for stacks; add --format folded, speedscope, pprof or svg-icicle",
            ));
        }
        if self.weight == Weight::Thread && self.page.is_asked() {
            return Err(usage("an HTML page has both times; leave out --weight"));
        }
        if self.weight == Weight::Thread && !self.selection().is_empty() {
            return Err(usage(
                "--stage, --container, --run and --role choose of critical paths; leave out --weight",
            ));
        }
        if self.top.is_some() && self.format != Format::Text {
            return Err(usage("--top is for text; other formats have every row"));
        }
        if !self.role.is_empty() && self.page.is_asked() {
            return Err(usage(
                "an HTML page has a lane for each role; leave out --role",
            ));
        }
        Ok(())
    }

    /// What of a recording is printed.
    pub(super) fn selection(&self) -> Selection {
        Selection {
            stages: self.stage.clone(),
            containers: self.container.clone(),
            run: self.run,
            roles: self.role.clone(),
        }
    }

    /// The tables of a stage are what is asked for with its name.
    pub(super) fn extent(&self) -> Extent {
        let detail = if self.full || !self.stage.is_empty() {
            Detail::Full
        } else {
            Detail::Answer
        };
        Extent {
            detail,
            top: self.top,
        }
    }

    /// How many segments of each stage are printed of the critical path.
    pub(super) fn segments(&self) -> usize {
        self.top.unwrap_or(SEGMENTS)
    }

    /// Whether a page is written, too.
    pub fn page(&self) -> &PageArgs {
        &self.page
    }

    /// The format of a bench's report, unless what is asked for is none of a bench.
    pub fn of_bench(&self) -> Option<BenchFormat> {
        let is_of_one = self.path || self.top.is_some() || !self.selection().is_empty();
        if is_of_one || self.weight == Weight::Thread {
            return None;
        }
        match self.format {
            Format::Text => Some(BenchFormat::Text),
            Format::Json => Some(BenchFormat::Json),
            Format::Ndjson => Some(BenchFormat::Ndjson),
            Format::Csv => Some(BenchFormat::Csv),
            Format::Markdown
            | Format::Hyperfine
            | Format::Folded
            | Format::Speedscope
            | Format::Pprof
            | Format::Firefox
            | Format::Perfetto
            | Format::Svg
            | Format::SvgIcicle => None,
        }
    }
}

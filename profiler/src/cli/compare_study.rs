//! `ctrprof compare-study`: compares benches with the published figures of a study.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use super::output;
use bench::store;
use render::text::study::Listing;
use setup::bench::{BenchHeader, RunRecord};
use study::names::named;
use study::published::Published;
use study::{StudyBench, compare_study};

#[derive(Args, Debug)]
pub struct CompareStudyArgs {
    /// Directories of benches, finished or not, such as those of experiments/study-72.toml
    #[arg(required = true, value_name = "DIR")]
    directories: Vec<PathBuf>,
    /// List every ordering that was compared, and every configuration that was not
    #[arg(long)]
    all: bool,
    /// Format of the comparison
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people, in 80 columns
    Text,
    /// For programs: docs/compare-study.md
    Json,
    /// For spreadsheets: a row for each ordering that was compared
    Csv,
}

pub fn run(args: &CompareStudyArgs) -> Result<ExitCode> {
    let published = Published::study().context("failed to read the published figures")?;
    let mut read: Vec<(&Path, BenchHeader, Vec<RunRecord>)> = Vec::new();
    for directory in &args.directories {
        let (header, records) = bench(directory)?;
        read.push((directory, header, records));
    }
    let benches = read.iter().map(|(directory, header, records)| StudyBench {
        directory: directory.display().to_string(),
        header,
        records,
    });
    let benches: Vec<StudyBench<'_>> = benches.collect();
    refuse_strangers(&benches, &published)?;
    let report = compare_study(&published, &benches);
    let listing = if args.all {
        Listing::All
    } else {
        Listing::Short
    };
    let mut out = BufWriter::new(io::stdout().lock());
    match args.format {
        Format::Text => {
            let style = output::stdout_style();
            render::text::study::write_study(&mut out, &report, listing, style)?;
        }
        Format::Json => render::json::write_study(&mut out, &report, output::json_layout())?,
        Format::Csv => render::csv::write_study(&mut out, &report)?,
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn bench(directory: &Path) -> Result<(BenchHeader, Vec<RunRecord>)> {
    let read = store::read(directory);
    read.context("give the directory of a bench, such as that of ctrprof bench -o")
}

/// Fails if no cell of any bench is known to the study: then there is nothing to say.
fn refuse_strangers(benches: &[StudyBench<'_>], published: &Published) -> Result<()> {
    let mut cells = benches.iter().flat_map(|bench| &bench.header.cells);
    let Some(example) = cells.clone().next() else {
        bail!("the benches have no cell that can be run; ctrprof plan says why");
    };
    if !cells.any(|cell| named(cell, published).is_ok()) {
        bail!(
            "the study has none of the cells of the benches, such as {} with {}; run a matrix of its configurations and tests, such as part of experiments/study-72.toml",
            example.configuration,
            example.workload
        );
    }
    Ok(())
}

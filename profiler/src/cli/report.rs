//! `ctrprof report`: prints what a recording says.

use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, ValueEnum};

use super::output;
use crate::analysis;
use crate::recording::Recording;
use crate::render;

#[derive(Args, Debug)]
pub struct ReportArgs {
    /// The recording
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
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For people, in 80 columns
    Text,
    /// For programs: docs/report-json.md
    Json,
}

pub fn run(args: &ReportArgs) -> Result<ExitCode> {
    print(&Recording::open(&args.dir)?, &args.format)?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the report of a recording to standard output.
pub fn print(recording: &Recording, format: &FormatArgs) -> Result<()> {
    let report = analysis::report(recording.manifest(), &recording.tables()?);
    let mut out = BufWriter::new(std::io::stdout().lock());
    match format.format {
        Format::Text => render::text::write_report(&mut out, &report, &[], output::stdout_style())?,
        Format::Json => render::json::write_report(&mut out, &report)?,
    }
    out.flush()?;
    Ok(())
}

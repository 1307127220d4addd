//! `ctrprof doctor`: says what this host can do.

use std::io::{BufWriter, Write};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, ValueEnum};

use super::output;
use crate::doctor;
use crate::model::doctor::CheckState;
use crate::render;

#[derive(Args, Debug)]
pub struct DoctorArgs {
    /// Format of what is found
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For people, in 80 columns
    Text,
    /// For programs
    Json,
}

/// Fails, without a word of its own, where tracing cannot work.
pub fn run(args: &DoctorArgs) -> Result<ExitCode> {
    let report = doctor::examine();
    let mut out = BufWriter::new(std::io::stdout().lock());
    match args.format {
        Format::Text => render::doctor::write_doctor(&mut out, &report, output::stdout_style())?,
        Format::Json => render::json::write_doctor(&mut out, &report)?,
    }
    out.flush()?;
    Ok(match report.worst() {
        CheckState::Ok | CheckState::Warn => ExitCode::SUCCESS,
        CheckState::Missing => ExitCode::FAILURE,
    })
}

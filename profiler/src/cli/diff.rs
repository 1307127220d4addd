//! `ctrprof diff`: holds recordings of one configuration against those of another.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use super::output;
use crate::analysis::profile::{RecordingProfile, profile};
use crate::compare::{SideProfile, compare};
use crate::recording::Recording;
use crate::render;

#[derive(Args, Debug)]
pub struct DiffArgs {
    /// What is held against: a recording, or a folder of them (`runs/*/recording`)
    #[arg(required_unless_present = "more_a", value_name = "A")]
    a: Option<PathBuf>,
    /// What is compared with it
    #[arg(required_unless_present = "more_b", value_name = "B")]
    b: Option<PathBuf>,
    /// Another recording of A; may be given several times
    #[arg(long = "a", value_name = "DIR")]
    more_a: Vec<PathBuf>,
    /// Another recording of B; may be given several times
    #[arg(long = "b", value_name = "DIR")]
    more_b: Vec<PathBuf>,
    /// Format of the comparison
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people, in 80 columns
    Text,
    /// For programs: docs/diff-json.md
    Json,
    /// For differential flame graphs: stage;role;phase;syscall;kernel frames, and the nanoseconds
    /// of a run of A and of B
    Folded,
}

pub fn run(args: &DiffArgs) -> Result<ExitCode> {
    let a = side(args.a.as_deref(), &args.more_a)?;
    let b = side(args.b.as_deref(), &args.more_b)?;
    let compared = compare(&a, &b);
    let mut out = BufWriter::new(std::io::stdout().lock());
    match args.format {
        Format::Text => {
            let style = output::stdout_style();
            render::text::diff::write_comparison(&mut out, &compared.comparison, style)?;
        }
        Format::Json => render::json::write_comparison(&mut out, &compared.comparison)?,
        Format::Folded => render::folded::write_differential(&mut out, &compared.stacks)?,
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// The recordings of one side, profiled one after the other: their tables need not be in memory
/// together.
fn side(first: Option<&Path>, more: &[PathBuf]) -> Result<SideProfile> {
    let given: Vec<&Path> = first
        .into_iter()
        .chain(more.iter().map(PathBuf::as_path))
        .collect();
    let mut recordings = Vec::new();
    for path in &given {
        for directory in recordings_of(path)? {
            recordings.push(profile_of(&directory)?);
        }
    }
    let names: Vec<String> = given
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    Ok(SideProfile {
        name: names.join(", "),
        recordings,
    })
}

fn profile_of(directory: &Path) -> Result<RecordingProfile> {
    let recording = Recording::open(directory)?;
    let tables = recording.tables()?;
    let name = directory.display().to_string();
    Ok(profile(&name, recording.manifest(), &tables))
}

/// The recording at `path`, or those of the runs below it: `runs/*/recording`, in order of name.
fn recordings_of(path: &Path) -> Result<Vec<PathBuf>> {
    let runs = path.join("runs");
    if !runs.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries =
        std::fs::read_dir(&runs).with_context(|| format!("failed to read {}", runs.display()))?;
    let mut directories = Vec::new();
    for entry in entries {
        let entry = entry.with_context(|| format!("failed to read {}", runs.display()))?;
        let directory = entry.path().join("recording");
        if directory.is_dir() {
            directories.push(directory);
        }
    }
    if directories.is_empty() {
        bail!(
            "no recording in {}: expected runs/NAME/recording",
            path.display()
        );
    }
    directories.sort();
    Ok(directories)
}

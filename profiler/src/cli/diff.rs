//! `ctrprof diff`: compares recordings of one configuration with those of another.

use std::collections::BTreeSet;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use super::bench::series;
use super::page::PageArgs;
use super::{output, pager, sides};
use analysis::profile::RecordingProfile;
use compare::explain;
use compare::report::claim::Claims;
use compare::report::finding::Explanation;
use compare::report::measure::check;
use compare::{Compared, SideProfile, compare};
use recording::Recording;
use render::text::Detail;

#[derive(Args, Debug)]
pub struct DiffArgs {
    /// The base: a recording, or a folder of recordings of one configuration
    #[arg(required_unless_present = "more_a", value_name = "A")]
    a: Option<PathBuf>,
    /// The side that is compared with it
    #[arg(required_unless_present = "more_b", value_name = "B")]
    b: Option<PathBuf>,
    /// Another recording of A; may be given several times
    #[arg(long = "a", value_name = "DIR")]
    more_a: Vec<PathBuf>,
    /// Another recording of B; may be given several times
    #[arg(long = "b", value_name = "DIR")]
    more_b: Vec<PathBuf>,
    /// Compare the claims in this file with the comparison: docs/claims.md
    #[arg(long, value_name = "FILE")]
    claims: Option<PathBuf>,
    /// Format of the comparison
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    page: PageArgs,
    /// Print the tables of all stages below the answer
    #[arg(long)]
    full: bool,
    /// Do not send what is longer than the terminal through a pager (PAGER, else less)
    #[arg(long)]
    no_pager: bool,
}

/// Formats of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
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
    let claims = claims(args.claims.as_deref())?;
    let compared = compare(&a, &b, &claims.measures);
    let explanation = explain::explanation(&compared.comparison, &claims.claims)?;
    args.page.write(|out| {
        let (comparison, stacks) = (&compared.comparison, &compared.stacks);
        render::html::write_comparison(out, comparison, &explanation, stacks)
    })?;
    let detail = if args.full {
        Detail::Full
    } else {
        Detail::Answer
    };
    match args.format {
        Format::Text => print_text(&compared, &explanation, detail, !args.no_pager)?,
        format => print(&compared, &explanation, format)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints two sides, compared, for people.
fn print_text(
    compared: &Compared,
    explanation: &Explanation,
    detail: Detail,
    paged: bool,
) -> Result<()> {
    let mut text = Vec::new();
    let (comparison, style) = (&compared.comparison, output::stdout_style());
    render::text::diff::write_comparison(&mut text, comparison, explanation, detail, style)?;
    Ok(pager::print(&text, paged)?)
}

/// Prints two sides, compared, whole.
pub fn print(compared: &Compared, explanation: &Explanation, format: Format) -> Result<()> {
    let comparison = &compared.comparison;
    let mut out = BufWriter::new(std::io::stdout().lock());
    match format {
        Format::Text => return print_text(compared, explanation, Detail::Full, true),
        Format::Json => {
            let layout = output::json_layout();
            render::json::write_comparison(&mut out, comparison, explanation, layout)?;
        }
        Format::Folded => render::folded::write_differential(&mut out, &compared.stacks)?,
    }
    Ok(out.flush()?)
}

/// The claims in a file.
fn claims(path: Option<&Path>) -> Result<Claims> {
    let Some(path) = path else {
        return Ok(Claims::default());
    };
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("failed to read {}", path.display()))?;
    let claims: Claims = toml::from_str(&text)
        .with_context(|| format!("{} holds no claims; see docs/claims.md", path.display()))?;
    check(&claims.measures)?;
    Ok(claims)
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
        recordings.append(&mut profiles(path)?);
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

/// The profiles of the recordings at one place, which must be of one configuration.
fn profiles(path: &Path) -> Result<Vec<RecordingProfile>> {
    let directories = sides::recordings_of(path)?;
    if directories == [path] {
        series::refuse_untraced(path)?;
    }
    let mut opened = Vec::new();
    for directory in &directories {
        opened.push(Recording::open(directory)?);
    }
    let configurations: BTreeSet<_> = opened
        .iter()
        .map(|recording| &recording.manifest().configuration)
        .collect();
    if configurations.len() > 1 {
        bail!(
            "{} holds recordings of {} configurations; name a folder that holds one of them, such as {}",
            path.display(),
            configurations.len(),
            folder_of(&directories[0], path).display()
        );
    }
    sides::profiles(&opened)
}

/// The folder that a recording below `path` lies in, or itself where that is `path`.
fn folder_of<'p>(recording: &'p Path, path: &Path) -> &'p Path {
    let folder = recording.parent().filter(|folder| *folder != path);
    folder.unwrap_or(recording)
}

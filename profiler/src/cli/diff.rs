//! `ctrprof diff`: compares recordings of one configuration with those of another.

use std::collections::BTreeSet;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use super::{output, profiles};
use analysis::profile::RecordingProfile;
use compare::explain;
use compare::report::claim::Claims;
use compare::report::finding::Explanation;
use compare::report::measure::check;
use compare::{Compared, SideProfile, compare};
use recording::{MANIFEST_FILE, Recording};
use setup::bench::directory::FAILED_FOLDER;

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
    print(&compared, &explanation, args.format)?;
    Ok(ExitCode::SUCCESS)
}

/// Prints two sides, compared.
pub fn print(compared: &Compared, explanation: &Explanation, format: Format) -> Result<()> {
    let comparison = &compared.comparison;
    let mut out = BufWriter::new(std::io::stdout().lock());
    match format {
        Format::Text => {
            let style = output::stdout_style();
            render::text::diff::write_comparison(&mut out, comparison, explanation, style)?;
        }
        Format::Json => render::json::write_comparison(&mut out, comparison, explanation)?,
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
    let directories = recordings_of(path)?;
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
    profiles::of(&opened)
}

/// The folder that a recording below `path` lies in, or itself where that is `path`.
fn folder_of<'p>(recording: &'p Path, path: &Path) -> &'p Path {
    let folder = recording.parent().filter(|folder| *folder != path);
    folder.unwrap_or(recording)
}

/// The recording at `path`, or those in the folders below it, as a bench leaves them.
fn recordings_of(path: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    collect(path, FOLDERS_DEEP, &mut found)?;
    if found.is_empty() {
        // Whatever is wrong with it, opening it says so.
        found.push(path.to_owned());
    }
    found.sort();
    Ok(found)
}

/// How many folders deep a recording may lie: that of a bench lies in `runs/CONFIGURATION/WORKLOAD`.
const FOLDERS_DEEP: usize = 4;

fn collect(path: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<()> {
    if path.join(MANIFEST_FILE).is_file() {
        found.push(path.to_owned());
        return Ok(());
    }
    // Failed runs are kept apart: they are no measurement.
    let is_apart = path.file_name().is_some_and(|name| name == FAILED_FOLDER);
    if depth == 0 || is_apart || !path.is_dir() {
        return Ok(());
    }
    let entries =
        std::fs::read_dir(path).with_context(|| format!("failed to read {}", path.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("failed to read {}", path.display()))?;
        collect(&entry.path(), depth - 1, found)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::fs;

    use super::*;

    /// A folder with a manifest in each of these.
    fn folder(recordings: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in recordings {
            let directory = folder.path().join(name);
            fs::create_dir_all(&directory).unwrap();
            fs::write(directory.join(MANIFEST_FILE), "{}").unwrap();
        }
        folder
    }

    fn found(folder: &tempfile::TempDir, below: &str) -> Vec<String> {
        let found = recordings_of(&folder.path().join(below)).unwrap();
        let below = found.iter().map(|path| path.strip_prefix(folder).unwrap());
        below.map(|path| path.display().to_string()).collect()
    }

    #[test]
    fn recordings_are_found_where_a_bench_leaves_them() {
        let folder = folder(&[
            "runs/b/hello/02",
            "runs/b/hello/01",
            "runs/c/hello/01",
            "failed/b/hello/03",
        ]);
        let all = ["runs/b/hello/01", "runs/b/hello/02", "runs/c/hello/01"];
        assert_eq!(found(&folder, ""), all);
        assert_eq!(found(&folder, "runs/b"), all[..2]);
        assert_eq!(found(&folder, "runs/b/hello/02"), all[1..2]);
    }

    #[test]
    fn what_holds_none_is_left_to_be_refused() {
        let folder = folder(&[]);
        assert_eq!(found(&folder, "nowhere"), ["nowhere"]);
    }
}

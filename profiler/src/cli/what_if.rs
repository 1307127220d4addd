//! `ctrprof what-if`: replays a recording with something faster or slower.

use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use super::bench::series;
use super::{output, progress};
use analysis::what_if::selector::Change;
use analysis::what_if::{self, Question};
use bench::store;
use recording::Recording;
use setup::bench::directory::RUNS_FOLDER;

/// Replays a recording: each thread goes on as soon as it has done what it did, in the new time, and
/// those that it waited for have done theirs. Without selectors it ranks what would save most.
#[derive(Args, Debug)]
pub struct WhatIfArgs {
    /// The recording
    dir: PathBuf,
    /// What takes another time, and the factor: KEY:VALUE[,KEY:VALUE]...[=FACTOR], such as
    /// phase:disk,process:podman=0.5. Keys are phase, part, role, process, call, path, lock,
    /// function, cause and stage, values as reports show them. Without a factor it takes no time
    #[arg(value_name = "SELECTOR[=FACTOR]", value_parser = Change::parse)]
    changes: Vec<Change>,
    /// Replay this stage alone
    #[arg(long, value_name = "NAME")]
    stage: Option<String>,
    /// Replay this run, from 1, instead of the one of median length
    #[arg(long, value_name = "N")]
    run: Option<usize>,
    /// Format of the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// How many rows of a table are printed at most
    #[arg(long, default_value_t = 12, value_name = "N")]
    top: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people, in 80 columns
    Text,
    /// For programs: docs/what-if.md
    Json,
}

pub fn run(args: &WhatIfArgs) -> Result<ExitCode> {
    if store::is_bench(&args.dir) {
        series::refuse_untraced(&args.dir)?;
        bail!(
            "a bench is many runs; replay one of the recordings in {}",
            args.dir.join(RUNS_FOLDER).display()
        );
    }
    let recording = Recording::open(&args.dir)?;
    let analysing = progress::analysing();
    let tables = recording.tables()?;
    let question = Question {
        changes: args.changes.clone(),
        stage: args.stage.clone(),
        run: args.run,
    };
    let answer = what_if::answer(recording.manifest(), &tables, &question)
        .with_context(|| format!("{} cannot be replayed so", args.dir.display()))?;
    drop(analysing);
    let mut out = BufWriter::new(std::io::stdout().lock());
    match args.format {
        Format::Text => {
            let style = output::stdout_style();
            render::text::what_if::write_what_if(&mut out, &answer, args.top, style)?;
        }
        Format::Json => render::json::write_what_if(&mut out, &answer, output::json_layout())?,
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

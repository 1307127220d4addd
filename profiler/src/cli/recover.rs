//! `ctrprof recover`: makes an interrupted recording whole.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;

use super::{pipeline, progress};
use capture::symbols::UserMaps;
use recording::{MANIFEST_FILE, RecordingWriter, partial_path};
use trace::manifest::Manifest;

#[derive(Args, Debug)]
pub struct RecoverArgs {
    /// The recording, or its .partial directory
    dir: PathBuf,
    /// Make the recording whole in this directory instead, and leave the interrupted one as it is:
    /// for a disk that is full
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

pub fn run(args: &RecoverArgs) -> Result<ExitCode> {
    if args.dir.join(MANIFEST_FILE).exists() {
        bail!(
            "{} is whole already; there is nothing to recover",
            args.dir.display()
        );
    }
    if !args.dir.exists() && !partial_path(&args.dir).exists() {
        bail!("there is no recording at {}", args.dir.display());
    }
    let (writer, provisional) = match &args.output {
        Some(output) => RecordingWriter::resume_in(&args.dir, output)?,
        None => RecordingWriter::resume(&args.dir)?,
    };
    let directory = writer.final_dir().to_owned();
    let analysing = progress::analysing();
    let completed = pipeline::complete(writer, provisional, &UserMaps::new(), amend);
    drop(analysing);
    let (manifest, decoded) = completed.map_err(|error| {
        if pipeline::is_lack_of_room(&error) {
            error.context("there is no room for the recording; choose a place that has with -o DIR")
        } else {
            error
        }
    })?;
    let cut = if decoded.is_cut {
        "; the last record was cut"
    } else {
        ""
    };
    println!(
        "recovered {} records of {:.1} s into {}{cut}",
        decoded.received,
        (manifest.ended_ns.saturating_sub(manifest.started_ns)) as f64 / 1e9,
        directory.display(),
    );
    Ok(ExitCode::SUCCESS)
}

/// Adds facts that were not known yet when the recording was interrupted.
fn amend(manifest: &mut Manifest, decoded: &capture::decode::Decoded) {
    manifest.ended_ns = decoded.last_ns.max(manifest.started_ns);
    if manifest.command_ended_ns == 0 {
        manifest.command_ended_ns = manifest.ended_ns;
    }
    // The kernel's own counts went with the programs; the sequence numbers tell what is missing.
    manifest.records.received = decoded.received;
    manifest.records.sent = decoded.sent();
    let lost = decoded.sent().saturating_sub(decoded.received);
    if lost > 0 {
        manifest.records.lost.insert("unknown".to_owned(), lost);
    }
    manifest.interrupted = Some("ctrprof ended before the recording was whole".to_owned());
}

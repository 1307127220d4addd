//! `ctrprof recover`: makes an interrupted recording whole.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;

use super::pipeline;
use capture::symbols::UserMaps;
use recording::{MANIFEST_FILE, RecordingWriter, partial_path};
use trace::manifest::Manifest;

#[derive(Args, Debug)]
pub struct RecoverArgs {
    /// The recording, or its .partial directory
    dir: PathBuf,
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
    let (writer, provisional) = RecordingWriter::resume(&args.dir)?;
    let directory = writer.final_dir().to_owned();
    let (manifest, decoded) = pipeline::complete(
        writer,
        provisional,
        &UserMaps::new(),
        |manifest, decoded| {
            amend(manifest, decoded);
        },
    )?;
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
    manifest.interrupted = Some("ctrprof was killed while it recorded".to_owned());
}

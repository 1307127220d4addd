//! From probes to a recording on disk.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::temporary::{Purpose, TemporaryDirectory};
use capture::decode::{self, Decoded, Sink};
use capture::symbols::{KernelSymbols, UserMaps, kernel_symbols, user_symbols};
use capture::{self, CaptureError, CaptureOptions, Roots};
use recording::{RecordingError, RecordingWriter};
use trace::manifest::Manifest;
use trace::rows::Fact;

/// Where a recording goes: a directory that stays, or one that goes with this value.
pub enum Destination {
    /// Stays.
    Kept(PathBuf),
    /// Removed when dropped.
    Temporary(TemporaryDirectory),
}

impl Destination {
    /// The directory asked for, or a temporary one.
    pub fn new(asked: Option<PathBuf>) -> Result<Self> {
        match asked {
            Some(path) => Ok(Self::Kept(path)),
            None => Ok(Self::Temporary(TemporaryDirectory::new(
                Purpose::Recording,
            )?)),
        }
    }

    /// Where the recording is to be.
    pub fn path(&self) -> PathBuf {
        match self {
            Self::Kept(path) => path.clone(),
            Self::Temporary(directory) => directory.path().join("recording"),
        }
    }
}

/// Records the roots into `directory`; gives the manifest of the whole recording. `amend` adds what
/// is known of it once it is over.
pub fn record(
    roots: &Roots,
    options: &CaptureOptions,
    directory: &Path,
    amend: impl FnOnce(&mut Manifest),
) -> Result<Manifest> {
    let writer = RecordingWriter::create(directory)?;
    let begun = |manifest: &Manifest| {
        writer
            .write_provisional(manifest)
            .map_err(|error| CaptureError::Write {
                path: writer.partial_dir().to_owned(),
                source: std::io::Error::other(error),
            })
    };
    let spill_path = writer.spill_path();
    let captured = match capture::record(roots, options, &spill_path, begun) {
        Ok(captured) => captured,
        Err(error @ CaptureError::Command { .. }) => {
            // The command never ran: what was recorded tells of nothing.
            writer.discard()?;
            return Err(error.into());
        }
        Err(error) => return Err(error.into()),
    };
    let completed = complete(
        writer,
        captured.manifest,
        &captured.user_maps,
        |manifest, _| amend(manifest),
    );
    completed.map(|(manifest, _)| manifest)
}

/// Decodes the spill into tables and makes the recording whole. `amend` completes the manifest with
/// what only decoding tells.
pub fn complete(
    mut writer: RecordingWriter,
    mut manifest: Manifest,
    user_maps: &UserMaps,
    amend: impl FnOnce(&mut Manifest, &Decoded),
) -> Result<(Manifest, Decoded)> {
    let spill_path = writer.spill_path();
    let spill = File::open(&spill_path)
        .with_context(|| format!("failed to open {}", spill_path.display()))?;
    let spill = BufReader::with_capacity(1 << 20, spill);
    let mut sink = RecordingSink(&mut writer);
    let decoded = decode::decode(spill, &manifest.root_tgids, manifest.started_ns, &mut sink)?;
    name_addresses(&mut writer, &decoded, user_maps)?;
    manifest.records.imputed_switches = decoded.imputed_switches;
    amend(&mut manifest, &decoded);
    let manifest = writer.finish(manifest)?;
    Ok((manifest, decoded))
}

struct RecordingSink<'w>(&'w mut RecordingWriter);

impl Sink for RecordingSink<'_> {
    type Error = RecordingError;

    fn put(&mut self, fact: Fact) -> Result<(), RecordingError> {
        match fact {
            Fact::Span(row) => self.0.push(row),
            Fact::Total(row) => self.0.push(row),
            Fact::OffCpu(row) => self.0.push(row),
            Fact::Task(row) => self.0.push(row),
            Fact::Exec(row) => self.0.push(row),
            Fact::Rename(row) => self.0.push(row),
            Fact::Mark(row) => self.0.push(row),
            Fact::LockWait(row) => self.0.push(row),
            Fact::CgroupEvent(row) => self.0.push(row),
            Fact::Sample(row) => self.0.push(row),
            Fact::FunctionRun(row) => self.0.push(row),
            Fact::Stack(row) => self.0.push(row),
            Fact::Text(row) => self.0.push(row),
        }
    }
}

/// Fills the table of symbols: functions in stacks, and locks where the kernel shows their names.
fn name_addresses(
    writer: &mut RecordingWriter,
    decoded: &Decoded,
    user_maps: &UserMaps,
) -> Result<()> {
    match kernel_symbols(&decoded.kernel_addresses) {
        Ok(symbols) => {
            for symbol in symbols {
                writer.push(symbol)?;
            }
        }
        Err(error) => eprintln!("ctrprof: {error}"),
    }
    if !decoded.lock_addresses.is_empty()
        && let Ok(kallsyms) = KernelSymbols::read()
    {
        for symbol in kallsyms.lock_symbols(&decoded.lock_addresses) {
            writer.push(symbol)?;
        }
    }
    for symbol in user_symbols(&decoded.user_addresses, user_maps) {
        writer.push(symbol)?;
    }
    Ok(())
}

//! From probes to a recording on disk.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use anyhow::{Context, Result};

use super::progress;
use super::temporary::{Purpose, TemporaryDirectory};
use capture::decode::{self, Decoded, Sink};
use capture::symbols::{KernelSymbols, UserMaps, kernel_symbols, user_symbols};
use capture::{self, CaptureError, CaptureOptions, Captured, Roots};
use recording::{Durability, RecordingError, RecordingWriter};
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

    /// Nobody looks for what goes with this value after a crash.
    fn durability(&self) -> Durability {
        match self {
            Self::Kept(_) => Durability::Synced,
            Self::Temporary(_) => Durability::Unsynced,
        }
    }

    /// Where the recording is to be.
    pub fn path(&self) -> PathBuf {
        match self {
            Self::Kept(path) => path.clone(),
            Self::Temporary(directory) => recording_in(directory),
        }
    }
}

/// A recording that was made.
pub struct Recorded {
    /// Its manifest.
    pub manifest: Manifest,
    directory: PathBuf,
    /// Where it is instead, until this is dropped, and why.
    elsewhere: Option<(TemporaryDirectory, anyhow::Error)>,
}

impl Recorded {
    /// Where it can be read, as long as this lives.
    pub fn directory(&self) -> PathBuf {
        match &self.elsewhere {
            Some((temporary, _)) => recording_in(temporary),
            None => self.directory.clone(),
        }
    }

    /// Fails if it could not be kept where it was to be.
    pub fn kept(self) -> Result<Manifest> {
        match self.elsewhere {
            Some((_, error)) => Err(error),
            None => Ok(self.manifest),
        }
    }
}

/// Is told how far a recording is.
pub trait Attendant {
    /// The probes are attached: what is recorded begins.
    fn begins(&mut self) {}
    /// It is over; what is known of it now can be added.
    fn ends(&mut self, _: &mut Manifest) {}
}

/// Records the roots into `destination`. Where there is no room for the tables, they are made in the
/// system's folder for temporary files, so that they can be read at least once.
pub fn record(
    roots: &Roots,
    options: &CaptureOptions,
    destination: &Destination,
    attendant: &mut dyn Attendant,
) -> Result<Recorded> {
    let directory = destination.path();
    let writer = RecordingWriter::create(&directory, destination.durability())?;
    let begun = |manifest: &Manifest| {
        let written = writer.write_provisional(manifest);
        attendant.begins();
        written.map_err(|error| CaptureError::Write {
            path: writer.partial_dir().to_owned(),
            source: std::io::Error::other(error),
        })
    };
    let spill_path = writer.spill_path();
    let mut captured = match capture::record(roots, options, &spill_path, begun) {
        Ok(captured) => captured,
        Err(error @ CaptureError::Command { .. }) => {
            // The command never ran: what was recorded tells of nothing.
            writer.discard()?;
            return Err(error.into());
        }
        Err(error) => return Err(error.into()),
    };
    attendant.ends(&mut captured.manifest);
    let _analysing = progress::analysing();
    let Captured {
        manifest,
        user_maps,
        ..
    } = captured;
    let completed = complete(writer, manifest.clone(), &user_maps, |_, _| {});
    match (completed, destination) {
        (Err(error), Destination::Kept(_)) if is_lack_of_room(&error) => {
            elsewhere(directory, manifest, &user_maps, error)
        }
        (Err(error), _) => Err(error),
        (Ok((manifest, _)), _) => Ok(Recorded {
            manifest,
            directory,
            elsewhere: None,
        }),
    }
}

/// Whether something could not be written for want of room.
pub fn is_lack_of_room(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref::<RecordingError>();
    error.is_some_and(RecordingError::is_lack_of_room)
}

/// Makes the tables of a recording for which `directory` has no room in a temporary folder.
fn elsewhere(
    directory: PathBuf,
    manifest: Manifest,
    user_maps: &UserMaps,
    lack: anyhow::Error,
) -> Result<Recorded> {
    let shown = directory.display();
    let lack = lack.context(format!(
        "there is no room for the recording {shown}; make some and run `ctrprof recover {shown}`, or run `ctrprof recover {shown} -o DIR` with a place that has room"
    ));
    let made = TemporaryDirectory::new(Purpose::Recording).and_then(|temporary| {
        let (writer, _) = RecordingWriter::resume_in(&directory, &recording_in(&temporary))?;
        let (manifest, _) = complete(writer, manifest, user_maps, |_, _| {})?;
        Ok((temporary, manifest))
    });
    match made {
        Ok((temporary, manifest)) => Ok(Recorded {
            manifest,
            directory,
            elsewhere: Some((temporary, lack)),
        }),
        Err(_) => Err(lack),
    }
}

fn recording_in(temporary: &TemporaryDirectory) -> PathBuf {
    temporary.path().join("recording")
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
            Fact::Throttle(row) => self.0.push(row),
            Fact::Faults(row) => self.0.push(row),
            Fact::MemoryLimit(row) => self.0.push(row),
            Fact::Signal(row) => self.0.push(row),
            Fact::Awaited(row) => self.0.push(row),
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

//! Reads the mappings of sampled processes while they are alive, beside the drain.
//!
//! Most processes of a container's life are gone when stacks are named, so their mappings must be
//! read when they are first sampled. That takes longer than the drain may pause, hence a thread of
//! its own; what it cannot keep up with is passed over, and costs names of user frames only.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use profiler_common::{ExecRecord, SampleRecord};
use zerocopy::FromBytes;

use super::CaptureError;
use super::symbols::UserMaps;

/// Sightings that may wait.
const QUEUE: usize = 4096;

/// A process was seen.
#[derive(Debug, PartialEq, Eq)]
pub enum Sighting {
    /// Sampled in user mode, at these addresses.
    Sampled(u32, Vec<u64>),
    /// It replaced its program, at this time.
    Replaced(u32, u64),
}

impl Sighting {
    /// The stack of a sample record, if it has a user stack.
    pub fn of_sample(record: &[u8]) -> Option<Self> {
        let (sample, tail) = SampleRecord::read_from_prefix(record).ok()?;
        let user = tail.chunks_exact(8).skip(sample.kernel_len as usize);
        let frames: Vec<u64> = user
            .take(sample.user_len as usize)
            .filter_map(|chunk| chunk.first_chunk().copied().map(u64::from_ne_bytes))
            .collect();
        if frames.is_empty() {
            None
        } else {
            Some(Self::Sampled(sample.tgid, frames))
        }
    }

    /// The contents of an exec record.
    pub fn of_exec(record: &[u8]) -> Option<Self> {
        let (exec, _) = ExecRecord::read_from_prefix(record).ok()?;
        Some(Self::Replaced(exec.tgid, exec.header.at_ns))
    }
}

/// Where the drain reports what it sees.
pub struct Sightings(SyncSender<Sighting>);

impl Sightings {
    /// Never waits.
    pub fn send(&self, sighting: Option<Sighting>) {
        if let Some(sighting) = sighting {
            // A full queue costs names, not records.
            let _ = self.0.try_send(sighting);
        }
    }
}

/// The thread that reads mappings.
pub struct MapWatch(thread::JoinHandle<UserMaps>);

impl MapWatch {
    /// Starts it; it ends when the `Sightings` are dropped.
    pub fn start() -> Result<(Self, Sightings), CaptureError> {
        let (sender, receiver) = sync_channel(QUEUE);
        let thread = thread::Builder::new()
            .name("ctrprof-maps".to_owned())
            .spawn(move || watch(&receiver))
            .map_err(CaptureError::system("start the thread that reads mappings"))?;
        Ok((Self(thread), Sightings(sender)))
    }

    /// The maps that were found.
    pub fn finish(self) -> UserMaps {
        self.0.join().unwrap_or_default()
    }
}

fn watch(sightings: &Receiver<Sighting>) -> UserMaps {
    let mut maps = UserMaps::new();
    while let Ok(sighting) = sightings.recv() {
        match sighting {
            Sighting::Sampled(tgid, frames) => maps.observe(tgid, &frames),
            Sighting::Replaced(tgid, at_ns) => maps.replaced(tgid, at_ns),
        }
    }
    maps
}

//! Profiles of recordings: what comparing takes of them.

use std::num::NonZero;
use std::thread;

use anyhow::Result;

use analysis::profile::{RecordingProfile, profile};
use recording::Recording;

/// The profiles of recordings, in their order. As many are worked out at once as there are CPUs: the
/// tables of no more recordings are in memory together.
pub fn of(recordings: &[Recording]) -> Result<Vec<RecordingProfile>> {
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    let share = recordings.len().div_ceil(workers).max(1);
    thread::scope(|scope| {
        let shares = recordings.chunks(share);
        let workers: Vec<_> = shares
            .map(|share| scope.spawn(|| share.iter().map(profile_of).collect::<Result<Vec<_>>>()))
            .collect();
        let mut profiles = Vec::new();
        for worker in workers {
            match worker.join() {
                Ok(own) => profiles.append(&mut own?),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Ok(profiles)
    })
}

fn profile_of(recording: &Recording) -> Result<RecordingProfile> {
    let tables = recording.tables()?;
    let name = recording.dir().display().to_string();
    Ok(profile(&name, recording.manifest(), &tables))
}

//! The sides of a comparison: the recordings of each, found and profiled.

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Context, Result};

use super::progress;
use analysis::profile::{RecordingProfile, profile};
use recording::{MANIFEST_FILE, Recording};
use setup::bench::directory::FAILED_FOLDER;

/// The profiles of recordings, in their order. As many are worked out at once as there are CPUs: the
/// tables of no more recordings are in memory together.
pub fn profiles(recordings: &[Recording]) -> Result<Vec<RecordingProfile>> {
    let _analysing = progress::analysing();
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

/// The recording at `path`, or those in the folders below it, as a bench leaves them.
pub fn recordings_of(path: &Path) -> Result<Vec<PathBuf>> {
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

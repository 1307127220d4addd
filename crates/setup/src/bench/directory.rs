//! The files and folders of a bench.
//!
//! ```text
//! DIR/bench.json      what is run
//! DIR/results.jsonl   a line for each run that is over
//! DIR/runs/           recordings: runs/CONFIGURATION/WORKLOAD/NUMBER
//! DIR/failed/         recordings of runs that failed, in the same way
//! ```

use std::path::{Path, PathBuf};

use super::Cell;

/// File name of the header: what is run.
pub const HEADER_FILE: &str = "bench.json";
/// File name of the results.
pub const RESULTS_FILE: &str = "results.jsonl";
/// Folder of the recordings of runs that succeeded.
pub const RUNS_FOLDER: &str = "runs";
/// Folder of the recordings of runs that failed.
pub const FAILED_FOLDER: &str = "failed";

/// The name of a configuration or workload as that of a folder: what is neither a letter, a digit,
/// a dot, a dash nor an underscore is a plus. Commas and colons would be taken for separators in
/// options of mounts, and by programs that are given paths in lists.
pub fn folder_name(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let plain = name.chars().map(|c| if is_plain(c) { c } else { '+' });
    plain.collect()
}

impl Cell {
    /// Where the recordings of its runs are, below the bench directory. `folder` is
    /// [`RUNS_FOLDER`] or [`FAILED_FOLDER`].
    pub fn recordings(&self, folder: &str) -> PathBuf {
        Path::new(folder)
            .join(folder_name(&self.configuration))
            .join(folder_name(&self.workload))
    }
}

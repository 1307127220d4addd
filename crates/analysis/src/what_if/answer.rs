//! The answer, for display and as JSON (docs/what-if.md). Times are in nanoseconds.

use serde::{Deserialize, Serialize};

use trace::phase::Phase;
use trace::role::Role;

/// The version of the JSON format.
pub const SCHEMA_VERSION: u32 = 1;

/// What would have been.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The version of the format.
    pub schema: u32,
    /// Which run of the recording, from 1.
    pub run: usize,
    /// How many runs the recording has.
    pub runs: usize,
    /// The changes that were asked for; none if candidates are ranked.
    pub changes: Vec<ChangeRow>,
    /// Each stage.
    pub stages: Vec<StageAnswer>,
    /// The stages together.
    pub total: Times,
    /// Without changes: what would save most if it were free, largest saving first.
    pub candidates: Vec<Candidate>,
    /// What the time is waited for: with changes, after them. Longest first.
    pub path: Vec<PathRow>,
    /// What the answer leaves out.
    pub approximations: Approximations,
}

/// A change that was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChangeRow {
    /// What was selected.
    pub selector: String,
    /// What its time was multiplied by.
    pub factor: f64,
    /// Time on the recorded critical path that was selected.
    pub critical_path_ns: u64,
}

/// How long something took, and would have taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Times {
    /// As recorded.
    pub recorded_ns: u64,
    /// Replayed with the changes.
    pub replayed_ns: u64,
    /// The difference; negative if it would have taken longer.
    pub saving_ns: i64,
}

/// A stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageAnswer {
    /// Its name.
    pub name: String,
    /// How long it took, and would have taken.
    #[serde(flatten)]
    pub times: Times,
}

/// Something that could be made faster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// The selector that names it.
    pub selector: String,
    /// Time that it has on the critical path.
    pub critical_path_ns: u64,
    /// What would be saved if it were free.
    pub saving_ns: u64,
}

/// Time on the critical path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathRow {
    /// Phase.
    pub phase: Phase,
    /// Part of the phase; empty if it has none.
    pub part: String,
    /// Role of the process.
    pub role: Role,
    /// Name of the process.
    pub process: String,
    /// How long.
    pub critical_path_ns: u64,
}

/// What the answer leaves out, with how much of the replayed path it concerns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approximations {
    /// Waits for a CPU on the path, which were kept as they were.
    pub cpu_waits_ns: u64,
    /// Time on the path until a timer ended a wait, kept as it was, though the timer might not have
    /// been set.
    pub timers_ns: u64,
    /// Waits on the path that a timer ended and that were taken for waits for others.
    pub awaited_by_timer: u64,
    /// Waits on the path for kernel locks, grace periods and the disk, kept at their lengths.
    pub kernel_waits_ns: u64,
    /// Records of the recording that were lost.
    pub lost_records: u64,
    /// Whether a change is of functions, which are estimates from samples.
    pub by_samples: bool,
}

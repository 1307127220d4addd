//! The critical path of a stage by cause.

use serde::{Deserialize, Serialize};

use trace::phase::Phase;
use trace::role::Role;

/// Pieces of a stage's critical path that are alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "cause"))]
pub struct CauseRow {
    /// Role of the process that was waited for.
    pub role: Role,
    /// Its name.
    pub comm: String,
    /// Phase.
    pub phase: Phase,
    /// Part of the phase; empty if it has none.
    pub part: String,
    /// System call; null if none.
    pub syscall: Option<String>,
    /// In words, what it waited for or worked on; empty if no more is known than phase and call. The
    /// same in every run: without process numbers, ids, durations or counts.
    pub cause: String,
    /// Its kind; null if it has none.
    pub cause_kind: Option<CauseKind>,
    /// Time on the stage's critical path, in nanoseconds.
    pub critical_path_ns: u64,
    /// How many pieces of the path.
    pub pieces: u64,
    /// How many files the cause is about, in the whole recording; null if it is not work on many files.
    pub files: Option<u64>,
}

/// What kind of cause it is: of those for which there may be a remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "cause_kind"))]
#[serde(rename_all = "kebab-case")]
pub enum CauseKind {
    /// A process does not end on the signal that asks it to.
    IgnoredSignal,
    /// A file lock that somebody else holds.
    FileLock,
    /// The write-back of a file system in the unmount of an overlay.
    UnmountSync,
    /// A memory limit that was reached.
    MemoryLimit,
    /// A program sleeps and looks again.
    Polling,
    /// A wait that ended by its time limit.
    TimeLimit,
    /// A sleep.
    Sleep,
    /// Files that are copied from one folder to another.
    Copy,
}

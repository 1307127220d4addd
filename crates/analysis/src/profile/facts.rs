//! The facts about a recording that bear on how far it can be compared.

use serde::{Deserialize, Serialize};
use trace::manifest::Host;

use crate::report::RecordCounts;

/// The facts about a recording.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RecordingFacts {
    /// Where it lies.
    pub name: String,
    /// The machine.
    pub host: Host,
    /// The traced command.
    pub command: Vec<String>,
    /// `full` or `summary`.
    pub level: String,
    /// Samples per second and CPU, 0 for none.
    pub sample_hz: u32,
    /// The probes that ran.
    pub probes: Vec<String>,
    /// Records sent, received, lost.
    pub records: RecordCounts,
    /// Estimated time that the probes took.
    pub observer_ns: u64,
    /// Why the recording ended early, if it did.
    pub interrupted: Option<String>,
}

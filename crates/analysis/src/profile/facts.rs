//! The facts about a recording that bear on how far it can be compared.

use serde::{Deserialize, Serialize};
use trace::manifest::{Host, HostCounts};

use crate::report::RecordCounts;

/// The facts about a recording.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "recording"))]
pub struct RecordingFacts {
    /// Where it lies.
    pub name: String,
    /// The machine.
    pub host: Host,
    /// How much there was on the machine when recording began; null where that was not recorded.
    #[serde(default)]
    pub host_counts: Option<HostCounts>,
    /// The traced command and its arguments.
    pub command: Vec<String>,
    /// `full` or `summary`.
    pub level: String,
    /// Samples per second and CPU, 0 for none.
    pub sample_hz: u32,
    /// The probes that ran.
    pub probes: Vec<String>,
    /// Records sent, received and lost.
    pub records: RecordCounts,
    /// Estimated time that the probes took, in nanoseconds.
    pub observer_ns: u64,
    /// The reason for which the recording ended early; null if it did not.
    pub interrupted: Option<String>,
}

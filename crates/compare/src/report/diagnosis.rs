//! What one recording says by itself: what takes its time, and reasons to doubt that.

use serde::Serialize;
use strum::{IntoStaticStr, VariantNames};

use super::finding::Finding;

/// What one recording says by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnosis {
    /// Reasons to doubt a figure, gravest first.
    pub warnings: Vec<RecordingWarning>,
    /// Of each run of the report, what takes its time, most time first.
    pub findings: Vec<Vec<Finding>>,
    /// Of each run of the report, what would help, most first; nothing of runs that were not replayed.
    pub remedies: Vec<Vec<Remedy>>,
}

/// Something that would make a run shorter, and by how much: the run was replayed without the time that
/// it would save.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "remedy"))]
pub struct Remedy {
    /// What would help.
    pub text: String,
    /// What would take no time: selectors of `ctrprof what-if`.
    pub selectors: Vec<String>,
    /// How long the run's stages took together, in nanoseconds.
    pub recorded_ns: u64,
    /// How long they would have taken.
    pub replayed_ns: u64,
}

impl Remedy {
    /// What it would save, in nanoseconds.
    pub const fn saving_ns(&self) -> u64 {
        self.recorded_ns.saturating_sub(self.replayed_ns)
    }
}

/// A reason to doubt a recording, or to take its figures for what they are. The variants are in the
/// order in which they are listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, IntoStaticStr, VariantNames)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(into = "RecordingWarningFields")]
#[strum(serialize_all = "kebab-case")]
pub enum RecordingWarning {
    /// The recording ended early.
    Interrupted {
        /// The reason.
        reason: String,
    },
    /// Records were lost: times and counts are too low.
    LostRecords {
        /// How many.
        lost: u64,
        /// Of how many.
        sent: u64,
    },
    /// For a good part of the critical paths a thread could have run, but processes that have no part in
    /// the containers' lives took its CPU.
    BusyMachine {
        /// That part, in millionths.
        share_ppm: u64,
        /// Behind whom most of it, as the parts of the phase `runqueue` are named.
        reasons: Vec<String>,
    },
    /// The CPU quota of a control group held back a good part of the critical paths.
    Throttled {
        /// That part, in millionths.
        share_ppm: u64,
        /// Whose quotas.
        groups: Vec<String>,
    },
    /// The probes took a good part of the critical paths.
    ObserverCost {
        /// That part, in millionths.
        share_ppm: u64,
    },
    /// Not enough runs for quartiles that mean something.
    FewRuns {
        /// How many there are.
        runs: u64,
    },
    /// Short system calls were added up in the kernel: their place on the critical path is estimated.
    SummaryLevel,
    /// Tracepoints that could not be attached.
    MissingProbes {
        /// Their names.
        names: Vec<String>,
    },
    /// Traced programs tried to set marks of stages, as ctrprof's engine does.
    RefusedMarks {
        /// How often.
        marks: u64,
    },
    /// Switches were missed and put in by inference.
    ImputedSwitches {
        /// Their share of the critical paths, in millionths.
        share_ppm: u64,
    },
    /// Rules of thumb decided a good part of the critical paths.
    RulesOfThumb {
        /// Their share of the critical paths, in millionths.
        share_ppm: u64,
    },
}

impl RecordingWarning {
    /// Every kind, in the order in which they are listed.
    pub const KINDS: &'static [&'static str] = <Self as VariantNames>::VARIANTS;

    /// The stable name of its kind, used in JSON.
    pub fn kind(&self) -> &'static str {
        self.into()
    }

    /// Whether figures are wrong, not just less sure.
    pub const fn is_grave(&self) -> bool {
        matches!(self, Self::LostRecords { .. } | Self::Interrupted { .. })
    }
}

/// A warning as it is serialised; its sentence is added where it is rendered.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct RecordingWarningFields {
    /// The kind of reason.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = RecordingWarning::KINDS)))]
    kind: &'static str,
    /// Whether figures are wrong, not just less sure.
    grave: bool,
}

impl From<RecordingWarning> for RecordingWarningFields {
    fn from(warning: RecordingWarning) -> Self {
        Self {
            kind: warning.kind(),
            grave: warning.is_grave(),
        }
    }
}

//! Reasons to doubt the figures of a comparison.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantNames};

/// One of the two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "side_name"))]
#[serde(rename_all = "lowercase")]
pub enum SideName {
    /// The base of the comparison.
    A,
    /// The side that is compared with the base.
    B,
}

impl SideName {
    /// Both.
    pub const ALL: [Self; 2] = [Self::A, Self::B];

    /// `A` or `B`, as people write it.
    pub const fn letter(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
        }
    }
}

/// The fewest runs of a side whose intervals are believed as they are; of fewer they are widened.
pub const MIN_RUNS: u64 = 5;

/// A reason to doubt a comparison. The variants are in the order in which warnings are listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, IntoStaticStr, VariantNames)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(into = "WarningFields")]
#[strum(serialize_all = "kebab-case")]
pub enum Warning {
    /// Records were lost: times and counts of that side are too low.
    LostRecords {
        /// Which side.
        side: SideName,
        /// How many.
        lost: u64,
        /// Of how many.
        sent: u64,
    },
    /// A recording ended early.
    Interrupted {
        /// Which side.
        side: SideName,
        /// The reason.
        reason: String,
    },
    /// Few runs: intervals come out wide.
    FewRuns {
        /// Which side.
        side: SideName,
        /// The fewest runs of any stage.
        runs: u64,
    },
    /// Some runs did not go through all stages that others of their side did: they failed, or the
    /// recording ended first.
    IncompleteRuns {
        /// Which side.
        side: SideName,
        /// The stage that fewer runs have.
        stage: String,
        /// How many have it.
        runs: u64,
        /// How many there are.
        of: u64,
    },
    /// A stage that only one side went through.
    OneSidedStage {
        /// Which side.
        side: SideName,
        /// The stage.
        stage: String,
    },
    /// The runs of some stages lie far apart.
    WideSpread {
        /// Which side.
        side: SideName,
        /// The stages.
        stages: Vec<String>,
        /// Distance between the quartiles over the median, in millionths, of the stage where it is
        /// largest.
        spread_ppm: u64,
    },
    /// The sides were recorded on different kernels.
    OtherKernel {
        /// Release on side A.
        a: String,
        /// Release on side B.
        b: String,
    },
    /// The sides were recorded on different machines.
    OtherHost {
        /// Machine of side A, in words.
        a: String,
        /// Machine of side B.
        b: String,
    },
    /// The machine was busier for one side than for the other.
    OtherLoad {
        /// Highest load average of side A, times 1000.
        a_milli: u32,
        /// Highest load average of side B, times 1000.
        b_milli: u32,
    },
    /// The machine had more to run than it has CPUs.
    BusyHost {
        /// Which side.
        side: SideName,
        /// Highest load average, times 1000.
        load_milli: u32,
        /// CPUs.
        cpus: u32,
    },
    /// Recordings of one side, or of both, are of different levels.
    OtherLevel {
        /// Level of side A.
        a: String,
        /// Level of side B.
        b: String,
    },
    /// Short system calls were added up: their share of the critical path is estimated.
    SummaryLevel,
    /// Different probes ran.
    OtherProbes {
        /// Those that ran for side A only.
        only_a: Vec<String>,
        /// Those that ran for side B only.
        only_b: Vec<String>,
    },
    /// Different rates of samples, or none: kernel functions cannot be compared with each other.
    OtherSampleRate {
        /// Samples per second and CPU on side A.
        a_hz: u32,
        /// The same on side B.
        b_hz: u32,
    },
    /// More than one thing differs between the configurations, so that no difference can be put
    /// down to one of them.
    SeveralAxes {
        /// The axes.
        axes: Vec<String>,
    },
    /// One side's machine had much more of something that the cost of others' work grows with.
    OtherHostCounts {
        /// Of what, how many there were on side A, and on side B.
        counts: Vec<(String, u64, u64)>,
    },
    /// Nothing differs between the configurations as far as they were recorded.
    SameConfiguration,
    /// The recordings of one side are of different configurations.
    MixedSide {
        /// Which side.
        side: SideName,
        /// The axes in which they differ.
        axes: Vec<String>,
    },
    /// Traced programs tried to set marks of stages, as ctrprof's engine does.
    RefusedMarks {
        /// Which side.
        side: SideName,
        /// How often.
        marks: u64,
    },
    /// Switches were missed and put in by inference.
    ImputedSwitches {
        /// Which side.
        side: SideName,
        /// Their share of the critical paths, in millionths.
        share_ppm: u64,
    },
    /// Rules of thumb decided a good part of the critical paths.
    RulesOfThumb {
        /// Which side.
        side: SideName,
        /// Their share of the critical paths, in millionths.
        share_ppm: u64,
    },
    /// The probes took a good part of the time, and may weigh more on one side.
    ObserverCost {
        /// Their share of side A's wall time, in millionths.
        a_ppm: u64,
        /// Their share of side B's.
        b_ppm: u64,
    },
}

impl Warning {
    /// Every kind, in the order in which warnings are listed.
    pub const KINDS: &'static [&'static str] = <Self as VariantNames>::VARIANTS;

    /// The stable name of its kind, used in JSON.
    pub fn kind(&self) -> &'static str {
        self.into()
    }

    /// The side that it is about, if it is about one.
    pub const fn side(&self) -> Option<SideName> {
        match self {
            Self::LostRecords { side, .. }
            | Self::Interrupted { side, .. }
            | Self::FewRuns { side, .. }
            | Self::IncompleteRuns { side, .. }
            | Self::OneSidedStage { side, .. }
            | Self::WideSpread { side, .. }
            | Self::BusyHost { side, .. }
            | Self::MixedSide { side, .. }
            | Self::RefusedMarks { side, .. }
            | Self::ImputedSwitches { side, .. }
            | Self::RulesOfThumb { side, .. } => Some(*side),
            _ => None,
        }
    }

    /// Whether figures are wrong, not just less sure.
    pub const fn is_grave(&self) -> bool {
        matches!(
            self,
            Self::LostRecords { .. } | Self::Interrupted { .. } | Self::OtherLevel { .. }
        )
    }

    /// Whether it says that times cannot be relied on: nothing is proven by them.
    pub const fn is_against_times(&self) -> bool {
        self.is_grave() || matches!(self, Self::OtherHost { .. })
    }

    /// Whether it says that counts of calls cannot be relied on: nothing is proven by them.
    pub const fn is_against_counts(&self) -> bool {
        matches!(self, Self::LostRecords { .. } | Self::Interrupted { .. })
    }

    /// Whether it makes the figures of a stage less sure; of all stages without a name.
    pub fn is_about(&self, stage: Option<&str>) -> bool {
        let is_its = |name: &String| stage.is_none_or(|stage| stage == name);
        match self {
            Self::WideSpread { stages, .. } => stages.iter().any(is_its),
            Self::IncompleteRuns { stage, .. } | Self::OneSidedStage { stage, .. } => is_its(stage),
            Self::FewRuns { runs, .. } => *runs < MIN_RUNS,
            // What was meant to differ, and what says how figures came about, is no doubt of a claim.
            Self::SeveralAxes { .. }
            | Self::SameConfiguration
            | Self::OtherProbes { .. }
            | Self::OtherSampleRate { .. }
            | Self::RefusedMarks { .. } => false,
            Self::LostRecords { .. }
            | Self::Interrupted { .. }
            | Self::OtherKernel { .. }
            | Self::OtherHost { .. }
            | Self::OtherLoad { .. }
            | Self::BusyHost { .. }
            | Self::OtherLevel { .. }
            | Self::SummaryLevel
            | Self::OtherHostCounts { .. }
            | Self::MixedSide { .. }
            | Self::ImputedSwitches { .. }
            | Self::RulesOfThumb { .. }
            | Self::ObserverCost { .. } => true,
        }
    }
}

/// A warning as it is serialised; its sentence is added where it is rendered.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct WarningFields {
    /// The kind of reason.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = Warning::KINDS)))]
    kind: &'static str,
    /// The side that it is about; null if it is about both.
    side: Option<SideName>,
    /// Whether figures are wrong, not just less sure.
    grave: bool,
}

impl From<Warning> for WarningFields {
    fn from(warning: Warning) -> Self {
        Self {
            kind: warning.kind(),
            side: warning.side(),
            grave: warning.is_grave(),
        }
    }
}

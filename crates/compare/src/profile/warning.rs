//! Reasons to doubt a figure of several sides.

use serde::Serialize;
use strum::{IntoStaticStr, VariantNames};

use super::report::{ProfileSide, Unit, UnitSource};
use crate::SideProfile;
use crate::report::MIN_RUNS;

/// The fewest units of a run among which what is done once does not weigh.
const MIN_UNITS: u64 = 100;

/// A reason to doubt a figure. The variants are in the order in which they are listed; sides are named
/// by their index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, IntoStaticStr, VariantNames)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(into = "ProfileWarningFields")]
#[strum(serialize_all = "kebab-case")]
pub enum ProfileWarning {
    /// Records were lost: counts and times of that side are too low.
    LostRecords {
        /// Which side.
        side: u64,
        /// How many.
        lost: u64,
        /// Of how many.
        sent: u64,
    },
    /// A recording ended early.
    Interrupted {
        /// Which side.
        side: u64,
        /// The reason.
        reason: String,
    },
    /// A side on which nothing is counted.
    NoCalls {
        /// Which side.
        side: u64,
    },
    /// The sides have units of different kinds, so the container is the unit.
    UnlikeUnits,
    /// The sides do different amounts of work.
    OtherUnits {
        /// Units of a run, where fewest.
        low: u64,
        /// Units of a run, where most.
        high: u64,
    },
    /// A run has so few units that what it does once weighs in each.
    FewUnits {
        /// Units of a run, where fewest.
        units: u64,
    },
    /// The sides were recorded on different kernels.
    OtherKernel {
        /// Their releases.
        kernels: Vec<String>,
    },
    /// Short calls were added up in the kernel: their errors and paths are not known.
    SummaryLevel {
        /// Which side.
        side: u64,
    },
    /// Not enough runs to compare times.
    FewRuns {
        /// Runs of the side with fewest.
        runs: u64,
    },
}

impl ProfileWarning {
    /// Every kind, in the order in which they are listed.
    pub const KINDS: &'static [&'static str] = <Self as VariantNames>::VARIANTS;

    /// The stable name of its kind, used in JSON.
    pub fn kind(&self) -> &'static str {
        self.into()
    }

    /// Whether figures are wrong, not just less sure.
    pub const fn is_grave(&self) -> bool {
        match self {
            Self::LostRecords { .. } | Self::Interrupted { .. } | Self::NoCalls { .. } => true,
            Self::UnlikeUnits
            | Self::OtherUnits { .. }
            | Self::FewUnits { .. }
            | Self::OtherKernel { .. }
            | Self::SummaryLevel { .. }
            | Self::FewRuns { .. } => false,
        }
    }
}

/// A warning as it is serialised; its sentence is added where it is rendered.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct ProfileWarningFields {
    /// The kind of reason.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ProfileWarning::KINDS)))]
    kind: &'static str,
    /// Whether figures are wrong, not just less sure.
    grave: bool,
}

impl From<ProfileWarning> for ProfileWarningFields {
    fn from(warning: ProfileWarning) -> Self {
        Self {
            kind: warning.kind(),
            grave: warning.is_grave(),
        }
    }
}

/// The warnings about these sides.
pub(super) fn warnings(
    given: &[SideProfile],
    sides: &[ProfileSide],
    unit: &Unit,
) -> Vec<ProfileWarning> {
    let mut found = Vec::new();
    for (side, given) in (0..).zip(given) {
        found.extend(of_recordings(side, given));
    }
    for (side, of) in (0..).zip(sides) {
        if of.calls_high_milli == 0 {
            found.push(ProfileWarning::NoCalls { side });
        }
    }
    if unit.source == UnitSource::Unlike {
        found.push(ProfileWarning::UnlikeUnits);
    }
    let units = || sides.iter().map(|side| side.units);
    if let (UnitSource::Recording, Some(low), Some(high)) =
        (unit.source, units().min(), units().max())
    {
        if low < high {
            found.push(ProfileWarning::OtherUnits { low, high });
        }
        if low < MIN_UNITS {
            found.push(ProfileWarning::FewUnits { units: low });
        }
    }
    let mut kernels: Vec<String> = given
        .iter()
        .flat_map(|side| &side.recordings)
        .map(|recording| recording.facts.host.kernel.clone())
        .collect();
    kernels.sort_unstable();
    kernels.dedup();
    if kernels.len() > 1 {
        found.push(ProfileWarning::OtherKernel { kernels });
    }
    let runs = sides.iter().map(|side| side.runs).min();
    if let Some(runs) = runs.filter(|&runs| runs < MIN_RUNS) {
        found.push(ProfileWarning::FewRuns { runs });
    }
    let rank = |warning: &ProfileWarning| {
        let kinds = ProfileWarning::KINDS.iter();
        kinds.take_while(|kind| **kind != warning.kind()).count()
    };
    // Stable: sides stay in order.
    found.sort_by_key(rank);
    found
}

fn of_recordings(side: u64, given: &SideProfile) -> Vec<ProfileWarning> {
    let facts = || given.recordings.iter().map(|recording| &recording.facts);
    let mut found = Vec::new();
    let sum = |count: fn(&analysis::report::RecordCounts) -> u64| {
        facts().map(|facts| count(&facts.records)).sum()
    };
    let (lost, sent) = (sum(|records| records.lost), sum(|records| records.sent));
    if lost > 0 {
        found.push(ProfileWarning::LostRecords { side, lost, sent });
    }
    if let Some(reason) = facts().find_map(|facts| facts.interrupted.clone()) {
        found.push(ProfileWarning::Interrupted { side, reason });
    }
    if facts().any(|facts| facts.level == "summary") {
        found.push(ProfileWarning::SummaryLevel { side });
    }
    found
}

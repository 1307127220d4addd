//! Measures: figures that a question asks of every configuration, such as the time of one open.

use serde::{Deserialize, Serialize};

use super::finding::{Evidence, Unit};
use crate::report::Ratio;
use analysis::profile::PartKey;
use setup::pattern::Patterns;

/// A measure of the runs of a configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Measure {
    /// Its name, in few words: heads a column, and claims name it.
    pub name: String,
    /// The stage that it is of; nothing for all of them together.
    #[serde(default)]
    pub stage: Option<String>,
    /// Of which parts of the stage; of all if nothing is named.
    #[serde(default)]
    pub of: PartFilter,
    /// The amount that is measured of them.
    #[serde(default)]
    pub what: Amount,
    /// The divisor.
    #[serde(default)]
    pub per: Per,
}

/// Which parts of a stage; what is left out excludes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PartFilter {
    /// Whose time.
    #[serde(default)]
    pub role: Patterns,
    /// Phases.
    #[serde(default)]
    pub phase: Patterns,
    /// Kinds within the phase: `net` of namespaces, the names of kernel locks, ...
    #[serde(default)]
    pub subphase: Patterns,
    /// System calls.
    #[serde(default)]
    pub call: Patterns,
    /// File systems that they work on.
    #[serde(default)]
    pub file_system: Patterns,
}

/// The amount of some parts that is measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Amount {
    /// Time on the critical path.
    #[default]
    Time,
    /// Time of all threads.
    ThreadTime,
    /// How many calls, waits or processes there are on the critical path.
    Count,
    /// How many there are in all threads.
    ThreadCount,
}

/// The divisor of a measure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Per {
    /// Runs.
    #[default]
    Run,
    /// Calls, waits or processes: the price of one.
    Each,
    /// Units of the workload's work: files, or namespaces.
    Unit,
    /// All time of the stage of the same kind: a share.
    Stage,
}

impl PartFilter {
    /// Whether a part is one of these.
    pub fn allows(&self, part: &PartKey) -> bool {
        let call = part.syscall.as_deref().unwrap_or_default();
        self.role.allows(part.role.name())
            && self.phase.allows(part.phase.name())
            && self.subphase.allows(&part.subphase)
            && self.call.allows(call)
            && self.file_system.allows(&part.file_system)
    }
}

impl Measure {
    /// The unit of its values; nothing for a number over a number of another kind, which says
    /// nothing.
    pub const fn unit(&self) -> Option<Unit> {
        match (self.what, self.per) {
            (Amount::Time | Amount::ThreadTime, Per::Run | Per::Each | Per::Unit) => {
                Some(Unit::DurationNs)
            }
            (Amount::Time | Amount::ThreadTime, Per::Stage) => Some(Unit::SharePpm),
            (Amount::Count | Amount::ThreadCount, Per::Run | Per::Unit) => Some(Unit::Milli),
            (Amount::Count | Amount::ThreadCount, Per::Each | Per::Stage) => None,
        }
    }
}

/// A measure that means nothing.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum MeasureError {
    /// A number over a number.
    #[error(
        "the measure {0:?} is a number for each, or of a stage; give it per = \"run\" or \"unit\""
    )]
    NoUnit(String),
    /// Two of one name.
    #[error("two measures are named {0:?}; give one of them another name")]
    SameName(String),
}

/// Looks whether measures mean something.
///
/// # Errors
/// When one means nothing, or two have the same name.
pub fn check(measures: &[Measure]) -> Result<(), MeasureError> {
    for (index, measure) in measures.iter().enumerate() {
        if measure.unit().is_none() {
            return Err(MeasureError::NoUnit(measure.name.clone()));
        }
        if measures[..index]
            .iter()
            .any(|other| other.name == measure.name)
        {
            return Err(MeasureError::SameName(measure.name.clone()));
        }
    }
    Ok(())
}

/// A measure of both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "measure"))]
pub struct MeasureDifference {
    /// Its name.
    pub name: String,
    /// In `a`: a number; null where it has none.
    pub a: Option<Evidence>,
    /// In `b`: a number; null where it has none.
    pub b: Option<Evidence>,
    /// `b` over `a`; null where either has none, or `a` is 0.
    pub ratio: Option<Ratio>,
}

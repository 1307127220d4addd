//! Questions of the catalogue: what is run, what is compared with what, and which claims are tested.

mod prediction;
mod report;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::report::claim::Claim;
use crate::report::measure::Measure;
use analysis::what_if::selector::Change;
use setup::pattern::Patterns;

pub use prediction::{Predicted, Prediction};
pub use report::{
    PairNames, QuestionCell, QuestionPair, QuestionReport, QuestionStage, QuestionSummary,
    SCHEMA_VERSION,
};

/// A question as a file of the catalogue asks it. `M` is the matrix of configurations, which the
/// crate `bench` reads.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Question<M> {
    /// The question, in a sentence.
    pub asks: String,
    /// Who says something about it, and where.
    pub source: String,
    /// Background that the answer assumes.
    #[serde(default)]
    pub background: String,
    /// The level of system calls: `full` or `summary`.
    #[serde(default)]
    pub level: Level,
    /// The matrix.
    pub matrix: M,
    /// The measures of each cell.
    #[serde(rename = "measure", default)]
    pub measures: Vec<Measure>,
    /// The pairings.
    #[serde(rename = "compare", default)]
    pub pairings: Vec<Pairing>,
}

/// The level of system calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Every call.
    #[default]
    Full,
    /// Short ones are added up.
    Summary,
}

impl Level {
    /// The name in files and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Summary => "summary",
        }
    }
}

/// Cells that are compared with one another: each that is like `a` with each that is like `b` and
/// agrees with it in every axis that not both of the two name.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Pairing {
    /// The base.
    pub a: Selector,
    /// The cells that are compared with the base.
    pub b: Selector,
    /// The stages whose findings are told; of all if none is named.
    #[serde(default)]
    pub stages: Vec<String>,
    /// Selectors of `ctrprof what-if`: the time that `b` is said not to take. Replayed, the recordings of
    /// `a` predict how long `b` takes; nothing is predicted if there is none.
    #[serde(default)]
    pub replay: Vec<Change>,
    /// The claims about each pair.
    #[serde(rename = "claim", default)]
    pub claims: Vec<Claim>,
}

/// Patterns by axis, or by [`setup::bench::WORKLOAD`].
pub type Selector = BTreeMap<String, Patterns>;

//! The report of a question. Serialised with the sentences of its findings by `render`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::prediction::Prediction;
use crate::report::finding::{Evidence, Finding};
use crate::report::measure::MeasureDifference;
use crate::report::{FunctionDifference, WallDifference, Warning};
use trace::manifest::Host;

/// Version of the shape of a report.
pub const SCHEMA_VERSION: u32 = 1;

/// A question, in a list of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QuestionSummary {
    /// Its name.
    pub name: String,
    /// The question.
    pub asks: String,
}

/// The answer to a question.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct QuestionReport {
    /// [`SCHEMA_VERSION`].
    pub schema: u32,
    /// Name of the question.
    pub name: String,
    /// The question.
    pub asks: String,
    /// Who says something about it.
    pub source: String,
    /// Background that the answer assumes.
    pub background: String,
    /// The machine.
    pub host: Host,
    /// The level of system calls.
    pub level: String,
    /// Axes that have one value in all cells, and that value.
    pub held: BTreeMap<String, String>,
    /// Axes that have several, in their order.
    pub varied: Vec<String>,
    /// Runs of each cell that were asked for.
    pub runs_asked: u32,
    /// Whether all of them are over.
    pub complete: bool,
    /// Names of what is measured of each cell.
    pub measures: Vec<String>,
    /// The cells, in the order of the matrix.
    pub cells: Vec<QuestionCell>,
    /// The pairs, in the order of the question.
    #[serde(skip)]
    pub pairs: Vec<QuestionPair>,
}

/// A cell, and what was measured of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct QuestionCell {
    /// The name that tells it from the others: its values of the varied axes.
    pub name: String,
    /// Its configuration.
    pub configuration: String,
    /// Its workload.
    pub workload: String,
    /// Where its recordings lie.
    pub directory: String,
    /// Runs that succeeded.
    pub runs: u64,
    /// Runs that failed.
    pub failed: u64,
    /// The error message of the last failed run; empty if none failed.
    pub failure: String,
    /// The reasons for which it cannot be run here; empty if it can.
    pub lacking: Vec<String>,
    /// The measures, in the order of [`QuestionReport::measures`].
    pub measures: Vec<Option<Evidence>>,
}

/// The names of the two cells of a pair.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PairNames {
    /// The values of the one that the other does not have.
    pub a: String,
    /// The values of the other.
    pub b: String,
    /// The values of varied axes that they have in common; may be empty.
    pub both: String,
}

/// Two cells, compared.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct QuestionPair {
    /// The base: an index of [`QuestionReport::cells`].
    pub a: usize,
    /// The cell that is compared with the base.
    pub b: usize,
    /// The names of the two.
    pub names: PairNames,
    /// The reason for which they were not compared; empty if they were.
    pub missing: String,
    /// Reasons to doubt a figure.
    pub warnings: Vec<Warning>,
    /// All stages together; nothing if there is but one stage, or none.
    pub total: Option<WallDifference>,
    /// The stages, in the order of a lifecycle.
    pub stages: Vec<QuestionStage>,
    /// The measures.
    pub measures: Vec<MeasureDifference>,
    /// What a replay of the base predicts, and whether that holds; null where the question asks for none.
    pub prediction: Option<Prediction>,
    /// The causes for which one is slower.
    #[serde(skip)]
    pub findings: Vec<Finding>,
    /// The verdicts on the claims.
    #[serde(skip)]
    pub claims: Vec<Finding>,
}

/// A stage of two cells.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct QuestionStage {
    /// Its name.
    pub name: String,
    /// Whether the question is about it.
    pub is_asked: bool,
    /// How long it took.
    pub wall: WallDifference,
    /// The kernel functions that gained or lost most time, for stages that the question is about.
    pub functions: Vec<FunctionDifference>,
}

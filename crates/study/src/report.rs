//! Measurements compared with the published figures of the study, ordering by ordering.
//!
//! Times are whole nanoseconds, ratios millionths. docs/compare-study.md describes the JSON to its
//! readers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::notice::StudyNotice;
use crate::design::{StudyAxis, StudyConfiguration, StudyStage};
use setup::bench::BenchMode;
use trace::manifest::Host;

/// Version of the format of the report's JSON.
pub const STUDY_REPORT_SCHEMA_VERSION: u32 = 1;

/// The verdicts on the study's orderings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StudyReport {
    /// [`STUDY_REPORT_SCHEMA_VERSION`].
    pub schema: u32,
    /// The study's machine and runs.
    pub study: StudyFacts,
    /// The benches.
    pub benches: Vec<BenchFacts>,
    /// Reasons to doubt a verdict.
    pub notices: Vec<StudyNotice>,
    /// How many orderings came out how, of all.
    pub all: Counts,
    /// The same for each axis and stage that the study has orderings of.
    pub summary: Vec<SummaryRow>,
    /// The same for each pair of values and stage, of the orderings that were compared.
    pub pairs: Vec<PairRow>,
    /// The orderings that were compared.
    pub orderings: Vec<StudyOrdering>,
    /// The orderings among them that cannot be told, by reasons.
    pub not_told: Vec<NotTold>,
    /// The orderings that were not compared, by reason.
    pub not_measured: Vec<NotMeasured>,
    /// Measurements for which the study has no figure.
    pub not_published: Vec<NotPublished>,
    /// Cells of benches that are none of the study's.
    pub set_aside: Vec<SetAside>,
}

/// Where the published figures are from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StudyFacts {
    /// Its kernel.
    pub kernel: String,
    /// Its machine, piece by piece.
    pub machine: Vec<String>,
    /// How many configurations it has figures of.
    pub configurations: u64,
    /// Runs of each test.
    pub runs: u32,
}

/// A bench that is compared with the study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BenchFacts {
    /// Its directory.
    pub directory: String,
    /// Title of its matrix.
    pub title: String,
    /// The mode of each run.
    pub mode: BenchMode,
    /// State of the page cache in which runs began.
    pub cache: String,
    /// Runs of each cell that were asked for.
    pub runs: u32,
    /// Whether all of them are over.
    pub complete: bool,
    /// The machine.
    pub host: Host,
}

/// How many orderings came out how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Told by both, and the same.
    pub agree: u64,
    /// Told by both, and the other way round.
    pub disagree: u64,
    /// Measured, but the figures of one do not tell.
    pub cannot_tell: u64,
    /// Published, but not measured.
    pub not_measured: u64,
}

impl Counts {
    /// Those that were compared.
    pub const fn compared(&self) -> u64 {
        self.agree + self.disagree + self.cannot_tell
    }

    /// Those that the study has.
    pub const fn published(&self) -> u64 {
        self.compared() + self.not_measured
    }

    /// Counts one that was compared.
    pub const fn count(&mut self, verdict: StudyVerdict) {
        match verdict {
            StudyVerdict::Agree => self.agree += 1,
            StudyVerdict::Disagree => self.disagree += 1,
            StudyVerdict::CannotTell => self.cannot_tell += 1,
        }
    }
}

/// The orderings along one axis, in one stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SummaryRow {
    /// In what the sides differ.
    pub axis: StudyAxis,
    /// The stage.
    pub stage: StudyStage,
    /// How they came out.
    #[serde(flatten)]
    pub counts: Counts,
    /// Median of the published ratios of those that agree or disagree.
    pub published_ppm: Option<u64>,
    /// Median of the measured ratios of the same.
    pub measured_ppm: Option<u64>,
}

/// The orderings of two values of an axis in one stage, as the study has them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairRow {
    /// The axis.
    pub axis: StudyAxis,
    /// The value that is faster in the study.
    pub faster: String,
    /// The value that is slower there.
    pub slower: String,
    /// The stage.
    pub stage: StudyStage,
    /// How they came out; none of them was not measured.
    #[serde(flatten)]
    pub counts: Counts,
    /// Median of the published ratios of those that agree or disagree.
    pub published_ppm: Option<u64>,
    /// Median of the measured ratios of the same.
    pub measured_ppm: Option<u64>,
}

/// One side of an ordering.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StudySide {
    /// The configuration, in the words of the study.
    pub configuration: StudyConfiguration,
    /// The workload that stands for its test.
    pub workload: String,
    /// The study's figure: the mean of the best 15 runs.
    pub published_ns: u64,
    /// The measurement: the mean of the best three quarters of the runs.
    pub measured_ns: u64,
    /// How many runs were measured.
    pub runs: u64,
    /// Which of the benches, counted from 0.
    pub bench: u64,
}

impl StudySide {
    /// Its value on an axis.
    pub fn value(&self, axis: StudyAxis) -> &str {
        match axis {
            StudyAxis::Manager | StudyAxis::Stack => &self.configuration.manager,
            StudyAxis::Image => &self.configuration.image,
            StudyAxis::Runtime => &self.configuration.runtime,
            StudyAxis::Storage => &self.configuration.storage,
            StudyAxis::Rootless if self.configuration.rootless => "rootless",
            StudyAxis::Rootless => "root",
            StudyAxis::Size | StudyAxis::Operation => &self.workload,
        }
    }
}

/// Two cells of the study that differ along one axis, and which is faster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StudyOrdering {
    /// In what the sides differ.
    pub axis: StudyAxis,
    /// The stage.
    pub stage: StudyStage,
    /// The side that is faster in the study.
    pub faster: StudySide,
    /// The side that is slower in the study.
    pub slower: StudySide,
    /// Published time of the slower side over that of the faster one: at least 1 000 000.
    pub published_ppm: u64,
    /// The ratio that `published_ppm` must exceed to be more than the noise of the published
    /// figures.
    pub published_noise_ppm: u64,
    /// The same ratio as measured here: below 1 000 000 where it is the other way round.
    pub measured_ppm: u64,
    /// Lower end of its 95 % bootstrap interval over runs; none with too few of them.
    pub measured_low_ppm: Option<u64>,
    /// Upper end.
    pub measured_high_ppm: Option<u64>,
    /// The verdict.
    pub verdict: StudyVerdict,
    /// The reasons for which nothing can be told; empty where something can.
    pub doubts: Vec<Doubt>,
}

/// The verdict on an ordering.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StudyVerdict {
    /// Both tell, and the same.
    Agree,
    /// Both tell, and the other way round.
    Disagree,
    /// One of them does not tell.
    CannotTell,
}

impl StudyVerdict {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Agree, Self::Disagree, Self::CannotTell];

    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Agree => "agree",
            Self::Disagree => "disagree",
            Self::CannotTell => "cannot-tell",
        }
    }
}

/// The reasons for which an ordering cannot be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Doubt {
    /// The published difference is not more than the noise of the published figures.
    PublishedNoise,
    /// The measured interval holds 1.
    MeasuredNoise,
    /// Fewer than [`compare::report::MIN_RUNS`] runs on one side.
    FewRuns,
}

impl Doubt {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::PublishedNoise, Self::MeasuredNoise, Self::FewRuns];

    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PublishedNoise => "published-noise",
            Self::MeasuredNoise => "measured-noise",
            Self::FewRuns => "few-runs",
        }
    }
}

/// How many orderings cannot be told for the same reasons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotTold {
    /// The reasons, all of which hold.
    pub doubts: Vec<Doubt>,
    /// How many orderings.
    pub orderings: u64,
}

/// The reasons for which a published ordering was not measured. Where more than one applies to an
/// ordering, or each side has its own, it is counted under the first of this list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "reason", content = "detail")]
pub enum Missing {
    /// Nothing that ctrprof measures is what the study measured there.
    NoCounterpart,
    /// It cannot be run on the host of the bench, which says why.
    Impossible(String),
    /// Every run failed; the most frequent failure.
    Failed(String),
    /// Several cells of the bench have the name.
    Ambiguous,
    /// It is in the matrix of a bench, but none of its runs is over.
    NotRun,
    /// It is in no bench.
    NotAsked,
    /// Both sides were measured, but not on the same host, or not in the same way.
    Apart,
    /// The runs did not go through the stage.
    NoStage,
}

impl Missing {
    /// The sentence for a reader.
    pub fn sentence(&self) -> String {
        match self {
            Self::NoCounterpart => {
                "the study's ping is a round trip through the network, no stage of a container"
                    .into()
            }
            Self::Impossible(why) => format!("impossible there: {why}"),
            Self::Failed(why) => format!("every run failed: {why}"),
            Self::Ambiguous => {
                "several cells of a bench have one name in the study; compare them apart".into()
            }
            Self::NotRun => "in the matrix, but not run yet; the same bench goes on".into(),
            Self::NotAsked => "in none of the benches".into(),
            Self::Apart => "measured on different hosts, or in different ways".into(),
            Self::NoStage => "the runs did not go through the stage".into(),
        }
    }
}

/// How many published orderings were not measured for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotMeasured {
    /// The reason.
    #[serde(flatten)]
    pub why: Missing,
    /// How many orderings.
    pub orderings: u64,
    /// How many of the cells that they need are missing for this reason, by configuration.
    pub cells: BTreeMap<String, u64>,
}

/// A measurement for which the study has no figure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotPublished {
    /// The stage.
    pub stage: String,
    /// The workload, where the study has the stage of others; none where it has no such stage.
    pub workload: Option<String>,
    /// How many cells it was measured in.
    pub cells: u64,
}

/// Cells of a bench that are none of the study's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SetAside {
    /// Which of the benches, counted from 0.
    pub bench: u64,
    /// The configuration, as the bench has it.
    pub configuration: String,
    /// Its name there; empty if it has none.
    pub label: String,
    /// The reason.
    pub why: AsideReason,
    /// Its workloads.
    pub workloads: Vec<String>,
}

/// The reasons for which a cell is none of the study's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AsideReason {
    /// Its label is none of the study's, and its configuration neither.
    UnknownConfiguration,
    /// The study has no such test.
    UnknownWorkload,
    /// Another cell of the bench has the same name in the study.
    Ambiguous,
}

impl AsideReason {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::UnknownConfiguration,
        Self::UnknownWorkload,
        Self::Ambiguous,
    ];

    /// The sentence for a reader.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::UnknownConfiguration => "the study has no such configuration",
            Self::UnknownWorkload => "the study has no such test",
            Self::Ambiguous => "another cell of the bench has the same name in the study",
        }
    }
}

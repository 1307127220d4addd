//! A bench: many runs over a matrix of configurations. What is kept of each run, and the report.
//!
//! All times are whole nanoseconds. docs/bench.md describes both formats to their readers.

pub mod directory;
mod workload;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use workload::WorkloadLabel;

use trace::manifest::Host;
use trace::mark::Stage;

/// Version of the format of a bench directory. Raised by every change that an older reader would
/// misread.
pub const BENCH_FORMAT_VERSION: u32 = 1;
/// Version of the bench report's JSON.
pub const BENCH_REPORT_SCHEMA_VERSION: u32 = 1;
/// Name of the sum of the stages up to the answer, beside the names of stages.
pub const TOTAL: &str = "total";

/// The mode of a bench's runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BenchMode {
    /// Each run is recorded.
    Traced,
    /// No run is recorded: bare timing.
    Untraced,
    /// Each run is done twice, once recorded and once not, in random order.
    ObserverCheck,
}

impl BenchMode {
    /// The name used in files and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Traced => "traced",
            Self::Untraced => "untraced",
            Self::ObserverCheck => "observer-check",
        }
    }
}

/// One configuration with one workload: what has a row of its own in the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// The configuration, every axis in its fixed place.
    pub configuration: String,
    /// The workload and its size.
    pub workload: String,
    /// The name that the matrix's source has for it; empty where it has none.
    #[serde(default)]
    pub label: String,
}

impl Cell {
    /// Whether it is the same cell, whatever it is called.
    pub fn is_same(&self, other: &Self) -> bool {
        self.configuration == other.configuration && self.workload == other.workload
    }
}

/// `bench.json`: what a bench directory holds the results of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BenchHeader {
    /// [`BENCH_FORMAT_VERSION`] of the writer.
    pub format: u32,
    /// Version of ctrprof that began the bench.
    pub ctrprof: String,
    /// Title of the matrix.
    pub title: String,
    /// The mode of each run.
    pub mode: BenchMode,
    /// Seed of the order of runs.
    pub seed: u64,
    /// Measured runs of each cell.
    pub runs: u32,
    /// Runs of each cell that are not measured, each time the bench is begun or continued.
    pub warmups: u32,
    /// State of the page cache in which runs begin.
    pub cache: String,
    /// Longest that a run may take, in seconds.
    pub timeout_s: u64,
    /// The machine, when the bench was begun.
    pub host: Host,
    /// The cells, in the order of the matrix.
    pub cells: Vec<Cell>,
    /// Cells of the matrix that cannot be run on this machine.
    #[serde(default)]
    pub impossible: Vec<ImpossibleCell>,
}

/// A cell of the matrix that cannot be run here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImpossibleCell {
    /// Which.
    #[serde(flatten)]
    pub cell: Cell,
    /// The reasons, each a sentence.
    pub reasons: Vec<String>,
}

/// How long a stage of one run took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageDuration {
    /// The stage.
    pub stage: Stage,
    /// From its beginning to its end.
    pub duration_ns: u64,
}

/// A line of `results.jsonl`: one run that is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    /// The configuration of its cell.
    pub configuration: String,
    /// The workload of its cell.
    pub workload: String,
    /// Its number within the cell; the first is 1. Warm-ups are numbered apart.
    pub number: u32,
    /// Whether it only warmed up.
    pub warm_up: bool,
    /// Whether it was recorded.
    pub traced: bool,
    /// How many runs of the bench, warm-ups included, were over before it.
    pub position: u64,
    /// When it began, in nanoseconds since 1970 (UTC).
    pub started_unix_ns: u64,
    /// From the start of the engine's process to its end; with recording, to the end of that.
    pub wall_ns: u64,
    /// Load average over a minute when it began, times 1000.
    pub load_milli: u32,
    /// The stages that it came through.
    pub stages: Vec<StageDuration>,
    /// The error message of a failed run, whose times are no measurement.
    pub failure: Option<String>,
    /// Deviations from the request, each in a sentence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// Where its recording is, below the bench directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<String>,
    /// The set-up: versions, options, digests. None: as in the cell's run before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<BTreeMap<String, String>>,
}

impl RunRecord {
    /// Whether it is a run of `cell`.
    pub fn is_of(&self, cell: &Cell) -> bool {
        self.configuration == cell.configuration && self.workload == cell.workload
    }

    /// The time from the request to the answer: create, start, exec and, for servers, response.
    pub fn total_ns(&self) -> u64 {
        let counts = |stage| match stage {
            Stage::Create | Stage::Start | Stage::Exec | Stage::Response => true,
            Stage::Command
            | Stage::Stop
            | Stage::Remove
            | Stage::Kill
            | Stage::Pause
            | Stage::Unpause
            | Stage::Restart => false,
        };
        let counted = self.stages.iter().filter(|timing| counts(timing.stage));
        counted.map(|timing| timing.duration_ns).sum()
    }
}

/// The statistics of a bench.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BenchReport {
    /// [`BENCH_REPORT_SCHEMA_VERSION`].
    pub schema: u32,
    /// Title of the matrix.
    pub title: String,
    /// The mode of each run.
    pub mode: BenchMode,
    /// Seed of the order of runs.
    pub seed: u64,
    /// State of the page cache in which runs began.
    pub cache: String,
    /// The machine.
    pub host: Host,
    /// Runs of each cell that were asked for.
    pub runs_asked: u32,
    /// Whether every run that was asked for is over.
    pub complete: bool,
    /// The cells, in the order of the matrix.
    pub cells: Vec<CellReport>,
    /// Cells of the matrix that could not be run.
    pub impossible: Vec<ImpossibleCell>,
}

/// The statistics of one cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CellReport {
    /// Which.
    #[serde(flatten)]
    pub cell: Cell,
    /// The set-up in the last of its runs: versions, options, digests.
    pub description: BTreeMap<String, String>,
    /// Runs that succeeded; the statistics are of these. In an observer check: of those that were
    /// not recorded.
    pub runs: u64,
    /// Runs that failed, of whatever kind but warm-ups. They are in no statistic.
    pub failed: u64,
    /// Warm-ups that failed.
    pub failed_warmups: u64,
    /// The reasons for failed runs, most frequent first.
    pub failures: Vec<FailureCount>,
    /// Statistics of each stage in the order of a lifecycle, and of their [`TOTAL`].
    pub stages: Vec<StageStatistics>,
    /// The cost of recording for each stage. Empty without an observer check.
    pub observer: Vec<ObserverStage>,
    /// How long it takes in all, compared with the fastest configuration of its workload; null without
    /// runs.
    pub relative: Option<RelativeTotal>,
}

/// The median of all stages together over that of the fastest configuration, in millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelativeTotal {
    /// The ratio; 1 000 000 for the fastest itself.
    pub ratio_ppm: u64,
    /// Lower end of its 95 % confidence interval; null for the fastest, and where either has fewer than 5
    /// runs.
    pub low_ppm: Option<u64>,
    /// Upper end of that interval.
    pub high_ppm: Option<u64>,
}

/// How often runs failed in one way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureCount {
    /// The reason.
    pub message: String,
    /// How often.
    pub runs: u64,
}

/// The ends of a 95 % confidence interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntervalNs {
    /// Lower end. Below 0 where a difference may be a gain.
    pub low_ns: i64,
    /// Upper end.
    pub high_ns: i64,
}

/// How long a stage took in the runs of one cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageStatistics {
    /// Name of the stage, or [`TOTAL`].
    pub name: String,
    /// Runs that went through it.
    pub runs: u64,
    /// How many of them `best_mean_ns` is the mean of: three quarters, rounded up.
    pub best_runs: u64,
    /// Mean of the fastest of them.
    pub best_mean_ns: u64,
    /// Mean of all.
    pub mean_ns: u64,
    /// Median.
    pub median_ns: u64,
    /// Bootstrap interval of the median.
    pub median_interval: IntervalNs,
    /// Fastest.
    pub min_ns: u64,
    /// Fastest that is no outlier.
    pub low_whisker_ns: u64,
    /// First quartile.
    pub p25_ns: u64,
    /// Third quartile.
    pub p75_ns: u64,
    /// Slowest that is no outlier.
    pub high_whisker_ns: u64,
    /// Slowest.
    pub max_ns: u64,
    /// Those beyond one and a half distances between the quartiles, in ascending order.
    pub outliers_ns: Vec<u64>,
}

/// The cost of recording for a stage, from pairs of runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObserverStage {
    /// Name of the stage, or [`TOTAL`].
    pub name: String,
    /// Pairs of which both runs succeeded.
    pub pairs: u64,
    /// Median without recording.
    pub untraced_median_ns: u64,
    /// Median with recording.
    pub traced_median_ns: u64,
    /// Median of what recording added within a pair.
    pub added_ns: i64,
    /// Bootstrap interval of that.
    pub added_interval: IntervalNs,
    /// `added_ns` in parts per million of `untraced_median_ns`.
    pub added_ppm: i64,
    /// Whether the interval excludes 0: the cost is more than noise.
    pub significant: bool,
}

/// The plan of a matrix on this host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanReport {
    /// [`BENCH_REPORT_SCHEMA_VERSION`].
    pub schema: u32,
    /// Title of the matrix.
    pub title: String,
    /// The mode of each run.
    pub mode: BenchMode,
    /// Measured runs of each cell.
    pub runs: u32,
    /// Runs of each cell that are not measured.
    pub warmups: u32,
    /// Seed of the order of runs.
    pub seed: u64,
    /// State of the page cache in which runs begin.
    pub cache: String,
    /// The machine.
    pub host: Host,
    /// Cells that would be run, in the order of the matrix.
    pub cells: Vec<PlanCell>,
    /// Cells that cannot be run.
    pub impossible: Vec<ImpossibleCell>,
    /// Cells that the matrix leaves out.
    pub excluded: u64,
    /// How long all that is left is likely to take.
    pub estimate_ns: u64,
}

/// A cell that would be run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanCell {
    /// Which.
    #[serde(flatten)]
    pub cell: Cell,
    /// Runs that are over already, of those that would be measured.
    pub done: u64,
    /// Runs that are left to do, warm-ups included.
    pub left: u64,
    /// How long those are likely to take.
    pub estimate_ns: u64,
}

/// The name by which a selector matches the workload, beside the axes.
pub const WORKLOAD: &str = "workload";

/// A cell of a question's matrix, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedCell {
    /// Its configuration.
    pub configuration: String,
    /// Its workload.
    pub workload: String,
    /// Its value of every axis, and the workload.
    pub axes: BTreeMap<String, String>,
}

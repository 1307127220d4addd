//! Reasons to doubt a verdict about the study.

use serde::{Deserialize, Serialize};

/// Runs below which bootstrap intervals come out too narrow.
pub const FEW_RUNS: u64 = 10;

/// A circumstance that makes verdicts doubtful, or a difference to the study that explains some.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum StudyNotice {
    /// A bench is not finished.
    Unfinished {
        /// Its directory.
        bench: String,
    },
    /// Runs were recorded, which costs time.
    Traced {
        /// Directory of the bench.
        bench: String,
    },
    /// Runs failed. They are in no figure.
    FailedRuns {
        /// How many.
        runs: u64,
        /// Of how many cells.
        cells: u64,
    },
    /// Cells with fewer than [`FEW_RUNS`] runs.
    FewRuns {
        /// How many cells.
        cells: u64,
    },
    /// Orderings whose sides are from two benches, so that what drifted between them is in the ratio.
    AcrossBenches {
        /// How many.
        orderings: u64,
    },
    /// Cells without a label of the study, whose names were taken from their configurations.
    Derived {
        /// How many.
        cells: u64,
    },
    /// Cells without the bridge that the study's containers had.
    OtherNetwork {
        /// How many.
        cells: u64,
    },
    /// Cells whose image is made of the host's files, and stands for one of the study's.
    StandInImage {
        /// How many.
        cells: u64,
    },
    /// Runs with something that was not as asked for.
    Warned {
        /// How many.
        runs: u64,
        /// The most frequent message.
        most_frequent: String,
    },
    /// Orderings in which overlayfs or aufs takes part along the axis storage, on a kernel in which
    /// overlayfs stacks file operations.
    StackedOverlay {
        /// The kernel.
        kernel: String,
        /// How many.
        orderings: u64,
    },
}

impl StudyNotice {
    /// The names of all kinds.
    pub const KINDS: &'static [&'static str] = &[
        "unfinished",
        "traced",
        "failed-runs",
        "few-runs",
        "across-benches",
        "derived",
        "other-network",
        "stand-in-image",
        "warned",
        "stacked-overlay",
    ];

    /// The sentence for a reader.
    pub fn sentence(&self) -> String {
        match self {
            Self::Unfinished { bench } => format!("{bench} is not finished"),
            Self::Traced { bench } => {
                format!("the runs of {bench} were recorded, which costs time; --untraced does not")
            }
            Self::FailedRuns { runs, cells } => {
                format!(
                    "failed: {} of {}; they are in no figure",
                    counted(*runs, "run"),
                    counted(*cells, "cell")
                )
            }
            Self::FewRuns { cells } => format!(
                "fewer than {FEW_RUNS} runs: {}; intervals of so few are too narrow",
                counted(*cells, "cell")
            ),
            Self::AcrossBenches { orderings } => format!(
                "sides from two benches: {}; any drift between them is in the ratio",
                counted(*orderings, "ordering")
            ),
            Self::Derived { cells } => format!(
                "without a label of the study: {}; their names there are derived from their configurations",
                counted(*cells, "cell")
            ),
            Self::OtherNetwork { cells } => {
                format!(
                    "without a bridge, which the study's containers had: {}",
                    counted(*cells, "cell")
                )
            }
            Self::StandInImage { cells } => format!(
                "images made of the host's files stand for alpine and centos: {}; theirs are of other sizes, so that creates which copy the image say little along the axis image, or against those that do not copy it",
                counted(*cells, "cell")
            ),
            Self::Warned {
                runs,
                most_frequent,
            } => {
                format!(
                    "not as asked for: {}; most often: {most_frequent}",
                    counted(*runs, "run")
                )
            }
            Self::StackedOverlay { kernel, orderings } => format!(
                "overlayfs stacks file operations since Linux 4.19, as aufs always did; before, reads and writes went straight to the file below. Here the kernel is {kernel}; {} of overlay or aufs may differ for that alone",
                counted(*orderings, "ordering")
            ),
        }
    }
}

/// `1 run`, `2 runs`.
fn counted(count: u64, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

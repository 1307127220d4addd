//! What is asked, and why there may be no answer.

use std::fmt;

use super::selector::Change;

/// What is asked of a recording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// What is changed; nothing ranks candidates.
    pub changes: Vec<Change>,
    /// The one stage that is replayed; nothing for all.
    pub stage: Option<String>,
    /// The run, from 1; nothing for the one of median length, or the whole of a traced command.
    pub run: Option<usize>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such run.
    NoRun {
        /// How many there are.
        runs: usize,
    },
    /// There is no such stage.
    NoStage {
        /// Those that there are.
        stages: Vec<String>,
    },
    /// The thread that a stage's end belongs to is not in the recording.
    NoEnd {
        /// The stage.
        stage: String,
    },
    /// The replay without changes does not end at the recorded end.
    Drift {
        /// The stage.
        stage: String,
        /// By how much it misses it, in nanoseconds.
        drift_ns: u64,
    },
    /// A selector names nothing.
    Unmatched {
        /// The selector.
        selector: String,
        /// Its first key of whose value there is nothing that has the values before it.
        key: &'static str,
        /// The values of that key that there are with the values before it.
        values: Vec<String>,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRun { runs } => write!(f, "the recording has {runs} runs, from 1"),
            Self::NoStage { stages } => {
                write!(f, "no such stage; there are: {}", stages.join(", "))
            }
            Self::NoEnd { stage } => write!(
                f,
                "{stage}: the thread that ended it is not in the recording, so it cannot be replayed"
            ),
            Self::Drift { stage, drift_ns } => write!(
                f,
                "{stage}: replayed without changes it ends {drift_ns} ns from where it did; what it would do with changes cannot be told"
            ),
            Self::Unmatched {
                selector,
                key,
                values,
            } if values.is_empty() => {
                write!(
                    f,
                    "{selector} names nothing that the end depends on; there is no {key}"
                )
            }
            Self::Unmatched {
                selector,
                key,
                values,
            } => write!(
                f,
                "{selector} names nothing that the end depends on; of {key} there are: {}",
                values.join(", ")
            ),
        }
    }
}

impl std::error::Error for Refusal {}

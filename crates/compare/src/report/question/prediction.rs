//! Replays of one side as predictions of the other, beside its measured times.

use serde::Serialize;

use analysis::statistics::median;
use analysis::what_if::answer::Times;
use analysis::what_if::selector::Change;

/// A prediction holds within this part of what was measured, one in so many, ...
const ONE_IN: u64 = 10;
/// ... or within this time.
const WITHIN_NS: u64 = 1_000_000;

/// Medians over runs, in nanoseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Predicted {
    /// How long `a` took.
    pub recorded_ns: u64,
    /// How long it would have taken without what `b` lacks.
    pub predicted_ns: u64,
    /// How long `b` took.
    pub measured_ns: u64,
    /// Whether the prediction is within a tenth, or 1 ms, of what was measured.
    pub holds: bool,
}

/// What is changed, and what comes of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Prediction {
    /// The selectors of the time that `b` is said not to take.
    pub selectors: Vec<String>,
    /// The figures; null if `a` cannot be replayed.
    pub predicted: Option<Predicted>,
    /// Why it cannot; empty if it can.
    pub refusal: String,
}

impl Prediction {
    /// By the replayed runs of `a`, and how long the runs of `b` took, in nanoseconds.
    pub fn of(changes: &[Change], replayed: &[Times], measured_ns: &[u64]) -> Self {
        let recorded = replayed.iter().map(|times| times.recorded_ns);
        let predicted = replayed.iter().map(|times| times.replayed_ns);
        let measured = measured_ns.iter().copied();
        let (Some(recorded_ns), Some(predicted_ns), Some(measured_ns)) = (
            median_ns(recorded),
            median_ns(predicted),
            median_ns(measured),
        ) else {
            return Self::refused(changes, "one side has no run with these stages");
        };
        let error_ns = predicted_ns.abs_diff(measured_ns);
        Self {
            predicted: Some(Predicted {
                recorded_ns,
                predicted_ns,
                measured_ns,
                holds: error_ns <= WITHIN_NS.max(measured_ns / ONE_IN),
            }),
            ..Self::refused(changes, "")
        }
    }

    /// Where `a` cannot be replayed.
    pub fn refused(changes: &[Change], why: &str) -> Self {
        Self {
            selectors: changes.iter().map(Change::to_string).collect(),
            predicted: None,
            refusal: why.to_owned(),
        }
    }
}

fn median_ns(values_ns: impl Iterator<Item = u64>) -> Option<u64> {
    let values: Vec<f64> = values_ns.map(|value_ns| value_ns as f64).collect();
    median(&values).map(|value| value.round() as u64)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn times(recorded_ns: u64, replayed_ns: u64) -> Times {
        Times {
            recorded_ns,
            replayed_ns,
            saving_ns: 0,
        }
    }

    #[test]
    fn a_prediction_holds_within_a_tenth_or_a_millisecond() {
        const MS: u64 = 1_000_000;
        for (predicted_ms, measured_ms, holds) in [
            (100, 109, true),
            (100, 130, false),
            (5, 4, true),
            (5, 3, false),
        ] {
            let replayed = [times(200 * MS, predicted_ms * MS)];
            let prediction = Prediction::of(&[], &replayed, &[measured_ms * MS]);
            let predicted = prediction.predicted.unwrap();
            assert_eq!(predicted.holds, holds, "{predicted_ms} {measured_ms}");
        }
    }

    #[test]
    fn without_runs_there_is_none() {
        let changes = [Change::parse("phase:network").unwrap()];
        let prediction = Prediction::of(&changes, &[], &[1]);
        assert_eq!(prediction.predicted, None);
        assert_eq!(prediction.selectors, ["phase:network"]);
        assert!(!prediction.refusal.is_empty());
    }
}

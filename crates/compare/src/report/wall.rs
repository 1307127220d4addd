//! Wall times of two sides, and how sure their difference is.

use serde::{Deserialize, Serialize};

/// How long both sides took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WallDifference {
    /// Of `a`; nothing if none of its runs has it.
    pub a: Option<Wall>,
    /// Of `b`.
    pub b: Option<Wall>,
    /// Difference of the means: the gap.
    pub difference: Change,
    /// Mean of `b` over mean of `a`; nothing where `a` took no time or has none.
    pub ratio: Option<Ratio>,
    /// Whether the difference is more than noise.
    pub verdict: Verdict,
}

/// Wall times of the runs of one side, nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wall {
    /// How many runs.
    pub runs: u64,
    /// Arithmetic mean, rounded to the nearest.
    pub mean_ns: u64,
    /// Median.
    pub median_ns: u64,
    /// The shortest.
    pub min_ns: u64,
    /// Lower quartile.
    pub p25_ns: u64,
    /// Upper quartile.
    pub p75_ns: u64,
    /// The longest.
    pub max_ns: u64,
}

/// A difference of means over runs, and how sure it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Mean of `b` less mean of `a`.
    pub value_ns: i64,
    /// Ends of its 95 % confidence interval, where it was worked out.
    pub low_ns: Option<i64>,
    /// The upper end.
    pub high_ns: Option<i64>,
}

impl Change {
    /// Whether there is an interval, and 0 lies outside it.
    pub fn is_significant(&self) -> bool {
        match (self.low_ns, self.high_ns) {
            (Some(low_ns), Some(high_ns)) => low_ns > 0 || high_ns < 0,
            (None, _) | (_, None) => false,
        }
    }
}

/// A ratio of means over runs, in millionths, and how sure it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ratio {
    /// Mean of `b` over mean of `a`.
    pub value_ppm: u64,
    /// Ends of its 95 % confidence interval, where it was worked out.
    pub low_ppm: Option<u64>,
    /// The upper end.
    pub high_ppm: Option<u64>,
}

/// Whether a difference is more than noise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// `b` takes longer.
    Slower,
    /// `b` takes less time.
    Faster,
    /// The interval of the difference holds 0.
    Noise,
    /// Too few runs to tell.
    TooFewRuns,
    /// Only one side has it.
    OneSided,
}

impl Verdict {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Slower,
        Self::Faster,
        Self::Noise,
        Self::TooFewRuns,
        Self::OneSided,
    ];

    /// The stable name, used in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Slower => "slower",
            Self::Faster => "faster",
            Self::Noise => "noise",
            Self::TooFewRuns => "too-few-runs",
            Self::OneSided => "one-sided",
        }
    }
}

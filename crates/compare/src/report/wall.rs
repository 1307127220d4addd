//! Wall times of two sides, and how sure their difference is.

use serde::{Deserialize, Serialize};

/// How long both sides took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "wall_difference"))]
pub struct WallDifference {
    /// Wall times of `a`; null if it has no runs.
    pub a: Option<Wall>,
    /// Wall times of `b`; null if it has no runs.
    pub b: Option<Wall>,
    /// Difference of the means: the gap.
    pub difference: Change,
    /// Mean of `b` over mean of `a`; null where `a` took no time or a side has no runs.
    pub ratio: Option<Ratio>,
    /// Whether the difference is more than noise.
    pub verdict: Verdict,
}

/// Wall times of the runs of one side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "wall"))]
pub struct Wall {
    /// How many runs.
    pub runs: u64,
    /// Arithmetic mean, rounded to the nearest nanosecond.
    pub mean_ns: u64,
    /// Median, in nanoseconds.
    pub median_ns: u64,
    /// The shortest, in nanoseconds.
    pub min_ns: u64,
    /// Lower quartile, in nanoseconds.
    pub p25_ns: u64,
    /// Upper quartile, in nanoseconds.
    pub p75_ns: u64,
    /// The longest, in nanoseconds.
    pub max_ns: u64,
}

/// A difference of means over runs, and how sure it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "change"))]
pub struct Change {
    /// Mean of `b` less mean of `a`, in nanoseconds.
    pub value_ns: i64,
    /// Lower end of its 95 % confidence interval, in nanoseconds; null where none was worked out.
    pub low_ns: Option<i64>,
    /// Upper end of that interval, in nanoseconds; null where none was worked out.
    pub high_ns: Option<i64>,
}

impl std::iter::Sum for Change {
    /// The sum of differences. Its interval is the sum of their intervals, which is never narrower
    /// than that of the sum. A difference that is too small for an interval of its own
    /// (`gap::WEIGHTY_PPM`) counts with its value; where none has an interval, as with a single
    /// run, the sum has none.
    fn sum<I: Iterator<Item = Self>>(changes: I) -> Self {
        let add = |end: Option<i64>, other: Option<i64>| Some(end.unwrap_or(0) + other?);
        let mut sum = Self::default();
        // The sum of changes without an interval, which shifts both ends of the interval.
        let mut certain_ns = 0;
        for change in changes {
            sum.value_ns += change.value_ns;
            match (change.low_ns, change.high_ns) {
                (Some(_), Some(_)) => {
                    sum.low_ns = add(sum.low_ns, change.low_ns);
                    sum.high_ns = add(sum.high_ns, change.high_ns);
                }
                (None, _) | (_, None) => certain_ns += change.value_ns,
            }
        }
        sum.low_ns = sum.low_ns.map(|low_ns| low_ns + certain_ns);
        sum.high_ns = sum.high_ns.map(|high_ns| high_ns + certain_ns);
        sum
    }
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

/// A ratio of means over runs, and how sure it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "ratio"))]
pub struct Ratio {
    /// Mean of `b` over mean of `a`, in millionths.
    pub value_ppm: u64,
    /// Lower end of its 95 % confidence interval, in millionths; null where none was worked out.
    pub low_ppm: Option<u64>,
    /// Upper end of that interval, in millionths; null where none was worked out.
    pub high_ppm: Option<u64>,
}

/// Whether a difference is more than noise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "verdict"))]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// `b` takes longer, by more than noise.
    Slower,
    /// `b` takes less time, by more than noise.
    Faster,
    /// The interval of the difference holds 0.
    Noise,
    /// A single run on a side: too few to tell.
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

#[cfg(test)]
mod tests {
    use super::*;

    const fn change(value_ns: i64, ends: Option<(i64, i64)>) -> Change {
        let (low_ns, high_ns) = match ends {
            Some((low_ns, high_ns)) => (Some(low_ns), Some(high_ns)),
            None => (None, None),
        };
        Change {
            value_ns,
            low_ns,
            high_ns,
        }
    }

    #[test]
    fn intervals_add_up_and_small_differences_count_with_their_value() {
        let sum = [
            change(10, Some((5, 15))),
            change(1, None),
            change(-4, Some((-6, -2))),
        ];
        assert_eq!(sum.into_iter().sum::<Change>(), change(7, Some((0, 14))));
    }

    #[test]
    fn differences_without_intervals_are_not_made_certain_by_adding_them() {
        let sum = [change(10, None), change(20, None)];
        assert_eq!(sum.into_iter().sum::<Change>(), change(30, None));
        assert_eq!([].into_iter().sum::<Change>(), Change::default());
    }
}

//! Percentile bootstrap intervals: Efron and Tibshirani, An Introduction to the Bootstrap (1993),
//! chapter 13. A sample stands for what it was drawn from; drawn from again and again, with
//! replacement, it shows how much a statistic of it varies.
//!
//! Of fewer than about ten values the intervals come out too narrow: the sample has not shown its
//! tails yet. Whoever prints an interval says of how many runs it is; whoever concludes from one of fewer
//! than five takes it [of few](Interval::of_few).

use serde::{Deserialize, Serialize};

use super::quantile_of_sorted;
use setup::random::Random;

/// The parameters of bootstrap intervals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bootstrap {
    /// Number of resamples.
    pub resamples: usize,
    /// How often an interval is to hold the true value, between 0 and 1.
    pub confidence: f64,
    /// Seed of the draws: the same one gives the same interval.
    pub seed: u64,
}

impl Default for Bootstrap {
    /// 95 % intervals of 2000 resamples, from a fixed seed.
    fn default() -> Self {
        Self {
            resamples: 2_000,
            confidence: 0.95,
            seed: 0x0c72_7072_6f66,
        }
    }
}

/// An interval, in the unit of the statistic.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// For 2, 3 and 4 values: the 97.5 % quantile of Student's distribution of one degree of freedom less, over
/// the normal distribution's, times sqrt(n / (n - 1)).
const FEW: [f64; 3] = [
    12.706_2 / 1.959_96 * std::f64::consts::SQRT_2,
    4.302_7 / 1.959_96 * 1.224_74,
    3.182_4 / 1.959_96 * 1.154_7,
];

impl Interval {
    /// Whether `value` lies in it, ends included. An interval of a difference that holds 0 is no
    /// evidence of one.
    pub fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// The interval of a statistic that is `value` in samples of which the smaller has so few values: its ends
    /// as much farther from `value` as a 95 % interval by Student's distribution and the unbiased variance is
    /// wider than one by the normal distribution and the sample's own (the expanded interval of Hesterberg,
    /// What Teachers Should Know About the Bootstrap, 2015). Of five values or more it is left as it is.
    #[must_use]
    pub fn of_few(self, value: f64, values: usize) -> Self {
        let factor = values
            .checked_sub(2)
            .and_then(|index| FEW.get(index))
            .map_or(1.0, |factor| *factor);
        Self {
            low: value - (value - self.low) * factor,
            high: value + (self.high - value) * factor,
        }
    }
}

impl Bootstrap {
    /// The interval of a statistic of one sample. `None` without values, or where the statistic
    /// has none for most resamples.
    ///
    /// For what was measured in pairs, give the differences within the pairs.
    pub fn interval(
        &self,
        values: &[f64],
        statistic: impl Fn(&[f64]) -> Option<f64>,
    ) -> Option<Interval> {
        self.two_samples(values, &[0.0], |values, _| statistic(values))
    }

    /// The interval of `statistic(b) - statistic(a)` of two samples that were drawn apart from one
    /// another.
    pub fn difference(
        &self,
        a: &[f64],
        b: &[f64],
        statistic: impl Fn(&[f64]) -> Option<f64>,
    ) -> Option<Interval> {
        self.two_samples(a, b, |a, b| Some(statistic(b)? - statistic(a)?))
    }

    /// The interval of `statistic(b) / statistic(a)` of two samples that were drawn apart from one
    /// another.
    pub fn ratio(
        &self,
        a: &[f64],
        b: &[f64],
        statistic: impl Fn(&[f64]) -> Option<f64>,
    ) -> Option<Interval> {
        self.two_samples(a, b, |a, b| {
            let ratio = statistic(b)? / statistic(a)?;
            ratio.is_finite().then_some(ratio)
        })
    }

    /// The interval of any statistic of two samples that were drawn apart from one another.
    /// `None` if one has no values, or the statistic has none for most resamples.
    pub fn two_samples(
        &self,
        a: &[f64],
        b: &[f64],
        statistic: impl Fn(&[f64], &[f64]) -> Option<f64>,
    ) -> Option<Interval> {
        if a.is_empty() || b.is_empty() {
            return None;
        }
        let mut random = Random::new(self.seed);
        let (mut drawn_a, mut drawn_b) = (a.to_vec(), b.to_vec());
        let statistics = (0..self.resamples).filter_map(|_| {
            draw(&mut random, a, &mut drawn_a);
            draw(&mut random, b, &mut drawn_b);
            statistic(&drawn_a, &drawn_b)
        });
        self.between(statistics.collect())
    }

    /// A statistic of each resample of one sample, in the order in which they were drawn. Whoever
    /// compares a sample with many others draws it once, each from a seed of its own (two samples from
    /// the same seed would be drawn alike), and gives what comes of each draw to
    /// [`Bootstrap::between`]. Empty where the statistic has no value for a resample.
    pub fn draws(&self, values: &[f64], statistic: impl Fn(&[f64]) -> Option<f64>) -> Vec<f64> {
        let mut random = Random::new(self.seed);
        let mut drawn = values.to_vec();
        let statistics = (0..self.resamples).map(|_| {
            draw(&mut random, values, &mut drawn);
            statistic(&drawn)
        });
        statistics.collect::<Option<_>>().unwrap_or_default()
    }

    /// The interval between the tails of what came of all resamples. `None` if that is nothing for
    /// most of them.
    pub fn between(&self, mut statistics: Vec<f64>) -> Option<Interval> {
        if statistics.len() * 2 <= self.resamples {
            return None;
        }
        statistics.sort_unstable_by(f64::total_cmp);
        let tail = (1.0 - self.confidence) / 2.0;
        Some(Interval {
            low: quantile_of_sorted(&statistics, tail)?,
            high: quantile_of_sorted(&statistics, 1.0 - tail)?,
        })
    }
}

/// Fills `drawn` from `values`, with replacement. A sample of one is drawn without asking.
fn draw(random: &mut Random, values: &[f64], drawn: &mut [f64]) {
    if values.len() == 1 {
        return;
    }
    for slot in drawn {
        *slot = values[random.below(values.len())];
    }
}

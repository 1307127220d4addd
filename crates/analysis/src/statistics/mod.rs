//! Statistics of repeated measurements: what is typical, how far they spread, and how sure one can
//! be of it.
//!
//! Pure functions over values in any one unit; a sample without values has no statistic, and
//! that is `None`, never 0. Nothing here assumes that times are distributed normally: they are not.
//!
//! - [`median`], [`quantile`], [`mean`], [`mean_of_best`]: figures of one sample.
//! - [`BoxPlot`]: the five figures of a box plot, and the values outside its whiskers.
//! - [`bootstrap`]: confidence intervals.
//! - [`random`]: the generator that makes the same choices for the same seed.

pub mod bootstrap;
mod box_plot;

pub use bootstrap::{Bootstrap, Interval};
pub use box_plot::BoxPlot;

/// The middle value, or the mean of the middle two.
pub fn median(values: &[f64]) -> Option<f64> {
    quantile(values, 0.5)
}

/// The value below which the share `probability` of the values lies, between two of them in
/// proportion: definition 7 of Hyndman and Fan (1996), which is also R's and NumPy's.
/// A probability outside 0 to 1 counts as the nearer of the two.
pub fn quantile(values: &[f64], probability: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    quantile_of_sorted(&sorted, probability)
}

/// [`quantile`] of values that are in ascending order already.
pub fn quantile_of_sorted(sorted: &[f64], probability: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let position = probability.clamp(0.0, 1.0) * last as f64;
    let below = position.floor();
    let low = *sorted.get(below as usize)?;
    let high = *sorted.get((below as usize + 1).min(last))?;
    // Never beyond the two, which rounding could otherwise bring about.
    Some((low + (high - low) * (position - below)).clamp(low, high))
}

/// The arithmetic mean.
pub fn mean(values: &[f64]) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    Some(values.iter().sum::<f64>() / values.len() as f64)
}

/// Standard deviation of a sample, from its mean (n - 1); nothing of fewer than two values.
pub fn standard_deviation(values: &[f64]) -> Option<f64> {
    let mean = mean(values)?;
    let others = values.len().checked_sub(1).filter(|&others| others > 0)?;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    Some((squares / others as f64).sqrt())
}

/// The mean of the `best` lowest values, or of all where there are fewer.
///
/// A study of container configurations reported the mean of the best 15 of 20 runs; see
/// [`best_count`].
pub fn mean_of_best(values: &[f64], best: usize) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    mean(sorted.get(..best.min(sorted.len()))?)
}

/// How many of `runs` values the mean of the best is taken of: three quarters, rounded up. Of 20
/// that is the study's 15.
pub fn best_count(runs: usize) -> usize {
    runs - runs / 4
}

#[cfg(test)]
mod tests;

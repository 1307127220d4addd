//! The figures of a box plot.

use serde::{Deserialize, Serialize};

use super::quantile_of_sorted;

/// How far a whisker reaches at most beyond its quartile, in distances between the quartiles
/// (Tukey, Exploratory Data Analysis, 1977).
const WHISKER_REACH: f64 = 1.5;

/// A box plot after Tukey: quartiles after [`super::quantile`], whiskers at the furthest values
/// within one and a half distances between the quartiles, and all values beyond them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BoxPlot {
    /// The lowest value.
    pub min: f64,
    /// The lowest value that is no outlier.
    pub low_whisker: f64,
    /// A quarter of the values lies below.
    pub p25: f64,
    /// Half of the values lies below.
    pub median: f64,
    /// Three quarters of the values lie below.
    pub p75: f64,
    /// The highest value that is no outlier.
    pub high_whisker: f64,
    /// The highest value.
    pub max: f64,
    /// The values beyond the whiskers, in ascending order.
    pub outliers: Vec<f64>,
}

impl BoxPlot {
    /// The box plot of a sample; none without values.
    pub fn new(values: &[f64]) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let (&min, &max) = (sorted.first()?, sorted.last()?);
        let [p25, median, p75] =
            [0.25, 0.5, 0.75].map(|probability| quantile_of_sorted(&sorted, probability));
        let (p25, median, p75) = (p25?, median?, p75?);
        let reach = (p75 - p25) * WHISKER_REACH;
        let is_inside = |value: &f64| (p25 - reach..=p75 + reach).contains(value);
        Some(Self {
            min,
            // A quartile between two distant values may have none of them within its reach.
            low_whisker: sorted
                .iter()
                .copied()
                .find(is_inside)
                .unwrap_or(p25)
                .min(p25),
            p25,
            median,
            p75,
            high_whisker: sorted
                .iter()
                .copied()
                .rev()
                .find(is_inside)
                .unwrap_or(p75)
                .max(p75),
            max,
            outliers: sorted
                .iter()
                .copied()
                .filter(|value| !is_inside(value))
                .collect(),
        })
    }
}

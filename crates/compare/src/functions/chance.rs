//! Probabilities of differences by chance.

use analysis::statistics;

/// The variance of the mean of some counts: of that between them, but at least `floor`, which is
/// that of one count at random with this mean. `None` without counts.
pub(super) fn variance_of_mean(counts: &[f64], floor: f64) -> Option<f64> {
    let mean = statistics::mean(counts)?;
    let squares: f64 = counts.iter().map(|count| (count - mean).powi(2)).sum();
    let freedom = (counts.len() - 1) as f64;
    let variance = if freedom > 0.0 {
        squares / freedom
    } else {
        0.0
    };
    Some(variance.max(floor) / counts.len() as f64)
}

/// The probability of a standard normal value as far from 0 as `z`, or farther.
pub(super) fn two_sided(z: f64) -> f64 {
    complementary_error(z.abs() / std::f64::consts::SQRT_2)
}

/// The complementary error function of `x` from 0 on, within 1.5e-7: Abramowitz and Stegun,
/// Handbook of Mathematical Functions (1964), 7.1.26.
fn complementary_error(x: f64) -> f64 {
    const FACTORS: [f64; 5] = [
        0.254_829_592,
        -0.284_496_736,
        1.421_413_741,
        -1.453_152_027,
        1.061_405_429,
    ];
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let polynomial = FACTORS
        .iter()
        .rev()
        .fold(0.0, |sum, factor| (sum + factor) * t);
    (polynomial * (-x * x).exp()).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_are_those_of_tables() {
        for (z, expected) in [
            (0.0, 1.0),
            (1.0, 0.317_311),
            (1.959_964, 0.05),
            (3.0, 0.002_700),
        ] {
            for z in [z, -z] {
                let found = two_sided(z);
                assert!((found - expected).abs() < 1e-6, "{z}: {found}");
            }
        }
    }

    #[test]
    fn the_variance_is_at_least_that_of_counts_at_random() {
        assert_eq!(variance_of_mean(&[4.0, 4.0, 4.0, 4.0], 4.0), Some(1.0));
        assert_eq!(variance_of_mean(&[0.0, 8.0], 4.0), Some(16.0));
        assert_eq!(variance_of_mean(&[3.0], 2.0), Some(2.0));
        assert_eq!(variance_of_mean(&[], 2.0), None);
    }
}

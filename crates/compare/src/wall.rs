//! Wall times of a stage on both sides, their difference, and whether it is more than noise.
//!
//! The difference is that of the means, since that is what the parts add up to. Its interval is a
//! percentile bootstrap over runs, from a fixed seed: the same recordings give the same figures. Of few
//! runs it is widened ([`Interval::of_few`]), for it comes out too narrow. A difference is more than noise if
//! its 95 % interval does not hold 0; of a single run nothing can be said.

use super::effects;
use crate::report::{Change, Ratio, Verdict, Wall, WallDifference};
use analysis::apportion::mean;
use analysis::profile::StageProfile;
use analysis::statistics::{self, Bootstrap, BoxPlot, Interval};

/// The wall times of all runs of a stage, nanoseconds.
pub fn walls(stage: &StageProfile) -> Vec<u64> {
    stage.runs.iter().map(|run| run.wall_ns).collect()
}

/// The wall times of both sides, and their difference. A side without runs counts as 0 in it.
pub fn difference(a: &[u64], b: &[u64]) -> WallDifference {
    let sides = [wall(a), wall(b)];
    let [mean_a_ns, mean_b_ns] = sides.map(|side| side.map_or(0, |wall| wall.mean_ns));
    let value_ns = effects::difference(mean_a_ns, mean_b_ns);
    let (a_values, b_values) = (floats(a), floats(b));
    let change = change(value_ns, &a_values, &b_values);
    let [a, b] = sides;
    WallDifference {
        a,
        b,
        difference: change,
        ratio: (a.is_some() && b.is_some())
            .then(|| ratio(mean_a_ns, mean_b_ns, &a_values, &b_values))
            .flatten(),
        verdict: verdict(a_values.len() as u64, b_values.len() as u64, &change),
    }
}

/// A difference of means that is `value_ns`, with the interval over the runs of both sides.
pub fn change(value_ns: i64, a: &[f64], b: &[f64]) -> Change {
    let interval = has_interval(a, b)
        .then(|| Bootstrap::default().difference(a, b, statistics::mean))
        .flatten()
        .map(|interval| interval.of_few(value_ns as f64, fewest(a, b)));
    Change {
        value_ns,
        low_ns: interval.map(|interval| interval.low.round() as i64),
        high_ns: interval.map(|interval| interval.high.round() as i64),
    }
}

/// Values as the statistics take them.
pub fn floats(values: &[u64]) -> Vec<f64> {
    values.iter().map(|&value| value as f64).collect()
}

/// An interval of one value says nothing.
fn has_interval(a: &[f64], b: &[f64]) -> bool {
    a.len() > 1 && b.len() > 1
}

/// The number of values of the smaller of two samples.
fn fewest(a: &[f64], b: &[f64]) -> usize {
    a.len().min(b.len())
}

fn ratio(mean_a_ns: u64, mean_b_ns: u64, a: &[f64], b: &[f64]) -> Option<Ratio> {
    let value_ppm = mean(u128::from(mean_b_ns) * 1_000_000, mean_a_ns);
    let interval = has_interval(a, b)
        .then(|| Bootstrap::default().ratio(a, b, statistics::mean))
        .flatten()
        .map(|interval| interval.of_few(value_ppm as f64 / 1e6, fewest(a, b)));
    // Below 0 an interval of a ratio ends at 0.
    let ppm = |end: fn(Interval) -> f64| interval.map(|found| (end(found) * 1e6).round() as u64);
    (mean_a_ns > 0).then(|| Ratio {
        value_ppm,
        low_ppm: ppm(|interval| interval.low),
        high_ppm: ppm(|interval| interval.high),
    })
}

fn verdict(runs_a: u64, runs_b: u64, change: &Change) -> Verdict {
    match (runs_a.min(runs_b), change.value_ns) {
        (0, _) => Verdict::OneSided,
        (1, _) => Verdict::TooFewRuns,
        _ if !change.is_significant() => Verdict::Noise,
        (_, value_ns) if value_ns > 0 => Verdict::Slower,
        _ => Verdict::Faster,
    }
}

fn wall(walls_ns: &[u64]) -> Option<Wall> {
    let plot = BoxPlot::new(&floats(walls_ns))?;
    let sum = walls_ns.iter().map(|&wall_ns| u128::from(wall_ns)).sum();
    let rounded = |value: f64| value.round() as u64;
    Some(Wall {
        runs: walls_ns.len() as u64,
        mean_ns: mean(sum, walls_ns.len() as u64),
        median_ns: rounded(plot.median),
        min_ns: rounded(plot.min),
        p25_ns: rounded(plot.p25),
        p75_ns: rounded(plot.p75),
        max_ns: rounded(plot.max),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Wall times around a value, in nanoseconds.
    fn around(center_ns: u64, runs: u64) -> Vec<u64> {
        (0..runs).map(|run| center_ns + run * 1_000).collect()
    }

    #[test]
    fn a_clear_difference_is_named_with_its_direction() {
        let (short, long) = (around(1_000_000, 10), around(2_000_000, 10));
        let found = difference(&short, &long);
        assert_eq!(found.verdict, Verdict::Slower);
        assert_eq!(found.difference.value_ns, 1_000_000);
        let ratio_ppm = found.ratio.map(|ratio| ratio.value_ppm);
        assert_eq!(ratio_ppm, Some(1_995_520));
        assert_eq!(difference(&long, &short).verdict, Verdict::Faster);
    }

    #[test]
    fn the_same_is_noise() {
        let found = difference(&around(1_000_000, 10), &around(1_000_100, 10));
        assert_eq!(found.verdict, Verdict::Noise);
        assert!(!found.difference.is_significant());
    }

    #[test]
    fn a_single_run_gives_figures_but_no_verdict() {
        let found = difference(&[10], &[30]);
        assert_eq!(found.verdict, Verdict::TooFewRuns);
        assert_eq!(
            (found.difference.value_ns, found.difference.low_ns),
            (20, None)
        );
    }

    #[test]
    fn few_runs_widen_the_interval_but_do_not_forbid_a_verdict() {
        // Of three runs; a bootstrap by itself would end at 1.995 ms.
        let (short, long) = (
            [1_000_000, 1_010_000, 1_020_000],
            [3_000_000, 3_010_000, 3_020_000],
        );
        let found = difference(&short, &long);
        assert_eq!(found.verdict, Verdict::Slower);
        assert!(found.difference.low_ns < Some(1_990_000), "{found:?}");
        assert!(found.difference.low_ns > Some(1_900_000), "{found:?}");
        let (far, farther) = ([1_000_000, 2_000_000], [2_000_000, 3_500_000]);
        assert_eq!(difference(&far, &farther).verdict, Verdict::Noise);
    }

    #[test]
    fn a_stage_of_one_side_is_said_to_be() {
        let found = difference(&[], &[30, 30]);
        assert_eq!(found.verdict, Verdict::OneSided);
        assert_eq!((found.a, found.ratio), (None, None));
        assert_eq!(found.difference.value_ns, 30);
    }

    #[test]
    fn the_same_runs_give_the_same_interval() {
        let (a, b) = (around(900_000, 7), around(1_000_000, 9));
        assert_eq!(difference(&a, &b), difference(&a, &b));
    }
}

use proptest::prelude::*;

use super::*;
use setup::random::Random;

/// Irwin-Hall: the sum of twelve uniform numbers less six is close to a standard normal one.
fn normal(random: &mut Random, mean: f64, deviation: f64) -> f64 {
    let sum: f64 = (0..12)
        .map(|_| random.next_u64() as f64 / u64::MAX as f64)
        .sum();
    mean + (sum - 6.0) * deviation
}

fn sample(random: &mut Random, runs: usize, mean: f64) -> Vec<f64> {
    (0..runs).map(|_| normal(random, mean, 1.0)).collect()
}

#[test]
fn quantiles_are_those_of_definition_seven() {
    // numpy.quantile([15, 20, 35, 40, 50], [.05, .3, .4, .5, 1])
    let values = [50.0, 15.0, 40.0, 20.0, 35.0];
    for (probability, expected) in [
        (0.05, 16.0),
        (0.3, 23.0),
        (0.4, 29.0),
        (0.5, 35.0),
        (1.0, 50.0),
    ] {
        let found = quantile(&values, probability).unwrap_or(f64::NAN);
        assert!((found - expected).abs() < 1e-9, "{probability}: {found}");
    }
    assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), Some(2.5));
}

#[test]
fn nothing_has_no_statistic() {
    assert_eq!(median(&[]), None);
    assert_eq!(mean(&[]), None);
    assert_eq!(mean_of_best(&[], 15), None);
    assert_eq!(mean_of_best(&[1.0], 0), None);
    assert_eq!(BoxPlot::new(&[]), None);
    let bootstrap = Bootstrap::default();
    assert_eq!(bootstrap.interval(&[], median), None);
    assert_eq!(bootstrap.difference(&[1.0], &[], median), None);
}

#[test]
fn the_best_fifteen_of_twenty_leave_the_slowest_five_out() {
    let runs: Vec<f64> = (1..=20).rev().map(f64::from).collect();
    assert_eq!(best_count(20), 15);
    assert_eq!(mean_of_best(&runs, best_count(20)), Some(8.0));
    assert_eq!([0, 1, 2, 4, 19].map(best_count), [0, 1, 2, 3, 15]);
    assert_eq!(mean_of_best(&[3.0, 1.0], 15), Some(2.0));
}

#[test]
fn a_box_plot_sets_outliers_apart() {
    let plot = BoxPlot::new(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 100.0]);
    let expected = BoxPlot {
        min: 1.0,
        low_whisker: 1.0,
        p25: 3.0,
        median: 5.0,
        p75: 7.0,
        high_whisker: 8.0,
        max: 100.0,
        outliers: vec![100.0],
    };
    assert_eq!(plot, Some(expected));
}

#[test]
fn an_interval_holds_the_true_median_about_as_often_as_it_says() {
    let mut random = Random::new(11);
    let bootstrap = Bootstrap {
        resamples: 400,
        ..Bootstrap::default()
    };
    let hits = (0..400)
        .filter_map(|_| bootstrap.interval(&sample(&mut random, 20, 10.0), median))
        .filter(|interval| interval.contains(10.0))
        .count();
    // 95 % of 400 is 380; the percentile interval of a median of 20 is a little too wide or narrow.
    assert!((360..=396).contains(&hits), "{hits} of 400");
}

#[test]
fn an_interval_of_a_difference_finds_the_difference_and_only_where_there_is_one() {
    let mut random = Random::new(5);
    let bootstrap = Bootstrap::default();
    let (a, b) = (sample(&mut random, 20, 10.0), sample(&mut random, 20, 13.0));
    let interval = bootstrap.difference(&a, &b, median);
    assert!(interval.is_some_and(|found| found.contains(3.0) && !found.contains(0.0)));
    let ratio = bootstrap.ratio(&a, &b, mean);
    assert!(ratio.is_some_and(|found| found.contains(1.3) && !found.contains(1.0)));
    let same = bootstrap.difference(&a, &a, median);
    assert!(same.is_some_and(|found| found.contains(0.0)));
}

#[test]
fn draws_make_the_same_interval() {
    let bootstrap = Bootstrap::default();
    let values = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0];
    let draws = bootstrap.draws(&values, mean);
    assert_eq!(draws.len(), bootstrap.resamples);
    assert_eq!(bootstrap.between(draws), bootstrap.interval(&values, mean));
    assert_eq!(bootstrap.draws(&[], mean), Vec::<f64>::new());
    assert_eq!(bootstrap.between(Vec::new()), None);
}

#[test]
fn a_ratio_to_nothing_is_none() {
    assert_eq!(Bootstrap::default().ratio(&[0.0], &[1.0], median), None);
}

fn values() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(0.0..1e12_f64, 1..40)
}

proptest! {
    #[test]
    fn quantiles_rise_with_their_probability_and_stay_inside(values in values(), p in 0.0..1.0_f64, q in 0.0..1.0_f64) {
        let at = |probability| quantile(&values, probability).unwrap_or(f64::NAN);
        prop_assert!(at(p.min(q)) <= at(p.max(q)));
        prop_assert!(at(0.0) <= at(p) && at(p) <= at(1.0));
    }

    #[test]
    fn the_figures_of_a_box_plot_are_in_order_and_complete(values in values()) {
        let plot = BoxPlot::new(&values).ok_or_else(|| TestCaseError::fail("no plot"))?;
        let figures = [plot.min, plot.low_whisker, plot.p25, plot.median, plot.p75, plot.high_whisker, plot.max];
        prop_assert!(figures.is_sorted(), "{:?}", figures);
        let outside = values.iter().filter(|&&value| value < plot.low_whisker || value > plot.high_whisker).count();
        prop_assert_eq!(outside, plot.outliers.len());
    }

    #[test]
    fn the_mean_of_the_best_is_at_most_the_mean(values in values(), best in 1_usize..40) {
        let best = mean_of_best(&values, best).unwrap_or(f64::NAN);
        let all = mean(&values).unwrap_or(f64::NAN);
        prop_assert!(best <= all * (1.0 + 1e-12));
    }

    #[test]
    fn an_interval_lies_within_the_sample_and_is_the_same_for_the_same_seed(values in values(), seed: u64) {
        let bootstrap = Bootstrap { resamples: 50, seed, ..Bootstrap::default() };
        let interval = bootstrap.interval(&values, median);
        prop_assert_eq!(interval, bootstrap.interval(&values, median));
        let plot = BoxPlot::new(&values).ok_or_else(|| TestCaseError::fail("no plot"))?;
        prop_assert!(interval.is_some_and(|found| plot.min <= found.low && found.low <= found.high && found.high <= plot.max));
    }

    #[test]
    fn an_interval_moves_and_stretches_with_its_sample(values in values(), factor in 1.0..8.0_f64) {
        let bootstrap = Bootstrap { resamples: 50, ..Bootstrap::default() };
        let stretched: Vec<f64> = values.iter().map(|value| value * factor).collect();
        let (small, large) = (bootstrap.interval(&values, median), bootstrap.interval(&stretched, median));
        let (Some(small), Some(large)) = (small, large) else { return Err(TestCaseError::fail("no interval")) };
        prop_assert!((small.low * factor - large.low).abs() <= large.low * 1e-9 + 1e-9);
        prop_assert!((small.high * factor - large.high).abs() <= large.high * 1e-9 + 1e-9);
    }
}

#[test]
fn intervals_of_few_values_are_wider_and_those_of_what_never_varies_are_not() {
    let interval = Interval {
        low: 0.40,
        high: 0.59,
    };
    let widths: Vec<f64> = [2, 3, 4, 5, 50]
        .map(|values| {
            let found = interval.of_few(0.5, values);
            assert!(found.contains(0.5));
            found.high - found.low
        })
        .into();
    assert!(widths[0] > widths[1] && widths[1] > widths[2] && widths[2] > widths[3]);
    assert!((widths[1] - 0.19 * 2.688_6).abs() < 1e-3, "{widths:?}");
    assert_eq!(interval.of_few(0.5, 5), interval);
    let constant = Interval {
        low: 16.0,
        high: 16.0,
    };
    assert_eq!(constant.of_few(16.0, 2), constant);
}

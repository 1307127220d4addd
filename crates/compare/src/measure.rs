//! Measures of one side, and of both.
//!
//! A measure is a sum over runs divided by another: the time of opens by their number, the time of
//! waits by that of the stage. Its interval is a percentile bootstrap over runs, from a fixed seed, and of few runs
//! widened.

use std::collections::BTreeMap;

use super::SideProfile;
use super::merge;
use crate::report::Ratio;
use crate::report::finding::{Evidence, Unit};
use crate::report::measure::{Amount, Measure, MeasureDifference, Per};
use analysis::profile::Counted;
use analysis::profile::{PartTimes, RunProfile, StageProfile};
use analysis::statistics::{Bootstrap, Interval};

/// The axis of a recording's configuration that says how many units of work a workload has.
pub const UNITS_AXIS: &str = "workload_units";

/// Measures of both sides, in their order.
pub fn differences(
    a: &SideProfile,
    b: &SideProfile,
    measures: &[Measure],
) -> Vec<MeasureDifference> {
    let sides = [a, b].map(Measured::of);
    let difference = |measure: &Measure| {
        let [a, b] = sides.each_ref().map(|side| side.fraction(measure));
        MeasureDifference {
            name: measure.name.clone(),
            a: a.as_ref().and_then(|a| a.evidence(measure)),
            b: b.as_ref().and_then(|b| b.evidence(measure)),
            ratio: a.zip(b).and_then(|(a, b)| ratio(&a, &b)),
        }
    };
    measures.iter().map(difference).collect()
}

/// Measures of one side, in their order; nothing where it has no such stage, or nothing to divide by.
pub fn of_side(side: &SideProfile, measures: &[Measure]) -> Vec<Option<Evidence>> {
    let side = Measured::of(side);
    let value = |measure: &Measure| side.fraction(measure)?.evidence(measure);
    measures.iter().map(value).collect()
}

/// One side: its stages, and the units of work of a run.
struct Measured {
    stages: Vec<StageProfile>,
    units: Option<u64>,
}

impl Measured {
    fn of(side: &SideProfile) -> Self {
        let mut units = side.recordings.iter().map(|recording| {
            let said = recording.configuration.get(UNITS_AXIS)?;
            said.parse().ok()
        });
        let first: Option<u64> = units.next().flatten();
        Self {
            stages: merge::stages(&side.recordings),
            units: first.filter(|_| units.all(|other| other == first)),
        }
    }

    /// Numerator and denominator of each run.
    fn fraction(&self, measure: &Measure) -> Option<Fraction> {
        let mut runs: BTreeMap<usize, (u64, u64)> = BTreeMap::new();
        let stages = self.stages.iter();
        for stage in stages.filter(|stage| is_of(stage, measure)) {
            for run in &stage.runs {
                let sum = runs.entry(run.run).or_default();
                let (numerator, denominator) = terms(run, measure);
                sum.0 += numerator;
                sum.1 += denominator;
            }
        }
        let divisor = match measure.per {
            Per::Run => Some(1),
            Per::Unit => Some(self.units.filter(|&units| units > 0)?),
            Per::Each | Per::Stage => None,
        };
        let runs = runs.into_values().map(|(numerator, denominator)| {
            let denominator = divisor.unwrap_or(denominator);
            (numerator as f64, denominator as f64)
        });
        let fraction = Fraction(runs.collect());
        fraction.value().is_some().then_some(fraction)
    }
}

fn is_of(stage: &StageProfile, measure: &Measure) -> bool {
    let wanted = measure.stage.as_ref();
    wanted.is_none_or(|wanted| *wanted == stage.name)
}

/// The measured amount of a run, and its divisor where that is of the run.
fn terms(run: &RunProfile, measure: &Measure) -> (u64, u64) {
    let own = || {
        let parts = run.parts.iter();
        parts.filter(|(key, _)| measure.of.allows(key))
    };
    let numerator = own().map(|(_, times)| amount(times, measure.what)).sum();
    let denominator = match measure.per {
        Per::Run | Per::Unit => 0,
        Per::Stage => run
            .parts
            .values()
            .map(|times| amount(times, measure.what))
            .sum(),
        Per::Each => {
            // A call may be waited in: it is still one call.
            let has_calls = own().any(|(key, _)| key.counted() == Counted::Calls);
            let counts = own().filter(|(key, _)| !has_calls || key.counted() == Counted::Calls);
            counts
                .map(|(_, times)| amount(times, number_of(measure.what)))
                .sum()
        }
    };
    (numerator, denominator)
}

const fn amount(times: &PartTimes, what: Amount) -> u64 {
    match what {
        Amount::Time => times.path_ns,
        Amount::ThreadTime => times.thread_ns,
        Amount::Count => times.path_count,
        Amount::ThreadCount => times.thread_count,
    }
}

/// The number of those whose time is measured.
const fn number_of(what: Amount) -> Amount {
    match what {
        Amount::Time | Amount::Count => Amount::Count,
        Amount::ThreadTime | Amount::ThreadCount => Amount::ThreadCount,
    }
}

/// The measured amount and its divisor, of each run.
struct Fraction(Vec<(f64, f64)>);

impl Fraction {
    fn value(&self) -> Option<f64> {
        self.of_runs(&self.indices())
    }

    /// The index of each run, as the bootstrap draws them.
    fn indices(&self) -> Vec<f64> {
        (0..self.0.len()).map(|index| index as f64).collect()
    }

    /// The fraction over the runs of these indices.
    fn of_runs(&self, indices: &[f64]) -> Option<f64> {
        let runs = indices
            .iter()
            .filter_map(|&index| self.0.get(index as usize));
        let (numerator, denominator) =
            runs.fold((0.0, 0.0), |sum, run| (sum.0 + run.0, sum.1 + run.1));
        (denominator > 0.0).then(|| numerator / denominator)
    }

    fn interval(&self) -> Option<Interval> {
        let indices = self.indices();
        let resampled = |drawn: &[f64]| self.of_runs(drawn);
        (indices.len() > 1)
            .then(|| Bootstrap::default().interval(&indices, resampled))
            .flatten()
            .and_then(|interval| Some(interval.of_few(self.value()?, indices.len())))
    }

    fn evidence(&self, measure: &Measure) -> Option<Evidence> {
        let unit = measure.unit()?;
        let scale = match unit {
            Unit::SharePpm | Unit::Ppm => 1e6,
            Unit::Milli => 1e3,
            Unit::DurationNs | Unit::DifferenceNs | Unit::Name => 1.0,
        };
        let scaled = |value: f64| (value * scale).round() as i64;
        let interval = self.interval();
        Some(Evidence {
            name: measure.name.clone(),
            unit,
            value: Some(scaled(self.value()?)),
            low: interval.map(|interval| scaled(interval.low)),
            high: interval.map(|interval| scaled(interval.high)),
            text: None,
        })
    }
}

fn ratio(a: &Fraction, b: &Fraction) -> Option<Ratio> {
    let over = |a: Option<f64>, b: Option<f64>| {
        let ratio = b? / a?;
        ratio.is_finite().then_some(ratio)
    };
    let value = over(a.value(), b.value())?;
    let (indices_a, indices_b) = (a.indices(), b.indices());
    let resampled = |drawn_a: &[f64], drawn_b: &[f64]| over(a.of_runs(drawn_a), b.of_runs(drawn_b));
    let interval = (indices_a.len() > 1 && indices_b.len() > 1)
        .then(|| Bootstrap::default().two_samples(&indices_a, &indices_b, resampled))
        .flatten()
        .map(|interval| interval.of_few(value, indices_a.len().min(indices_b.len())));
    // Below 0 an interval of a ratio ends at 0.
    let ppm = |value: f64| (value * 1e6).round() as u64;
    Some(Ratio {
        value_ppm: ppm(value),
        low_ppm: interval.map(|interval| ppm(interval.low)),
        high_ppm: interval.map(|interval| ppm(interval.high)),
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::fixture::{Doing, recording};
    use analysis::profile::profile;

    const EXT4: u32 = 0xef53;
    const OVERLAY: u32 = 0x794c_7630;

    fn side(opens: u64, each_ns: u64, units: Option<&str>) -> SideProfile {
        let doings = [
            Doing::User(100_000),
            Doing::calls("openat", opens, each_ns, OVERLAY),
            Doing::calls("openat", 5, 50_000, EXT4),
            Doing::wait("write", 400_000, "schedule __wait_rcu_gp synchronize_rcu"),
        ];
        let (mut manifest, tables) = recording(&doings, 6);
        let said = units.map(|units| (UNITS_AXIS.to_owned(), units.to_owned()));
        manifest.configuration.extend(said);
        SideProfile {
            name: "side".to_owned(),
            recordings: vec![profile("side", &manifest, &tables)],
        }
    }

    fn measure(text: &str) -> Measure {
        toml::from_str(&format!("name = \"m\"\nstage = \"create\"\n{text}")).unwrap()
    }

    fn value(text: &str) -> Option<i64> {
        let found = of_side(&side(100, 2_000, Some("50")), &[measure(text)]);
        found.into_iter().next().flatten()?.value
    }

    #[test]
    fn a_price_is_that_of_the_parts_asked_for() {
        let open = "per = \"each\"\n[of]\ncall = \"openat\"\n";
        assert_eq!(
            value(&format!("{open}file-system = \"overlay\"")),
            Some(2_000)
        );
        assert_eq!(
            value(&format!("{open}file-system = [\"ext*\"]")),
            Some(50_000)
        );
        assert_eq!(
            value(&format!("{open}role = \"client\"\nfile-system = \"nfs\"")),
            None
        );
    }

    #[test]
    fn amounts_are_divided_by_runs_units_and_stages() {
        let of = "[of]\ncall = \"openat\"\nfile-system = \"overlay\"";
        assert_eq!(value(&format!("what = \"count\"\n{of}")), Some(100_000));
        assert_eq!(
            value(&format!("what = \"count\"\nper = \"unit\"\n{of}")),
            Some(2_000)
        );
        assert_eq!(value(&format!("per = \"unit\"\n{of}")), Some(4_000));
        let share = value("per = \"stage\"\n[of]\nphase = \"rcu\"").unwrap();
        assert!((300_000..500_000).contains(&share), "{share}");
        assert_eq!(value("per = \"stage\""), Some(1_000_000));
    }

    #[test]
    fn without_units_or_a_stage_there_is_no_value() {
        let without = of_side(&side(1, 1, None), &[measure("per = \"unit\"")]);
        assert_eq!(without, [None]);
        let mut elsewhere = measure("");
        elsewhere.stage = Some("start".to_owned());
        assert_eq!(of_side(&side(1, 1, None), &[elsewhere]), [None]);
        assert_eq!(measure("what = \"count\"\nper = \"each\"").unit(), None);
    }

    #[test]
    fn both_sides_have_a_ratio_with_its_interval() {
        let open = measure("per = \"each\"\n[of]\nfile-system = \"overlay\"");
        let wall = measure("");
        let found = differences(
            &side(100, 2_000, None),
            &side(100, 6_000, None),
            &[open, wall],
        );
        let ratio = found[0].ratio.unwrap();
        assert_eq!(
            (ratio.value_ppm, ratio.low_ppm),
            (3_000_000, Some(3_000_000))
        );
        let wall = found[1].ratio.unwrap();
        assert!(wall.low_ppm.unwrap() < wall.high_ppm.unwrap());
        assert!((wall.low_ppm.unwrap()..=wall.high_ppm.unwrap()).contains(&wall.value_ppm));
    }
}

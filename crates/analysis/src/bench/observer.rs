//! The cost of recording for each stage: the two runs of a pair were done one right after the
//! other, so their difference is free of what changed over the bench.

use std::collections::BTreeMap;

use super::{whole, whole_interval};
use crate::statistics::{Bootstrap, median};
use setup::bench::{ObserverStage, RunRecord, TOTAL};
use trace::mark::Stage;

/// The two runs of a pair.
#[derive(Clone, Copy, Default)]
struct Pair<'a> {
    untraced: Option<&'a RunRecord>,
    traced: Option<&'a RunRecord>,
}

/// The cost in each stage, from the pairs of which both runs are among `good`.
pub(super) fn stages(good: &[&RunRecord]) -> Vec<ObserverStage> {
    let mut pairs: BTreeMap<u32, Pair<'_>> = BTreeMap::new();
    for &record in good {
        let pair = pairs.entry(record.number).or_default();
        if record.traced {
            pair.traced = Some(record);
        } else {
            pair.untraced = Some(record);
        }
    }
    let whole_pairs: Vec<(&RunRecord, &RunRecord)> = pairs
        .values()
        .filter_map(|pair| Some((pair.untraced?, pair.traced?)))
        .collect();
    let stages = Stage::ALL.iter().map(|&stage| {
        let both = whole_pairs.iter();
        let both = both.filter_map(|(untraced, traced)| {
            Some((duration(untraced, stage)?, duration(traced, stage)?))
        });
        (stage.name(), both.collect::<Vec<_>>())
    });
    let totals = whole_pairs
        .iter()
        .map(|(untraced, traced)| (untraced.total_ns() as f64, traced.total_ns() as f64));
    stages
        .chain([(TOTAL, totals.collect())])
        .filter_map(|(name, both_ns)| stage(name, &both_ns))
        .collect()
}

fn duration(record: &RunRecord, stage: Stage) -> Option<f64> {
    let mut timings = record.stages.iter();
    let timing = timings.find(|timing| timing.stage == stage)?;
    Some(timing.duration_ns as f64)
}

/// None where no pair went through the stage.
fn stage(name: &str, both_ns: &[(f64, f64)]) -> Option<ObserverStage> {
    let (untraced, traced): (Vec<f64>, Vec<f64>) = both_ns.iter().copied().unzip();
    let added: Vec<f64> = both_ns
        .iter()
        .map(|(untraced, traced)| traced - untraced)
        .collect();
    let untraced_median = median(&untraced)?;
    let added_median = median(&added)?;
    let interval = Bootstrap::default().interval(&added, median)?;
    Some(ObserverStage {
        name: name.to_owned(),
        pairs: both_ns.len() as u64,
        untraced_median_ns: whole(untraced_median),
        traced_median_ns: whole(median(&traced)?),
        added_ns: added_median.round() as i64,
        added_interval: whole_interval(interval),
        added_ppm: (added_median / untraced_median.max(1.0) * 1e6).round() as i64,
        significant: !interval.contains(0.0),
    })
}

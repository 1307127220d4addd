//! Orderings counted by axis, stage and pair of values.

use std::collections::BTreeMap;

use crate::design::{StudyAxis, StudyStage};
use crate::report::{
    Counts, Doubt, NotTold, PairRow, StudyOrdering, StudySide, StudyVerdict, SummaryRow,
};
use analysis::statistics::median;

/// Counts, and the ratios of what was told.
#[derive(Default)]
struct Tally {
    counts: Counts,
    published: Vec<f64>,
    measured: Vec<f64>,
}

impl Tally {
    fn add(&mut self, ordering: &StudyOrdering) {
        self.counts.count(ordering.verdict);
        if ordering.verdict != StudyVerdict::CannotTell {
            self.published.push(ordering.published_ppm as f64);
            self.measured.push(ordering.measured_ppm as f64);
        }
    }
}

fn whole_median(ratios_ppm: &[f64]) -> Option<u64> {
    median(ratios_ppm).map(|median| median.round() as u64)
}

/// A row for each axis and stage: of the orderings that were compared, and of those that were not.
pub fn summary(
    orderings: &[StudyOrdering],
    not_measured: &BTreeMap<(StudyAxis, StudyStage), u64>,
) -> Vec<SummaryRow> {
    let mut tallies: BTreeMap<(StudyAxis, StudyStage), Tally> = BTreeMap::new();
    for ordering in orderings {
        let tally = tallies.entry((ordering.axis, ordering.stage)).or_default();
        tally.add(ordering);
    }
    for (&key, &count) in not_measured {
        tallies.entry(key).or_default().counts.not_measured += count;
    }
    let rows = tallies
        .into_iter()
        .map(|((axis, stage), tally)| SummaryRow {
            axis,
            stage,
            counts: tally.counts,
            published_ppm: whole_median(&tally.published),
            measured_ppm: whole_median(&tally.measured),
        });
    rows.collect()
}

/// A row for each pair of values and stage.
pub fn pair_rows(orderings: &[StudyOrdering]) -> Vec<PairRow> {
    let mut tallies: BTreeMap<(StudyAxis, String, String, StudyStage), Tally> = BTreeMap::new();
    for ordering in orderings {
        let value = |side: &StudySide| side.value(ordering.axis).to_owned();
        let key = (
            ordering.axis,
            value(&ordering.faster),
            value(&ordering.slower),
            ordering.stage,
        );
        tallies.entry(key).or_default().add(ordering);
    }
    let rows = tallies
        .into_iter()
        .map(|((axis, faster, slower, stage), tally)| PairRow {
            axis,
            faster,
            slower,
            stage,
            counts: tally.counts,
            published_ppm: whole_median(&tally.published),
            measured_ppm: whole_median(&tally.measured),
        });
    rows.collect()
}

/// All rows together.
pub fn all(rows: &[SummaryRow]) -> Counts {
    rows.iter().fold(Counts::default(), |sum, row| Counts {
        agree: sum.agree + row.counts.agree,
        disagree: sum.disagree + row.counts.disagree,
        cannot_tell: sum.cannot_tell + row.counts.cannot_tell,
        not_measured: sum.not_measured + row.counts.not_measured,
    })
}

/// How many cannot be told, by reasons.
pub fn not_told(orderings: &[StudyOrdering]) -> Vec<NotTold> {
    let mut counts: BTreeMap<&[Doubt], u64> = BTreeMap::new();
    for ordering in orderings
        .iter()
        .filter(|ordering| !ordering.doubts.is_empty())
    {
        *counts.entry(&ordering.doubts).or_default() += 1;
    }
    let entries = counts.into_iter().map(|(doubts, orderings)| NotTold {
        doubts: doubts.to_vec(),
        orderings,
    });
    entries.collect()
}

//! Reasons to doubt a verdict.

use std::collections::BTreeMap;

use super::StudyBench;
use super::measured::{MeasuredCell, Measurements};
use crate::design::StudyAxis;
use crate::notice::{FEW_RUNS, StudyNotice};
use crate::report::StudyOrdering;
use analysis::bench::is_complete;
use setup::bench::BenchMode;

/// From this kernel on overlayfs has file operations of its own, which call those of the file below
/// (commit "ovl: stack file ops").
const STACKED_OVERLAY: (u32, u32) = (4, 19);
/// Storages whose reads and writes that concerns.
const UNIONS: [&str; 2] = ["overlay", "aufs"];

/// All that applies.
pub fn notices(
    benches: &[StudyBench<'_>],
    measured: &Measurements,
    orderings: &[StudyOrdering],
) -> Vec<StudyNotice> {
    let cells: Vec<&MeasuredCell> = measured.cells.values().flatten().collect();
    let mut notices: Vec<StudyNotice> = benches.iter().flat_map(of_bench).collect();
    notices.extend(failed(&cells));
    notices.extend(
        count(&cells, |cell| cell.runs < FEW_RUNS).map(|cells| StudyNotice::FewRuns { cells }),
    );
    notices.extend(across(orderings));
    notices
        .extend(count(&cells, |cell| cell.is_derived).map(|cells| StudyNotice::Derived { cells }));
    notices.extend(
        count(&cells, |cell| !cell.has_network).map(|cells| StudyNotice::OtherNetwork { cells }),
    );
    notices.extend(
        count(&cells, |cell| cell.is_stand_in).map(|cells| StudyNotice::StandInImage { cells }),
    );
    notices.extend(warned(benches));
    notices.extend(stacked_overlay(benches, orderings));
    notices
}

/// How many cells it is true of, if it is of any.
fn count(cells: &[&MeasuredCell], is: impl Fn(&MeasuredCell) -> bool) -> Option<u64> {
    let count = cells.iter().filter(|cell| is(cell)).count() as u64;
    (count > 0).then_some(count)
}

fn of_bench(bench: &StudyBench<'_>) -> Vec<StudyNotice> {
    let mut notices = Vec::new();
    if !is_complete(bench.header, bench.records) {
        notices.push(StudyNotice::Unfinished {
            bench: bench.directory.clone(),
        });
    }
    match bench.header.mode {
        BenchMode::Traced => notices.push(StudyNotice::Traced {
            bench: bench.directory.clone(),
        }),
        BenchMode::Untraced | BenchMode::ObserverCheck => {}
    }
    notices
}

fn failed(cells: &[&MeasuredCell]) -> Option<StudyNotice> {
    let runs = cells.iter().map(|cell| cell.failed).sum();
    let cells = count(cells, |cell| cell.failed > 0)?;
    Some(StudyNotice::FailedRuns { runs, cells })
}

fn across(orderings: &[StudyOrdering]) -> Option<StudyNotice> {
    let is_across = |ordering: &&StudyOrdering| ordering.faster.bench != ordering.slower.bench;
    let orderings = orderings.iter().filter(is_across).count() as u64;
    (orderings > 0).then_some(StudyNotice::AcrossBenches { orderings })
}

fn warned(benches: &[StudyBench<'_>]) -> Option<StudyNotice> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    let mut runs = 0;
    let records = benches.iter().flat_map(|bench| bench.records);
    for record in records.filter(|record| !record.warm_up && !record.warnings.is_empty()) {
        runs += 1;
        for warning in &record.warnings {
            *counts.entry(warning).or_default() += 1;
        }
    }
    let (most_frequent, _) = counts.into_iter().max_by_key(|&(_, count)| count)?;
    Some(StudyNotice::Warned {
        runs,
        most_frequent: most_frequent.to_owned(),
    })
}

/// Of each kernel on which it applies.
fn stacked_overlay(benches: &[StudyBench<'_>], orderings: &[StudyOrdering]) -> Vec<StudyNotice> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    let along_storage = orderings
        .iter()
        .filter(|ordering| ordering.axis == StudyAxis::Storage);
    for ordering in along_storage {
        let sides = [&ordering.faster, &ordering.slower];
        let has_union = sides
            .iter()
            .any(|side| UNIONS.contains(&side.configuration.storage.as_str()));
        let bench = usize::try_from(ordering.faster.bench).ok();
        let kernel = bench.and_then(|bench| Some(benches.get(bench)?.header.host.kernel.as_str()));
        if let Some(kernel) = kernel.filter(|kernel| has_union && is_stacked(kernel)) {
            *counts.entry(kernel).or_default() += 1;
        }
    }
    let notices = counts
        .into_iter()
        .map(|(kernel, orderings)| StudyNotice::StackedOverlay {
            kernel: kernel.to_owned(),
            orderings,
        });
    notices.collect()
}

/// Whether a release such as `6.18.44-fc` is late enough.
fn is_stacked(kernel: &str) -> bool {
    let mut numbers = kernel.split(|c: char| !c.is_ascii_digit());
    let mut number = || numbers.next()?.parse::<u32>().ok();
    match (number(), number()) {
        (Some(major), Some(minor)) => (major, minor) >= STACKED_OVERLAY,
        (None, _) | (_, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_stacked;

    #[test]
    fn overlayfs_stacks_since_4_19() {
        for (kernel, expected) in [
            ("4.15.0-99-generic", false),
            ("4.18", false),
            ("4.19.0", true),
            ("5.4", true),
            ("6.18.44-fc-v769", true),
            ("", false),
            ("unknown", false),
        ] {
            assert_eq!(is_stacked(kernel), expected, "{kernel}");
        }
    }
}

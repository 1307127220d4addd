//! Benches compared with the published figures of a study, ordering by ordering.
//!
//! Times do not carry over from one machine to another; which of two configurations is faster may.
//! An *ordering* is a pair of the study's cells that differ along one axis, in one stage:
//!
//! - [`published`]: the study's figures, and how far they tell.
//! - [`pairs`]: which cells make an ordering.
//! - [`names`]: what the study calls a cell of a bench.
//! - [`measured`]: what benches have of the study's cells, and why not of others.
//! - [`judge`]: the published ratio beside the measured one, and the verdict.
//! - [`summary`] counts them.
//!
//! Every ordering of the study is in the counts: compared, or not measured for a reason.

pub mod design;
pub mod judge;
pub mod measured;
pub mod names;
pub mod notice;
mod notices;
pub mod pairs;
pub mod published;
pub mod report;
pub mod summary;

use std::collections::{BTreeMap, BTreeSet};

use self::judge::Judge;
use self::measured::Measurements;
use self::pairs::pairs;
use self::published::{CellKey, Published};
use crate::design::{KERNEL, MACHINE, RUNS, StudyStage};
use crate::report::{
    BenchFacts, Missing, NotMeasured, NotPublished, STUDY_REPORT_SCHEMA_VERSION, StudyFacts,
    StudyReport,
};
use analysis::bench::is_complete;
use setup::bench::{BenchHeader, RunRecord};

/// A bench, as it is given.
#[derive(Clone, Debug)]
pub struct StudyBench<'a> {
    /// Its directory.
    pub directory: String,
    /// Its header.
    pub header: &'a BenchHeader,
    /// The runs that are over.
    pub records: &'a [RunRecord],
}

/// The verdicts on the study's orderings.
pub fn compare_study(published: &Published, benches: &[StudyBench<'_>]) -> StudyReport {
    let measured = Measurements::new(benches, published);
    let judge = Judge {
        published,
        measured: &measured,
        benches,
    };
    let mut orderings = Vec::new();
    let mut missing: BTreeMap<Missing, u64> = BTreeMap::new();
    let mut missing_by_row = BTreeMap::new();
    for pair in pairs(published) {
        for &stage in StudyStage::ALL {
            match judge.judge(&pair, stage) {
                Some(Ok(ordering)) => orderings.push(ordering),
                Some(Err(why)) => {
                    *missing.entry(why).or_default() += 1;
                    *missing_by_row.entry((pair.axis, stage)).or_default() += 1;
                }
                None => {}
            }
        }
    }
    let summary = summary::summary(&orderings, &missing_by_row);
    StudyReport {
        schema: STUDY_REPORT_SCHEMA_VERSION,
        study: study_facts(published),
        benches: benches.iter().map(bench_facts).collect(),
        notices: notices::notices(benches, &measured, &orderings),
        all: summary::all(&summary),
        summary,
        pairs: summary::pair_rows(&orderings),
        not_told: summary::not_told(&orderings),
        orderings,
        not_measured: not_measured(missing, published, &measured),
        not_published: not_published(published, &measured),
        set_aside: measured.set_aside.clone(),
    }
}

fn study_facts(published: &Published) -> StudyFacts {
    StudyFacts {
        kernel: KERNEL.to_owned(),
        machine: MACHINE.iter().map(|&piece| piece.to_owned()).collect(),
        configurations: published.configurations.len() as u64,
        runs: RUNS,
    }
}

fn bench_facts(bench: &StudyBench<'_>) -> BenchFacts {
    let header = bench.header;
    BenchFacts {
        directory: bench.directory.clone(),
        title: header.title.clone(),
        mode: header.mode,
        cache: header.cache.clone(),
        runs: header.runs,
        complete: is_complete(header, bench.records),
        host: header.host.clone(),
    }
}

/// The reasons, those of most orderings first, with the cells that are missing for each.
fn not_measured(
    missing: BTreeMap<Missing, u64>,
    published: &Published,
    measured: &Measurements,
) -> Vec<NotMeasured> {
    let mut cells: BTreeMap<Missing, BTreeMap<String, u64>> = BTreeMap::new();
    let keys: BTreeSet<CellKey> = published.figures.keys().map(|&(key, _)| key).collect();
    for key in keys {
        if !measured.cells.contains_key(&key) {
            let of_reason = cells.entry(measured.why_missing(key)).or_default();
            let name = published.configuration(key).to_string();
            *of_reason.entry(name).or_default() += 1;
        }
    }
    let reasons = missing.into_iter().map(|(why, orderings)| NotMeasured {
        cells: cells.remove(&why).unwrap_or_default(),
        why,
        orderings,
    });
    let mut reasons: Vec<NotMeasured> = reasons.collect();
    // Stable: those of as many stay in the order of the list of reasons.
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.orderings));
    reasons
}

/// The measurements of the study's cells beside the study's figures.
fn not_published(published: &Published, measured: &Measurements) -> Vec<NotPublished> {
    let mut cells: BTreeMap<(Option<&str>, &str), u64> = BTreeMap::new();
    for (&key, of_benches) in &measured.cells {
        for cell in of_benches {
            for &stage in &cell.other_stages {
                *cells.entry((None, stage)).or_default() += 1;
            }
            let stages = cell.samples.keys();
            for &stage in stages.filter(|&&stage| !published.figures.contains_key(&(key, stage))) {
                let workload = Some(key.workload());
                *cells.entry((workload, stage.name())).or_default() += 1;
            }
        }
    }
    let entries = cells
        .into_iter()
        .map(|((workload, stage), cells)| NotPublished {
            stage: stage.to_owned(),
            workload: workload.map(str::to_owned),
            cells,
        });
    entries.collect()
}

#[cfg(any(test, feature = "fixture"))]
pub mod fixture;
#[cfg(test)]
mod tests;

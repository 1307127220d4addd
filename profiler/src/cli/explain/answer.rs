//! The report of a question: what was recorded of its cells, compared.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::catalogue::Question;
use crate::analysis::bench::bench_report;
use crate::cli::plan::Planned;
use crate::cli::profiles;
use crate::compare::{SideProfile, compare, measure};
use crate::explain::pairs::{held, name, pairs, varied};
use crate::explain::question::{compared, missing};
use crate::harness::bench::store;
use crate::harness::bench::store::folder_name;
use crate::model::bench::{BenchHeader, BenchReport, CellReport, RunRecord};
use crate::model::question::{
    NamedCell, Pairing, QuestionCell, QuestionPair, QuestionReport, SCHEMA_VERSION,
};
use crate::recording::Recording;

/// A bench directory, read.
struct Results {
    directory: PathBuf,
    records: Vec<RunRecord>,
    report: BenchReport,
}

/// What there is of a question: its own results first, then those of other hosts.
pub struct Sources(Vec<Results>);

impl Sources {
    /// Reads bench directories; the first may not be there yet.
    pub fn read(own: &Path, others: &[PathBuf]) -> Result<Self> {
        let own = store::is_bench(own).then_some(own).into_iter();
        let directories = own.chain(others.iter().map(PathBuf::as_path));
        let read = directories.map(|directory| {
            let (header, records) = store::read(directory)?;
            let report = bench_report(&header, &records);
            Ok(Results {
                directory: directory.to_owned(),
                records,
                report,
            })
        });
        Ok(Self(read.collect::<Result<_>>()?))
    }

    /// Where a cell was run: the first with a run that succeeded, else the first that tried.
    fn of(&self, cell: &NamedCell) -> Option<(&Results, &CellReport)> {
        let tried = || {
            let own = |results: &'_ Results| {
                let mut cells = results.report.cells.iter();
                cells.position(|report| {
                    report.cell.configuration == cell.configuration
                        && report.cell.workload == cell.workload
                })
            };
            self.0.iter().filter_map(move |results| {
                let index = own(results)?;
                Some((results, &results.report.cells[index]))
            })
        };
        let has_runs = |(_, report): &(&Results, &CellReport)| report.runs > 0;
        tried().find(has_runs).or_else(|| tried().next())
    }
}

/// What becomes of a question with these results.
pub fn report(
    name_of_question: &str,
    question: &Question,
    planned: &Planned,
    sources: &Sources,
) -> Result<QuestionReport> {
    let named = &planned.plan.named;
    let varied = varied(named);
    let header = planned.header();
    let mut cells = Vec::new();
    let mut sides: Vec<Option<SideProfile>> = Vec::new();
    for cell in named {
        let source = sources.of(cell);
        let mut found = question_cell(cell, &varied, &header, source);
        let side = match source {
            Some((results, _)) => side(&found, results)?,
            None => None,
        };
        found.measures = match &side {
            Some(side) => measure::of_side(side, &question.measures),
            None => vec![None; question.measures.len()],
        };
        cells.push(found);
        sides.push(side);
    }
    let mut found = Vec::new();
    for pairing in &question.pairings {
        for indices in pairs(named, pairing)? {
            found.push(pair(question, pairing, indices, (&cells, &sides)));
        }
    }
    let is_whole = |results: &Results| results.report.complete;
    Ok(QuestionReport {
        schema: SCHEMA_VERSION,
        name: name_of_question.to_owned(),
        asks: question.asks.clone(),
        source: question.source.clone(),
        background: question.background.clone(),
        host: header.host,
        level: question.level.name().to_owned(),
        held: held(named),
        varied,
        runs_asked: header.runs,
        complete: planned.plan.cells.is_empty() || sources.0.first().is_some_and(is_whole),
        measures: question
            .measures
            .iter()
            .map(|one| one.name.clone())
            .collect(),
        cells,
        pairs: found,
    })
}

fn question_cell(
    cell: &NamedCell,
    varied: &[String],
    header: &BenchHeader,
    source: Option<(&Results, &CellReport)>,
) -> QuestionCell {
    let mut impossible = header.impossible.iter();
    let refused = impossible.find(|other| {
        other.cell.configuration == cell.configuration && other.cell.workload == cell.workload
    });
    let directory = source.map(|(results, report)| {
        let folder = Path::new("runs")
            .join(folder_name(&report.cell.configuration))
            .join(folder_name(&report.cell.workload));
        results.directory.join(folder).display().to_string()
    });
    let failure = |report: &CellReport| Some(report.failures.first()?.message.clone());
    let report = source.map(|(_, report)| report);
    QuestionCell {
        name: name(cell, varied),
        configuration: cell.configuration.clone(),
        workload: cell.workload.clone(),
        directory: directory.unwrap_or_default(),
        runs: report.map_or(0, |report| report.runs),
        failed: report.map_or(0, |report| report.failed),
        failure: report.and_then(failure).unwrap_or_default(),
        lacking: refused.map_or_else(Vec::new, |refused| refused.reasons.clone()),
        measures: Vec::new(),
    }
}

/// What was recorded of a cell; nothing if no run of it succeeded.
fn side(cell: &QuestionCell, results: &Results) -> Result<Option<SideProfile>> {
    let records = results.records.iter().filter(|record| {
        record.configuration == cell.configuration && record.workload == cell.workload
    });
    let good = records.filter(|record| !record.warm_up && record.failure.is_none());
    // Only the last result of a run counts.
    let folders: BTreeMap<u32, &String> = good
        .filter_map(|record| Some((record.number, record.recording.as_ref()?)))
        .collect();
    if folders.is_empty() {
        return Ok(None);
    }
    let mut recordings = Vec::new();
    for folder in folders.into_values() {
        let path = results.directory.join(folder);
        let opened = Recording::open(&path).with_context(|| {
            format!(
                "the recording of a finished run is gone: {}",
                path.display()
            )
        })?;
        recordings.push(opened);
    }
    Ok(Some(SideProfile {
        name: cell.name.clone(),
        recordings: profiles::of(&recordings)?,
    }))
}

fn pair(
    question: &Question,
    pairing: &Pairing,
    indices: (usize, usize),
    (cells, sides): (&[QuestionCell], &[Option<SideProfile>]),
) -> QuestionPair {
    let (a, b) = indices;
    match (&sides[a], &sides[b]) {
        (Some(side_a), Some(side_b)) => {
            let comparison = compare(side_a, side_b, &question.measures).comparison;
            compared(pairing, indices, comparison)
        }
        (None, _) | (_, None) => missing(pairing, indices, (&cells[a], &cells[b])),
    }
}

//! The report of a question: what was recorded of its cells, compared.

use std::collections::BTreeMap;

use anyhow::{Context, Result};

use super::catalogue::Question;
use super::sources::{Results, Sources};
use crate::cli::exit::usage;
use crate::cli::plan::Planned;
use crate::cli::sides;
use analysis::what_if;
use compare::explain::explanation;
use compare::explain::pairs::{all_pairs, held, name, pair_names, varied};
use compare::explain::question::{compared, missing};
use compare::report::finding::Explanation;
use compare::report::question::{
    Pairing, Prediction, QuestionCell, QuestionPair, QuestionReport, SCHEMA_VERSION,
};
use compare::{Compared, SideProfile, compare, measure};
use recording::Recording;
use setup::bench::NamedCell;
use setup::bench::directory::{RESULTS_FILE, RUNS_FOLDER};
use setup::bench::{BenchHeader, CellReport};

/// The report of a question with these results.
pub fn report(
    name_of_question: &str,
    question: &Question,
    planned: &Planned,
    sources: &Sources,
) -> Result<QuestionReport> {
    let named = &planned.plan.named;
    let header = planned.header();
    let mut cells = Vec::new();
    let mut sides: Vec<Option<SideProfile>> = Vec::new();
    for cell in named {
        let (mut found, side) = examined(cell, named, &header, sources)?;
        found.measures = match &side {
            Some(side) => measure::of_side(side, &question.measures),
            None => vec![None; question.measures.len()],
        };
        cells.push(found);
        sides.push(side);
    }
    let compared = all_pairs(named, &question.pairings)?;
    let mut pairs = Vec::new();
    for (pairing, indices) in compared {
        let (a, b) = indices;
        let prediction = match (&sides[a], &sides[b]) {
            (Some(_), Some(measured)) if !pairing.replay.is_empty() => {
                let recordings = sources
                    .of(&named[a])
                    .map(|(results, _)| (results, &cells[a]));
                recordings
                    .map(|(results, cell)| predicted(&pairing, (cell, results), measured))
                    .transpose()?
            }
            _ => None,
        };
        pairs.push(QuestionPair {
            names: pair_names(named, indices),
            prediction,
            ..held_together(question, &pairing, indices, (&cells, &sides))
        });
    }
    Ok(QuestionReport {
        schema: SCHEMA_VERSION,
        name: name_of_question.to_owned(),
        asks: question.asks.clone(),
        source: question.source.clone(),
        background: question.background.clone(),
        host: sources.host().cloned().unwrap_or(header.host),
        level: question.level.name().to_owned(),
        held: held(named),
        varied: varied(named),
        runs_asked: header.runs,
        complete: planned.plan.cells.is_empty() || sources.is_complete(),
        measures: question
            .measures
            .iter()
            .map(|one| one.name.clone())
            .collect(),
        cells,
        pairs,
    })
}

/// One comparison whole; `number` counts those of the report from 1.
pub fn pair(
    question: &Question,
    planned: &Planned,
    sources: &Sources,
    number: usize,
) -> Result<(Compared, Explanation)> {
    let named = &planned.plan.named;
    let all = all_pairs(named, &question.pairings)?;
    let chosen = number.checked_sub(1).and_then(|index| all.get(index));
    let Some(&(ref pairing, (a, b))) = chosen else {
        let text = format!("there is no pair {number}; the question has {}", all.len());
        return Err(usage(text));
    };
    let header = planned.header();
    let side = |index: usize| {
        let (cell, side) = examined(&named[index], named, &header, sources)?;
        side.with_context(|| format!("no run of {} succeeded, or is there", cell.name))
    };
    let compared = compare(&side(a)?, &side(b)?, &question.measures);
    let explanation = explanation(&compared.comparison, &pairing.claims)?;
    Ok((compared, explanation))
}

/// A cell, and what was recorded of it; nothing if no run of it succeeded.
fn examined(
    cell: &NamedCell,
    named: &[NamedCell],
    header: &BenchHeader,
    sources: &Sources,
) -> Result<(QuestionCell, Option<SideProfile>)> {
    let source = sources.of(cell);
    let found = question_cell(cell, &varied(named), header, source);
    let side = match source {
        Some((results, _)) => side(&found, results)?,
        None => None,
    };
    Ok((found, side))
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
        let folder = report.cell.recordings(RUNS_FOLDER);
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

/// What the recordings of a cell, replayed, say of the one that was measured.
fn predicted(
    pairing: &Pairing,
    (cell, results): (&QuestionCell, &Results),
    measured: &SideProfile,
) -> Result<Prediction> {
    let mut replayed = Vec::new();
    for recording in recordings(cell, results)? {
        let (manifest, tables) = (recording.manifest(), recording.tables()?);
        match what_if::each_run(manifest, &tables, &pairing.stages, &pairing.replay) {
            Ok(mut runs) => replayed.append(&mut runs),
            Err(refusal) => return Ok(Prediction::refused(&pairing.replay, &refusal.to_string())),
        }
    }
    let measured_ns = measured.walls_ns(&pairing.stages);
    Ok(Prediction::of(&pairing.replay, &replayed, &measured_ns))
}

/// The profiles of a cell's recordings.
fn side(cell: &QuestionCell, results: &Results) -> Result<Option<SideProfile>> {
    let recordings = recordings(cell, results)?;
    if recordings.is_empty() {
        return Ok(None);
    }
    Ok(Some(SideProfile {
        name: cell.name.clone(),
        recordings: sides::profiles(&recordings)?,
    }))
}

/// The recordings of a cell's runs that succeeded.
fn recordings(cell: &QuestionCell, results: &Results) -> Result<Vec<Recording>> {
    let records = results.records.iter().filter(|record| {
        record.configuration == cell.configuration && record.workload == cell.workload
    });
    let good = records.filter(|record| !record.warm_up && record.failure.is_none());
    // Only the last result of a run counts.
    let folders: BTreeMap<u32, &String> = good
        .filter_map(|record| Some((record.number, record.recording.as_ref()?)))
        .collect();
    let mut recordings = Vec::new();
    for folder in folders.into_values() {
        let path = results.directory.join(folder);
        let opened = Recording::open(&path).with_context(|| {
            format!(
                "the recording of a finished run is gone: {}; remove its line from {RESULTS_FILE}, and it is done again",
                path.display()
            )
        })?;
        recordings.push(opened);
    }
    Ok(recordings)
}

fn held_together(
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

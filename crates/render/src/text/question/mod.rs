//! The answer to a question: what was asked, what became of the claims, the figures of all cells, and
//! for each comparison why one side is slower.

mod figures;
mod pair;
mod predictions;

use std::io::{self, Write};

use super::finding;
use super::header::{LABEL, host_facts};
use super::ink::Ink;
use super::line::{Line, Page};
use crate::Style;
use compare::report::finding::Judgement;
use compare::report::question::{QuestionPair, QuestionReport, QuestionSummary};

/// Columns of the name of a question in a list.
const NAME: usize = 24;

/// Writes the answer to a question.
///
/// # Errors
/// Those of `out`.
pub fn write_answer(out: &mut dyn Write, report: &QuestionReport, style: Style) -> io::Result<()> {
    let page = &mut Page::new(out, style);
    write_header(page, report)?;
    write_verdicts(page, report)?;
    predictions::write(page, report)?;
    figures::write(page, report)?;
    for (compared, number) in report.pairs.iter().zip(1..) {
        if compared.missing.is_empty() {
            pair::write(page, compared, number)?;
        }
    }
    write_missing(page, report)?;
    if report.pairs.iter().all(|pair| !pair.missing.is_empty()) {
        return Ok(());
    }
    page.blank()?;
    let more = format!("ctrprof explain {} --pair N", report.name);
    let text = format!("{more} prints a pair whole, as ctrprof diff does");
    page.entry("more", LABEL, Ink::Dim, &text)
}

/// Writes the questions of the catalogue.
///
/// # Errors
/// Those of `out`.
pub fn write_list(
    out: &mut dyn Write,
    questions: &[QuestionSummary],
    style: Style,
) -> io::Result<()> {
    let page = &mut Page::new(out, style);
    questions
        .iter()
        .try_for_each(|one| page.entry(&one.name, NAME, Ink::Plain, &one.asks))
}

fn write_header(page: &mut Page<'_>, report: &QuestionReport) -> io::Result<()> {
    page.write(
        Line::new()
            .text(Ink::Dim, "ctrprof explain  ")
            .text(Ink::Strong, &report.name),
    )?;
    let mut facts = host_facts(&report.host);
    facts.push(format!("level {}", report.level));
    page.facts("", 0, Ink::Dim, &facts)?;
    page.blank()?;
    page.entry("question", LABEL, Ink::Strong, &report.asks)?;
    if !report.background.is_empty() {
        page.entry("background", LABEL, Ink::Plain, &report.background)?;
    }
    page.entry("source", LABEL, Ink::Dim, &report.source)?;
    let held = report.held.iter();
    let held: Vec<String> = held
        .map(|(axis, value)| format!("{axis} {value}"))
        .collect();
    page.facts("held", LABEL, Ink::Dim, &held)?;
    page.facts("varied", LABEL, Ink::Dim, &report.varied)?;
    let runs = format!("{} of each", report.runs_asked);
    page.entry("runs", LABEL, Ink::Dim, &runs)?;
    if report.complete {
        return Ok(());
    }
    let text = "not all runs are over: the same command without --no-run does the rest";
    page.entry("BEWARE", LABEL, Ink::Alarm, text)
}

/// Every claim, with what became of it.
fn write_verdicts(page: &mut Page<'_>, report: &QuestionReport) -> io::Result<()> {
    let claims = report.pairs.iter().flat_map(|pair| &pair.claims);
    let count = |judgement: Judgement| {
        let alike = claims.clone().filter(|claim| claim.judgement == judgement);
        (alike.count(), judgement.name())
    };
    let counts = Judgement::ALL.iter().map(|&judgement| count(judgement));
    let counts = counts.filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts
        .map(|(count, name)| format!("{count} {name}"))
        .collect();
    if counts.is_empty() {
        return Ok(());
    }
    page.blank()?;
    page.rule("verdicts", &counts.join(", "))?;
    let mut number = 0;
    for pair in &report.pairs {
        let sides = sides(pair);
        for claim in &pair.claims {
            number += 1;
            finding::write_claim(page, claim, number, &[&sides])?;
        }
    }
    Ok(())
}

/// `overlay → aufs · io-read/lg`
pub(crate) fn sides(pair: &QuestionPair) -> String {
    let names = &pair.names;
    let sides = format!("{} → {}", names.a, names.b);
    if names.both.is_empty() {
        sides
    } else {
        format!("{sides} · {}", names.both)
    }
}

/// Measures that could not be taken, and why.
fn write_missing(page: &mut Page<'_>, report: &QuestionReport) -> io::Result<()> {
    let without = report.cells.iter().filter(|cell| cell.runs == 0);
    let without: Vec<_> = without.collect();
    if without.is_empty() {
        return Ok(());
    }
    page.blank()?;
    page.rule("without figures", "")?;
    for cells in without.chunk_by(|a, b| a.lacking == b.lacking && a.failure == b.failure) {
        let names: Vec<String> = cells.iter().map(|cell| cell.name.clone()).collect();
        page.facts("", 2, Ink::Strong, &names)?;
        let Some(first) = cells.first() else {
            continue;
        };
        for reason in &first.lacking {
            page.entry("    ✗", 6, Ink::Warning, reason)?;
        }
        if first.lacking.is_empty() {
            let why = match first.failure.as_str() {
                "" => "not run",
                failure => failure,
            };
            page.entry("    ✗", 6, Ink::Alarm, why)?;
        }
    }
    Ok(())
}

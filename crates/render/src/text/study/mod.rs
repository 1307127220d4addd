//! Measurements compared with a study, most important first: what is compared and what to mind, counts
//! by axis and stage, where both disagree, where they agree, and what was not compared and why.

mod counts;
mod orderings;
mod rest;

use std::io::{self, Write};

use super::header::{LABEL, host_facts};
use super::ink::Ink;
use super::line::{Line, Page};
use super::quantity::grouped;
use crate::Style;
use study::notice::StudyNotice;
use study::report::{BenchFacts, StudyReport, StudyVerdict};

/// How much is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// Disagreements in full, agreements by pair of values, the rest by count.
    Short,
    /// Every ordering that was compared, and every configuration that was not.
    All,
}

/// Writes what becomes of the study's orderings.
///
/// # Errors
/// Those of `out`.
pub fn write_study(
    out: &mut dyn Write,
    report: &StudyReport,
    listing: Listing,
    style: Style,
) -> io::Result<()> {
    let page = &mut Page::new(out, style);
    write_header(page, report)?;
    counts::write(page, report)?;
    orderings::write(page, report, StudyVerdict::Disagree)?;
    match listing {
        Listing::Short => {
            orderings::write_pairs(page, report)?;
            orderings::write_doubts(page, report)?;
        }
        Listing::All => {
            orderings::write(page, report, StudyVerdict::Agree)?;
            orderings::write(page, report, StudyVerdict::CannotTell)?;
        }
    }
    rest::write(page, report, listing)?;
    write_footer(page)
}

fn write_header(page: &mut Page<'_>, report: &StudyReport) -> io::Result<()> {
    page.write(
        Line::new()
            .text(Ink::Dim, "ctrprof  ")
            .text(Ink::Strong, "compare-study"),
    )?;
    let study = &report.study;
    let mut facts = vec![format!("kernel {}", study.kernel)];
    facts.extend(study.machine.iter().cloned());
    let configurations = grouped(study.configurations);
    facts.push(format!("{configurations} configurations"));
    facts.push(format!("{} runs", study.runs));
    page.facts("study", LABEL, Ink::Plain, &facts)?;
    for (index, bench) in report.benches.iter().enumerate() {
        let here = if report.benches.len() > 1 {
            format!("here {}", grouped(index as u64 + 1))
        } else {
            "here".to_owned()
        };
        page.facts(&here, LABEL, Ink::Plain, &bench_facts(bench))?;
    }
    for notice in &report.notices {
        let (label, ink) = label(notice);
        page.entry(label, LABEL, ink, &notice.sentence())?;
    }
    Ok(())
}

fn bench_facts(bench: &BenchFacts) -> Vec<String> {
    let mut facts = host_facts(&bench.host);
    facts.push(format!("{} runs", bench.runs));
    facts.push(bench.mode.name().to_owned());
    facts.push(format!("cache {}", bench.cache));
    facts.push(bench.directory.clone());
    facts
}

/// How loudly a notice is given.
fn label(notice: &StudyNotice) -> (&'static str, Ink) {
    match notice {
        StudyNotice::FailedRuns { .. } => ("FAILED", Ink::Alarm),
        StudyNotice::Unfinished { .. }
        | StudyNotice::Traced { .. }
        | StudyNotice::FewRuns { .. }
        | StudyNotice::AcrossBenches { .. }
        | StudyNotice::Derived { .. }
        | StudyNotice::OtherNetwork { .. }
        | StudyNotice::StandInImage { .. }
        | StudyNotice::Warned { .. }
        | StudyNotice::StackedOverlay { .. } => ("mind", Ink::Warning),
    }
}

fn write_footer(page: &mut Page<'_>) -> io::Result<()> {
    page.blank()?;
    page.rule("how to read this", "")?;
    for (label, text) in [
        (
            "ordering",
            "two cells that differ along one axis, in one stage; of X → Y, X is faster in the study",
        ),
        (
            "study, here",
            "time of Y over that of X, each the mean of the best three quarters of the runs; in tables the median over the orderings that agree or disagree",
        ),
        (
            "agree",
            "both are more than noise, and on the same side of 1; disagree: on opposite sides",
        ),
        (
            "interval",
            "95 %, by bootstrap over runs: of configurations that are equal here some 7 in 100 are told apart by chance, and half of those disagree",
        ),
        (
            "stack",
            "managers that differ in a runtime or storage too, which one of them brings along",
        ),
    ] {
        page.entry(&format!("  {label}"), LABEL + 2, Ink::Dim, text)?;
    }
    Ok(())
}

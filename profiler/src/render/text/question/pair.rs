//! One comparison of a question.

use std::io;

use super::super::diff::{functions, overview};
use super::super::finding;
use super::super::header::LABEL;
use super::super::ink::Ink;
use super::super::line::Page;
use crate::model::question::{QuestionPair, QuestionReport};

/// Writes the stages of both cells, why they differ, and where to see more.
pub(super) fn write(
    page: &mut Page<'_>,
    report: &QuestionReport,
    pair: &QuestionPair,
) -> io::Result<()> {
    page.blank()?;
    page.rule(&super::sides(report, pair), "")?;
    for warning in &pair.warnings {
        let (label, ink) = if warning.is_grave() {
            ("BEWARE", Ink::Alarm)
        } else {
            ("mind", Ink::Warning)
        };
        page.entry(label, LABEL, ink, &warning.sentence())?;
    }
    let stages = pair.stages.iter();
    let walls = stages.map(|stage| (stage.name.as_str(), &stage.wall));
    overview::write(page, walls, pair.total.as_ref())?;
    if pair.findings.is_empty() {
        page.entry("", 2, Ink::Dim, "no rule explains a difference here")?;
    }
    finding::write_stages(page, &pair.findings)?;
    for stage in pair.stages.iter().filter(|stage| stage.is_asked) {
        functions::write(page, &stage.functions)?;
    }
    let directory = |index: usize| {
        let cell = report.cells.get(index);
        cell.map_or("", |cell| cell.directory.as_str())
    };
    let command = format!("ctrprof diff {} {}", directory(pair.a), directory(pair.b));
    page.entry("more", LABEL, Ink::Dim, &command)
}

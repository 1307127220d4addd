//! One comparison of a question.

use std::io;

use super::super::diff::{functions, overview};
use super::super::finding;
use super::super::header::LABEL;
use super::super::ink::Ink;
use super::super::line::Page;
use super::super::warning;
use compare::report::question::QuestionPair;

/// Writes the stages of both cells, and why they differ.
pub(super) fn write(page: &mut Page<'_>, pair: &QuestionPair, number: usize) -> io::Result<()> {
    page.blank()?;
    page.rule(&super::sides(pair), &format!("pair {number}"))?;
    for warning in &pair.warnings {
        let (label, ink) = if warning.is_grave() {
            ("BEWARE", Ink::Alarm)
        } else {
            ("mind", Ink::Warning)
        };
        page.entry(label, LABEL, ink, &warning::sentence(warning))?;
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
    Ok(())
}

//! How many orderings came out how, by axis and stage.

use std::io;

use super::super::ink::Ink;
use super::super::line::{Line, Page};
use super::super::quantity::{grouped, ratio};
use study::report::{Counts, StudyReport};

/// Columns of an axis, of a stage, of a count, and of a ratio, gaps included.
const AXIS: usize = 11;
const STAGE: usize = 10;
const COUNT: usize = 10;
const WIDE: usize = 14;
const RATIO: usize = 9;

/// Writes the table, rows of which nothing was measured left out: the last line has all.
pub(super) fn write(page: &mut Page<'_>, report: &StudyReport) -> io::Result<()> {
    page.blank()?;
    page.rule("orderings of the study", &grouped(report.all.published()))?;
    if report.all.compared() == 0 {
        let text =
            "none could be compared: no two cells that were measured differ along one axis alone";
        return page.entry("", 2, Ink::Warning, text);
    }
    page.write(
        Line::new()
            .gap(2)
            .left(Ink::Dim, "axis", AXIS)
            .left(Ink::Dim, "stage", STAGE)
            .right(Ink::Dim, "agree", COUNT)
            .right(Ink::Dim, "disagree", COUNT)
            .right(Ink::Dim, "cannot tell", WIDE)
            .right(Ink::Dim, "study", RATIO)
            .right(Ink::Dim, "here", RATIO),
    )?;
    let mut previous = None;
    for row in &report.summary {
        if row.counts.compared() == 0 {
            continue;
        }
        let axis = if previous == Some(row.axis) {
            ""
        } else {
            row.axis.name()
        };
        previous = Some(row.axis);
        let shown = |ppm: Option<u64>| ppm.map(ratio).unwrap_or_default();
        let line = line(axis, row.stage.name(), &row.counts)
            .right(Ink::Dim, &shown(row.published_ppm), RATIO)
            .right(Ink::Dim, &shown(row.measured_ppm), RATIO);
        page.write(line)?;
    }
    page.write(line("all", "", &report.all))?;
    let not_measured = grouped(report.all.not_measured);
    let text = format!("{not_measured} more were not measured; why, see below");
    page.entry("", 2, Ink::Dim, &text)
}

fn line(axis: &str, stage: &str, counts: &Counts) -> Line {
    let disagree = if counts.disagree > 0 {
        Ink::Warning
    } else {
        Ink::Dim
    };
    Line::new()
        .gap(2)
        .left(Ink::Strong, axis, AXIS)
        .left(Ink::Plain, stage, STAGE)
        .right(Ink::Plain, &grouped(counts.agree), COUNT)
        .right(disagree, &grouped(counts.disagree), COUNT)
        .right(Ink::Dim, &grouped(counts.cannot_tell), WIDE)
}

//! The measures of each cell, in as many tables beside one another as have room.

use std::io;

use super::super::diff::measures::value;
use super::super::fit;
use super::super::ink::Ink;
use super::super::line::{Line, Page};
use super::super::quantity::grouped;
use compare::report::question::{QuestionCell, QuestionReport};

/// Columns of the name of a cell, at most, and of its runs.
const NAME: usize = 38;
const RUNS: usize = 6;
/// Columns of a value, at least, and between two.
const VALUE: usize = 9;
const GAP: usize = 2;

/// Writes the cells that have figures.
pub(super) fn write(page: &mut Page<'_>, report: &QuestionReport) -> io::Result<()> {
    let cells: Vec<&QuestionCell> = report.cells.iter().filter(|cell| cell.runs > 0).collect();
    if cells.is_empty() {
        return Ok(());
    }
    page.blank()?;
    page.rule("figures", "")?;
    let widest = cells.iter().map(|cell| fit::width(&cell.name)).max();
    let name = widest.unwrap_or(0).clamp(VALUE, NAME);
    for (number, columns) in blocks(page, report, name).into_iter().enumerate() {
        if number > 0 {
            page.blank()?;
        }
        write_heads(page, report, name, &columns)?;
        for cell in &cells {
            page.write(row(cell, name, report, &columns))?;
        }
    }
    Ok(())
}

/// The measures, cut into blocks that fit on the page.
fn blocks(page: &Page<'_>, report: &QuestionReport, name: usize) -> Vec<Vec<usize>> {
    let room = page.columns().saturating_sub(2 + name + RUNS);
    let mut blocks: Vec<Vec<usize>> = vec![Vec::new()];
    let mut taken = 0;
    for (index, measure) in report.measures.iter().enumerate() {
        let width = width(measure);
        if taken + width > room && taken > 0 {
            blocks.push(Vec::new());
            taken = 0;
        }
        taken += width;
        if let Some(block) = blocks.last_mut() {
            block.push(index);
        }
    }
    blocks
}

fn width(measure: &str) -> usize {
    GAP + fit::width(measure).max(VALUE)
}

fn write_heads(
    page: &mut Page<'_>,
    report: &QuestionReport,
    name: usize,
    columns: &[usize],
) -> io::Result<()> {
    let heads = Line::new()
        .gap(2)
        .left(Ink::Dim, "", name)
        .right(Ink::Dim, "runs", RUNS);
    let heads = columns.iter().fold(heads, |line, &index| {
        let measure = &report.measures[index];
        line.right(Ink::Dim, measure, width(measure))
    });
    page.write(heads)
}

fn row(cell: &QuestionCell, name: usize, report: &QuestionReport, columns: &[usize]) -> Line {
    let runs = if cell.failed > 0 {
        format!(
            "{}−{}",
            grouped(cell.runs + cell.failed),
            grouped(cell.failed)
        )
    } else {
        grouped(cell.runs)
    };
    let ink = if cell.failed > 0 {
        Ink::Alarm
    } else {
        Ink::Dim
    };
    let line = Line::new()
        .gap(2)
        .left(Ink::Plain, &cell.name, name)
        .right(ink, &runs, RUNS);
    columns.iter().fold(line, |line, &index| {
        let measured = cell.measures.get(index).and_then(Option::as_ref);
        let width = width(&report.measures[index]);
        line.right(Ink::Strong, &value(measured), width)
    })
}

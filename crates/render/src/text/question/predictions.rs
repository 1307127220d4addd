//! What replays predicted, beside what was measured.

use std::io;

use super::super::fit;
use super::super::ink::Ink;
use super::super::line::{Line, Page};
use super::super::quantity::duration;
use super::sides;
use compare::report::question::{Predicted, QuestionPair, QuestionReport};

const INDENT: usize = 2;
const TIME: usize = 10;
/// Columns of the verdict: ` misses`.
const VERDICT: usize = 9;

/// Writes a row for each pair of which the question asks for a prediction.
pub(super) fn write(page: &mut Page<'_>, report: &QuestionReport) -> io::Result<()> {
    let asked = report.pairs.iter().any(|pair| pair.prediction.is_some());
    if !asked {
        return Ok(());
    }
    page.blank()?;
    page.rule("predicted by replay", "medians over runs")?;
    let name = page.columns().saturating_sub(INDENT + 3 * TIME + VERDICT);
    let heads = Line::new().gap(INDENT).left(Ink::Dim, "", name);
    let heads = ["recorded", "predicted", "measured"]
        .iter()
        .fold(heads, |line, head| line.right(Ink::Dim, head, TIME));
    page.write(heads)?;
    for pair in &report.pairs {
        write_row(page, pair, name)?;
    }
    let text = "holds: within 10 % or 1 ms of what was measured";
    page.write(Line::new().gap(INDENT).text(Ink::Dim, text))
}

fn write_row(page: &mut Page<'_>, pair: &QuestionPair, name: usize) -> io::Result<()> {
    let Some(prediction) = &pair.prediction else {
        return Ok(());
    };
    let title = fit::elide_end(&sides(pair), name);
    let line = Line::new().gap(INDENT).left(Ink::Strong, &title, name);
    match &prediction.predicted {
        Some(predicted) => page.write(with_figures(line, predicted))?,
        None => {
            page.write(line)?;
            page.entry("    ✗", 6, Ink::Warning, &prediction.refusal)?;
        }
    }
    page.facts("", INDENT + 2, Ink::Dim, &prediction.selectors)
}

fn with_figures(line: Line, predicted: &Predicted) -> Line {
    let (verdict, ink) = if predicted.holds {
        ("holds", Ink::Plain)
    } else {
        ("misses", Ink::Warning)
    };
    line.right(Ink::Dim, &duration(predicted.recorded_ns), TIME)
        .right(Ink::Strong, &duration(predicted.predicted_ns), TIME)
        .right(Ink::Strong, &duration(predicted.measured_ns), TIME)
        .right(ink, verdict, VERDICT)
}

//! The measures, on both sides.

use std::io;

use super::super::finding::figure;
use super::super::ink::Ink;
use super::super::line::{Line, Page};
use super::super::quantity::ratio;
use compare::report::finding::Evidence;
use compare::report::measure::MeasureDifference;

/// Columns of the name, of a value, and of a ratio.
const NAME: usize = 28;
const VALUE: usize = 10;
const RATIO: usize = 9;

/// Writes a line for each measure.
pub(in crate::text) fn write(
    page: &mut Page<'_>,
    measures: &[MeasureDifference],
) -> io::Result<()> {
    let is_roomy = page.is_roomy();
    let name = if is_roomy {
        NAME
    } else {
        NAME.min(page.columns() - 2 - 2 * VALUE)
    };
    page.write(
        Line::new()
            .gap(2)
            .left(Ink::Dim, "measure", name)
            .right(Ink::Dim, "A", VALUE)
            .right(Ink::Dim, "B", VALUE)
            .right_if(is_roomy, Ink::Dim, "B / A", RATIO),
    )?;
    measures
        .iter()
        .try_for_each(|measure| page.write(line(measure, name, is_roomy)))
}

fn line(measure: &MeasureDifference, name: usize, is_roomy: bool) -> Line {
    let found = measure.ratio.map(|found| ratio(found.value_ppm));
    let interval = measure.ratio.and_then(|found| {
        let (low, high) = (found.low_ppm?, found.high_ppm?);
        Some(format!("  {} … {}", ratio(low), ratio(high)))
    });
    Line::new()
        .gap(2)
        .left(Ink::Plain, &measure.name, name)
        .right(Ink::Plain, &value(measure.a.as_ref()), VALUE)
        .right(Ink::Plain, &value(measure.b.as_ref()), VALUE)
        .right_if(is_roomy, Ink::Strong, &found.unwrap_or_default(), RATIO)
        .text(Ink::Dim, &interval.filter(|_| is_roomy).unwrap_or_default())
}

/// A value as people read it; a dash where there is none.
pub(crate) fn value(evidence: Option<&Evidence>) -> String {
    evidence.map_or_else(|| "-".to_owned(), figure)
}

//! Orderings that were not compared, and why.

use std::io;

use super::super::ink::Ink;
use super::super::line::Page;
use super::super::quantity::grouped;
use super::Listing;
use study::report::{NotMeasured, NotPublished, SetAside, StudyReport};

/// Columns of a count.
const COUNT: usize = 11;
/// Columns of a count of cells.
const CELLS: usize = 14;

/// Writes the reasons.
pub(super) fn write(page: &mut Page<'_>, report: &StudyReport, listing: Listing) -> io::Result<()> {
    if report.all.not_measured > 0 {
        page.blank()?;
        page.rule("published, not measured", &grouped(report.all.not_measured))?;
        for reason in &report.not_measured {
            write_reason(page, reason, listing)?;
        }
    }
    if !report.not_published.is_empty() || !report.set_aside.is_empty() {
        page.blank()?;
        page.rule("measured, not published", "")?;
        for entry in &report.not_published {
            write_not_published(page, entry)?;
        }
        for entry in &report.set_aside {
            write_set_aside(page, entry, report.benches.len() > 1)?;
        }
    }
    Ok(())
}

fn write_reason(page: &mut Page<'_>, reason: &NotMeasured, listing: Listing) -> io::Result<()> {
    let count = format!("  {}", grouped(reason.orderings));
    page.entry(&count, COUNT, Ink::Plain, &reason.why.sentence())?;
    match listing {
        Listing::Short if reason.cells.is_empty() => Ok(()),
        Listing::Short => {
            let cells = counted(reason.cells.values().sum(), "cell");
            let configurations = counted(reason.cells.len() as u64, "configuration");
            let text = format!("for want of {cells} of {configurations}");
            page.entry("", COUNT, Ink::Dim, &text)
        }
        Listing::All => {
            let cells = reason.cells.iter();
            let cells = cells.map(|(name, tests)| format!("{name} ({})", counted(*tests, "test")));
            page.facts("", COUNT, Ink::Dim, &cells.collect::<Vec<_>>())
        }
    }
}

fn write_not_published(page: &mut Page<'_>, entry: &NotPublished) -> io::Result<()> {
    let count = format!("  {}", counted(entry.cells, "cell"));
    let text = match &entry.workload {
        Some(workload) => format!("{} of {workload}", entry.stage),
        None => format!("{}, which the study has no figures of", entry.stage),
    };
    page.entry(&count, CELLS, Ink::Plain, &text)
}

fn write_set_aside(page: &mut Page<'_>, entry: &SetAside, several: bool) -> io::Result<()> {
    let count = format!("  {}", counted(entry.workloads.len() as u64, "cell"));
    let label = if entry.label.is_empty() {
        String::new()
    } else {
        format!(" (label {})", entry.label)
    };
    let bench = if several {
        format!("of bench {}: ", grouped(entry.bench + 1))
    } else {
        String::new()
    };
    let text = format!(
        "{bench}{}{label} with {}: {}",
        entry.configuration,
        entry.workloads.join(", "),
        entry.why.sentence()
    );
    page.entry(&count, CELLS, Ink::Warning, &text)
}

/// `1 cell`, `2 cells`.
fn counted(count: u64, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{} {noun}s", grouped(count)),
    }
}

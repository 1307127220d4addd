//! The report for a terminal, most important first: what was traced, all stages at a look, each
//! stage in full, and how the figures came about.

mod aggregate;
mod bar;
pub mod bench;
mod box_plot;
pub mod diff;
pub(super) mod finding;
pub(super) mod fit;
mod footer;
pub(super) mod header;
pub(super) mod ink;
pub(super) mod line;
mod overview;
pub mod path;
mod phases;
pub mod plan;
pub mod progress;
pub(super) mod quantity;
pub mod question;
mod stage;
pub mod study;
pub mod warning;
mod waterfall;

use std::io::{self, Write};

use self::ink::Ink;
use self::line::{Line, Page};
use super::Style;
use analysis::report::path::StagePath;
use analysis::report::{Report, Run};

/// Writes a report as text. With the critical paths of its stages, each stage also shows who was
/// waited for, and when; stages without one go without.
///
/// # Errors
/// Those of `out`.
pub fn write_report(
    out: &mut dyn Write,
    report: &Report,
    paths: &[StagePath],
    style: Style,
) -> io::Result<()> {
    let page = &mut Page::new(out, style);
    header::write(page, report)?;
    if report.runs.iter().all(|run| run.stages.is_empty()) {
        page.blank()?;
        page.write(Line::new().text(Ink::Warning, "no stage was recorded"))?;
    }
    for aggregate in &report.aggregates {
        aggregate::write(page, aggregate)?;
    }
    for (index, run) in report.runs.iter().enumerate() {
        let paths: Vec<&StagePath> = paths.iter().filter(|path| path.run == index).collect();
        write_run(page, run, &paths)?;
    }
    page.blank()?;
    footer::write(page, report, paths)
}

fn write_run(page: &mut Page<'_>, run: &Run, paths: &[&StagePath]) -> io::Result<()> {
    page.blank()?;
    header::write_run(page, run)?;
    if run.stages.len() > 1 {
        overview::write(page, run)?;
        page.blank()?;
    }
    for (index, stage) in run.stages.iter().enumerate() {
        if index > 0 {
            page.blank()?;
        }
        let path = paths
            .iter()
            .find(|path| path.stage == stage.name && path.start_ns == stage.start_ns);
        stage::write(page, stage, path.copied())?;
    }
    Ok(())
}

//! The report for a terminal, most important first: how long, why, and whether to believe it; then, on
//! request, each stage in full, and how the figures came about.

mod aggregate;
mod answer;
mod bar;
pub mod bench;
mod box_plot;
mod commands;
pub mod diff;
pub(super) mod finding;
pub(super) mod fit;
pub(super) mod footer;
mod functions;
pub mod glossary;
pub(super) mod header;
pub(super) mod ink;
pub(super) mod line;
mod memory;
mod overview;
pub mod path;
mod phases;
pub mod plan;
pub mod profile;
pub mod progress;
pub(super) mod quantity;
pub mod question;
pub(super) mod recording_warning;
mod remedies;
mod stage;
pub mod study;
pub mod warning;
pub(super) mod waterfall;
pub mod what_if;
mod work;

use std::io::{self, Write};

use self::line::Page;
use super::Style;
use analysis::report::path::StagePath;
use analysis::report::{Report, Run};
use compare::report::diagnosis::Diagnosis;

/// How much of a report is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// The first screen: stages, findings, warnings.
    Answer,
    /// That, the tables of each stage, and how the figures came about.
    Full,
}

/// How much of a report is drawn, and of its tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// How much of it.
    pub detail: Detail,
    /// How many findings there are at most, and rows of each table; with nothing, as many as fit a screen, and
    /// as many as each table has by itself.
    pub top: Option<usize>,
}

impl From<Detail> for Extent {
    fn from(detail: Detail) -> Self {
        Self { detail, top: None }
    }
}

/// Writes a report as text. With the critical paths of its stages, the full report also shows who was
/// waited for, and when; stages without one go without.
///
/// # Errors
/// Those of `out`.
pub fn write_report(
    out: &mut dyn Write,
    (report, paths): (&Report, &[StagePath]),
    diagnosis: &Diagnosis,
    extent: Extent,
    style: Style,
) -> io::Result<()> {
    let page = &mut Page::new(out, style).with_top(extent.top);
    answer::write(page, report, diagnosis, extent.detail)?;
    if extent.detail == Detail::Answer {
        return Ok(());
    }
    for aggregate in &report.aggregates {
        aggregate::write(page, aggregate)?;
    }
    for (index, run) in report.runs.iter().enumerate() {
        let paths: Vec<&StagePath> = paths.iter().filter(|path| path.run == index).collect();
        let is_one_of_several = report.runs.len() > 1;
        write_run(page, run, &paths, is_one_of_several)?;
    }
    header::write_configurations(page, &report.runs)?;
    page.blank()?;
    footer::write(page, report, paths)
}

fn write_run(
    page: &mut Page<'_>,
    run: &Run,
    paths: &[&StagePath],
    is_one_of_several: bool,
) -> io::Result<()> {
    page.blank()?;
    if is_one_of_several {
        header::write_container(page, run)?;
    }
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

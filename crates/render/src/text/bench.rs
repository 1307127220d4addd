//! The statistics of a bench: a table for each workload, so that configurations can be compared
//! with one another.

use std::io::{self, Write};

use super::box_plot::box_plot;
use super::fit;
use super::header::{LABEL, host_facts};
use super::ink::Ink;
use super::line::{Line, Page};
use super::quantity::{duration, grouped, ratio};
use crate::Style;
use setup::bench::{
    BenchReport, CellReport, ImpossibleCell, IntervalNs, ObserverStage, RelativeTotal,
    StageStatistics,
};

/// Columns of a stage's name, of a duration and of an interval, gaps included.
const STAGE: usize = 11;
const TIME: usize = 10;
const INTERVAL: usize = 22;
/// Columns before a name that stands on a line of its own.
const NARROW_INDENT: usize = 4;
const RATIOS: usize = 16;
/// Fewer runs give no interval.
const ENOUGH_RUNS: u64 = 5;
/// Ways to fail that are shown of each cell; more are counted.
const FAILURES: usize = 3;

/// Writes what a bench measured.
///
/// # Errors
/// Those of `out`.
pub fn write_bench(out: &mut dyn Write, bench: &BenchReport, style: Style) -> io::Result<()> {
    let page = &mut Page::new(out, style);
    write_header(page, bench)?;
    for workload in workloads(bench) {
        let cells = bench.cells.iter();
        let cells: Vec<&CellReport> = cells
            .filter(|report| report.cell.workload == workload)
            .collect();
        page.blank()?;
        page.rule(workload, "")?;
        write_columns(page)?;
        for cell in &cells {
            write_cell(page, cell, &cells)?;
        }
        write_fastest(page, &cells)?;
    }
    write_impossible(page, &bench.impossible)
}

fn write_header(page: &mut Page<'_>, bench: &BenchReport) -> io::Result<()> {
    let title = if bench.title.is_empty() {
        "without a title"
    } else {
        &bench.title
    };
    page.write(
        Line::new()
            .text(Ink::Dim, "ctrprof bench  ")
            .text(Ink::Strong, title),
    )?;
    let mut facts = host_facts(&bench.host);
    facts.push(format!("{} runs", bench.runs_asked));
    facts.push(bench.mode.name().to_owned());
    facts.push(format!("cache {}", bench.cache));
    facts.push(format!("seed {}", bench.seed));
    page.facts("", 0, Ink::Dim, &facts)?;
    if !bench.complete {
        let text = "not all runs are done; a bench goes on where it stopped";
        page.entry("unfinished", LABEL, Ink::Warning, text)?;
    }
    Ok(())
}

/// Whether there are runs enough for an interval.
pub(crate) const fn is_enough(runs: u64) -> bool {
    runs >= ENOUGH_RUNS
}

/// The workloads, in the order of the matrix.
pub(crate) fn workloads(bench: &BenchReport) -> Vec<&str> {
    let mut workloads: Vec<&str> = Vec::new();
    for report in &bench.cells {
        if !workloads.contains(&&*report.cell.workload) {
            workloads.push(&report.cell.workload);
        }
    }
    workloads
}

fn write_columns(page: &mut Page<'_>) -> io::Result<()> {
    page.write(
        Line::new()
            .gap(2 + STAGE)
            .right_if(page.is_roomy(), Ink::Dim, "best 3/4", TIME)
            .right(Ink::Dim, "median", TIME)
            .right_if(page.is_roomy(), Ink::Dim, "95 % interval", INTERVAL)
            .text(
                Ink::Dim,
                if page.is_roomy() {
                    "  from 0, one scale"
                } else {
                    "  from 0"
                },
            ),
    )
}

fn write_cell(page: &mut Page<'_>, report: &CellReport, all: &[&CellReport]) -> io::Result<()> {
    write_name(page, report)?;
    for stage in &report.stages {
        write_stage(page, stage, scale(all, &stage.name))?;
    }
    for stage in &report.observer {
        write_observer(page, stage)?;
    }
    write_failures(page, report)
}

/// Who is fastest, and how long the others take, fastest first.
fn write_fastest(page: &mut Page<'_>, cells: &[&CellReport]) -> io::Result<()> {
    let mut ranked: Vec<(&CellReport, RelativeTotal)> = cells
        .iter()
        .filter_map(|report| Some((*report, report.relative?)))
        .collect();
    // Stable: equals stay in the order of the matrix.
    ranked.sort_by_key(|(_, relative)| relative.ratio_ppm);
    let [(fastest, _), others @ ..] = ranked.as_slice() else {
        return Ok(());
    };
    if others.is_empty() {
        return Ok(());
    }
    page.blank()?;
    let name = &fastest.cell.configuration;
    if page.is_roomy() {
        page.entry("  fastest", LABEL, Ink::Strong, name)?;
    } else {
        page.write(Line::new().gap(2).text(Ink::Dim, "fastest"))?;
        page.entry("", NARROW_INDENT, Ink::Strong, name)?;
    }
    for (report, relative) in others {
        let interval = match (relative.low_ppm, relative.high_ppm) {
            (Some(low), Some(high)) => format!("{} – {}", ratio(low), ratio(high)),
            _ => "few runs".to_owned(),
        };
        let figures = Line::new()
            .gap(2)
            .right(Ink::Strong, &ratio(relative.ratio_ppm), TIME)
            .right(Ink::Dim, &interval, RATIOS)
            .gap(2);
        let name = &report.cell.configuration;
        if page.is_roomy() {
            let room = page.columns().saturating_sub(figures.width());
            let name = fit::elide_middle(name, room);
            page.write(figures.text(Ink::Plain, &name))?;
        } else {
            page.write(figures)?;
            page.entry("", NARROW_INDENT, Ink::Plain, name)?;
        }
    }
    Ok(())
}

fn write_name(page: &mut Page<'_>, report: &CellReport) -> io::Result<()> {
    let mut counts = Line::new().text(Ink::Dim, &format!(" {} runs", grouped(report.runs)));
    if report.failed > 0 {
        counts = counts.text(Ink::Alarm, &format!("  {} FAILED", grouped(report.failed)));
    }
    let room = page.columns().saturating_sub(counts.width());
    page.write(
        Line::new()
            .left(Ink::Strong, &report.cell.configuration, room)
            .line(counts),
    )?;
    if report.cell.label.is_empty() {
        return Ok(());
    }
    page.entry("  known as", LABEL, Ink::Dim, &report.cell.label)
}

/// The slowest that is no outlier, of all configurations.
fn scale(all: &[&CellReport], stage: &str) -> u64 {
    let stages = all.iter().flat_map(|report| &report.stages);
    stages
        .filter(|other| other.name == stage)
        .map(|other| other.high_whisker_ns)
        .max()
        .unwrap_or(0)
}

fn write_stage(page: &mut Page<'_>, stage: &StageStatistics, scale_ns: u64) -> io::Result<()> {
    let line = Line::new()
        .gap(2)
        .left(Ink::Plain, &stage.name, STAGE)
        .right_if(
            page.is_roomy(),
            Ink::Plain,
            &duration(stage.best_mean_ns),
            TIME,
        )
        .right(Ink::Strong, &duration(stage.median_ns), TIME)
        .right_if(page.is_roomy(), Ink::Dim, &interval_of(stage), INTERVAL)
        .gap(2);
    let columns = page.columns().saturating_sub(line.width());
    page.write(line.text(Ink::Plain, &box_plot(stage, scale_ns, columns)))
}

/// `  tracing    +0.41 ms of 12.3 ms create, 0.21 ms – 0.63 ms`
fn write_observer(page: &mut Page<'_>, stage: &ObserverStage) -> io::Result<()> {
    let ink = if stage.significant {
        Ink::Plain
    } else {
        Ink::Dim
    };
    let verdict = if stage.significant { "" } else { "  noise" };
    let name = format!("tracing · {}", stage.name);
    page.write(
        Line::new()
            .gap(2)
            .left(Ink::Dim, &name, STAGE + TIME)
            .right(ink, &signed(stage.added_ns), TIME)
            .right_if(
                page.is_roomy(),
                Ink::Dim,
                &interval(stage.added_interval),
                INTERVAL,
            )
            .text(Ink::Dim, &format!("  {} pairs", grouped(stage.pairs)))
            .text(Ink::Dim, verdict),
    )
}

fn write_failures(page: &mut Page<'_>, report: &CellReport) -> io::Result<()> {
    for failure in report.failures.iter().take(FAILURES) {
        let times = format!("  {} x", grouped(failure.runs));
        page.entry(&times, LABEL, Ink::Alarm, &failure.message)?;
    }
    let more = report.failures.len().saturating_sub(FAILURES);
    if more > 0 {
        let text = format!("other ways to fail: {}", grouped(more as u64));
        page.entry("", LABEL, Ink::Alarm, &text)?;
    }
    if report.failed_warmups > 0 {
        let text = format!("failed warm-ups: {}", grouped(report.failed_warmups));
        page.entry("", LABEL, Ink::Warning, &text)?;
    }
    Ok(())
}

fn write_impossible(page: &mut Page<'_>, impossible: &[ImpossibleCell]) -> io::Result<()> {
    if impossible.is_empty() {
        return Ok(());
    }
    page.blank()?;
    let count = grouped(impossible.len() as u64);
    let text = format!("{count} of the matrix cannot be run here; ctrprof plan says why");
    page.entry("impossible", LABEL, Ink::Warning, &text)
}

fn interval_of(stage: &StageStatistics) -> String {
    if stage.runs < ENOUGH_RUNS {
        "few runs".to_owned()
    } else {
        interval(stage.median_interval)
    }
}

fn interval(interval: IntervalNs) -> String {
    format!("{} – {}", ends(interval.low_ns), ends(interval.high_ns))
}

/// A duration, with a sign where it is below nothing.
fn ends(duration_ns: i64) -> String {
    let sign = if duration_ns < 0 { "−" } else { "" };
    format!("{sign}{}", duration(duration_ns.unsigned_abs()))
}

/// A duration that was added or saved.
fn signed(duration_ns: i64) -> String {
    let sign = if duration_ns < 0 { "−" } else { "+" };
    format!("{sign}{}", duration(duration_ns.unsigned_abs()))
}

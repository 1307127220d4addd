//! A comparison for a terminal, most important first: what is compared, what to mind, all stages at a
//! look, the findings; then, if asked for, where the gap of each stage goes, its system calls and kernel
//! functions.

mod calls;
pub(crate) mod difference;
pub(super) mod functions;
mod gap;
pub(crate) mod measures;
pub(super) mod overview;
mod user_functions;

pub(super) use overview::interval;

use std::io::{self, Write};

use super::Detail;
use super::finding;
use super::header::{LABEL, shown_command};
use super::ink::Ink;
use super::line::{Line, Page};
use super::quantity::{grouped, ratio, signed_duration};
use super::warning;
use crate::Style;
use compare::report::finding::Explanation;
use compare::report::{AxisDifference, Comparison, Side, StageDifference};

/// Writes a comparison and what explains it as text.
///
/// # Errors
/// Those of `out`.
pub fn write_comparison(
    out: &mut dyn Write,
    comparison: &Comparison,
    explanation: &Explanation,
    detail: Detail,
    style: Style,
) -> io::Result<()> {
    let page = &mut Page::new(out, style);
    write_header(page, comparison)?;
    page.blank()?;
    if comparison.stages.is_empty() {
        return page.write(Line::new().text(Ink::Warning, "no stage was recorded"));
    }
    let stages = comparison.stages.iter();
    let walls = stages.map(|stage| (stage.name.as_str(), &stage.wall));
    overview::write(page, walls, comparison.total.as_ref())?;
    if !comparison.measures.is_empty() {
        page.blank()?;
        measures::write(page, &comparison.measures)?;
    }
    if !explanation.claims.is_empty() {
        page.blank()?;
        finding::write_claims(page, &explanation.claims)?;
    }
    if !explanation.findings.is_empty() {
        page.blank()?;
        let whole_ns = comparison
            .whole()
            .map_or(0, |wall| wall.difference.value_ns);
        difference::write(page, &explanation.findings, whole_ns)?;
    }
    if detail == Detail::Answer {
        page.blank()?;
        let hint = "--full prints where the gap of each stage goes, its calls and functions";
        return page.entry("more", LABEL, Ink::Dim, hint);
    }
    for stage in &comparison.stages {
        page.blank()?;
        write_stage(page, stage)?;
    }
    page.blank()?;
    write_footer(page)
}

fn write_header(page: &mut Page<'_>, comparison: &Comparison) -> io::Result<()> {
    page.write(
        Line::new()
            .text(Ink::Dim, "ctrprof  ")
            .text(Ink::Strong, "diff"),
    )?;
    write_side(
        page,
        "A",
        &comparison.a,
        &comparison.differing_axes,
        |axis| axis.a.as_deref(),
    )?;
    write_side(
        page,
        "B",
        &comparison.b,
        &comparison.differing_axes,
        |axis| axis.b.as_deref(),
    )?;
    let same = same_axes(comparison);
    if !same.is_empty() {
        page.facts("both", LABEL, Ink::Dim, &same)?;
    }
    if comparison.by_work {
        let text = "each side has other processes for the same work: what their engines do is compared \
                    work by work, and the processes are named within";
        page.entry("by work", LABEL, Ink::Dim, text)?;
    }
    for warning in &comparison.warnings {
        let (label, ink) = if warning.is_grave() {
            ("BEWARE", Ink::Alarm)
        } else {
            ("mind", Ink::Warning)
        };
        page.entry(label, LABEL, ink, &warning::sentence(warning))?;
    }
    Ok(())
}

/// `A            runs/crun · runtime crun`
fn write_side(
    page: &mut Page<'_>,
    label: &str,
    side: &Side,
    axes: &[AxisDifference],
    value: fn(&AxisDifference) -> Option<&str>,
) -> io::Result<()> {
    let mut facts = vec![side.name.clone()];
    if let ([recording], true) = (side.recordings.as_slice(), side.configuration.is_empty()) {
        facts.push(shown_command(&recording.command));
    }
    if side.recordings.len() > 1 {
        facts.push(format!(
            "{} recordings",
            grouped(side.recordings.len() as u64)
        ));
    }
    facts.extend(
        axes.iter()
            .map(|axis| format!("{} {}", axis.axis, value(axis).unwrap_or("-"))),
    );
    page.facts(label, LABEL, Ink::Strong, &facts)
}

/// The axes that both sides have in common.
fn same_axes(comparison: &Comparison) -> Vec<String> {
    let (a, b) = (&comparison.a.configuration, &comparison.b.configuration);
    let same = a.iter().filter(|(axis, value)| b.get(*axis) == Some(value));
    same.map(|(axis, value)| format!("{axis} {value}"))
        .collect()
}

fn write_stage(page: &mut Page<'_>, stage: &StageDifference) -> io::Result<()> {
    let wall = &stage.wall;
    let figure = match wall.ratio {
        Some(found) => format!(
            "{}  {}",
            signed_duration(wall.difference.value_ns),
            ratio(found.value_ppm)
        ),
        None => signed_duration(wall.difference.value_ns),
    };
    page.rule(&stage.name, &figure)?;
    gap::write(page, stage)?;
    calls::write(page, stage)?;
    functions::write(page, &stage.functions)?;
    user_functions::write(page, &stage.user_functions)
}

fn write_footer(page: &mut Page<'_>) -> io::Result<()> {
    page.rule("how to read this", "")?;
    for (label, text) in [
        (
            "gap",
            "means over runs; each column adds up to its wall time, the differences to the gap",
        ),
        (
            "more",
            "the time that B's number of them would take at A's time each, less A's",
        ),
        (
            "slower",
            "the time that A's number would take at B's time each, less A's",
        ),
        ("both", "the rest, which only the two together make"),
        (
            "calls",
            "under the gap those on the critical path; in the table those of all processes",
        ),
        ("interval", "95 %, by bootstrap over runs"),
    ] {
        page.entry(&format!("  {label}"), LABEL, Ink::Dim, text)?;
    }
    Ok(())
}

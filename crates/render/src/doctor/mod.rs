//! The text of `ctrprof doctor`: a line for each check, in groups, and the remedy where one failed.

pub mod report;

use std::io::{self, Write};

use super::Style;
use super::text::fit;
use super::text::header::host_facts;
use super::text::ink::Ink;
use super::text::line::{Line, Page};
use crate::doctor::report::{Check, CheckState, DoctorReport};

/// Columns of a mark, and of the name of a check.
const MARK: usize = 4;
const NAME: usize = 24;

/// Writes what was found as text.
///
/// # Errors
/// Those of `out`.
pub fn write_doctor(out: &mut dyn Write, doctor: &DoctorReport, style: Style) -> io::Result<()> {
    let page = &mut Page::new(out, style);
    page.write(
        Line::new()
            .text(Ink::Dim, "ctrprof  ")
            .text(Ink::Strong, "what this host can do"),
    )?;
    page.facts("", 0, Ink::Dim, &host_facts(&doctor.host))?;
    for group in groups(&doctor.checks) {
        page.blank()?;
        page.rule(group, "")?;
        for check in doctor.checks.iter().filter(|check| check.group == group) {
            write_check(page, check)?;
        }
    }
    page.blank()?;
    write_verdict(page, doctor)
}

/// The groups, in the order of their first check.
fn groups(checks: &[Check]) -> Vec<&str> {
    let mut groups: Vec<&str> = Vec::new();
    for check in checks {
        if !groups.contains(&check.group.as_str()) {
            groups.push(&check.group);
        }
    }
    groups
}

fn write_check(page: &mut Page<'_>, check: &Check) -> io::Result<()> {
    let name = if page.is_roomy() { NAME } else { NAME - 4 };
    let room = page.columns() - MARK - name;
    let head = Line::new()
        .left(
            check.state.into(),
            &format!("  {}", mark(check.state)),
            MARK,
        )
        .left(Ink::Plain, &check.name, name - 1)
        .gap(1);
    let mut lines = fit::wrap(&fit::clean(&check.detail), room).into_iter();
    page.write(head.text(Ink::Plain, &lines.next().unwrap_or_default()))?;
    for line in lines {
        page.write(Line::new().gap(MARK + name).text(Ink::Plain, &line))?;
    }
    if check.remedy.is_empty() {
        return Ok(());
    }
    page.entry("    →", MARK + 2, Ink::from(check.state), &check.remedy)
}

/// A sign that tells the state without colour, too.
fn mark(state: CheckState) -> &'static str {
    match state {
        CheckState::Ok => "✓",
        CheckState::Warn => "!",
        CheckState::Missing => "✗",
    }
}

fn write_verdict(page: &mut Page<'_>, doctor: &DoctorReport) -> io::Result<()> {
    let state = doctor.worst();
    let verdict = match state {
        CheckState::Ok => "ctrprof works here, with all that it can see".to_owned(),
        CheckState::Warn => format!(
            "ctrprof works here, with less than it could see or do: {} marked !",
            doctor.count(CheckState::Warn)
        ),
        CheckState::Missing => format!(
            "ctrprof cannot profile here: {} marked ✗",
            doctor.count(CheckState::Missing)
        ),
    };
    page.entry("", 0, state.into(), &verdict)
}

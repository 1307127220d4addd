//! Several sides beside each other.

use std::io::{self, Write};

use super::{escaped, head, row};
use crate::text::profile::units;
use crate::text::profile::warning::sentence;
use crate::text::quantity::{duration, number_milli};
use compare::profile::report::{CallCell, CountCell, ProfileReport};

/// Writes what each side does: its totals, its calls, its errors, and what is repeated.
///
/// # Errors
/// Those of `out`.
pub fn write_profile(out: &mut dyn Write, report: &ProfileReport) -> io::Result<()> {
    let unit = &report.unit.name;
    let roles: Vec<&str> = report.roles.iter().map(|role| role.name()).collect();
    writeln!(
        out,
        "System calls for a {unit}, of the {} {} in the {} {}.\n",
        units("role", roles.len() as u64),
        roles.join(", "),
        units("stage", report.stages.len() as u64),
        report.stages.join(", ")
    )?;
    for warning in &report.warnings {
        let strong = if warning.is_grave() { "**" } else { "" };
        let text = escaped(&sentence(warning, report));
        writeln!(out, "- {strong}{text}{strong}")?;
    }
    if !report.warnings.is_empty() {
        writeln!(out)?;
    }
    let many = units(unit, 2);
    let sides: Vec<String> = report
        .sides
        .iter()
        .map(|side| escaped(&side.name))
        .collect();
    let titles = [
        "side",
        "runs",
        &many,
        "calls",
        "errors",
        "time in calls",
        "on a CPU",
    ];
    head(out, &titles.map(str::to_owned))?;
    for (side, name) in report.sides.iter().zip(&sides) {
        let cells = [
            name.clone(),
            side.runs.to_string(),
            side.units.to_string(),
            number_milli(side.calls_milli),
            number_milli(side.errors_milli),
            duration(side.time_ns),
            duration(side.cpu_ns),
        ];
        row(out, &cells)?;
    }
    let header = |title: &str| [title.to_owned()].into_iter().chain(sides.clone());

    writeln!(out)?;
    head(
        out,
        &header("system call, time of each").collect::<Vec<_>>(),
    )?;
    for call in &report.calls {
        let cells = call.sides.iter().map(call_cell);
        row(out, &named(&call.syscall, cells))?;
    }
    if !report.errors.is_empty() {
        writeln!(out)?;
        head(out, &header("error").collect::<Vec<_>>())?;
    }
    for error in &report.errors {
        let name = format!("{} {}", error.syscall, error.error);
        row(out, &named(&name, error.sides.iter().map(count_cell)))?;
    }
    if !report.repeated.is_empty() {
        writeln!(out)?;
        head(out, &header("the same again and again").collect::<Vec<_>>())?;
    }
    for repeated in &report.repeated {
        let name = format!("{} {}", repeated.syscall, repeated.text);
        row(out, &named(&name, repeated.sides.iter().map(count_cell)))?;
    }
    Ok(())
}

fn call_cell(cell: &CallCell) -> String {
    match cell.count {
        0 => String::new(),
        _ => format!(
            "{} · {}",
            number_milli(cell.per_unit_milli),
            duration(cell.each_ns)
        ),
    }
}

fn count_cell(cell: &CountCell) -> String {
    match cell.count {
        0 => String::new(),
        _ => number_milli(cell.per_unit_milli),
    }
}

fn named(name: &str, cells: impl Iterator<Item = String>) -> Vec<String> {
    [escaped(name)].into_iter().chain(cells).collect()
}

//! Any number of sides beside each other: what each does for a unit of its work.

mod table;
pub(crate) mod warning;

use std::io::{self, Write};

use super::header::LABEL;
use super::ink::Ink;
use super::line::{Line, Page};
use super::quantity::{count, duration, number_milli};
use crate::Style;
use compare::profile::report::{
    CallCell, CallRow, CountCell, ErrorRow, Order, ProfileReport, ProfileSide, Unit, UnitSource,
};
use setup::configuration::AXES;
use table::{CELL, Row};

/// Columns of a number of calls in a cell; the rest of it is the time of each.
const CALLS: usize = 6;
/// Columns of the tables of sides and of only-one-side lists before their text.
const NUMBER: usize = 4;
/// What stands where a side makes no call.
const NONE: &str = "·";
/// Calls that are listed of those that only one side makes.
const ONLY: usize = 12;

/// Writes what each side does, with at most `top` rows of each table.
///
/// # Errors
/// Those of `out`.
pub fn write_profile(
    out: &mut dyn Write,
    report: &ProfileReport,
    top: usize,
    style: Style,
) -> io::Result<()> {
    let page = &mut Page::new(out, style);
    write_head(page, report)?;
    write_sides(page, report)?;
    let names: Vec<String> = report.sides.iter().map(|side| side.name.clone()).collect();
    let unit = &report.unit.name;

    page.blank()?;
    page.rule(&format!("system calls for a {unit}, time of each"), "")?;
    // What is rare says something where time is what is looked at.
    let is_shown = |rare: bool| !rare || report.order == Order::Time;
    let calls: Vec<&CallRow> = report
        .calls
        .iter()
        .filter(|row| is_shown(row.rare))
        .collect();
    let mut rows: Vec<Row> = calls
        .iter()
        .take(top)
        .map(|row| Row {
            name: row.syscall.clone(),
            cells: row.sides.iter().map(call_cell).collect(),
        })
        .collect();
    rows.push(Row {
        name: "all calls".to_owned(),
        cells: report.sides.iter().map(all_cell).collect(),
    });
    table::write(page, &names, &rows)?;
    write_more(page, calls.len(), top, "calls")?;
    write_rare(page, report.calls.len() - calls.len(), "calls", unit)?;
    write_only(page, report)?;

    let errors: Vec<&ErrorRow> = report.errors.iter().filter(|row| !row.rare).collect();
    let rows = errors.iter().map(|row| Row {
        name: format!("{} {}", row.syscall, row.error),
        cells: row.sides.iter().map(count_cell).collect(),
    });
    write_table(page, &format!("errors for a {unit}"), &names, rows, top)?;
    let rows = report.repeated.iter().map(|row| Row {
        name: format!("{} {}", row.syscall, row.text),
        cells: row.sides.iter().map(count_cell).collect(),
    });
    let title = format!("the same again and again, for a {unit}");
    write_table(page, &title, &names, rows, top)
}

fn write_head(page: &mut Page<'_>, report: &ProfileReport) -> io::Result<()> {
    page.facts("counted", LABEL, Ink::Strong, &counted(report))?;
    page.facts("same", LABEL, Ink::Plain, &same(report))?;
    for warning in &report.warnings {
        let (label, ink) = if warning.is_grave() {
            ("BEWARE", Ink::Alarm)
        } else {
            ("mind", Ink::Warning)
        };
        page.entry(label, LABEL, ink, &warning::sentence(warning, report))?;
    }
    Ok(())
}

/// The calls that are counted: for which unit, of which roles, in which stages.
pub(crate) fn counted(report: &ProfileReport) -> Vec<String> {
    let roles: Vec<&str> = report.roles.iter().map(|role| role.name()).collect();
    let all = trace::role::Role::ALL.len();
    vec![
        format!(
            "calls for a {}{}",
            report.unit.name,
            unit_source(&report.unit)
        ),
        match roles.len() {
            1 => format!("role {}", roles[0]),
            found if found == all => "all roles".to_owned(),
            _ => format!("roles {}", roles.join(", ")),
        },
        match report.stages.len() {
            1 => format!("stage {}", report.stages[0]),
            _ => format!("stages {}", report.stages.join(", ")),
        },
    ]
}

/// The configuration that all sides have in common.
pub(crate) fn same(report: &ProfileReport) -> Vec<String> {
    AXES.iter()
        .copied()
        .chain(["workload", "workload_size", "cache"])
        .filter_map(|axis| {
            let value = report.configuration.get(axis)?;
            Some(format!("{} {value}", axis.replace('_', " ")))
        })
        .collect()
}

/// How the unit was chosen, where that is not plain.
fn unit_source(unit: &Unit) -> &'static str {
    match unit.source {
        UnitSource::Recording | UnitSource::Asked | UnitSource::Unlike => "",
        UnitSource::Untold => " (no other unit is recorded)",
    }
}

fn write_sides(page: &mut Page<'_>, report: &ProfileReport) -> io::Result<()> {
    const RUNS: usize = 6;
    const UNITS: usize = 11;
    const COUNT: usize = 11;
    const ERRORS: usize = 8;
    const TIME: usize = 10;
    let is_roomy = page.is_roomy();
    page.blank()?;
    page.rule(&format!("sides, for a {}", report.unit.name), "")?;
    let figures = page.if_roomy(RUNS + UNITS + ERRORS + TIME) + COUNT + TIME;
    let name = page.columns().saturating_sub(NUMBER + figures);
    let titles = [
        ("runs", RUNS, is_roomy),
        (&*units(&report.unit.name, 2), UNITS, is_roomy),
        ("calls", COUNT, true),
        ("errors", ERRORS, is_roomy),
        ("in calls", TIME, true),
        ("on a CPU", TIME, is_roomy),
    ];
    let heading = Line::new().gap(NUMBER + name);
    let heading = titles
        .iter()
        .fold(heading, |line, &(title, columns, is_shown)| {
            line.right_if(is_shown, Ink::Dim, title, columns)
        });
    page.write(heading)?;
    for (number, side) in (1_u64..).zip(&report.sides) {
        let line = Line::new()
            .right(Ink::Dim, &number.to_string(), NUMBER - 1)
            .gap(1)
            .left(Ink::Strong, &side.name, name);
        page.write(
            line.right_if(is_roomy, Ink::Plain, &count(side.runs), RUNS)
                .right_if(is_roomy, Ink::Plain, &count(side.units), UNITS)
                .right(Ink::Strong, &number_milli(side.calls_milli), COUNT)
                .right_if(
                    is_roomy,
                    Ink::Plain,
                    &per_unit(side.errors_milli, side.errors_milli),
                    ERRORS,
                )
                .right(Ink::Plain, &duration(side.time_ns), TIME)
                .right_if(is_roomy, Ink::Plain, &duration(side.cpu_ns), TIME),
        )?;
    }
    Ok(())
}

fn call_cell(cell: &CallCell) -> Line {
    let line = Line::new().right(
        Ink::Plain,
        &per_unit(cell.count, cell.per_unit_milli),
        CALLS,
    );
    let each = match cell.count {
        0 => String::new(),
        _ => duration(cell.each_ns),
    };
    line.right(Ink::Dim, &each, CELL - CALLS)
}

fn all_cell(side: &ProfileSide) -> Line {
    let calls = per_unit(side.calls_milli, side.calls_milli);
    Line::new()
        .right(Ink::Strong, &calls, CALLS)
        .gap(CELL - CALLS)
}

fn count_cell(cell: &CountCell) -> Line {
    let calls = per_unit(cell.count, cell.per_unit_milli);
    Line::new()
        .right(Ink::Plain, &calls, CALLS)
        .gap(CELL - CALLS)
}

/// How many for a unit: what is there is not hidden by rounding.
pub(crate) fn per_unit(count: u64, milli: u64) -> String {
    match (count, milli) {
        (0, _) => NONE.to_owned(),
        (_, 0..5) => "<0.01".to_owned(),
        (_, 999_950_000..) => format!("{} M", number_milli((milli + 500_000) / 1_000_000)),
        (_, 99_999_500..) => format!("{} k", (milli + 500_000) / 1_000_000),
        _ => number_milli(milli),
    }
}

/// The calls that this side alone makes, each with how many for a unit; rare ones are left out.
pub(crate) fn only(report: &ProfileReport, side: usize) -> Vec<String> {
    let rows = report.calls.iter();
    let rows = rows.filter(|row| !row.rare && row.only.is_some_and(|only| only == side as u64));
    rows.map(|row| {
        let cell = &row.sides[side];
        format!(
            "{} {}",
            row.syscall,
            per_unit(cell.count, cell.per_unit_milli)
        )
    })
    .collect()
}

/// Writes which calls only one side makes.
fn write_only(page: &mut Page<'_>, report: &ProfileReport) -> io::Result<()> {
    let lists: Vec<(usize, Vec<String>)> = (0..report.sides.len())
        .map(|side| (side, only(report, side)))
        .filter(|(_, calls)| !calls.is_empty())
        .collect();
    if lists.is_empty() {
        return Ok(());
    }
    page.blank()?;
    page.rule(
        &format!("only one side makes, for a {}", report.unit.name),
        "",
    )?;
    for (side, mut calls) in lists {
        let more = calls.len().saturating_sub(ONLY);
        calls.truncate(ONLY);
        if more > 0 {
            calls.push(format!("and {more} more"));
        }
        let label = format!("{} {}", side + 1, report.sides[side].name);
        page.facts(&label, CELL + 2, Ink::Plain, &calls)?;
    }
    Ok(())
}

fn write_table(
    page: &mut Page<'_>,
    title: &str,
    names: &[String],
    rows: impl ExactSizeIterator<Item = Row>,
    top: usize,
) -> io::Result<()> {
    let all = rows.len();
    if all == 0 {
        return Ok(());
    }
    page.blank()?;
    page.rule(title, "")?;
    let rows: Vec<Row> = rows.take(top).collect();
    table::write(page, names, &rows)?;
    write_more(page, all, top, "rows")
}

fn write_more(page: &mut Page<'_>, rows: usize, top: usize, what: &str) -> io::Result<()> {
    if rows <= top {
        return Ok(());
    }
    let text = format!("{} more {what}; see --top", rows - top);
    page.write(Line::new().text(Ink::Dim, &text))
}

/// How many rows are left out because they say little.
fn write_rare(page: &mut Page<'_>, rows: usize, what: &str, unit: &str) -> io::Result<()> {
    if rows == 0 {
        return Ok(());
    }
    let text = format!(
        "{rows} {what} that each side makes less than 0.05 times for a {unit} are left out"
    );
    page.write(Line::new().text(Ink::Dim, &text))
}

/// The name of so many of a unit.
pub(crate) fn units(name: &str, count: u64) -> String {
    match (name, count) {
        (_, 1) => name.to_owned(),
        ("query", _) => "queries".to_owned(),
        _ => format!("{name}s"),
    }
}

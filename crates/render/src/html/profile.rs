//! Several sides as a page: a heat map of calls by side, what only one side does, and tables.

use std::io::{self, Write};

use compare::profile::report::{CallCell, CallRow, CountCell, ProfileReport, ProfileSide};
use maud::{Markup, html};

use super::shell;
use super::table::{Cell, by, number, table, text, time};
use crate::text::profile::{counted, only, per_unit, same, units, warning};
use crate::text::quantity::{duration, number_milli, ratio};

const SCRIPTS: &[&str] = &[
    include_str!("../../assets/base.js"),
    include_str!("../../assets/address.js"),
    include_str!("../../assets/tables.js"),
    include_str!("../../assets/heat.js"),
    include_str!("../../assets/profile_main.js"),
];

const TITLE: &str = "ctrprof profile";

/// Writes the page.
///
/// # Errors
/// Those of `out`.
pub fn write_profile(out: &mut dyn Write, report: &ProfileReport) -> io::Result<()> {
    let body = html! {
        (head(report))
        main id="answer" {
            @for one in &report.warnings {
                (shell::warning(one.is_grave(), &warning::sentence(one, report)))
            }
            (sides(report))
        }
        (heat_map(report))
        (only_one_side(report))
        (tables(report))
        (recordings(report))
    };
    let page = shell::page(TITLE, &body, "{}", SCRIPTS);
    out.write_all(page.into_string().as_bytes())
}

fn head(report: &ProfileReport) -> Markup {
    let names: Vec<&str> = report.sides.iter().map(|side| side.name.as_str()).collect();
    html! {
        header {
            h1 { (TITLE) ": " (names.join(", ")) }
            p.facts { (counted(report).join(" · ")) }
            p.facts { "same on all sides: " (same(report).join(" · ")) }
            (shell::parts(&[
                ("answer", "Sides"),
                ("heat", "Heat map"),
                ("only", "Only one side"),
                ("tables", "Tables"),
                ("recordings", "Recordings"),
            ]))
        }
    }
}

/// A bar for each side: its calls, and its time in them.
fn sides(report: &ProfileReport) -> Markup {
    let figures = |side: &ProfileSide| (side.calls_milli, side.time_ns);
    let all = report.sides.iter().map(figures);
    let (most_calls, most_ns) = all.fold((0, 0), |(calls, ns), side| {
        (calls.max(side.0), ns.max(side.1))
    });
    let calls = report.sides.iter().map(|side| side.calls_milli);
    let least = calls.filter(|&milli| milli > 0).min().unwrap_or(0);
    let unit = &report.unit.name;
    let titles = [
        "side".to_owned(),
        "runs".to_owned(),
        units(unit, 2),
        format!("calls for a {unit}"),
        "of the fewest".to_owned(),
        "failed".to_owned(),
        format!("in calls, for a {unit}"),
        "on a CPU".to_owned(),
    ];
    html! {
        table.sides {
            caption { "Sides" }
            thead {
                tr {
                    // Numbers, but for the name and the bars.
                    @for (at, title) in titles.iter().enumerate() {
                        th.number[!matches!(at, 0 | 3 | 6)] scope="col" { (title) }
                    }
                }
            }
            tbody {
                @for side in &report.sides {
                    tr {
                        th scope="row" { (side.name) }
                        td.number { (side.runs) }
                        td.number { (side.units) }
                        (bar(&number_milli(side.calls_milli), side.calls_milli, most_calls))
                        td.number { (of_least(side.calls_milli, least)) }
                        td.number { (per_unit(side.errors_milli, side.errors_milli)) }
                        (bar(&duration(side.time_ns), side.time_ns, most_ns))
                        td.number { (duration(side.cpu_ns)) }
                    }
                }
            }
        }
    }
}

fn of_least(milli: u64, least: u64) -> String {
    let ppm = (u128::from(milli) * 1_000_000).checked_div(u128::from(least));
    let ppm = ppm.and_then(|ppm| u64::try_from(ppm).ok());
    ppm.filter(|&ppm| ppm > 0).map(ratio).unwrap_or_default()
}

fn bar(label: &str, value: u64, most: u64) -> Markup {
    let percent = value as f64 * 100.0 / most.max(1) as f64;
    html! {
        td.bar-cell {
            span.bar-value { (label) }
            span.bar-track aria-hidden="true" { span.bar-length style=(format!("width: {percent:.2}%")) {} }
        }
    }
}

fn heat_map(report: &ProfileReport) -> Markup {
    let unit = &report.unit.name;
    let (rare, shown): (Vec<&CallRow>, Vec<&CallRow>) =
        report.calls.iter().partition(|row| row.rare);
    html! {
        section id="heat" aria-labelledby="heat-title" {
            (shell::heading("heat", "Heat map"))
            p.hint {
                "How often each side makes a call for a " (unit) "; the stronger the colour, the more. A dot: never. Point at a cell for its times and file "
                "systems; a column's head sorts."
            }
            div.bar id="heat-bar" {
                label { "Filter " input id="filter" type="search" autocomplete="off"; }
            }
            (cells(&format!("System calls for a {unit}"), report, &shown, true))
            @if !rare.is_empty() {
                details {
                    summary { (rare.len()) " calls that each side makes less than 0.05 times for a " (unit) }
                    (cells("Rare calls", report, &rare, false))
                }
            }
        }
    }
}

/// A row for each call; without scripts, how many for a unit are shown, each row coloured by itself.
fn cells(name: &str, report: &ProfileReport, rows: &[&CallRow], has_sum: bool) -> Markup {
    html! {
        table.heat data-show="calls" {
            caption { (name) }
            thead {
                tr {
                    th scope="col" { "call" }
                    @for side in &report.sides { th scope="col" { (side.name) } }
                    @if report.sides.len() > 1 { th scope="col" { "most − least" } }
                }
            }
            tbody {
                @for row in rows {
                    @let most = row.sides.iter().map(|cell| cell.per_unit_milli).max().unwrap_or(0);
                    tr {
                        th scope="row" { (row.syscall) }
                        @for (side, cell) in report.sides.iter().zip(&row.sides) {
                            (heat_cell(report, (&row.syscall, &side.name), cell, most))
                        }
                        @if report.sides.len() > 1 { (difference(row)) }
                    }
                }
            }
            @if has_sum {
                tfoot {
                    tr {
                        th scope="row" { "all calls" }
                        @for side in &report.sides {
                            td.number {
                                span.of-calls { (per_unit(side.calls_milli, side.calls_milli)) }
                                span.of-time { (duration(side.time_ns)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A cell with all that it may show; its colour is a share of that of the largest.
fn heat_cell(
    report: &ProfileReport,
    (call, side): (&str, &str),
    cell: &CallCell,
    most: u64,
) -> Markup {
    let is_alone = report.sides.len() < 2;
    let share = match most {
        0 => 0.0,
        _ if is_alone => 0.0,
        most => cell.per_unit_milli as f64 / most as f64,
    };
    html! {
        td.number.heat-cell style=(format!("--heat: {share:.3}")) title=(told(report, (call, side), cell))
            data-value=(cell.per_unit_milli) data-calls=(cell.per_unit_milli) data-time=(cell.time_ns) data-each=(cell.each_ns) {
            span.of-calls { (per_unit(cell.count, cell.per_unit_milli)) }
            @if cell.count > 0 {
                span.of-time { (duration(cell.time_ns)) }
                span.of-each { (duration(cell.each_ns)) }
            } @else {
                span.of-time { (per_unit(0, 0)) }
                span.of-each { (per_unit(0, 0)) }
            }
        }
    }
}

/// All that is known of a call on a side.
fn told(report: &ProfileReport, (call, side): (&str, &str), cell: &CallCell) -> String {
    if cell.count == 0 {
        return format!("{side} makes no {call}");
    }
    let unit = &report.unit.name;
    let systems = cell.file_systems.iter();
    let systems = systems
        .filter(|(name, _)| !name.is_empty())
        .map(|(name, count)| format!("\n{count} on {name}"));
    format!(
        "{call} of {side}\n{} for a {unit}, {} in all runs, of which {} failed\n{} for a {unit}\n{} each, {} of it on a CPU{}",
        per_unit(cell.count, cell.per_unit_milli),
        cell.count,
        cell.errors,
        duration(cell.time_ns),
        duration(cell.each_ns),
        duration(cell.each_cpu_ns),
        systems.collect::<String>()
    )
}

fn difference(row: &CallRow) -> Markup {
    html! {
        td.number data-value=(row.difference_milli) data-calls=(row.difference_milli) data-time=(row.difference_ns) data-each="0" {
            span.of-calls { (number_milli(row.difference_milli)) }
            span.of-time { (duration(row.difference_ns)) }
        }
    }
}

fn only_one_side(report: &ProfileReport) -> Markup {
    let lists = (0..report.sides.len()).map(|side| (side, only(report, side)));
    let lists: Vec<(usize, Vec<String>)> = lists.filter(|(_, calls)| !calls.is_empty()).collect();
    html! {
        section id="only" aria-labelledby="only-title" {
            (shell::heading("only", "Only one side makes"))
            @if lists.is_empty() {
                p { "No call is made by one side alone." }
            }
            dl.only {
                @for (side, calls) in &lists {
                    dt { (report.sides[*side].name) }
                    dd { (calls.join(" · ")) }
                }
            }
        }
    }
}

fn tables(report: &ProfileReport) -> Markup {
    let unit = &report.unit.name;
    let titles = |first: &'static str| {
        let sides = report.sides.iter().map(|side| side.name.as_str());
        [first].into_iter().chain(sides).collect::<Vec<&str>>()
    };
    let errors = report.errors.iter().map(|row| {
        let name = format!("{} {}", row.syscall, row.error);
        counts(&name, &row.sides)
    });
    let repeated = report.repeated.iter().map(|row| {
        let name = format!("{} {}", row.syscall, row.text);
        counts(&name, &row.sides)
    });
    let (errors, repeated): (Vec<_>, Vec<_>) = (errors.collect(), repeated.collect());
    html! {
        section id="tables" aria-labelledby="tables-title" {
            (shell::heading("tables", "Tables"))
            (table(&format!("Errors, for a {unit}"), &titles("call and error"), &errors))
            (table(&format!("The same again and again, for a {unit}"), &titles("call and path"), &repeated))
            (table("Spread of the runs", &["side", "calls, least", "calls, most", "time, least", "time, most"], &spread(report)))
        }
    }
}

fn counts(name: &str, cells: &[CountCell]) -> Vec<Cell> {
    let cells = cells.iter().map(|cell| {
        by(
            per_unit(cell.count, cell.per_unit_milli),
            cell.per_unit_milli,
        )
    });
    [text(name)].into_iter().chain(cells).collect()
}

fn spread(report: &ProfileReport) -> Vec<Vec<Cell>> {
    let rows = report.sides.iter().map(|side| {
        let calls = |milli: u64| by(number_milli(milli), milli);
        vec![
            text(&side.name),
            calls(side.calls_low_milli),
            calls(side.calls_high_milli),
            time(side.time_low_ns),
            time(side.time_high_ns),
        ]
    });
    rows.collect()
}

fn recordings(report: &ProfileReport) -> Markup {
    let axes = report.differing_axes.iter().map(|axis| {
        let values = axis.values.iter();
        let values = values.map(|value| text(value.as_deref().unwrap_or("-")));
        [text(&axis.axis)].into_iter().chain(values).collect()
    });
    let axes: Vec<Vec<Cell>> = axes.collect();
    let names = report.sides.iter().map(|side| side.name.as_str());
    let titles: Vec<&str> = ["axis"].into_iter().chain(names).collect();
    let rows = report.sides.iter().map(|side| {
        vec![
            text(&side.name),
            number(side.recordings.len() as u64),
            text(&side.recordings.join(" ")),
        ]
    });
    let rows: Vec<Vec<Cell>> = rows.collect();
    html! {
        section id="recordings" aria-labelledby="recordings-title" {
            (shell::heading("recordings", "Recordings"))
            (table("In what the sides differ", &titles, &axes))
            (table("Recordings", &["side", "recordings", "folders"], &rows))
            p { "Written by ctrprof " (env!("CARGO_PKG_VERSION")) "." }
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::sample::profile as sample;

    fn page(report: &ProfileReport) -> String {
        let mut out = Vec::new();
        write_profile(&mut out, report).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_call_has_a_cell_for_each_side() {
        let report = sample::images();
        let page = page(&report);
        let cells = report.calls.len() * report.sides.len();
        assert_eq!(page.matches("class=\"number heat-cell\"").count(), cells);
        assert!(page.contains("sendfile"), "{page}");
    }

    #[test]
    fn doubts_are_told_and_names_never_become_markup() {
        let mut report = sample::doubtful();
        report.sides[0].name = "<img src=x>".into();
        report.calls[0].syscall = "<img src=x>".into();
        let page = page(&report);
        assert!(page.contains("records"), "no warning");
        assert!(!page.contains("<img") && page.contains("&lt;img src=x"));
    }
}

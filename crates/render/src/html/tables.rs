//! The tables of each stage: phases, system calls, files, locks, processes.

use analysis::report::{PhaseRow, Report, StageReport};
use maud::{Markup, html};

use super::answer::title;
use crate::text::quantity::{count, duration, share};

/// A cell: its text, and the number that it is sorted by, if it is one.
type Cell = (String, Option<u64>);

/// All tables. Each stage's are folded, but those of the first.
pub(super) fn tables(report: &Report) -> Markup {
    let is_one_of_several = report.runs.len() > 1;
    html! {
        section id="tables" aria-labelledby="tables-title" {
            h2 id="tables-title" { "Tables" a.anchor href="#tables" aria-label="link" { "#" } }
            p.bar { label { "Filter " input id="filter" type="search" autocomplete="off"; } }
            @for (index, run) in report.runs.iter().enumerate() {
                section.run data-run=(index) {
                    @if let Some(title) = title(run, is_one_of_several.then_some(index)) {
                        h3 { (title) }
                    }
                    @for (position, stage) in run.stages.iter().enumerate() {
                        details open[index == 0 && position == 0] {
                            summary { (stage.name) " " span.time { (duration(stage.wall_ns)) } }
                            (of_stage(stage))
                        }
                    }
                }
            }
        }
    }
}

fn of_stage(stage: &StageReport) -> Markup {
    html! {
        (table("Phases", &["phase", "on critical path", "share", "thread time", "calls"], &phases(stage)))
        (table("System calls", &["call", "count", "errors", "total", "p50", "p99", "max"], &calls(stage)))
        (table("Files", &["path", "process", "on critical path", "thread time", "opens", "reads", "writes", "bytes"], &files(stage)))
        (table("Errors", &["call", "process", "on critical path", "count"], &errors(stage)))
        (table("Kernel locks", &["lock", "waited", "waits"], &locks(stage)))
        (table("Processes", &["process", "role", "on CPU", "busy", "calls", "minor faults", "major faults"], &processes(stage)))
    }
}

fn table(name: &str, titles: &[&str], rows: &[Vec<Cell>]) -> Markup {
    html! {
        @if !rows.is_empty() {
            table {
                caption { (name) }
                thead {
                    tr {
                        @for title in titles { th scope="col" { (title) } }
                    }
                }
                tbody {
                    @for row in rows {
                        tr {
                            @for (text, number) in row {
                                @if let Some(number) = number {
                                    td.number data-value=(number) { (text) }
                                } @else {
                                    td { (text) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn text(text: &str) -> Cell {
    (text.to_owned(), None)
}

fn time(time_ns: u64) -> Cell {
    (duration(time_ns), Some(time_ns))
}

/// Nothing where there is no critical path.
fn path_time(time_ns: Option<u64>) -> Cell {
    let shown = time_ns.map(duration).unwrap_or_default();
    (shown, Some(time_ns.unwrap_or(0)))
}

fn number(number: u64) -> Cell {
    (count(number), Some(number))
}

fn phases(stage: &StageReport) -> Vec<Vec<Cell>> {
    let rows = stage.phases.iter().flat_map(|phase: &PhaseRow| {
        let name = phase.phase.name();
        phase.parts.iter().map(move |part| {
            let shown = match part.name.as_str() {
                "" => name.to_owned(),
                part => format!("{name}: {part}"),
            };
            let path_ns = part.critical_path_ns;
            let on_path = path_ns.unwrap_or(0);
            vec![
                text(&shown),
                path_time(path_ns),
                (share(on_path, stage.wall_ns), Some(on_path)),
                time(part.thread_ns),
                number(part.count),
            ]
        })
    });
    let mut rows: Vec<Vec<Cell>> = rows.collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row[1].1));
    rows
}

fn calls(stage: &StageReport) -> Vec<Vec<Cell>> {
    let rows = stage.syscalls.iter().map(|row| {
        vec![
            text(&row.name),
            number(row.count),
            number(row.errors),
            time(row.total_ns),
            time(row.p50_ns),
            time(row.p99_ns),
            time(row.max_ns),
        ]
    });
    rows.collect()
}

fn files(stage: &StageReport) -> Vec<Vec<Cell>> {
    let rows = stage.files.iter().map(|row| {
        vec![
            text(&row.path),
            text(&row.comm),
            time(row.critical_path_ns),
            time(row.thread_ns),
            number(row.opens),
            number(row.reads),
            number(row.writes),
            number(row.bytes),
        ]
    });
    rows.collect()
}

fn errors(stage: &StageReport) -> Vec<Vec<Cell>> {
    let rows = stage.errors.iter().map(|row| {
        vec![
            text(&format!("{} {}", row.syscall, row.error)),
            text(&row.comm),
            time(row.critical_path_ns),
            number(row.count),
        ]
    });
    rows.collect()
}

fn locks(stage: &StageReport) -> Vec<Vec<Cell>> {
    let rows = stage.locks.iter();
    rows.map(|row| vec![text(&row.name), time(row.wait_ns), number(row.count)])
        .collect()
}

fn processes(stage: &StageReport) -> Vec<Vec<Cell>> {
    let rows = stage.processes.iter().map(|row| {
        vec![
            text(&format!("{} {}", row.comm, row.pid)),
            text(row.role.name()),
            time(row.cpu_ns),
            time(row.thread_ns),
            number(row.syscalls),
            number(row.minor_faults),
            number(row.major_faults),
        ]
    });
    rows.collect()
}

//! The tables of each stage: phases, system calls, files, locks, processes.

use analysis::report::{PhaseRow, Report, StageReport};
use maud::{Markup, html};

use super::shell::heading;
use super::table::{Cell, by, number, some_time, table, text, time};
use crate::text::header::run_title;
use crate::text::quantity::{duration, share};

/// All tables. Each stage's are folded, but those of the first.
pub(super) fn tables(report: &Report) -> Markup {
    let is_one_of_several = report.runs.len() > 1;
    html! {
        section id="tables" aria-labelledby="tables-title" {
            (heading("tables", "Tables"))
            p.bar { label { "Filter " input id="filter" type="search" autocomplete="off"; } }
            @for (index, run) in report.runs.iter().enumerate() {
                section.run data-run=(index) {
                    @if let Some(title) = run_title(run, is_one_of_several.then_some(index)) {
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
                some_time(path_ns),
                by(share(on_path, stage.wall_ns), on_path),
                time(part.thread_ns),
                number(part.count),
            ]
        })
    });
    rows.collect()
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

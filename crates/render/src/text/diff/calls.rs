//! System calls of both sides: two lines for each, or one where only one side makes it.

use std::io;

use super::super::ink::Ink;
use super::super::line::{Line, Page};
use super::super::quantity::{bytes, count, duration, grouped, number_milli};
use compare::report::{
    CallDifference, CallSide, PathDifference, Presence, StageDifference, WorkSide,
};

/// Calls drawn.
const CALLS: usize = 10;
/// Paths named.
const PATHS: usize = 4;
/// Columns of the letter of a side, of a figure and of a number of errors, gaps included.
const SIDE: usize = 2;
const FIGURE: usize = 9;
const ERRORS: usize = 8;
/// Columns of a page that has room for more figures.
const WIDE: usize = 100;

/// What a page has room for.
#[derive(Clone, Copy)]
struct Room {
    /// Columns of the name of a call.
    name: usize,
    /// More than what differs most: figures per open and per file, errors, the slowest call.
    is_roomy: bool,
    /// All figures.
    is_wide: bool,
}

impl Room {
    fn of(page: &Page<'_>) -> Self {
        let is_wide = page.columns() >= WIDE;
        let figures =
            2 * FIGURE + page.if_roomy(3 * FIGURE + ERRORS) + if is_wide { 2 * FIGURE } else { 0 };
        Self {
            name: page.columns() - 2 - SIDE - figures,
            is_roomy: page.is_roomy(),
            is_wide,
        }
    }
}

/// Writes the units of work and the table.
pub(super) fn write(page: &mut Page<'_>, stage: &StageDifference) -> io::Result<()> {
    if stage.calls.is_empty() {
        return Ok(());
    }
    page.blank()?;
    let room = Room::of(page);
    page.write(heading(room))?;
    for row in stage.calls.iter().take(CALLS) {
        let name = if row.file_system.is_empty() {
            row.syscall.clone()
        } else {
            format!("{} {}", row.syscall, row.file_system)
        };
        let mut name = name.as_str();
        for (letter, side) in sides(row) {
            page.write(line(name, letter, side, room))?;
            name = "";
        }
    }
    let more = stage.calls.len().saturating_sub(CALLS);
    if more > 0 {
        let text = format!("and {} more", grouped(more as u64));
        page.write(Line::new().gap(2).text(Ink::Dim, &text))?;
    }
    page.facts("  opened", 13, Ink::Dim, &path_facts(&stage.paths))?;
    for (letter, work) in [("A", &stage.work.a), ("B", &stage.work.b)] {
        page.facts(
            &format!("  work of {letter}"),
            13,
            Ink::Dim,
            &work_facts(work),
        )?;
    }
    Ok(())
}

fn sides(row: &CallDifference) -> Vec<(&'static str, &CallSide)> {
    match row.presence {
        Presence::Both => vec![("A", &row.a), ("B", &row.b)],
        Presence::OnlyA => vec![("A", &row.a)],
        Presence::OnlyB => vec![("B", &row.b)],
    }
}

fn heading(room: Room) -> Line {
    Line::new()
        .gap(2)
        .left(Ink::Dim, "system call", room.name)
        .gap(SIDE)
        .right(Ink::Dim, "per run", FIGURE)
        .right_if(room.is_roomy, Ink::Dim, "per open", FIGURE)
        .right_if(room.is_roomy, Ink::Dim, "per file", FIGURE)
        .right_if(room.is_wide, Ink::Dim, "per MiB", FIGURE)
        .right_if(room.is_roomy, Ink::Dim, "errors", ERRORS)
        .right_if(room.is_wide, Ink::Dim, "CPU", FIGURE)
        .right(Ink::Dim, "p50", FIGURE)
        .right_if(room.is_roomy, Ink::Dim, "p99", FIGURE)
}

fn line(name: &str, letter: &str, side: &CallSide, room: Room) -> Line {
    let per = |unit: Option<u64>| unit.map(number_milli).unwrap_or_default();
    let errors = if side.errors == 0 {
        String::new()
    } else {
        count(side.errors)
    };
    let Room {
        is_roomy, is_wide, ..
    } = room;
    Line::new()
        .gap(2)
        .left(Ink::Plain, name, room.name)
        .left(Ink::Dim, letter, SIDE)
        .right(Ink::Strong, &number_milli(side.per_run_milli), FIGURE)
        .right_if(is_roomy, Ink::Plain, &per(side.per_open_milli), FIGURE)
        .right_if(is_roomy, Ink::Plain, &per(side.per_file_milli), FIGURE)
        .right_if(is_wide, Ink::Plain, &per(side.per_mib_milli), FIGURE)
        .right_if(is_roomy, Ink::Warning, &errors, ERRORS)
        .right_if(is_wide, Ink::Plain, &duration(side.cpu_ns), FIGURE)
        .right(Ink::Plain, &duration(side.p50_ns), FIGURE)
        .right_if(is_roomy, Ink::Plain, &duration(side.p99_ns), FIGURE)
}

/// Paths that are opened more than once, with how often in a run of A and of B.
fn path_facts(paths: &[PathDifference]) -> Vec<String> {
    let differing = paths.iter().filter(|row| row.a_milli != row.b_milli);
    let facts = differing.take(PATHS).map(|row| {
        let (a, b) = (number_milli(row.a_milli), number_milli(row.b_milli));
        format!("{} {a} → {b}", row.path)
    });
    facts.collect()
}

/// `48 opens · 31 files · 1.20 MiB`, of a run.
fn work_facts(work: &WorkSide) -> Vec<String> {
    let mut facts = vec![format!("{} opens", number_milli(work.opens_milli))];
    facts.extend(
        work.files_milli
            .map(|files| format!("{} files", number_milli(files))),
    );
    facts.extend(
        work.bytes
            .map(|moved| format!("{} read and written", bytes(moved))),
    );
    facts.push("per run".to_owned());
    facts
}

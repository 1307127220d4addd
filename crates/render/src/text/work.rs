//! What system calls worked on: files by path, and failures by error.

use std::io;

use super::fit;
use super::ink::Ink;
use super::line::{Line, Page};
use super::quantity::{count, duration};
use super::stage::write_more;
use analysis::report::{ErrorRow, FileRow};

/// Rows drawn of each table.
const FILES: usize = 6;
const ERRORS: usize = 4;
/// A file on which less than this is spent is not drawn, in nanoseconds.
const SMALL_NS: u64 = 1_000_000;

/// Columns of a name, a time and a count, gaps included.
const NAME: usize = 15;
const TIME: usize = 10;
const COUNT: usize = 8;

/// Writes the files on which most time is spent.
pub(super) fn write_files(page: &mut Page<'_>, rows: &[FileRow]) -> io::Result<()> {
    let rows: Vec<&FileRow> = rows
        .iter()
        .filter(|row| row.critical_path_ns.max(row.thread_ns) >= SMALL_NS)
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    page.blank()?;
    let name = page.columns() - 2 - NAME - page.if_roomy(2 * COUNT) - TIME;
    let heading = Line::new()
        .gap(2)
        .left(Ink::Dim, "process", NAME)
        .left(Ink::Dim, "files", name);
    let heading = ["opens", "calls"].into_iter().fold(heading, |line, title| {
        line.right_if(page.is_roomy(), Ink::Dim, title, COUNT)
    });
    page.write(heading.right(Ink::Dim, "on path", TIME))?;
    for row in rows.iter().take(page.rows(FILES)) {
        let calls = row.opens + row.reads + row.writes + row.others;
        let counts = [row.opens, calls];
        let line = Line::new()
            .gap(2)
            .left(Ink::Role(row.role), &cut(&row.comm, NAME), NAME)
            .left(Ink::Plain, &cut(&row.path, name), name);
        let line = counts.into_iter().fold(line, |line, number| {
            let text = if number == 0 {
                String::new()
            } else {
                count(number)
            };
            line.right_if(page.is_roomy(), Ink::Plain, &text, COUNT)
        });
        page.write(line.right(Ink::Strong, &duration(row.critical_path_ns), TIME))?;
    }
    write_more(page, rows.len(), FILES, "files")
}

/// Writes the calls that failed most often.
pub(super) fn write_errors(page: &mut Page<'_>, rows: &[ErrorRow]) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    page.blank()?;
    let is_roomy = page.is_roomy();
    let call = page.if_roomy(NAME);
    let error = page.columns() - 2 - NAME - call - COUNT - 4 - page.if_roomy(2 * TIME);
    page.write(
        Line::new()
            .gap(2)
            .left(Ink::Dim, "process", NAME)
            .left(Ink::Dim, if is_roomy { "failing call" } else { "" }, call)
            .left(Ink::Dim, if is_roomy { "error" } else { "failing" }, error)
            .right(Ink::Dim, "count", COUNT + 4)
            .right_if(is_roomy, Ink::Dim, "total", TIME)
            .right_if(is_roomy, Ink::Dim, "on path", TIME),
    )?;
    for row in rows.iter().take(page.rows(ERRORS)) {
        page.write(
            Line::new()
                .gap(2)
                .left(Ink::Role(row.role), &cut(&row.comm, NAME), NAME)
                .left(Ink::Plain, &cut(&row.syscall, call), call)
                .left(Ink::Warning, &error_of(row), error)
                .right(Ink::Plain, &count(row.count), COUNT + 4)
                .right_if(is_roomy, Ink::Plain, &duration(row.thread_ns), TIME)
                .right_if(is_roomy, Ink::Strong, &duration(row.critical_path_ns), TIME),
        )?;
    }
    write_more(page, rows.len(), ERRORS, "failing calls")
}

/// The error, and up to which descriptor one was tried after the other.
fn error_of(row: &ErrorRow) -> String {
    match row.largest_descriptor {
        Some(largest) if row.error == "EBADF" && i32::try_from(largest).is_ok() => {
            format!("{} to {largest}", row.error)
        }
        Some(_) | None => row.error.clone(),
    }
}

fn cut(text: &str, width: usize) -> String {
    fit::elide_middle(&fit::clean(text), width.saturating_sub(1))
}

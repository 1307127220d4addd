//! A table with a column for each side, in as many blocks as the page needs.

use std::io;

use crate::text::fit;
use crate::text::ink::Ink;
use crate::text::line::{Line, Page};

/// Columns of the name of a row, and of a side.
const NAME: usize = 18;
pub(super) const CELL: usize = 15;

/// A row: its name, and its cells, each of [`CELL`] columns.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) cells: Vec<Line>,
}

/// Writes rows below the names of the sides.
pub(super) fn write(page: &mut Page<'_>, sides: &[String], rows: &[Row]) -> io::Result<()> {
    let fitting = (page.columns().saturating_sub(NAME) / CELL).max(1);
    for (block, sides) in sides.chunks(fitting).enumerate() {
        let first = block * fitting;
        if block > 0 {
            page.blank()?;
        }
        let heading = Line::new().gap(NAME);
        page.write((first..).zip(sides).fold(heading, |line, (index, name)| {
            let name = heading_of(index, name);
            line.right(Ink::Strong, &name, CELL)
        }))?;
        for row in rows {
            write_row(page, row, first, fitting)?;
        }
    }
    Ok(())
}

/// The number and name of a side, as a column has room for them.
fn heading_of(index: usize, name: &str) -> String {
    let number = format!("{} ", index + 1);
    let room = CELL - 1 - number.len().min(CELL - 1);
    number + &fit::elide_middle(&fit::clean(name), room)
}

/// A row of some sides; a name that is too long has a line of its own.
fn write_row(page: &mut Page<'_>, row: &Row, first: usize, count: usize) -> io::Result<()> {
    let mut line = Line::new().text(Ink::Plain, &row.name);
    if line.width() > NAME {
        page.write(line)?;
        line = Line::new();
    }
    let padding = NAME.saturating_sub(line.width());
    let cells = row.cells.iter().skip(first).take(count);
    page.write(cells.fold(line.gap(padding), |line, cell| line.line(cell.clone())))
}

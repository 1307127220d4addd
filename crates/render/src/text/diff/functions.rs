//! Kernel functions of both sides.

use std::io;

use super::super::fit;
use super::super::ink::Ink;
use super::super::line::{Line, Page};
use super::super::quantity::{count, duration, grouped};
use compare::report::FunctionDifference;

/// Functions drawn.
const FUNCTIONS: usize = 10;
/// Columns of a number of samples and of a time, gaps included.
const SAMPLES: usize = 8;
const TIME: usize = 10;
/// Columns of what says that it is no chance.
const SIGN: usize = 2;

/// Writes the table.
pub(in crate::text) fn write(page: &mut Page<'_>, rows: &[FunctionDifference]) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    page.blank()?;
    let is_roomy = page.is_roomy();
    let room = page.columns() - 2 - 2 * SAMPLES - page.if_roomy(2 * TIME) - SIGN;
    page.write(
        Line::new()
            .gap(2)
            .left(Ink::Dim, "kernel function", room.saturating_sub(6))
            .right(Ink::Dim, "samples of A", SAMPLES + 6)
            .right(Ink::Dim, "of B", SAMPLES)
            .gap(SIGN)
            .right_if(is_roomy, Ink::Dim, "blocked A", TIME)
            .right_if(is_roomy, Ink::Dim, "B", TIME),
    )?;
    for row in rows.iter().take(FUNCTIONS) {
        page.write(line(row, room, is_roomy))?;
        if !row.callers.is_empty() {
            let callers = fit::clean(&row.callers.join(" ← "));
            let callers = fit::elide_end(&callers, page.columns() - 4 - "← ".len());
            let text = format!("← {callers}");
            page.write(Line::new().gap(4).text(Ink::Dim, &text))?;
        }
    }
    match rows.len().saturating_sub(FUNCTIONS) {
        0 => Ok(()),
        more => {
            let text = format!(
                "and {} more; * differs by more than chance",
                grouped(more as u64)
            );
            page.write(Line::new().gap(2).text(Ink::Dim, &text))
        }
    }
}

fn line(row: &FunctionDifference, room: usize, is_roomy: bool) -> Line {
    let call = Line::new().text(Ink::Dim, &fit::elide_end(&fit::clean(&row.syscall), 16));
    let left = room.saturating_sub(call.width() + 2);
    let name = call.gap(1).text(
        Ink::Plain,
        &fit::elide_middle(&fit::clean(&row.function), left),
    );
    let samples = |samples: u64| match samples {
        0 => String::new(),
        samples => count(samples),
    };
    let blocked = |blocked_ns: u64| match blocked_ns {
        0 => String::new(),
        blocked_ns => duration(blocked_ns),
    };
    Line::new()
        .gap(2)
        .line(name.within(room))
        .right(Ink::Plain, &samples(row.a.samples), SAMPLES)
        .right(Ink::Plain, &samples(row.b.samples), SAMPLES)
        .left(
            Ink::Strong,
            if row.is_significant { " *" } else { "" },
            SIGN,
        )
        .right_if(is_roomy, Ink::Plain, &blocked(row.a.blocked_ns), TIME)
        .right_if(is_roomy, Ink::Plain, &blocked(row.b.blocked_ns), TIME)
}

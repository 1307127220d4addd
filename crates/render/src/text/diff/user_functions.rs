//! User functions of both sides.

use std::io;

use super::super::fit;
use super::super::ink::Ink;
use super::super::line::{Line, Page};
use super::super::quantity::{count, duration, grouped, signed_duration};
use super::difference::ink_of;
use compare::report::{UserFunctionDifference, UserFunctionSide};

/// Functions drawn.
const FUNCTIONS: usize = 8;
/// Columns of a role, of a number of samples, of a time and of a difference, gaps included.
const ROLE: usize = 11;
const SAMPLES: usize = 7;
const TIME: usize = 10;
const DIFFERENCE: usize = 11;

/// Writes the table.
pub(in crate::text) fn write(
    page: &mut Page<'_>,
    rows: &[UserFunctionDifference],
) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    page.blank()?;
    let is_roomy = page.is_roomy();
    let room = page.columns() - 2 - ROLE - page.if_roomy(2 * SAMPLES + 2 * TIME) - DIFFERENCE;
    page.write(
        Line::new()
            .gap(2)
            .left(
                Ink::Dim,
                "user function (estimated)",
                ROLE + room - page.if_roomy(6),
            )
            .right_if(is_roomy, Ink::Dim, "samples of A", SAMPLES + 6)
            .right_if(is_roomy, Ink::Dim, "of B", SAMPLES)
            .right_if(is_roomy, Ink::Dim, "≈ A", TIME)
            .right_if(is_roomy, Ink::Dim, "≈ B", TIME)
            .right(Ink::Dim, "B − A", DIFFERENCE),
    )?;
    for row in rows.iter().take(FUNCTIONS) {
        page.write(line(row, room, is_roomy))?;
    }
    match rows.len().saturating_sub(FUNCTIONS) {
        0 => Ok(()),
        more => {
            let text = format!("and {} more", grouped(more as u64));
            page.write(Line::new().gap(2).text(Ink::Dim, &text))
        }
    }
}

fn line(row: &UserFunctionDifference, room: usize, is_roomy: bool) -> Line {
    let name = fit::elide_middle(&fit::clean(&row.function), room.saturating_sub(1));
    let samples = |side: UserFunctionSide| match side.samples {
        0 => String::new(),
        samples => count(samples),
    };
    let time = |side: UserFunctionSide| match side.samples {
        0 => String::new(),
        _ => duration(side.estimated_ns),
    };
    Line::new()
        .gap(2)
        .left(ink_of(row.role), row.role.name(), ROLE)
        .left(Ink::Plain, &name, room)
        .right_if(is_roomy, Ink::Plain, &samples(row.a), SAMPLES)
        .right_if(is_roomy, Ink::Plain, &samples(row.b), SAMPLES)
        .right_if(is_roomy, Ink::Plain, &time(row.a), TIME)
        .right_if(is_roomy, Ink::Plain, &time(row.b), TIME)
        .right(Ink::Strong, &signed_duration(row.difference_ns), DIFFERENCE)
}

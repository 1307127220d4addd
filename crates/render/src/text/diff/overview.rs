//! All stages of both sides at one look.

use std::io;

use super::super::ink::Ink;
use super::super::line::{Line, Page};
use super::super::quantity::{duration, ratio, signed_duration};
use compare::report::{Change, Verdict, Wall, WallDifference};

/// Columns of the name of a stage, of a time, of a difference, of an interval and of a ratio, gaps
/// included.
const NAME: usize = 10;
const TIME: usize = 9;
const DIFFERENCE: usize = 10;
const INTERVAL: usize = 22;
const RATIO: usize = 8;
/// Columns of a page that has room for ratios.
const WITH_RATIO: usize = 80;
/// Columns of a page that has room for the times of both sides, beside the verdict.
const WITH_SIDES: usize = 2 + NAME + 2 * TIME + DIFFERENCE + 2 + "one side".len();

/// Writes a line for each stage, and one for all of them.
pub(in crate::text) fn write<'w>(
    page: &mut Page<'_>,
    stages: impl Iterator<Item = (&'w str, &'w WallDifference)>,
    total: Option<&WallDifference>,
) -> io::Result<()> {
    let room = Room {
        ratio: page.columns() >= WITH_RATIO,
        interval: page.is_roomy(),
        sides: page.columns() >= WITH_SIDES,
    };
    page.write(
        Line::new()
            .gap(2)
            .left(Ink::Dim, "stage", NAME)
            .right_if(room.sides, Ink::Dim, "A", TIME)
            .right_if(room.sides, Ink::Dim, "B", TIME)
            .right(Ink::Dim, "B − A", DIFFERENCE)
            .right_if(room.interval, Ink::Dim, "95 % interval", INTERVAL)
            .right_if(room.ratio, Ink::Dim, "B / A", RATIO),
    )?;
    for (name, wall) in stages {
        page.write(line(name, wall, room))?;
    }
    match total {
        Some(total) => page.write(line("all", total, room)),
        None => Ok(()),
    }
}

/// Which figures there is room for.
#[derive(Clone, Copy)]
struct Room {
    sides: bool,
    ratio: bool,
    interval: bool,
}

fn line(name: &str, wall: &WallDifference, room: Room) -> Line {
    let (verdict, ink) = verdict(wall.verdict);
    let found = wall.ratio.map(|found| ratio(found.value_ppm));
    let line = Line::new()
        .gap(2)
        .left(Ink::Plain, name, NAME)
        .right_if(room.sides, Ink::Plain, &mean(wall.a), TIME)
        .right_if(room.sides, Ink::Plain, &mean(wall.b), TIME)
        .right(
            Ink::Strong,
            &signed_duration(wall.difference.value_ns),
            DIFFERENCE,
        )
        .right_if(
            room.interval,
            Ink::Dim,
            &interval(&wall.difference),
            INTERVAL,
        )
        .right_if(room.ratio, Ink::Strong, &found.unwrap_or_default(), RATIO);
    line.gap(2).text(ink, verdict)
}

fn mean(wall: Option<Wall>) -> String {
    wall.map_or_else(|| "-".to_owned(), |wall| duration(wall.mean_ns))
}

/// `+1.20 ms … +3.40 ms`; empty where none was worked out.
pub(in crate::text) fn interval(change: &Change) -> String {
    match (change.low_ns, change.high_ns) {
        (Some(low_ns), Some(high_ns)) => {
            format!("{} … {}", signed_duration(low_ns), signed_duration(high_ns))
        }
        (None, _) | (_, None) => String::new(),
    }
}

fn verdict(verdict: Verdict) -> (&'static str, Ink) {
    match verdict {
        Verdict::Slower => ("slower", Ink::Warning),
        Verdict::Faster => ("faster", Ink::Good),
        Verdict::Noise => ("noise", Ink::Dim),
        Verdict::TooFewRuns => ("few runs", Ink::Dim),
        Verdict::OneSided => ("one side", Ink::Dim),
    }
}

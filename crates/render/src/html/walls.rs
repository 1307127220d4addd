//! How long both sides take, stage by stage, with the spread of their runs on one scale.

use compare::report::{Wall, WallDifference};
use maud::{Markup, html};

use crate::text::quantity::{duration, ratio, signed_duration};

/// Length and height of a plot, in its own units, what is left free at either end, and half the height of a
/// box.
const LENGTH: f64 = 1000.0;
const HEIGHT: f64 = 36.0;
const MARGIN: f64 = 8.0;
const HALF: f64 = 6.5;

/// The heads of the columns, and whether those hold numbers.
const HEADS: [(&str, bool); 8] = [
    ("stage", false),
    ("A", true),
    ("B", true),
    ("B − A", true),
    ("95 % interval", false),
    ("ratio", true),
    ("verdict", false),
    ("A above, B below: mean, and spread of the runs", false),
];

/// A row for each stage, and one for all of them.
pub(super) fn table_of<'w>(
    stages: impl Iterator<Item = (&'w str, &'w WallDifference)>,
    total: Option<&'w WallDifference>,
) -> Markup {
    let rows = stages.chain(total.map(|wall| ("all stages", wall)));
    html! {
        table.walls {
            caption { "Stages, means over runs" }
            thead {
                tr {
                    @for (title, is_number) in HEADS { th.number[is_number] scope="col" { (title) } }
                }
            }
            tbody {
                @for (name, wall) in rows { (row(name, wall)) }
            }
        }
    }
}

fn row(name: &str, wall: &WallDifference) -> Markup {
    let mean =
        |side: Option<Wall>| side.map_or_else(|| "-".to_owned(), |side| duration(side.mean_ns));
    let ends = (wall.difference.low_ns, wall.difference.high_ns);
    let interval = match ends {
        (Some(low), Some(high)) => format!("{} … {}", signed_duration(low), signed_duration(high)),
        (None, _) | (_, None) => String::new(),
    };
    let found = wall.ratio.map(|found| ratio(found.value_ppm));
    html! {
        tr {
            th scope="row" { (name) }
            td.number { (mean(wall.a)) }
            td.number { (mean(wall.b)) }
            td.number { (signed_duration(wall.difference.value_ns)) }
            td { (interval) }
            td.number { (found.unwrap_or_default()) }
            td { (wall.verdict.name()) }
            td { (plot(wall)) }
        }
    }
}

/// Both sides on a scale from nothing to the longest run.
fn plot(wall: &WallDifference) -> Markup {
    let sides = [wall.a, wall.b];
    let most_ns = sides.iter().flatten().map(|side| side.max_ns).max();
    let at = |ns: u64| {
        let length = 2.0f64.mul_add(-MARGIN, LENGTH);
        MARGIN + ns as f64 * length / most_ns.unwrap_or(0).max(1) as f64
    };
    html! {
        svg viewBox=(format!("0 0 {LENGTH} {HEIGHT}")) preserveAspectRatio="none" role="img" aria-label=(told(wall)) {
            title { (told(wall)) }
            @for (side, middle) in sides.into_iter().zip([HEIGHT * 0.27, HEIGHT * 0.73]) {
                @if let Some(side) = side { (whiskers(side, middle, &at)) }
            }
        }
    }
}

/// The mean as a bar; from the shortest to the longest run, the middle half of the runs as a box, the median as a line.
fn whiskers(side: Wall, middle: f64, at: &dyn Fn(u64) -> f64) -> Markup {
    let number = |value: f64| format!("{value:.1}");
    let (left, right) = (at(side.p25_ns), at(side.p75_ns));
    let median = number(at(side.median_ns));
    let mean = number(at(side.mean_ns) - MARGIN);
    html! {
        rect.mean x=(number(MARGIN)) width=(mean) y=(number(middle - HALF)) height=(number(2.0 * HALF)) {}
        line.whisker x1=(number(at(side.min_ns))) x2=(number(at(side.max_ns))) y1=(number(middle)) y2=(number(middle)) {}
        rect.box x=(number(left)) width=(number((right - left).max(1.0))) y=(number(middle - HALF)) height=(number(2.0 * HALF)) {}
        line.median x1=(median) x2=(median) y1=(number(middle - HALF - 1.0)) y2=(number(middle + HALF + 1.0)) {}
    }
}

fn told(wall: &WallDifference) -> String {
    let side = |label: &str, side: Option<Wall>| {
        side.map(|side| {
            format!(
                "{label}: {} to {}, median {}, runs {}",
                duration(side.min_ns),
                duration(side.max_ns),
                duration(side.median_ns),
                side.runs
            )
        })
    };
    let sides = [side("A", wall.a), side("B", wall.b)];
    sides.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

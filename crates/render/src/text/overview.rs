//! All stages of a run at one look.

use std::io;

use super::bar::{shade, stacked};
use super::ink::Ink;
use super::line::{Line, Page};
use super::phases::ranked;
use super::quantity::{duration, short_share};
use analysis::report::{Run, StageReport};
use trace::phase::Phase;

/// Columns of the name of a stage and of its wall time.
const NAME: usize = 10;
const TIME: usize = 9;
/// Phases named beside the bar, at most.
const NAMED: usize = 3;

/// Writes a line for each stage: how long it took, as a bar on the scale of the longest, and which
/// phases it went to.
pub(super) fn write(page: &mut Page<'_>, run: &Run) -> io::Result<()> {
    let longest_ns = run
        .stages
        .iter()
        .map(|stage| stage.wall_ns)
        .max()
        .unwrap_or(0);
    let room = page.columns() - 2 - NAME - TIME - 2;
    // The legend needs a shade for each name.
    let bar = room * 2 / 7;
    page.write(
        Line::new()
            .gap(2)
            .left(Ink::Dim, "stage", NAME)
            .right(Ink::Dim, "wall", TIME)
            .gap(2)
            .left(Ink::Dim, "", bar + 2)
            .text(
                Ink::Dim,
                if page.is_roomy() {
                    "largest phases"
                } else {
                    "largest"
                },
            ),
    )?;
    for stage in &run.stages {
        page.write(stage_line(stage, longest_ns, bar, page))?;
    }
    page.write(Line::new().gap(2).left(Ink::Dim, "all", NAME).right(
        Ink::Strong,
        &duration(run.wall_ns()),
        TIME,
    ))
}

fn stage_line(stage: &StageReport, longest_ns: u64, bar: usize, page: &Page<'_>) -> Line {
    let critical_path = stage.has_critical_path();
    let total_ns = stage.leading_total_ns();
    let pieces: Vec<(Phase, u64)> = ranked(stage)
        .into_iter()
        .map(|row| (row.phase, row.leading_ns(critical_path)))
        .collect();
    let length = stage_columns(stage.wall_ns, longest_ns, bar);
    let drawn = stacked(&pieces, total_ns, length);
    let padding = bar + 2 - drawn.width();
    let line = Line::new()
        .gap(2)
        .left(Ink::Plain, &stage.name, NAME)
        .right(Ink::Strong, &duration(stage.wall_ns), TIME)
        .gap(2)
        .line(drawn)
        .gap(padding);
    let room = page.columns().saturating_sub(line.width());
    line.line(legend(&pieces, total_ns, room))
}

/// Columns of the bar of a stage: in proportion to its wall time, one at least.
fn stage_columns(wall_ns: u64, longest_ns: u64, columns: usize) -> usize {
    let scaled = (u128::from(wall_ns) * columns as u128).div_ceil(u128::from(longest_ns.max(1)));
    usize::try_from(scaled).unwrap_or(columns).min(columns)
}

/// The largest phases by name, as many as fit whole.
fn legend(pieces: &[(Phase, u64)], total_ns: u64, room: usize) -> Line {
    let mut legend = Line::new();
    for (rank, &(phase, duration_ns)) in pieces.iter().take(NAMED).enumerate() {
        let mark = shade(rank);
        let mut entry = Line::new();
        if legend.width() > 0 {
            entry.push(Ink::Plain, "  ");
        }
        let entry = entry
            .text(Ink::Phase(phase), &format!("{mark} {}", phase.name()))
            .text(
                Ink::Plain,
                &format!(" {}", short_share(duration_ns, total_ns)),
            );
        if duration_ns == 0 || legend.width() + entry.width() > room {
            break;
        }
        legend = legend.line(entry);
    }
    legend
}

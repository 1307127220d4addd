//! The critical path of a stage from left to right, a row for each role: who held it up, and when.

use std::collections::BTreeMap;
use std::io;

use super::ink::Ink;
use super::line::{Line, Page};
use super::quantity::{duration, share};
use analysis::report::path::StagePath;
use trace::phase::Phase;
use trace::role::Role;

/// Columns of the name of a role, of a time and of a share, gaps included.
const ROLE: usize = 15;
const TIME: usize = 9;
const SHARE: usize = 8;

/// Time of each phase in each cell of a row.
type Cells = Vec<BTreeMap<Phase, u64>>;

/// Writes the picture, its scale, and which letter stands for which phase; colours say the same.
pub(super) fn write(page: &mut Page<'_>, path: &StagePath) -> io::Result<()> {
    let is_roomy = page.is_roomy();
    let columns = page.columns() - 2 - ROLE - 2 - TIME - page.if_roomy(SHARE);
    page.write(scale(path, columns, is_roomy))?;
    let rows = path.role_totals();
    for &(role, total_ns) in &rows {
        let cells = cells(path, role, columns);
        page.write(row(path, role, total_ns, &cells, is_roomy))?;
    }
    for line in legend(path, page.columns() - 2 - ROLE) {
        page.write(Line::new().gap(2 + ROLE).line(line))?;
    }
    Ok(())
}

/// The times at the left, in the middle and at the right.
fn scale(path: &StagePath, columns: usize, is_roomy: bool) -> Line {
    if !is_roomy {
        return Line::new()
            .gap(2)
            .left(Ink::Dim, "critical path", ROLE)
            .right(Ink::Dim, &duration(path.wall_ns), columns)
            .right(Ink::Dim, "on path", 2 + TIME);
    }
    let middle = duration(path.wall_ns / 2);
    let left = columns / 2;
    Line::new()
        .gap(2)
        .left(Ink::Dim, "critical path", ROLE)
        .left(Ink::Dim, "0", left - 3)
        .left(Ink::Dim, &middle, 11)
        .right(Ink::Dim, &duration(path.wall_ns), columns - left - 8)
        .right(Ink::Dim, "on path", 2 + TIME)
        .right(Ink::Dim, "share", SHARE)
}

fn row(path: &StagePath, role: Role, total_ns: u64, cells: &Cells, is_roomy: bool) -> Line {
    let mut line = Line::new().gap(2).left(Ink::Role(role), role.name(), ROLE);
    for (index, cell) in cells.iter().enumerate() {
        let bounds = (
            boundary(path.wall_ns, index, cells.len()),
            boundary(path.wall_ns, index + 1, cells.len()),
        );
        let (ink, glyph) = drawn(cell, bounds.1 - bounds.0);
        line.push(ink, glyph);
    }
    line.gap(2)
        .right(Ink::Strong, &duration(total_ns), TIME)
        .right_if(is_roomy, Ink::Plain, &share(total_ns, path.wall_ns), SHARE)
}

/// Where the cell `index` of `columns` begins, in nanoseconds from the start of the stage.
fn boundary(wall_ns: u64, index: usize, columns: usize) -> u64 {
    let scaled = u128::from(wall_ns) * index as u128 / columns.max(1) as u128;
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

/// The time of `role` on the path in each of `columns` equal cells, by phase.
fn cells(path: &StagePath, role: Role, columns: usize) -> Cells {
    let mut cells = vec![BTreeMap::new(); columns];
    let mut index = 0;
    for segment in &path.segments {
        let from = segment.start_ns.saturating_sub(path.start_ns);
        let to = segment.end_ns().saturating_sub(path.start_ns);
        while index > 0 && boundary(path.wall_ns, index, columns) > from {
            index -= 1;
        }
        while index < columns {
            let begin = boundary(path.wall_ns, index, columns);
            let end = boundary(path.wall_ns, index + 1, columns);
            let overlap_ns = to.min(end).saturating_sub(from.max(begin));
            if overlap_ns > 0 && segment.role == role {
                *cells[index].entry(segment.phase).or_default() += overlap_ns;
            }
            if to <= end {
                break;
            }
            index += 1;
        }
        index = index.min(columns.saturating_sub(1));
    }
    cells
}

/// How a cell that stands for `cell_ns` looks: by its longest phase; a dot if it is not a quarter full.
fn drawn(cell: &BTreeMap<Phase, u64>, cell_ns: u64) -> (Ink, &'static str) {
    let longest = cell
        .iter()
        .max_by_key(|&(phase, ns)| (*ns, std::cmp::Reverse(*phase)));
    let Some((&phase, _)) = longest else {
        return (Ink::Plain, " ");
    };
    let filled_ns: u64 = cell.values().sum();
    let quarters = u128::from(filled_ns) * 4 / u128::from(cell_ns.max(1));
    let glyph = if quarters == 0 { "·" } else { letter(phase) };
    (Ink::Phase(phase), glyph)
}

/// Stands for a phase, whether there is colour or not.
pub(crate) fn letter(phase: Phase) -> &'static str {
    match phase {
        Phase::Namespaces => "n",
        Phase::Mounts => "m",
        Phase::Storage => "s",
        Phase::Cgroups => "c",
        Phase::Network => "w",
        Phase::Security => "y",
        Phase::Process => "p",
        Phase::Files => "f",
        Phase::Memory => "e",
        Phase::Sockets => "k",
        Phase::Ipc => "i",
        Phase::Locks => "l",
        Phase::Rcu => "r",
        Phase::Disk => "d",
        Phase::Throttled => "t",
        Phase::Runqueue => "q",
        Phase::Observer => "o",
        Phase::User => "u",
        Phase::Unknown => "?",
    }
}

/// The phases on the path, longest first, in lines of at most `room` columns.
fn legend(path: &StagePath, room: usize) -> Vec<Line> {
    let mut totals: BTreeMap<Phase, u64> = BTreeMap::new();
    for segment in &path.segments {
        *totals.entry(segment.phase).or_default() += segment.duration_ns;
    }
    let mut phases: Vec<(Phase, u64)> = totals.into_iter().collect();
    phases.sort_by_key(|&(_, total_ns)| std::cmp::Reverse(total_ns));
    let mut lines: Vec<Line> = Vec::new();
    for (phase, _) in phases {
        let entry = Line::new()
            .text(Ink::Phase(phase), letter(phase))
            .text(Ink::Dim, &format!(" {}", phase.name()));
        match lines.last_mut() {
            Some(line) if line.width() + 2 + entry.width() <= room => {
                *line = std::mem::take(line).gap(2).line(entry);
            }
            Some(_) | None => lines.push(entry),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use proptest::prelude::*;

    #[test]
    fn no_two_phases_share_a_letter() {
        let mut letters: Vec<&str> = Phase::ALL.iter().map(|&phase| letter(phase)).collect();
        letters.sort_unstable();
        letters.dedup();
        assert_eq!(letters.len(), Phase::ALL.len());
    }

    proptest! {
        /// The drawing holds the whole path: every nanosecond in one cell of one role.
        #[test]
        fn cells_hold_the_whole_path(
            durations in proptest::collection::vec(0_u64..5_000, 1..60),
            columns in 1_usize..90,
        ) {
            let path = sample::path_of(&durations);
            let mut total_ns = 0;
            for &(role, role_ns) in &path.role_totals() {
                let cells = cells(&path, role, columns);
                let in_cells: u64 = cells.iter().flat_map(BTreeMap::values).sum();
                prop_assert_eq!(in_cells, role_ns);
                total_ns += in_cells;
            }
            prop_assert_eq!(total_ns, path.wall_ns);
        }

        /// No cell holds more time than it stands for.
        #[test]
        fn no_cell_overflows(
            durations in proptest::collection::vec(0_u64..5_000, 1..60),
            columns in 1_usize..90,
        ) {
            let path = sample::path_of(&durations);
            for role in Role::ALL {
                for (index, cell) in cells(&path, *role, columns).iter().enumerate() {
                    let cell_ns = boundary(path.wall_ns, index + 1, columns)
                        - boundary(path.wall_ns, index, columns);
                    prop_assert!(cell.values().sum::<u64>() <= cell_ns);
                }
            }
        }
    }
}

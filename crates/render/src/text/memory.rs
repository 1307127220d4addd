//! Page faults by process, and memory limits.

use std::io;

use super::fit;
use super::ink::Ink;
use super::line::{Line, Page};
use super::quantity::{bytes, count, duration};
use super::stage::write_more;
use analysis::report::{MemoryLimitRow, ProcessGroup};

/// Rows drawn of each table.
const FAULTS: usize = 3;
const LIMITS: usize = 5;
/// Processes with fewer page faults are not drawn: to start a program takes about so many.
const FEW: u64 = 1_000;

/// Columns of a name, a time and a count, gaps included.
const ROLE: usize = 15;
const TIME: usize = 10;
const COUNT: usize = 11;

/// Writes the processes that have most page faults.
pub(super) fn write_faults(page: &mut Page<'_>, groups: &[ProcessGroup]) -> io::Result<()> {
    let mut groups: Vec<&ProcessGroup> = groups
        .iter()
        .filter(|group| group.major_faults > 0 || group.minor_faults >= FEW)
        .collect();
    if groups.is_empty() {
        return Ok(());
    }
    groups.sort_by_key(|group| std::cmp::Reverse((group.major_faults, group.minor_faults)));
    page.blank()?;
    let role = page.if_roomy(ROLE);
    let name = page.columns() - 2 - role - 2 * COUNT;
    page.write(
        Line::new()
            .gap(2)
            .left(Ink::Dim, if role > 0 { "role" } else { "" }, role)
            .left(Ink::Dim, "page faults of", name)
            .right(Ink::Dim, "minor", COUNT)
            .right(Ink::Dim, "major", COUNT),
    )?;
    for group in groups.iter().take(page.rows(FAULTS)) {
        let comm = fit::elide_middle(&fit::clean(&group.comm), name.saturating_sub(1));
        page.write(
            Line::new()
                .gap(2)
                .left(
                    Ink::Role(group.role),
                    if role > 0 { group.role.name() } else { "" },
                    role,
                )
                .left(Ink::Plain, &comm, name)
                .right(Ink::Plain, &count(group.minor_faults), COUNT)
                .right(Ink::Strong, &count(group.major_faults), COUNT),
        )?;
    }
    write_more(page, groups.len(), FAULTS, "processes with page faults")
}

/// Writes the memory limits that were reached.
pub(super) fn write_limits(page: &mut Page<'_>, rows: &[MemoryLimitRow]) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    page.blank()?;
    let name = page.columns() - 2 - TIME - COUNT;
    page.write(
        Line::new()
            .gap(2)
            .left(Ink::Dim, "memory limit of", name)
            .right(Ink::Dim, "reached", COUNT)
            .right(Ink::Dim, "on path", TIME),
    )?;
    for row in rows.iter().take(page.rows(LIMITS)) {
        let kind = if row.is_high { " (memory.high)" } else { "" };
        let group = fit::clean(&row.group);
        let limit = format!("{group}: {}{kind}", bytes(row.limit_bytes));
        let on_path = row.critical_path_ns.map(duration).unwrap_or_default();
        page.write(
            Line::new()
                .gap(2)
                .left(Ink::Plain, &fit::elide_middle(&limit, name - 1), name)
                .right(Ink::Plain, &count(row.reached), COUNT)
                .right(Ink::Strong, &on_path, TIME),
        )?;
    }
    write_more(page, rows.len(), LIMITS, "memory limits")
}

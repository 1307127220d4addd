//! The table of a stage's phases.

use std::io;

use super::bar::bar;
use super::ink::Ink;
use super::line::{Line, Page};
use super::quantity::{count, duration, permille, share};
use super::stage::write_more;
use crate::Style;
use analysis::report::{PhasePart, PhaseRow, StageReport};
use trace::phase::Phase;

/// Parts drawn under a phase.
const PARTS: usize = 3;
/// Parts and phases below this share of the stage, in thousandths, are not drawn in full.
const SMALL_PERMILLE: u64 = 10;
/// Phases below this share, in thousandths, are only named.
const TINY_PERMILLE: u64 = 1;

/// Columns of the name of a phase, of a time, of a share and of a count, gaps included.
const NAME: usize = 22;
const TIME: usize = 9;
const SHARE: usize = 9;
const COUNT: usize = 10;
/// Columns that the heading of a time reaches into the name.
const HEADING: usize = 8;

/// The common columns of one stage's rows.
struct Table {
    critical_path: bool,
    total_ns: u64,
    longest_ns: u64,
    bar: usize,
    /// Columns of the name of a phase.
    name: usize,
    /// Whether there is room for what stands beside the leading time and its share.
    has_rest: bool,
}

impl Table {
    fn new(stage: &StageReport, columns: usize) -> Self {
        let critical_path = stage.has_critical_path();
        let thread_column = if critical_path { TIME + 1 } else { 0 };
        let has_rest = columns >= Style::ROOMY_WIDTH;
        let (name, bar) = if has_rest {
            let taken = 2 + NAME + TIME + SHARE + 2 + thread_column + COUNT;
            (NAME, columns - taken)
        } else {
            ((columns - 2 - TIME - SHARE).min(NAME), 0)
        };
        Self {
            name,
            has_rest,
            bar,
            critical_path,
            total_ns: stage.leading_total_ns(),
            longest_ns: stage
                .phases
                .iter()
                .map(|row| row.leading_ns(critical_path))
                .max()
                .unwrap_or(0),
        }
    }

    fn heading(&self) -> Line {
        let lead = if self.critical_path {
            "critical path"
        } else {
            "thread time"
        };
        let line = Line::new()
            .gap(2)
            .left(Ink::Dim, "phase", self.name - HEADING)
            .right(Ink::Dim, lead, HEADING + TIME)
            .right(Ink::Dim, "share", SHARE);
        if !self.has_rest {
            return line;
        }
        let line = if self.critical_path {
            line.right(Ink::Dim, "thread time", 2 + self.bar + TIME + 1)
        } else {
            line.gap(2 + self.bar)
        };
        line.right(Ink::Dim, "count", COUNT)
    }

    fn phase(&self, row: &PhaseRow) -> Line {
        let leading_ns = row.leading_ns(self.critical_path);
        let ink = Ink::Phase(row.phase);
        let line = Line::new()
            .gap(2)
            .left(ink, row.phase.name(), self.name)
            .right(Ink::Strong, &duration(leading_ns), TIME)
            .right(Ink::Plain, &share(leading_ns, self.total_ns), SHARE)
            .gap(2)
            .left(ink, &bar(leading_ns, self.longest_ns, self.bar), self.bar);
        self.rest(line, Ink::Plain, row.thread_ns, row.count)
    }

    fn part(&self, part: &PhasePart) -> Line {
        let leading_ns = part.leading_ns(self.critical_path);
        let line = Line::new()
            .gap(4)
            .left(Ink::Dim, &part.name, self.name - 2)
            .right(Ink::Dim, &duration(leading_ns), TIME)
            .right(Ink::Dim, &share(leading_ns, self.total_ns), SHARE)
            .gap(2 + self.bar);
        self.rest(line, Ink::Dim, part.thread_ns, part.count)
    }

    /// The columns after the bar.
    fn rest(&self, line: Line, ink: Ink, thread_ns: u64, calls: u64) -> Line {
        if !self.has_rest {
            return line;
        }
        let line = if self.critical_path {
            line.right(ink, &duration(thread_ns), TIME + 1)
        } else {
            line
        };
        let calls = if calls == 0 {
            String::new()
        } else {
            count(calls)
        };
        line.right(ink, &calls, COUNT)
    }

    /// Whether a row is worth a line. What is unknown always is.
    fn is_drawn(&self, row: &PhaseRow) -> bool {
        let per_mille = |part| permille(part, self.total_ns).unwrap_or(0);
        row.phase == Phase::Unknown
            || per_mille(row.leading_ns(self.critical_path)) >= TINY_PERMILLE
            || (self.critical_path && per_mille(row.thread_ns) >= SMALL_PERMILLE)
    }
}

/// Phases in the order of their leading time, those without any time left out.
pub(super) fn ranked(stage: &StageReport) -> Vec<&PhaseRow> {
    let critical_path = stage.has_critical_path();
    let mut rows: Vec<&PhaseRow> = stage
        .phases
        .iter()
        .filter(|row| row.thread_ns > 0 || row.count > 0 || row.leading_ns(critical_path) > 0)
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.leading_ns(critical_path)));
    rows
}

/// Writes the table.
pub(super) fn write(page: &mut Page<'_>, stage: &StageReport) -> io::Result<()> {
    let table = Table::new(stage, page.columns());
    page.write(table.heading())?;
    let (drawn, tiny): (Vec<_>, Vec<_>) = ranked(stage)
        .into_iter()
        .partition(|row| table.is_drawn(row));
    for row in drawn.iter().take(page.rows(drawn.len())) {
        page.write(table.phase(row))?;
        for part in shown_parts(row, stage, page.rows(PARTS)) {
            page.write(table.part(part))?;
        }
    }
    write_more(page, drawn.len(), drawn.len(), "phases")?;
    write_tiny(page, &tiny)
}

/// The longest parts that say more than their phase does.
fn shown_parts<'a>(row: &'a PhaseRow, stage: &StageReport, most: usize) -> Vec<&'a PhasePart> {
    let total_ns = stage.leading_total_ns();
    let is_large = |part, whole| permille(part, whole) >= Some(SMALL_PERMILLE);
    let critical_path = stage.has_critical_path();
    if critical_path && !is_large(row.leading_ns(critical_path), stage.wall_ns) {
        return Vec::new();
    }
    row.parts
        .iter()
        .filter(|part| part.name != row.phase.name())
        .filter(|part| is_set_up(row.phase) || is_large(part.leading_ns(critical_path), total_ns))
        .take(most)
        .collect()
}

/// Whether a phase is what a container is made of: its parts are few and each is of interest,
/// however short.
fn is_set_up(phase: Phase) -> bool {
    match phase {
        Phase::Namespaces | Phase::Mounts | Phase::Locks | Phase::Rcu => true,
        Phase::Storage
        | Phase::Cgroups
        | Phase::Network
        | Phase::Security
        | Phase::Process
        | Phase::Files
        | Phase::Memory
        | Phase::Sockets
        | Phase::Ipc
        | Phase::Disk
        | Phase::Throttled
        | Phase::Runqueue
        | Phase::Observer
        | Phase::User
        | Phase::Unknown => false,
    }
}

/// Names the phases that have no row of their own.
fn write_tiny(page: &mut Page<'_>, rows: &[&PhaseRow]) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = rows.iter().map(|row| row.phase.name()).collect();
    let text = format!("under 0.1 % each: {}", names.join(", "));
    page.entry("", 2, Ink::Dim, &text)
}

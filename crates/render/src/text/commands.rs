//! The commands behind a stage, and how they ended.

use std::io;

use super::fit;
use super::ink::Ink;
use super::line::{Line, Page};
use super::quantity::duration;
use crate::Style;
use analysis::report::{CommandKind, CommandRow, StageReport};

/// Columns of a label, and of how a command ended.
const LABEL: usize = 10;
const TIME: usize = 10;
const EXIT: usize = 12;
/// Steps drawn, at most; those that failed are always.
const STEPS: usize = 6;

/// Writes who asked for a stage, and what the runtime was called for.
pub(super) fn write(page: &mut Page<'_>, stage: &StageReport) -> io::Result<()> {
    if !stage.inferred || stage.name == "command" {
        return Ok(());
    }
    let is_asked = |row: &CommandRow| row.kind == CommandKind::Request;
    if !stage.commands.iter().any(is_asked) {
        let text = "nobody who was recorded asked for it: an API, a timer, or its own end";
        page.entry("  asked by", LABEL + 2, Ink::Dim, text)?;
    }
    let mut drawn = 0;
    for row in &stage.commands {
        let is_step = row.kind == CommandKind::Step;
        if is_step && drawn >= page.rows(STEPS) && !has_failed(row) {
            continue;
        }
        drawn += usize::from(is_step);
        page.write(line(row, page.columns()))?;
    }
    Ok(())
}

fn has_failed(row: &CommandRow) -> bool {
    row.exit_status.is_some_and(|status| status != 0)
}

fn line(row: &CommandRow, columns: usize) -> Line {
    let label = match row.kind {
        CommandKind::Request => "asked by",
        CommandKind::Step | CommandKind::Program => row.kind.name(),
    };
    let exit = if columns >= Style::ROOMY_WIDTH {
        EXIT
    } else {
        " exit 255".len()
    };
    let name = columns - 2 - LABEL - TIME - exit;
    let command = fit::elide_middle(&fit::clean(&row.command), name);
    let (ink, ended) = match row.exit_status {
        None => (Ink::Dim, "runs on".to_owned()),
        Some(0) => (Ink::Dim, String::new()),
        Some(status) => (Ink::Warning, format!("exit {status}")),
    };
    Line::new()
        .gap(2)
        .left(Ink::Dim, label, LABEL)
        .left(Ink::Plain, &command, name)
        .right(Ink::Plain, &duration(row.wall_ns), TIME)
        .right(ink, &ended, exit)
}

//! What would help, with what it would save.

use std::io;

use super::fit;
use super::ink::Ink;
use super::line::{Line, Page};
use super::quantity::duration;
use compare::report::diagnosis::Remedy;

const INDENT: usize = 5;
/// Columns of `1.24 s → 0.55 s`, and of `→ 0.55 s`, which narrow pages have.
const TIMES: usize = 21;
const TIME: usize = 11;
const HEAD: &str = "what would help (replayed: see ctrprof what-if)";

/// The lines that they take.
pub(super) fn lines(remedies: &[Remedy]) -> usize {
    if remedies.is_empty() {
        0
    } else {
        remedies.len() + 2
    }
}

/// Writes them, each with the length of the run as it was and as it would have been.
pub(super) fn write(page: &mut Page<'_>, remedies: &[Remedy]) -> io::Result<()> {
    if remedies.is_empty() {
        return Ok(());
    }
    page.blank()?;
    page.entry("", 2, Ink::Dim, HEAD)?;
    for remedy in remedies {
        write_one(page, remedy)?;
    }
    Ok(())
}

/// A line where there is room for all of it; else as many as it takes.
fn write_one(page: &mut Page<'_>, remedy: &Remedy) -> io::Result<()> {
    let replayed = duration(remedy.replayed_ns);
    let (mut times, columns) = if page.is_roomy() {
        (
            format!("{} → {replayed}", duration(remedy.recorded_ns)),
            TIMES,
        )
    } else {
        (format!("→ {replayed}"), TIME)
    };
    let room = page.columns().saturating_sub(INDENT + columns);
    let lines = if page.is_roomy() {
        vec![fit::elide_end(&remedy.text, room)]
    } else {
        fit::wrap(&remedy.text, room)
    };
    for text in lines {
        let line = Line::new().gap(INDENT).left(Ink::Plain, &text, room);
        page.write(line.right(Ink::Strong, &times, columns))?;
        times.clear();
    }
    Ok(())
}

//! What would help, with what it would save.

use std::io;

use super::fit;
use super::ink::Ink;
use super::line::{Line, Page};
use super::quantity::duration;
use compare::report::diagnosis::Remedy;

const INDENT: usize = 5;
/// Columns of `1.24 s → 0.55 s`.
const TIMES: usize = 21;
const HEAD: &str = "  what would help (replayed: see ctrprof what-if)";

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
    let head = fit::elide_end(HEAD, page.columns());
    page.write(Line::new().text(Ink::Dim, &head))?;
    let room = page.columns().saturating_sub(INDENT + TIMES);
    for remedy in remedies {
        let times = format!(
            "{} → {}",
            duration(remedy.recorded_ns),
            duration(remedy.replayed_ns)
        );
        let text = fit::elide_end(&remedy.text, room);
        page.write(Line::new().gap(INDENT).left(Ink::Plain, &text, room).right(
            Ink::Strong,
            &times,
            TIMES,
        ))?;
    }
    Ok(())
}

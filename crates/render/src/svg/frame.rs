//! What all pictures have in common: ground, title, legend of phases.

use std::io::{self, Write};

use maud::{Markup, html};
use trace::phase::Phase;

use super::{MARGIN, WIDTH, fitted};
use crate::colours::{ink_on, of_phase};
use crate::text::quantity::duration;
use crate::text::waterfall::letter;

/// Colours of the ground, of texts, of what is less important, and of lines.
const GROUND: &str = "#ffffff";
pub(super) const INK: &str = "#16191d";
pub(super) const QUIET: &str = "#5a626c";
pub(super) const LINE: &str = "#d4d8de";
pub(super) const RAISED: &str = "#eef0f3";
const FONT: &str = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif";

/// Height of the title with what is below it.
pub(super) const HEAD: usize = 52;
/// Phases in a line of the legend, and its height.
const ENTRIES: usize = 6;
const ENTRY_HEIGHT: usize = 20;
/// Columns of a title or a note.
const COLUMNS: usize = 118;

/// A picture: its title, the facts below it, the note at its foot, and the time of its phases.
pub(super) struct Picture<'p> {
    pub(super) title: &'p str,
    pub(super) facts: &'p str,
    pub(super) note: &'p str,
    /// Longest first.
    pub(super) phases: &'p [(Phase, u64)],
}

impl Picture<'_> {
    /// Writes it around what is drawn from [`HEAD`] on, `height` pixels high.
    pub(super) fn write(
        &self,
        out: &mut dyn Write,
        drawn: &Markup,
        height: usize,
    ) -> io::Result<()> {
        let legend = HEAD + height + 10;
        let note = legend + self.phases.len().div_ceil(ENTRIES) * ENTRY_HEIGHT + 12;
        let whole = note + 12;
        let picture = html! {
            svg xmlns="http://www.w3.org/2000/svg" width=(WIDTH) height=(whole) viewBox=(format!("0 0 {WIDTH} {whole}"))
                role="img" font-family=(FONT) font-size="12" fill=(INK) {
                title { (fitted(self.title, COLUMNS)) }
                defs { @for (phase, _) in self.phases { (hatching(*phase)) } }
                rect width=(WIDTH) height=(whole) rx="6" fill=(GROUND) stroke=(LINE) {}
                text x=(MARGIN) y="24" font-size="15" font-weight="600" { (fitted(self.title, COLUMNS - 16)) }
                text x=(MARGIN) y="42" fill=(QUIET) { (fitted(self.facts, COLUMNS)) }
                (drawn)
                @for (index, (phase, total_ns)) in self.phases.iter().enumerate() {
                    (entry(*phase, *total_ns, (index % ENTRIES, legend + index / ENTRIES * ENTRY_HEIGHT)))
                }
                text x=(MARGIN) y=(note) font-size="11" fill=(QUIET) { (self.note) }
            }
        };
        out.write_all(picture.into_string().as_bytes())?;
        out.write_all(b"\n")
    }
}

/// The pattern of a wait; nothing of other phases.
fn hatching(phase: Phase) -> Markup {
    html! {
        @if phase.is_wait() {
            pattern id=(hatching_id(phase)) width="8" height="8" patternUnits="userSpaceOnUse" {
                rect width="8" height="8" fill=(of_phase(phase)[0]) {}
                path d="M-2 2 2 -2 M0 8 8 0 M6 10 10 6" stroke="#ffffff" stroke-opacity="0.55" stroke-width="2" {}
            }
        }
    }
}

fn hatching_id(phase: Phase) -> String {
    format!("ctrprof-{}", phase.name())
}

/// How a phase is filled: a wait with its pattern.
pub(super) fn fill(phase: Phase) -> String {
    if phase.is_wait() {
        format!("url(#{})", hatching_id(phase))
    } else {
        of_phase(phase)[0].to_owned()
    }
}

/// The colour of a text on a phase.
pub(super) fn ink(phase: Phase) -> &'static str {
    ink_on(of_phase(phase)[0])
}

/// A phase of the legend, with its letter and its time.
fn entry(phase: Phase, total_ns: u64, (column, top): (usize, usize)) -> Markup {
    let left = MARGIN + column * (WIDTH - 2 * MARGIN) / ENTRIES;
    html! {
        rect x=(left) y=(top) width="16" height="14" fill=(fill(phase)) {}
        text x=(left + 8) y=(top + 11) text-anchor="middle" fill=(ink(phase)) { (letter(phase)) }
        text x=(left + 21) y=(top + 11) { (phase.name()) " " tspan fill=(QUIET) { (duration(total_ns)) } }
    }
}

//! A report as one page that needs nothing else: the answer, the waterfall, the phase icicle, and tables.
//!
//! The answer and the tables are markup ([`answer`], [`tables`]), readable without JavaScript. The pictures
//! are drawn by the scripts in `assets/` from [`data`], JSON within the page. Texts from traced processes
//! reach the page through maud, which escapes them, or as JSON without `<`; scripts put them in as text.

mod answer;
mod bench;
mod claims;
mod data;
mod diff;
mod gap;
mod profile;
mod question;
mod shell;
mod table;
mod tables;
mod walls;

pub use bench::write_bench;
pub use diff::write_comparison;
pub use profile::write_profile;
pub use question::write_answer;

use std::io::{self, Write};

use analysis::attribution::Attribution;
use analysis::report::Report;
use analysis::report::path::StagePath;
use compare::report::diagnosis::Diagnosis;
use maud::{Markup, html};
use trace::manifest::Manifest;

use crate::Style;
use crate::text::{footer, line::Page};

/// In the order in which they use each other.
const SCRIPTS: &[&str] = &[
    include_str!("../../assets/base.js"),
    include_str!("../../assets/address.js"),
    include_str!("../../assets/phases.js"),
    include_str!("../../assets/state.js"),
    include_str!("../../assets/detail.js"),
    include_str!("../../assets/rows.js"),
    include_str!("../../assets/waterfall.js"),
    include_str!("../../assets/icicle.js"),
    include_str!("../../assets/tables.js"),
    include_str!("../../assets/main.js"),
];

/// A recording, or the part of it that is asked for.
pub struct Recorded<'r, 't, 'a> {
    /// Its manifest.
    pub manifest: &'r Manifest,
    /// Its attribution.
    pub attribution: &'r Attribution<'t, 'a>,
    /// Its numbers.
    pub report: &'r Report,
    /// What it says by itself.
    pub diagnosis: &'r Diagnosis,
    /// The critical paths of its stages.
    pub paths: &'r [StagePath],
    /// The time of all threads in its stages, as [`analysis::thread_time`] has it.
    pub thread_time: &'r [StagePath],
}

/// Writes the page.
///
/// # Errors
/// Those of `out`.
pub fn write_report(out: &mut dyn Write, recorded: &Recorded<'_, '_, '_>) -> io::Result<()> {
    let title = answer::command(recorded.report);
    let body = html! {
        (answer::answer(recorded.report, recorded.diagnosis))
        (pictures())
        (tables::tables(recorded.report))
        (recording(recorded)?)
    };
    let page = shell::page(&title, &body, &data::json(recorded)?, SCRIPTS);
    out.write_all(page.into_string().as_bytes())
}

/// The places that scripts fill.
fn pictures() -> Markup {
    html! {
        section id="waterfall" aria-labelledby="waterfall-title" {
            (shell::heading("waterfall", "Waterfall"))
            noscript { p { "The pictures need JavaScript. The answer and the tables do not." } }
            p.hint {
                "Who was waited for, when: the thick line is the critical path. Drag to pan, Ctrl and wheel to zoom, "
                "double-click to fit; or, with the keyboard, arrows, + and -, 0; n and p go along the path."
            }
            div.bar id="waterfall-bar" {}
            div.picture { canvas id="waterfall-canvas" tabindex="0" role="img" aria-label="Waterfall" {} }
            ul.legend id="legend" {}
            div.detail id="waterfall-detail" aria-live="polite" {}
        }
        section id="icicle" aria-labelledby="icicle-title" {
            (shell::heading("icicle", "Phases, calls, functions"))
            p.hint {
                "Stage, role, process, phase, kind, system call, functions. Width is time; a frame of which the time was divided "
                "by samples has a dotted edge. Click to zoom, Escape to go back."
            }
            div.bar id="icicle-bar" {}
            div.picture { canvas id="icicle-canvas" tabindex="0" role="img" aria-label="Phase icicle" {} }
            div.detail id="icicle-detail" aria-live="polite" {}
        }
    }
}

/// How the figures came about.
fn recording(recorded: &Recorded<'_, '_, '_>) -> io::Result<Markup> {
    let mut text = Vec::new();
    footer::write(
        &mut Page::new(&mut text, Style::PLAIN),
        recorded.report,
        recorded.paths,
    )?;
    let text = String::from_utf8_lossy(&text);
    let text = text.split_once('\n').map_or("", |(_, rest)| rest);
    Ok(html! {
        section id="recording" aria-labelledby="recording-title" {
            (shell::heading("recording", "Recording"))
            pre { (text) }
            p { "Recorded by ctrprof " (recorded.manifest.ctrprof) ", written by ctrprof " (env!("CARGO_PKG_VERSION")) "." }
            @if !recorded.report.command.is_empty() {
                p { "To record it again:" }
                pre { (answer::command(recorded.report)) }
            }
        }
    })
}

#[cfg(test)]
mod tests;

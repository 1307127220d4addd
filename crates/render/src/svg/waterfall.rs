//! The critical path from left to right, a row for each role: who was waited for, when.

use std::io::{self, Write};

use analysis::path_rows::{PathRows, RowPiece, Turn, path_rows};
use analysis::report::Report;
use analysis::report::path::StagePath;
use maud::{Markup, html};
use trace::manifest::Manifest;
use trace::phase::Phase;
use trace::role::Role;

use super::frame::{HEAD, INK, LINE, Picture, QUIET, RAISED, fill, ink};
use super::{Extent, MARGIN, Scale, WIDTH, fitted, title};
use crate::text::fit;
use crate::text::header::{host_facts, run_title};
use crate::text::quantity::{duration, grouped, share};
use crate::text::waterfall::letter;

/// What the names of roles, and their times, take.
const NAMES: usize = 104;
const TIMES: usize = 124;
/// Heights: of the bar of stages, of the times below it, of a row with the gap below it, of a title.
const STAGES: usize = 22;
const TICKS: usize = 20;
const ROW: usize = 26;
const TITLE: usize = 24;
/// Times that are told, at least and at most so many pixels from each other.
const BETWEEN_TICKS: u64 = 90;

const NOTE: &str = "Each instant is owed to whoever was waited for then; a thin line shows where that changes. Hatched: waits for locks, disks, CPUs and the like.";

/// Writes the waterfall of each run.
///
/// # Errors
/// Those of `out`.
pub fn write_waterfall(
    out: &mut dyn Write,
    manifest: &Manifest,
    report: &Report,
    paths: &[StagePath],
) -> io::Result<()> {
    let runs: Vec<RunPicture<'_>> = (0..report.runs.len())
        .map(|run| RunPicture::new(run, report, paths))
        .filter(|run| !run.paths.is_empty())
        .collect();
    let mut top = HEAD;
    let mut drawn = Vec::new();
    for run in &runs {
        drawn.push(run.drawn(top));
        top += run.height();
    }
    let wall_ns: u64 = paths.iter().map(|path| path.wall_ns).sum();
    let phases = phases(paths);
    let mut facts = vec![duration(wall_ns)];
    facts.extend(host_facts(&report.host));
    let picture = Picture {
        title: &title(manifest),
        facts: &format!("critical path of {}", facts.join(" · ")),
        note: if runs.is_empty() {
            "No stage was recorded."
        } else {
            NOTE
        },
        phases: &phases,
    };
    let drawn = html! { @for run in &drawn { (run) } };
    picture.write(out, &drawn, top - HEAD)
}

/// The time of each phase, longest first.
pub(super) fn phases(paths: &[StagePath]) -> Vec<(Phase, u64)> {
    let total = |phase: Phase| {
        let segments = paths.iter().flat_map(|path| &path.segments);
        let own = segments.filter(|segment| segment.phase == phase);
        own.map(|segment| segment.duration_ns).sum::<u64>()
    };
    let totals = Phase::ALL.iter().map(|&phase| (phase, total(phase)));
    let mut totals: Vec<(Phase, u64)> = totals.filter(|&(_, total_ns)| total_ns > 0).collect();
    // Stable: equals stay in the order of phases.
    totals.sort_by_key(|&(_, total_ns)| std::cmp::Reverse(total_ns));
    totals
}

/// A run of the picture.
struct RunPicture<'p> {
    title: Option<String>,
    paths: Vec<&'p StagePath>,
    rows: PathRows<'p>,
    scale: Scale,
    start_ns: u64,
}

impl<'p> RunPicture<'p> {
    fn new(run: usize, report: &Report, paths: &'p [StagePath]) -> Self {
        let paths: Vec<&StagePath> = paths.iter().filter(|path| path.run == run).collect();
        let starts = paths.iter().map(|path| path.start_ns);
        let start_ns = starts.min().unwrap_or(0);
        let ends = paths.iter().map(|path| path.start_ns + path.wall_ns);
        let scale = Scale {
            left: MARGIN + NAMES,
            pixels: WIDTH - 2 * MARGIN - NAMES - TIMES,
            whole_ns: ends.max().unwrap_or(start_ns) - start_ns,
        };
        let is_one_of_several = report.runs.len() > 1;
        let found = report.runs.get(run);
        Self {
            title: found.and_then(|found| run_title(found, is_one_of_several.then_some(run))),
            rows: path_rows(&paths, scale.pixel_ns()),
            paths,
            scale,
            start_ns,
        }
    }

    fn height(&self) -> usize {
        let title = self.title.as_ref().map_or(0, |_| TITLE);
        title + STAGES + TICKS + self.rows.rows.len() * ROW + 8
    }

    fn drawn(&self, top: usize) -> Markup {
        let stages = top + self.title.as_ref().map_or(0, |_| TITLE);
        let rows = stages + STAGES + TICKS;
        let bottom = rows + self.rows.rows.len() * ROW;
        html! {
            @if let Some(title) = &self.title {
                text x=(MARGIN) y=(top + 14) font-weight="600" { (fitted(title, 100)) }
            }
            (self.stages(stages, bottom))
            (self.ticks(stages + STAGES))
            @for (index, (role, pieces)) in self.rows.rows.iter().enumerate() {
                (self.row(*role, pieces, rows + index * ROW))
            }
            g stroke=(INK) stroke-opacity="0.45" stroke-width="0.8" {
                @for turn in &self.rows.turns { (self.turn(*turn, rows)) }
            }
        }
    }

    /// From the beginning of the run on.
    fn extent(&self, from_ns: u64, duration_ns: u64) -> Extent {
        let from_ns = from_ns.saturating_sub(self.start_ns);
        self.scale.extent(from_ns, from_ns + duration_ns)
    }

    fn stages(&self, top: usize, bottom: usize) -> Markup {
        html! {
            @for path in &self.paths {
                @let extent = self.extent(path.start_ns, path.wall_ns);
                @let label = fitted(&format!("{} {}", path.stage, duration(path.wall_ns)), extent.columns());
                rect x=(extent.x()) y=(top) width=(extent.width()) height=(STAGES - 4) fill=(RAISED) stroke=(LINE)
                    data-stage=(fit::clean(&path.stage)) data-wall-ns=(path.wall_ns) {
                    title { (fit::clean(&path.stage)) " " (duration(path.wall_ns)) " (" (grouped(path.wall_ns)) " ns)" }
                }
                text x=(extent.text_x()) y=(top + 13) pointer-events="none" { (label) }
                path d=(format!("M{} {top}V{bottom}", extent.x())) stroke=(LINE) {}
            }
        }
    }

    fn ticks(&self, top: usize) -> Markup {
        let every_ns = nice_step(self.scale.pixel_ns() * BETWEEN_TICKS);
        let count = self.scale.whole_ns / every_ns;
        html! {
            g fill=(QUIET) font-size="11" {
                @for at_ns in (0..=count).map(|index| index * every_ns) {
                    @let extent = self.scale.extent(at_ns, self.scale.whole_ns);
                    path d=(format!("M{} {top}v5", extent.x())) stroke=(QUIET) {}
                    @if extent.columns() > 5 {
                        text x=(extent.x()) y=(top + 14) dx="3" { @if at_ns == 0 { "0" } @else { (duration(at_ns)) } }
                    }
                }
            }
        }
    }

    fn row(&self, role: Role, pieces: &[RowPiece<'_>], top: usize) -> Markup {
        let total_ns: u64 = pieces.iter().map(|piece| piece.duration_ns).sum();
        let wall_ns = self.paths.iter().map(|path| path.wall_ns).sum();
        let (right, baseline) = (WIDTH - MARGIN, top + 15);
        html! {
            text x=(MARGIN) y=(baseline) font-weight="600" { (role.name()) }
            text x=(right - 54) y=(baseline) text-anchor="end" { (duration(total_ns)) }
            text x=(right) y=(baseline) text-anchor="end" fill=(QUIET) { (share(total_ns, wall_ns)) }
            @for piece in pieces { (self.piece(piece, top)) }
        }
    }

    fn piece(&self, piece: &RowPiece<'_>, top: usize) -> Markup {
        let segment = piece.segment;
        let extent = self.extent(piece.start_ns, piece.duration_ns);
        let stage = self.paths.get(piece.stage).map_or("", |path| &path.stage);
        html! {
            rect x=(extent.x()) y=(top) width=(extent.width()) height=(ROW - 5) fill=(fill(segment.phase))
                data-stage=(fit::clean(stage)) data-role=(segment.role.name()) data-phase=(segment.phase.name())
                data-ns=(piece.duration_ns) {
                title { (self.told(piece, stage)) }
            }
            @let label = label(piece, extent.columns());
            @if !label.is_empty() {
                text x=(extent.text_x()) y=(top + 14) fill=(ink(segment.phase)) pointer-events="none" { (label) }
            }
        }
    }

    /// All that is known of a piece.
    fn told(&self, piece: &RowPiece<'_>, stage: &str) -> String {
        let segment = piece.segment;
        let from_ns = piece.start_ns.saturating_sub(self.start_ns);
        let time = format!(
            "{} ({} ns, {}), from {} on",
            duration(piece.duration_ns),
            grouped(piece.duration_ns),
            share(piece.duration_ns, self.scale.whole_ns),
            duration(from_ns)
        );
        let phase = segment.phase.name();
        if piece.count > 1 {
            let role = segment.role.name();
            return format!(
                "{} › {role}: {} short pieces\n{phase}\n{time}",
                fit::clean(stage),
                piece.count
            );
        }
        let mut lines = vec![
            format!(
                "{stage} › {}: {} {}",
                segment.role.name(),
                segment.comm,
                segment.tid
            ),
            with(phase, ": ", &segment.subphase),
            time,
        ];
        let call = segment.syscall.as_deref().unwrap_or_default();
        lines.extend(
            [with("in ", "", call)]
                .into_iter()
                .filter(|_| !call.is_empty()),
        );
        lines.extend([&segment.detail, &segment.cause].map(String::clone));
        lines.retain(|line| !line.is_empty());
        let lines: Vec<String> = lines.iter().map(|line| fit::clean(line)).collect();
        lines.join("\n")
    }

    /// From the row of who was waited for to that of who is.
    fn turn(&self, turn: Turn, rows: usize) -> Markup {
        let middle = |role: Role| {
            let found = self.rows.rows.iter().position(|(one, _)| *one == role);
            rows + found.unwrap_or(0) * ROW + (ROW - 5) / 2
        };
        let x = self.extent(turn.at_ns, 0).x();
        let (from, to) = (middle(turn.from), middle(turn.to));
        html! { path d=(format!("M{x} {from}V{to}")) {} }
    }
}

/// Two texts; the first alone if there is no second.
fn with(first: &str, between: &str, second: &str) -> String {
    if second.is_empty() {
        first.to_owned()
    } else {
        format!("{first}{between}{second}")
    }
}

/// The phase with its part, the phase, or its letter: whatever there is room for.
fn label(piece: &RowPiece<'_>, columns: usize) -> String {
    let phase = piece.segment.phase;
    let whole = with(phase.name(), ": ", &piece.segment.subphase);
    if piece.count == 1 && fit::width(&whole) <= columns {
        return fit::clean(&whole);
    }
    if fit::width(phase.name()) <= columns {
        return phase.name().to_owned();
    }
    if columns > 0 {
        return letter(phase).to_owned();
    }
    String::new()
}

/// 1, 2 or 5 times a power of ten that is at least so much.
fn nice_step(least: u64) -> u64 {
    let power = 10_u64.pow(least.max(1).ilog10());
    let steps = [1, 2, 5].map(|factor| factor * power);
    let fitting = steps.into_iter().find(|&step| step >= least);
    fitting.unwrap_or(10 * power)
}

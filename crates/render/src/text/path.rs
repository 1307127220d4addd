//! The critical path itself, a line for each segment: at, duration, who, what, woken by whom.

use std::io::{self, Write};

use super::fit;
use super::ink::Ink;
use super::line::{Line, Page};
use super::quantity::{duration, grouped};
use crate::Style;
use analysis::report::path::{Segment, StagePath};
use trace::phase::Phase;

/// Columns of a time and of a process, gaps included.
const TIME: usize = 9;
const WHO: usize = 19;
const NARROW_WHO: usize = 13;

/// In which order segments are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathOrder {
    /// As they follow one another.
    Time,
    /// The longest first.
    Longest,
}

/// Writes the critical path of each stage, at most `limit` segments of each.
///
/// # Errors
/// Those of `out`.
pub fn write_paths(
    out: &mut dyn Write,
    paths: &[StagePath],
    order: PathOrder,
    limit: usize,
    style: Style,
) -> io::Result<()> {
    let page = &mut Page::new(out, style);
    for (index, path) in paths.iter().enumerate() {
        if index > 0 {
            page.blank()?;
        }
        write_path(page, path, order, limit)?;
    }
    super::footer::write_rules(page, paths)
}

fn write_path(
    page: &mut Page<'_>,
    path: &StagePath,
    order: PathOrder,
    limit: usize,
) -> io::Result<()> {
    page.rule(
        &format!("{} · critical path", path.stage),
        &duration(path.wall_ns),
    )?;
    page.write(heading(page.columns()))?;
    for segment in ordered(path, order).into_iter().take(limit) {
        page.write(line(path, segment, page.columns()))?;
    }
    let more = path.segments.len().saturating_sub(limit);
    if more > 0 {
        let text = format!("and {} more segments", grouped(more as u64));
        page.write(Line::new().gap(2).text(Ink::Dim, &text))?;
    }
    Ok(())
}

fn ordered(path: &StagePath, order: PathOrder) -> Vec<&Segment> {
    let mut segments: Vec<&Segment> = path.segments.iter().collect();
    match order {
        PathOrder::Time => {}
        PathOrder::Longest => {
            segments.sort_by_key(|segment| std::cmp::Reverse(segment.duration_ns))
        }
    }
    segments
}

fn heading(columns: usize) -> Line {
    let (what, by) = split(columns);
    Line::new()
        .right_if(is_roomy(columns), Ink::Dim, "at", TIME)
        .right(Ink::Dim, "for", TIME)
        .gap(2)
        .left(Ink::Dim, "who", who_columns(columns))
        .left(Ink::Dim, "what", what)
        .text(Ink::Dim, if by > 0 { "woken by" } else { "" })
}

/// Whether there is room for when a segment began, and for who woke it.
const fn is_roomy(columns: usize) -> bool {
    columns >= Style::ROOMY_WIDTH
}

/// Columns of what a segment did and of who woke it.
fn split(columns: usize) -> (usize, usize) {
    if !is_roomy(columns) {
        return (columns.saturating_sub(TIME + 2 + NARROW_WHO), 0);
    }
    let room = columns.saturating_sub(2 * TIME + 2 + WHO);
    let what = room * 2 / 3;
    (what, room - what)
}

fn line(path: &StagePath, segment: &Segment, columns: usize) -> Line {
    let (what, by) = split(columns);
    let at_ns = segment.start_ns.saturating_sub(path.start_ns);
    let line = Line::new()
        .right_if(is_roomy(columns), Ink::Dim, &duration(at_ns), TIME)
        .right(Ink::Strong, &duration(segment.duration_ns), TIME)
        .gap(2)
        .line(who(segment, who_columns(columns)))
        .line(deed(segment, what - 1))
        .gap(1);
    line.left(Ink::Dim, &waker(segment), by)
}

/// Columns of who is waited for.
const fn who_columns(columns: usize) -> usize {
    if is_roomy(columns) { WHO } else { NARROW_WHO }
}

/// `podman 9120`, in the colour of its role.
fn who(segment: &Segment, columns: usize) -> Line {
    let number = format!(" {}", segment.tid);
    let room = columns.saturating_sub(1 + number.len());
    let name = fit::elide_middle(&fit::clean(&segment.comm), room);
    let line = Line::new()
        .text(Ink::Role(segment.role), &name)
        .text(Ink::Dim, &number);
    let padding = columns.saturating_sub(line.width());
    line.gap(padding)
}

/// `rcu cgroup_procs_write write`: phase, kind, what it concerned and the call; a tilde before it
/// if a rule of thumb decided.
fn deed(segment: &Segment, columns: usize) -> Line {
    let tilde = if segment.heuristic.is_some() { "~" } else { "" };
    let phase = Line::new()
        .text(Ink::Warning, tilde)
        .text(Ink::Phase(segment.phase), segment.phase.name());
    let call = segment.syscall.as_deref().unwrap_or_default();
    let call = if call == segment.subphase { "" } else { call };
    // A cause says more than what it concerned.
    let about = if segment.cause.is_empty() {
        segment.detail.as_str()
    } else {
        segment.cause.as_str()
    };
    let rest = [segment.subphase.as_str(), about, call]
        .into_iter()
        .filter(|text| !text.is_empty())
        .fold(String::new(), |rest, text| rest + " " + text);
    let room = columns.saturating_sub(phase.width());
    phase.left(Ink::Plain, &fit::elide_end(&fit::clean(&rest), room), room)
}

/// Who ended the wait before it; for a kernel lock, who held it.
fn waker(segment: &Segment) -> String {
    match &segment.woken_by {
        None => String::new(),
        Some(wake) if segment.phase == Phase::Locks => format!("held by {}", wake.comm),
        Some(wake) => {
            let call = wake.syscall.as_deref().unwrap_or_default();
            format!("{} {call}", wake.comm).trim_end().to_owned()
        }
    }
}

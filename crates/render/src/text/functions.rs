//! User time of a stage by function.

use std::io;

use super::fit;
use super::ink::Ink;
use super::line::{Line, Page};
use super::quantity::{count, duration, grouped, permille, share};
use analysis::report::StageReport;
use analysis::report::functions::{FunctionGroup, FunctionPart, FunctionRow};

/// Groups drawn, at most, and functions of each.
const GROUPS: usize = 4;
const FUNCTIONS: usize = 5;
/// Parts of a function drawn, at most.
const PARTS: usize = 3;
/// Groups below this share of the stage, in thousandths, are not drawn.
const SMALL_PERMILLE: u64 = 20;
/// Columns of a number of samples, of a time and of a share, gaps included.
const SAMPLES: usize = 8;
const TIME: usize = 11;
const SHARE: usize = 8;

/// Writes the table.
pub(super) fn write(page: &mut Page<'_>, stage: &StageReport) -> io::Result<()> {
    let groups: Vec<&FunctionGroup> = stage
        .functions
        .iter()
        .filter(|group| permille(group.critical_path_ns, stage.wall_ns) >= Some(SMALL_PERMILLE))
        .take(page.rows(GROUPS))
        .collect();
    if groups.is_empty() {
        return Ok(());
    }
    let samples: u64 = stage.functions.iter().map(|group| group.samples).sum();
    page.blank()?;
    let name = page.columns() - 2 - page.if_roomy(SAMPLES) - TIME - SHARE;
    let title = if page.is_roomy() {
        format!(
            "user time by function (estimated from {} samples)",
            grouped(samples)
        )
    } else {
        "user functions".to_owned()
    };
    page.write(
        Line::new()
            .gap(2)
            .left(Ink::Dim, &title, name)
            .right_if(page.is_roomy(), Ink::Dim, "samples", SAMPLES)
            .right(Ink::Dim, "time", TIME)
            .right(Ink::Dim, "share", SHARE),
    )?;
    for group in groups {
        write_group(page, group, stage.wall_ns, name)?;
    }
    Ok(())
}

fn write_group(
    page: &mut Page<'_>,
    group: &FunctionGroup,
    wall_ns: u64,
    name: usize,
) -> io::Result<()> {
    let process = format!("{} ({})", fit::clean(&group.comm), group.role.name());
    page.write(
        Line::new()
            .gap(2)
            .left(
                Ink::Role(group.role),
                &fit::elide_middle(&process, name),
                name,
            )
            .right_if(page.is_roomy(), Ink::Plain, &count(group.samples), SAMPLES)
            .right(Ink::Strong, &duration(group.critical_path_ns), TIME)
            .right(Ink::Plain, &share(group.critical_path_ns, wall_ns), SHARE),
    )?;
    if group.functions.is_empty() {
        return page.write(Line::new().gap(4).text(Ink::Dim, "too few samples"));
    }
    for row in group.functions.iter().take(page.rows(FUNCTIONS)) {
        page.write(line(row, wall_ns, name))?;
        write_parts(page, row)?;
    }
    match group.functions.len().saturating_sub(page.rows(FUNCTIONS)) {
        0 => Ok(()),
        more => {
            let text = format!("and {} more", grouped(more as u64));
            page.write(Line::new().gap(4).text(Ink::Dim, &text))
        }
    }
}

fn line(row: &FunctionRow, wall_ns: u64, name: usize) -> Line {
    let function = fit::elide_middle(&fit::clean(&row.name), name - 2);
    Line::new()
        .gap(4)
        .left(Ink::Plain, &function, name - 2)
        .right(Ink::Plain, &count(row.samples), SAMPLES)
        .right(
            Ink::Plain,
            &format!("≈ {}", duration(row.estimated_ns)),
            TIME,
        )
        .right(Ink::Plain, &share(row.estimated_ns, wall_ns), SHARE)
}

/// `scanobject 11 · greyobject 4 · and 3 more`; not a part that is the whole.
fn write_parts(page: &mut Page<'_>, row: &FunctionRow) -> io::Result<()> {
    let is_whole = |part: &FunctionPart| part.name.is_empty() || part.name == row.name;
    let parts: Vec<&FunctionPart> = row.parts.iter().filter(|part| !is_whole(part)).collect();
    if parts.is_empty() {
        return Ok(());
    }
    let mut texts: Vec<String> = parts
        .iter()
        .take(PARTS)
        .map(|part| format!("{} {}", fit::clean(&part.name), grouped(part.samples)))
        .collect();
    if let more @ 1.. = parts.len().saturating_sub(PARTS) {
        texts.push(format!("and {} more", grouped(more as u64)));
    }
    for text in fit::wrap(&texts.join(" · "), page.columns() - 6) {
        page.write(Line::new().gap(6).text(Ink::Dim, &text))?;
    }
    Ok(())
}

//! Where the gap of a stage goes: groups of parts, and why each part differs.

use std::io;

use super::super::fit;
use super::super::ink::Ink;
use super::super::line::{Line, Page};
use super::super::quantity::{duration, grouped, number_milli, signed_duration, signed_share};
use crate::model::comparison::{GroupDifference, PartDifference, StageDifference};

/// Groups drawn, and parts drawn of each.
const GROUPS: usize = 10;
const PARTS: usize = 4;
/// Groups and parts whose share of the gap is below this, in millionths, are not drawn.
const SMALL_PPM: u64 = 10_000;

/// Columns of a time, of a difference and of a share, gaps included.
const TIME: usize = 10;
const DIFFERENCE: usize = 11;
const SHARE: usize = 9;
/// Columns of a role, gap included.
const ROLE: usize = 14;

/// Writes the table.
pub(super) fn write(page: &mut Page<'_>, stage: &StageDifference) -> io::Result<()> {
    let room = page.columns() - 2 - 2 * TIME - DIFFERENCE - SHARE;
    page.write(
        Line::new()
            .gap(2)
            .left(Ink::Dim, "critical path", room)
            .right(Ink::Dim, "A", TIME)
            .right(Ink::Dim, "B", TIME)
            .right(Ink::Dim, "B − A", DIFFERENCE)
            .right(Ink::Dim, "of gap", SHARE),
    )?;
    let drawn: Vec<&GroupDifference> = stage
        .groups
        .iter()
        .filter(|group| is_drawn(group.share_ppm))
        .take(GROUPS)
        .collect();
    for group in &drawn {
        write_group(page, group, room)?;
    }
    match stage.groups.len() - drawn.len() {
        0 => Ok(()),
        more => {
            let text = format!("and {} more groups", grouped(more as u64));
            page.write(Line::new().gap(2).text(Ink::Dim, &text))
        }
    }
}

fn is_drawn(share_ppm: Option<i64>) -> bool {
    share_ppm.is_some_and(|share| share.unsigned_abs() >= SMALL_PPM)
}

fn write_group(page: &mut Page<'_>, group: &GroupDifference, room: usize) -> io::Result<()> {
    let name = Line::new()
        .left(Ink::Role(group.role), group.role.name(), ROLE)
        .text(Ink::Phase(group.phase), group.phase.name());
    let single = match group.parts.as_slice() {
        [part] => Some(part),
        _ => None,
    };
    let name = match single {
        Some(part) => name.gap(1).text(Ink::Plain, &part_name(part)),
        None => name,
    };
    let figures = Figures {
        a_ns: group.a_ns,
        b_ns: group.b_ns,
        difference_ns: group.difference.value_ns,
        share_ppm: group.share_ppm,
        ink: Ink::Strong,
    };
    page.write(figures.beside(name, room))?;
    if let Some(part) = single {
        return write_effects(page, part, 4);
    }
    let parts = group.parts.iter().filter(|part| is_drawn(part.share_ppm));
    for part in parts.take(PARTS) {
        write_part(page, part, room)?;
    }
    Ok(())
}

fn write_part(page: &mut Page<'_>, part: &PartDifference, room: usize) -> io::Result<()> {
    let name = part_name(part);
    let name = if name.is_empty() { "itself" } else { &name };
    let figures = Figures {
        a_ns: part.a.path_ns,
        b_ns: part.b.path_ns,
        difference_ns: part.difference.value_ns,
        share_ppm: part.share_ppm,
        ink: Ink::Plain,
    };
    page.write(figures.beside(Line::new().gap(2).text(Ink::Plain, name), room))?;
    write_effects(page, part, 6)
}

/// `cgroup_procs_write_start write cgroup`; what says the same as what is before it is left out.
fn part_name(part: &PartDifference) -> String {
    let key = &part.key;
    let call = key.syscall.as_deref().unwrap_or_default();
    let call = if call == key.subphase { "" } else { call };
    let pieces = [key.subphase.as_str(), call, key.file_system.as_str()];
    let pieces: Vec<&str> = pieces.into_iter().filter(|text| !text.is_empty()).collect();
    pieces.join(" ")
}

/// The figures of a row.
struct Figures {
    a_ns: u64,
    b_ns: u64,
    difference_ns: i64,
    share_ppm: Option<i64>,
    ink: Ink,
}

impl Figures {
    fn beside(&self, name: Line, room: usize) -> Line {
        let share = self.share_ppm.map(signed_share).unwrap_or_default();
        Line::new()
            .gap(2)
            .line(name.within(room))
            .right(Ink::Plain, &duration(self.a_ns), TIME)
            .right(Ink::Plain, &duration(self.b_ns), TIME)
            .right(self.ink, &signed_duration(self.difference_ns), DIFFERENCE)
            .right(Ink::Plain, &share, SHARE)
    }
}

/// `3 → 12 calls · 5.10 µs → 6.20 µs each · more +1.20 ms · dearer +300 µs · both +100 µs`
fn write_effects(page: &mut Page<'_>, part: &PartDifference, indent: usize) -> io::Result<()> {
    let mut facts = vec![format!(
        "{} → {} {}",
        number_milli(part.a.count_milli),
        number_milli(part.b.count_milli),
        part.counted.name()
    )];
    if let (Some(a_ns), Some(b_ns)) = (part.a.cost_ns, part.b.cost_ns) {
        facts.push(format!("{} → {} each", duration(a_ns), duration(b_ns)));
        let effects = &part.effects;
        for (name, effect_ns) in [
            ("more", effects.count_ns),
            ("dearer", effects.cost_ns),
            ("both", effects.interaction_ns),
        ] {
            if effect_ns != 0 {
                facts.push(format!("{name} {}", signed_duration(effect_ns)));
            }
        }
    }
    let room = page.columns() - 2 - indent;
    for line in fit::flow(facts.iter().map(String::as_str), " · ", room) {
        page.write(Line::new().gap(indent).text(Ink::Dim, &line))?;
    }
    Ok(())
}

//! Where the gap of a stage goes: groups of parts, and why each part differs.

use std::io;

use super::super::fit;
use super::super::ink::Ink;
use super::super::line::{Line, Page};
use super::super::quantity::{duration, grouped, number_milli, signed_duration, signed_share};
use super::difference::ink_of;
use compare::explain::SMALL_PPM;
use compare::report::{Figures, GroupDifference, PartDifference, ProcessTimes, StageDifference};

/// Groups drawn, and parts drawn of each.
const GROUPS: usize = 10;
const PARTS: usize = 4;
/// Processes named of each side of a group.
const PROCESSES: usize = 4;
/// File systems named of each part.
const FILE_SYSTEMS: usize = 4;

/// Columns of a time, of a difference and of a share, gaps included.
const TIME: usize = 10;
const DIFFERENCE: usize = 11;
const SHARE: usize = 9;
/// Columns of a role, gap included.
const ROLE: usize = 14;

/// Writes the table.
pub(super) fn write(page: &mut Page<'_>, stage: &StageDifference) -> io::Result<()> {
    let room = page.columns() - 2 - page.if_roomy(2 * TIME) - DIFFERENCE - SHARE;
    page.write(
        Line::new()
            .gap(2)
            .left(Ink::Dim, "critical path", room)
            .right_if(page.is_roomy(), Ink::Dim, "A", TIME)
            .right_if(page.is_roomy(), Ink::Dim, "B", TIME)
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
    let name = Line::new();
    let name = if page.is_roomy() {
        name.left(ink_of(group.role), group.role.name(), ROLE)
    } else {
        name.text(ink_of(group.role), group.role.name()).gap(1)
    };
    let name = name.text(Ink::Phase(group.phase), group.phase.name());
    let single = match group.parts.as_slice() {
        [part] => Some(part),
        _ => None,
    };
    let name = match single {
        Some(part) => name.gap(1).text(Ink::Plain, &part_name(part)),
        None => name,
    };
    let figures = Row {
        a_ns: group.a_ns,
        b_ns: group.b_ns,
        difference_ns: group.difference.value_ns,
        share_ppm: group.share_ppm,
        ink: Ink::Strong,
    };
    page.write(figures.beside(name, room, page.is_roomy()))?;
    write_processes(page, group)?;
    if let Some(part) = single {
        return write_effects(page, part, 4);
    }
    let parts = group
        .parts
        .iter()
        .filter(|part| is_drawn(part.figures.share_ppm));
    for part in parts.take(PARTS) {
        write_part(page, part, room)?;
    }
    Ok(())
}

/// Who of an engine spends that time, most first, on either side.
fn write_processes(page: &mut Page<'_>, group: &GroupDifference) -> io::Result<()> {
    for (side, of_side) in [
        ("A", (|one| one.a_ns) as fn(&ProcessTimes) -> u64),
        ("B", |one| one.b_ns),
    ] {
        let mut own: Vec<&ProcessTimes> = group.processes.iter().collect();
        own.retain(|one| of_side(one) > 0);
        // Stable: equals stay in their order.
        own.sort_by_key(|one| std::cmp::Reverse(of_side(one)));
        let named = own.iter().take(PROCESSES).map(|one| {
            format!(
                "{} ({}) {}",
                one.process,
                one.role.name(),
                duration(of_side(one))
            )
        });
        let mut facts: Vec<String> = named.collect();
        if let Some(first) = facts.first_mut() {
            first.insert_str(0, &format!("{side}: "));
        }
        write_facts(page, &facts, 4)?;
    }
    Ok(())
}

fn write_part(page: &mut Page<'_>, part: &PartDifference, room: usize) -> io::Result<()> {
    let name = part_name(part);
    let name = if name.is_empty() { "itself" } else { &name };
    let figures = Row {
        a_ns: part.figures.a.path_ns,
        b_ns: part.figures.b.path_ns,
        difference_ns: part.figures.difference.value_ns,
        share_ppm: part.figures.share_ppm,
        ink: Ink::Plain,
    };
    let name = Line::new().gap(2).text(Ink::Plain, name);
    page.write(figures.beside(name, room, page.is_roomy()))?;
    write_effects(page, part, 6)
}

/// `cgroup_procs_write_start write cgroup`; what says the same as what is before it is left out.
fn part_name(part: &PartDifference) -> String {
    let call = part.syscall.as_deref().unwrap_or_default();
    let call = if call == part.subphase { "" } else { call };
    let file_systems = file_systems(part);
    let pieces = [part.subphase.as_str(), call, &file_systems];
    let pieces: Vec<&str> = pieces.into_iter().filter(|text| !text.is_empty()).collect();
    pieces.join(" ")
}

/// The one file system of both sides, or that of A and that of B: `ext4 → overlay`. Empty where a
/// side has several.
fn file_systems(part: &PartDifference) -> String {
    let of = |has: fn(&Figures) -> u64| -> Vec<&str> {
        let there = part.file_systems.iter().filter(|one| has(&one.figures) > 0);
        there.map(|one| one.file_system.as_str()).collect()
    };
    let (a, b) = (of(|one| one.a.path_ns), of(|one| one.b.path_ns));
    match (a.as_slice(), b.as_slice()) {
        ([a], [b]) if a != b => format!("{} → {}", or_none(a), or_none(b)),
        ([one], []) | ([], [one]) | ([one], [_]) => (*one).to_owned(),
        _ => String::new(),
    }
}

fn or_none(file_system: &str) -> &str {
    if file_system.is_empty() {
        "none"
    } else {
        file_system
    }
}

/// The figures of a row.
struct Row {
    a_ns: u64,
    b_ns: u64,
    difference_ns: i64,
    share_ppm: Option<i64>,
    ink: Ink,
}

impl Row {
    fn beside(&self, name: Line, room: usize, is_roomy: bool) -> Line {
        let share = self.share_ppm.map(signed_share).unwrap_or_default();
        Line::new()
            .gap(2)
            .line(name.within(room))
            .right_if(is_roomy, Ink::Plain, &duration(self.a_ns), TIME)
            .right_if(is_roomy, Ink::Plain, &duration(self.b_ns), TIME)
            .right(self.ink, &signed_duration(self.difference_ns), DIFFERENCE)
            .right(Ink::Plain, &share, SHARE)
    }
}

/// `3 → 12 calls · 5.10 µs → 6.20 µs each · more +1.20 ms · slower per call +300 µs · both +100 µs`
fn write_effects(page: &mut Page<'_>, part: &PartDifference, indent: usize) -> io::Result<()> {
    let (a, b) = (&part.figures.a, &part.figures.b);
    let mut facts = vec![format!(
        "{} → {} {}",
        number_milli(a.count_milli),
        number_milli(b.count_milli),
        part.counted.name()
    )];
    if let (Some(a_ns), Some(b_ns)) = (a.cost_ns, b.cost_ns) {
        facts.push(format!("{} → {} each", duration(a_ns), duration(b_ns)));
        let effects = &part.figures.effects;
        let slower = format!("slower per {}", part.counted.singular());
        for (name, effect_ns) in [
            ("more", effects.count_ns),
            (&slower, effects.cost_ns),
            ("both", effects.interaction_ns),
        ] {
            if effect_ns != 0 {
                facts.push(format!("{name} {}", signed_duration(effect_ns)));
            }
        }
    }
    write_facts(page, &facts, indent)?;
    if part.file_systems.len() < 3 && !file_systems(part).is_empty() {
        return Ok(());
    }
    let largest = part.file_systems.iter().take(FILE_SYSTEMS);
    let facts: Vec<String> = largest
        .filter(|one| !one.file_system.is_empty() && is_drawn(one.figures.share_ppm))
        .map(|one| {
            let difference = signed_duration(one.figures.difference.value_ns);
            format!("{} {difference}", one.file_system)
        })
        .collect();
    write_facts(page, &facts, indent)
}

fn write_facts(page: &mut Page<'_>, facts: &[String], indent: usize) -> io::Result<()> {
    let room = page.columns() - 2 - indent;
    for line in fit::flow(facts.iter().map(String::as_str), " · ", room) {
        page.write(Line::new().gap(indent).text(Ink::Dim, &line))?;
    }
    Ok(())
}

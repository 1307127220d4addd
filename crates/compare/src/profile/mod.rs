//! Several sides beside each other: the system calls that each makes for a unit of its work.
//!
//! - [`report`]: the shape of the result.
//! - `unit`: what a unit is, as the recordings say.
//! - `axes`: in what the sides differ, and their names.
//! - `counts`: the calls of one side.
//! - [`warning`]: reasons to doubt a figure.
//!
//! Counted are calls of the given roles that ended in the given stages, whether anybody waited for them or
//! not: these are the figures that `strace -c -f` gives. What a side does for a unit is the sum over
//! its runs by the units of all these runs.

mod axes;
mod counts;
pub mod report;
#[cfg(test)]
mod tests;
mod unit;
pub mod warning;

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::SideProfile;
use crate::merge;
use counts::{Calls, Counts};
use report::{
    CallCell, CallRow, CountCell, ErrorRow, Order, ProfileReport, ProfileSide, RepeatedRow,
    SCHEMA_VERSION,
};
use trace::manifest::Manifest;
use trace::mark::Stage;
use trace::role::Role;

/// The stages in which a workload runs.
const WORKLOAD_STAGES: [Stage; 2] = [Stage::Exec, Stage::Response];
/// Rows of paths and addresses at most.
const REPEATED_ROWS: usize = 32;
/// How often a path or address must come for a unit of one side, times 1000, to be a row.
const REPEATED_MILLI: u64 = 500;

/// Calls made fewer times than this for a unit, times 1000, are rare.
const RARE_MILLI: u64 = 50;

/// The calls that are counted, and the unit and order of their rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The roles; all if none is named.
    pub roles: Vec<Role>,
    /// The stages; if none is named those in which a workload runs, and all where there are none of
    /// those.
    pub stages: Vec<String>,
    /// Whether the unit is the container, whatever the recordings say.
    pub per_container: bool,
    /// By what rows are sorted.
    pub order: Order,
}

/// A selection that leaves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// No such stage.
    #[error("no recording has a stage '{asked}'; those that there are: {known}")]
    NoStage {
        /// The one asked for.
        asked: String,
        /// Those that there are.
        known: String,
    },
    /// Nobody of these roles makes a call.
    #[error(
        "no process of the role {roles} made a system call in the stages {stages}; choose others with --role, of {known}, or all"
    )]
    NoCalls {
        /// The roles asked for.
        roles: String,
        /// The stages.
        stages: String,
        /// Roles that make calls there.
        known: String,
    },
}

/// Whether two recordings are of one side: they have the same configuration, whatever came of it; those
/// of commands that were traced as they are have none, and then the command is the same.
pub fn is_one_configuration(a: &Manifest, b: &Manifest) -> bool {
    axes::asked(&a.configuration).eq(axes::asked(&b.configuration))
        && (!a.configuration.is_empty() || a.command == b.command)
}

/// Puts sides beside each other.
///
/// # Errors
/// When a stage is asked for that no side has, or nobody of the roles makes a call.
pub fn profile(
    sides: &[SideProfile],
    selection: &Selection,
) -> Result<ProfileReport, ProfileError> {
    let stages = stages(sides, &selection.stages)?;
    let roles = match &*selection.roles {
        [] => Role::ALL.to_vec(),
        asked => asked.to_vec(),
    };
    let (unit, units) = unit::of(sides, selection.per_container);
    let counts: Vec<Counts> = sides
        .iter()
        .zip(units)
        .map(|(side, units)| Counts::of(side, &stages, &roles, units))
        .collect();
    if counts.iter().all(|side| side.calls.is_empty()) {
        return Err(no_calls(sides, &stages, &roles));
    }
    let facts: Vec<_> = sides.iter().map(merge::side).collect();
    let names = axes::names(&facts);
    let described: Vec<ProfileSide> = facts
        .iter()
        .zip(names)
        .zip(&counts)
        .map(|((facts, name), counts)| ProfileSide {
            name,
            recordings: facts
                .recordings
                .iter()
                .map(|one| one.name.clone())
                .collect(),
            configuration: facts.configuration.clone(),
            ..counts.whole()
        })
        .collect();
    Ok(ProfileReport {
        schema: SCHEMA_VERSION,
        warnings: warning::warnings(sides, &described, &unit),
        unit,
        roles,
        stages,
        order: selection.order,
        configuration: axes::common(&facts),
        differing_axes: axes::differing(&facts),
        sides: described,
        calls: call_rows(&counts, selection.order),
        errors: error_rows(&counts),
        repeated: repeated_rows(&counts),
    })
}

/// The stages that are counted, in the order of a lifecycle.
fn stages(sides: &[SideProfile], asked: &[String]) -> Result<Vec<String>, ProfileError> {
    let recordings = sides.iter().flat_map(|side| &side.recordings);
    let mut known: Vec<String> = Vec::new();
    for stage in recordings.flat_map(|recording| &recording.stages) {
        if !known.contains(&stage.name) {
            known.push(stage.name.clone());
        }
    }
    let rank = |name: &String| Stage::ALL.iter().position(|stage| stage.name() == name);
    known.sort_by_key(|name| rank(name).unwrap_or(usize::MAX));
    if let Some(unknown) = asked.iter().find(|name| !known.contains(name)) {
        return Err(ProfileError::NoStage {
            asked: unknown.clone(),
            known: known.join(", "),
        });
    }
    let is_workloads = |name: &String| WORKLOAD_STAGES.iter().any(|stage| stage.name() == name);
    let has_workload = known.iter().any(is_workloads);
    known.retain(|name| match asked {
        [] => !has_workload || is_workloads(name),
        asked => asked.contains(name),
    });
    Ok(known)
}

fn no_calls(sides: &[SideProfile], stages: &[String], roles: &[Role]) -> ProfileError {
    let all = sides
        .iter()
        .map(|side| Counts::of(side, stages, Role::ALL, 1));
    let known: BTreeSet<Role> = all.flat_map(|side| side.roles).collect();
    let join = |roles: &mut dyn Iterator<Item = Role>| {
        let names: Vec<&str> = roles.map(Role::name).collect();
        names.join(", ")
    };
    ProfileError::NoCalls {
        roles: join(&mut roles.iter().copied()),
        stages: stages.join(", "),
        known: join(&mut known.into_iter()),
    }
}

/// The largest less the smallest.
fn spread(values: impl Iterator<Item = u64> + Clone) -> u64 {
    let (low, high) = (values.clone().min(), values.max());
    high.unwrap_or(0) - low.unwrap_or(0)
}

fn is_rare(mut per_unit_milli: impl Iterator<Item = u64>) -> bool {
    per_unit_milli.all(|milli| milli < RARE_MILLI)
}

fn call_rows(counts: &[Counts], order: Order) -> Vec<CallRow> {
    let names: BTreeSet<&String> = counts.iter().flat_map(|side| side.calls.keys()).collect();
    let absent = Calls::default();
    let row = |name: &String| {
        let cells = counts
            .iter()
            .map(|side| side.cell(side.calls.get(name).unwrap_or(&absent)));
        let sides: Vec<CallCell> = cells.collect();
        CallRow {
            syscall: name.clone(),
            difference_milli: spread(sides.iter().map(|side| side.per_unit_milli)),
            difference_ns: spread(sides.iter().map(|side| side.time_ns)),
            only: only(&sides),
            rare: is_rare(sides.iter().map(|side| side.per_unit_milli)),
            sides,
        }
    };
    let mut rows: Vec<CallRow> = names.into_iter().map(row).collect();
    // Stable: equals stay in the order of names.
    rows.sort_by_key(|row| {
        let differences = match order {
            Order::Calls => (!row.rare, row.difference_milli, row.difference_ns),
            Order::Time => (true, row.difference_ns, row.difference_milli),
        };
        let most = row.sides.iter().map(|side| side.per_unit_milli).max();
        Reverse((differences, most))
    });
    rows
}

/// The only one that makes any.
fn only(sides: &[CallCell]) -> Option<u64> {
    let mut making = (0..).zip(sides).filter(|(_, side)| side.count > 0);
    match (making.next(), making.next()) {
        (Some((index, _)), None) if sides.len() > 1 => Some(index),
        _ => None,
    }
}

fn error_rows(counts: &[Counts]) -> Vec<ErrorRow> {
    let keys = counts.iter().flat_map(|side| side.errors.keys());
    let keys: BTreeSet<&(String, String)> = keys.collect();
    let row = |key: &(String, String)| {
        let sides = count_cells(counts, |side| side.errors.get(key));
        ErrorRow {
            syscall: key.0.clone(),
            error: key.1.clone(),
            difference_milli: spread(sides.iter().map(|side| side.per_unit_milli)),
            rare: is_rare(sides.iter().map(|side| side.per_unit_milli)),
            sides,
        }
    };
    let mut rows: Vec<ErrorRow> = keys.into_iter().map(row).collect();
    rows.sort_by_key(|row| Reverse((row.difference_milli, most(&row.sides))));
    rows
}

fn repeated_rows(counts: &[Counts]) -> Vec<RepeatedRow> {
    let keys = counts.iter().flat_map(|side| side.repeated.keys());
    let keys: BTreeSet<&(String, String)> = keys.collect();
    let row = |key: &(String, String)| {
        let sides = count_cells(counts, |side| side.repeated.get(key));
        RepeatedRow {
            syscall: key.0.clone(),
            text: key.1.clone(),
            difference_milli: spread(sides.iter().map(|side| side.per_unit_milli)),
            sides,
        }
    };
    let mut rows: Vec<RepeatedRow> = keys.into_iter().map(row).collect();
    rows.retain(|row| most(&row.sides) >= REPEATED_MILLI);
    rows.sort_by_key(|row| Reverse((row.difference_milli, most(&row.sides))));
    rows.truncate(REPEATED_ROWS);
    rows
}

fn most(sides: &[CountCell]) -> u64 {
    let counts = sides.iter().map(|side| side.per_unit_milli);
    counts.max().unwrap_or(0)
}

fn count_cells<'c>(
    counts: &'c [Counts],
    of: impl Fn(&'c Counts) -> Option<&'c u64>,
) -> Vec<CountCell> {
    let cell = |side: &'c Counts| {
        let count = of(side).copied().unwrap_or(0);
        CountCell {
            count,
            per_unit_milli: side.per_unit_milli(count),
        }
    };
    counts.iter().map(cell).collect()
}

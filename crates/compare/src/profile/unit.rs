//! What a unit of work is: as the recordings say, never guessed.

use super::report::{Unit, UnitSource};
use crate::SideProfile;
use crate::measure::UNITS_AXIS;

/// The axis of a recording's configuration that says what the units of its workload are.
const UNIT_AXIS: &str = "workload_unit";
/// What units are called where a recording only says how many there are.
const UNNAMED: &str = "unit";
/// The unit of what has no other.
const CONTAINER: &str = "container";

/// The unit of all sides, and how many of it a run of each has.
pub(super) fn of(sides: &[SideProfile], per_container: bool) -> (Unit, Vec<u64>) {
    let container = |source| {
        let unit = Unit {
            name: CONTAINER.to_owned(),
            source,
        };
        (unit, vec![1; sides.len()])
    };
    if per_container {
        return container(UnitSource::Asked);
    }
    let told: Vec<Option<(&str, u64)>> = sides.iter().map(of_side).collect();
    let Some(told) = told.iter().copied().collect::<Option<Vec<_>>>() else {
        let is_untold = told.iter().all(Option::is_none);
        return container(if is_untold {
            UnitSource::Untold
        } else {
            UnitSource::Unlike
        });
    };
    let name = told.first().map_or(CONTAINER, |&(name, _)| name);
    if told.iter().any(|&(other, _)| other != name) {
        return container(UnitSource::Unlike);
    }
    let unit = Unit {
        name: name.to_owned(),
        source: UnitSource::Recording,
    };
    (unit, told.iter().map(|&(_, units)| units).collect())
}

/// The unit that all recordings of a side name, and how many of it a run has.
fn of_side(side: &SideProfile) -> Option<(&str, u64)> {
    let mut told = side.recordings.iter().map(|recording| {
        let units: u64 = recording.configuration.get(UNITS_AXIS)?.parse().ok()?;
        let name = recording.configuration.get(UNIT_AXIS);
        let name = name.map_or(UNNAMED, String::as_str);
        (units > 0).then_some((name, units))
    });
    let first = told.next()??;
    told.all(|other| other == Some(first)).then_some(first)
}

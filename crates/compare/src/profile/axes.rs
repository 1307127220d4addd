//! In what several sides differ, and what they are called for it.

use std::collections::{BTreeMap, BTreeSet};

use super::report::ProfileAxis;
use crate::advice::is_result;
use crate::report::Side;
use setup::configuration::AXES;

/// What else a user chooses, in the order in which a side's name has it.
const CHOICES: [&str; 3] = ["workload", "workload_size", "cache"];

/// A configuration without what came of its runs.
pub(super) fn asked(
    configuration: &BTreeMap<String, String>,
) -> impl Iterator<Item = (&String, &String)> {
    configuration.iter().filter(|(axis, _)| !is_result(axis))
}

/// The axes in which the sides differ. What came of a run, such as how much was in memory, is none.
pub(super) fn differing(sides: &[Side]) -> Vec<ProfileAxis> {
    let axes: BTreeSet<&String> = sides
        .iter()
        .flat_map(|side| side.configuration.keys())
        .filter(|axis| !is_result(axis))
        .collect();
    let axes = axes.into_iter().map(|axis| ProfileAxis {
        axis: axis.clone(),
        values: sides
            .iter()
            .map(|side| side.configuration.get(axis).cloned())
            .collect(),
    });
    let differs = |axis: &ProfileAxis| axis.values.iter().any(|value| *value != axis.values[0]);
    axes.filter(differs).collect()
}

/// The configuration that all sides have in common.
pub(super) fn common(sides: &[Side]) -> BTreeMap<String, String> {
    let mut sides = sides.iter();
    let mut common = sides
        .next()
        .map(|side| side.configuration.clone())
        .unwrap_or_default();
    for side in sides {
        common.retain(|axis, value| side.configuration.get(axis) == Some(value));
    }
    common
}

/// A name for each side: its values on the axes that a user sets and in which the sides differ; where
/// those do not tell all sides apart, where its recordings lie.
pub(super) fn names(sides: &[Side]) -> Vec<String> {
    let differing = differing(sides);
    let naming: Vec<&ProfileAxis> = AXES
        .iter()
        .chain(&CHOICES)
        .filter_map(|name| differing.iter().find(|axis| axis.axis == *name))
        .collect();
    let by_axes = |index: usize| {
        let values = naming.iter().map(|axis| {
            let value = axis.values.get(index).cloned().flatten();
            value.unwrap_or_else(|| format!("no {}", axis.axis))
        });
        values.collect::<Vec<_>>().join(" · ")
    };
    let names: Vec<String> = (0..sides.len()).map(by_axes).collect();
    let different: BTreeSet<&String> = names.iter().collect();
    if different.len() == sides.len() && !naming.is_empty() {
        return names;
    }
    sides.iter().map(|side| side.name.clone()).collect()
}

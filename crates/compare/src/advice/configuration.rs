//! Whether what differs between two configurations is one thing.

use crate::report::{AxisDifference, Warning};

/// Properties whose names begin so follow from these axes: where one of those differs, so may they.
const FOLLOWING: &[(&str, &[&str])] = &[
    // An image holds its workload's data.
    ("image_", &["image", "workload", "workload_size"]),
    ("manager_", &["manager"]),
    ("namespaces", &["workload", "workload_size"]),
    ("network_", &["network", "manager", "rootless"]),
    ("runtime_", &["runtime"]),
    ("shim_", &["manager"]),
    ("storage_", &["storage", "manager", "rootless"]),
    // The file system and device that the storage lies on.
    ("store", &["storage", "manager", "rootless"]),
    ("workload_", &["workload", "workload_size"]),
];
/// Results of a configuration, which are no part of it.
const RESULTS: &[&str] = &["cache_resident_pages"];

/// Whether a property came of a configuration.
pub(crate) fn is_result(axis: &str) -> bool {
    RESULTS.contains(&axis)
}

/// The warnings about the axes in which two configurations differ.
pub(super) fn of_configurations(
    differing: &[AxisDifference],
    has_configuration: bool,
) -> Option<Warning> {
    let differs = |axis: &str| differing.iter().any(|other| other.axis == axis);
    let follows = |axis: &str| {
        let mut axes = FOLLOWING
            .iter()
            .filter(|(begins, _)| axis.starts_with(begins))
            .flat_map(|(_, axes)| *axes);
        axes.any(|of| *of != axis && differs(of))
    };
    let axes: Vec<String> = differing
        .iter()
        .map(|difference| &difference.axis)
        .filter(|axis| !is_result(axis) && !follows(axis))
        .cloned()
        .collect();
    match axes.len() {
        0 if differing.is_empty() && has_configuration => Some(Warning::SameConfiguration),
        0 | 1 => None,
        _ => Some(Warning::SeveralAxes { axes }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(axes: &[&str]) -> Option<Warning> {
        let differing: Vec<AxisDifference> = axes
            .iter()
            .map(|axis| AxisDifference {
                axis: (*axis).to_owned(),
                ..AxisDifference::default()
            })
            .collect();
        of_configurations(&differing, true)
    }

    #[test]
    fn what_follows_from_an_axis_is_not_a_second_thing() {
        let follow = [
            ["runtime", "runtime_version"],
            ["rootless", "network_program"],
            ["storage", "store_options"],
            ["storage", "storage_file_system"],
            ["image", "cache_resident_pages"],
            ["workload_size", "workload_units"],
        ];
        for axes in follow {
            assert_eq!(told(&axes), None, "{axes:?}");
        }
    }

    #[test]
    fn what_follows_from_no_axis_that_differs_is() {
        let axes = ["image_digest", "runtime_version"];
        let several = axes.map(str::to_owned).to_vec();
        assert_eq!(told(&axes), Some(Warning::SeveralAxes { axes: several }));
        assert_eq!(told(&["runtime_version"]), None);
        assert_eq!(told(&[]), Some(Warning::SameConfiguration));
    }
}

//! The processes of an engine, by their time on the critical path in one phase.

use std::collections::BTreeMap;

use crate::division::Division;
use crate::report::{Actor, GroupDifference, ProcessTimes};
use analysis::apportion::apportion;
use analysis::profile::StageProfile;
use trace::role::Role;

/// Those of a group, with most time first; their times add up to the group's.
pub(super) fn of_group(sides: [&StageProfile; 2], group: &GroupDifference) -> Vec<ProcessTimes> {
    let mut sums: BTreeMap<(Role, &str), [u64; 2]> = BTreeMap::new();
    for (at, side) in sides.into_iter().enumerate() {
        for ((role, name, phase), path_ns) in side.runs.iter().flat_map(|run| &run.processes) {
            let is_own = Division::Work.actor(*role) == Actor::Engine;
            if is_own && *phase == group.phase {
                sums.entry((*role, name)).or_default()[at] += path_ns;
            }
        }
    }
    let of_side = |at: usize, whole_ns: u64| {
        let totals: Vec<u64> = sums.values().map(|sum| sum[at]).collect();
        if totals.iter().all(|&total| total == 0) {
            totals
        } else {
            apportion(whole_ns, &totals)
        }
    };
    let (a, b) = (of_side(0, group.a_ns), of_side(1, group.b_ns));
    let times = sums.keys().zip(a.into_iter().zip(b));
    let times = times.map(|(&(role, name), (a_ns, b_ns))| ProcessTimes {
        role,
        process: name.to_owned(),
        a_ns,
        b_ns,
    });
    let mut times: Vec<ProcessTimes> = times.filter(|one| one.a_ns + one.b_ns > 0).collect();
    // Stable: equals stay in the order of roles and names.
    times.sort_by_key(|one| std::cmp::Reverse(one.a_ns.max(one.b_ns)));
    times
}

//! The gap of a stage, split over the parts of its critical path.

use std::collections::{BTreeMap, BTreeSet};

use super::apportion::{apportion, mean, mean_milli};
use super::effects::{self, Quantity};
use super::wall::{change, floats};
use crate::analysis::profile::{PartTimes, RunProfile, StageProfile};
use crate::model::comparison::{
    Change, GroupDifference, PartDifference, PartKey, PartSide, WallDifference,
};
use crate::model::phase::Phase;
use crate::model::role::Role;

/// A part that differs by less than this share of the longer wall time has no interval worked out.
const WEIGHTY_PPM: u128 = 1_000;

/// The groups, those with the largest difference first; their parts likewise.
pub fn groups(a: &StageProfile, b: &StageProfile, wall: &WallDifference) -> Vec<GroupDifference> {
    let keys: BTreeSet<&PartKey> = [a, b]
        .into_iter()
        .flat_map(|side| &side.runs)
        .flat_map(|run| run.parts.keys())
        .collect();
    let keys: Vec<&PartKey> = keys.into_iter().collect();
    let gap = Gap {
        a: Means::new(a, &keys, wall.a.map_or(0, |wall| wall.mean_ns)),
        b: Means::new(b, &keys, wall.b.map_or(0, |wall| wall.mean_ns)),
        gap_ns: wall.difference.value_ns,
    };
    let mut groups: BTreeMap<(Role, Phase), Vec<usize>> = BTreeMap::new();
    for (index, key) in keys.iter().enumerate() {
        groups.entry((key.role, key.phase)).or_default().push(index);
    }
    let mut groups: Vec<GroupDifference> = groups
        .into_iter()
        .map(|((role, phase), members)| gap.group(role, phase, &keys, &members))
        .collect();
    // Stable: equals stay in the order of roles and phases.
    groups.sort_by_key(|group| std::cmp::Reverse(rank(&group.difference, group.a_ns)));
    groups
}

/// By size of the difference, then by time.
fn rank(difference: &Change, time_ns: u64) -> (u64, u64) {
    (difference.value_ns.unsigned_abs(), time_ns)
}

/// Both sides of a stage.
struct Gap<'p> {
    a: Means<'p>,
    b: Means<'p>,
    gap_ns: i64,
}

/// One side: the runs, and each part's mean time on the critical path.
struct Means<'p> {
    runs: &'p [RunProfile],
    wall_ns: u64,
    path_ns: Vec<u64>,
}

impl<'p> Means<'p> {
    /// `wall_ns` is the rounded mean of the runs' wall times, and what the parts add up to.
    fn new(stage: &'p StageProfile, keys: &[&PartKey], wall_ns: u64) -> Self {
        let runs = stage.runs.as_slice();
        let totals_ns: Vec<u64> = keys
            .iter()
            .map(|key| of_runs(runs, key).map(|times| times.path_ns).sum())
            .collect();
        Self {
            runs,
            wall_ns,
            path_ns: apportion(wall_ns, &totals_ns),
        }
    }

    fn part(&self, key: &PartKey, index: usize) -> (PartSide, Quantity) {
        let sum = of_runs(self.runs, key).fold(PartTimes::default(), add);
        let runs = self.runs.len() as u64;
        let path_ns = self.path_ns[index];
        let side = PartSide {
            path_ns,
            count_milli: mean_milli(sum.path_count, runs),
            cost_ns: (sum.path_count > 0).then(|| mean(u128::from(sum.path_ns), sum.path_count)),
            thread_ns: mean(u128::from(sum.thread_ns), runs),
            thread_count_milli: mean_milli(sum.thread_count, runs),
        };
        let quantity = Quantity {
            time_ns: path_ns,
            count: sum.path_count,
            runs,
        };
        (side, quantity)
    }

    /// The time of some parts in each run, nanoseconds.
    fn values(&self, keys: &[&PartKey]) -> Vec<f64> {
        let sums = self.runs.iter().map(|run| {
            let parts = keys.iter().filter_map(|key| run.parts.get(*key));
            parts.map(|times| times.path_ns).sum()
        });
        floats(&sums.collect::<Vec<u64>>())
    }
}

impl Gap<'_> {
    fn group(
        &self,
        role: Role,
        phase: Phase,
        keys: &[&PartKey],
        members: &[usize],
    ) -> GroupDifference {
        let mut parts: Vec<PartDifference> = members
            .iter()
            .map(|&index| self.part(keys[index], index))
            .collect();
        // Stable: equals stay in the order of keys.
        parts.sort_by_key(|part| std::cmp::Reverse(rank(&part.difference, part.a.path_ns)));
        let sum = |path_ns: &[u64]| members.iter().map(|&index| path_ns[index]).sum();
        let (a_ns, b_ns) = (sum(&self.a.path_ns), sum(&self.b.path_ns));
        let keys: Vec<&PartKey> = members.iter().map(|&index| keys[index]).collect();
        let value_ns = effects::difference(a_ns, b_ns);
        GroupDifference {
            role,
            phase,
            a_ns,
            b_ns,
            difference: self.change(value_ns, &keys),
            share_ppm: self.share_ppm(value_ns),
            parts,
        }
    }

    fn part(&self, key: &PartKey, index: usize) -> PartDifference {
        let (a, quantity_a) = self.a.part(key, index);
        let (b, quantity_b) = self.b.part(key, index);
        let value_ns = effects::difference(a.path_ns, b.path_ns);
        PartDifference {
            key: key.clone(),
            counted: key.counted(),
            a,
            b,
            difference: self.change(value_ns, &[key]),
            share_ppm: self.share_ppm(value_ns),
            effects: effects::split(quantity_a, quantity_b),
        }
    }

    fn change(&self, value_ns: i64, keys: &[&PartKey]) -> Change {
        let longer_ns = self.a.wall_ns.max(self.b.wall_ns);
        let weight = u128::from(value_ns.unsigned_abs()) * 1_000_000;
        if weight < u128::from(longer_ns) * WEIGHTY_PPM {
            return Change {
                value_ns,
                ..Change::default()
            };
        }
        change(value_ns, &self.a.values(keys), &self.b.values(keys))
    }

    /// The share of a difference in the gap, in millionths.
    fn share_ppm(&self, value_ns: i64) -> Option<i64> {
        let share = (i128::from(value_ns) * 1_000_000).checked_div(i128::from(self.gap_ns))?;
        i64::try_from(share).ok()
    }
}

fn of_runs<'r>(runs: &'r [RunProfile], key: &PartKey) -> impl Iterator<Item = PartTimes> + use<'r> {
    let key = key.clone();
    runs.iter()
        .filter_map(move |run| run.parts.get(&key).copied())
}

fn add(sum: PartTimes, times: PartTimes) -> PartTimes {
    PartTimes {
        path_ns: sum.path_ns + times.path_ns,
        path_count: sum.path_count + times.path_count,
        thread_ns: sum.thread_ns + times.thread_ns,
        thread_count: sum.thread_count + times.thread_count,
    }
}

//! The gap of a stage, split over the parts of its critical path.
//!
//! Groups (role, phase) hold parts (sub-phase, system call, cause), and those hold file systems: on every
//! level the times add up to the level above, and the groups to the wall time. Whose time a group is, the
//! [`Division`] says: where the sides have other processes, those of an engine are taken together, and
//! named within.

use std::collections::{BTreeMap, BTreeSet};

use super::division::Division;
use super::effects::{self, Quantity};
use super::processes;
use super::wall::{change, floats};
use crate::report::{
    Actor, Change, Figures, FileSystemDifference, GroupDifference, PartDifference, PartSide,
    WallDifference,
};
use analysis::apportion::{apportion, mean, mean_milli};
use analysis::profile::PartKey;
use analysis::profile::{PartTimes, RunProfile, StageProfile};
use trace::phase::Phase;

/// A part that differs by less than this share of the longer wall time, in millionths, has no
/// interval worked out: 0.1 %, the last digit of the shares in reports.
const WEIGHTY_PPM: u128 = 1_000;

/// The groups, those with the largest difference first; their parts likewise.
pub fn groups(
    a: &StageProfile,
    b: &StageProfile,
    wall: &WallDifference,
    division: Division,
) -> Vec<GroupDifference> {
    let keys: BTreeSet<&PartKey> = [a, b]
        .into_iter()
        .flat_map(|side| &side.runs)
        .flat_map(|run| run.parts.keys())
        .collect();
    let keys: Vec<&PartKey> = keys.into_iter().collect();
    let gap = Gap {
        a: Means::new(a, &keys, wall.a.map_or(0, |wall| wall.mean_ns)),
        b: Means::new(b, &keys, wall.b.map_or(0, |wall| wall.mean_ns)),
        keys,
        gap_ns: wall.difference.value_ns,
        division,
    };
    let everything: Vec<usize> = (0..gap.keys.len()).collect();
    let groups = gap.split(&everything, |key| (division.actor(key.role), key.phase));
    let groups = groups.into_iter().map(|((actor, phase), members)| {
        let group = gap.group(actor, phase, &members);
        match actor {
            Actor::Engine => GroupDifference {
                processes: processes::of_group([a, b], &group),
                ..group
            },
            Actor::Role(_) => group,
        }
    });
    let groups = groups.collect();
    by_size(groups, |group: &GroupDifference| {
        (group.difference, group.a_ns)
    })
}

/// Those with the largest difference first, then those with the most time; equals stay in order.
fn by_size<T>(mut rows: Vec<T>, size: impl Fn(&T) -> (Change, u64)) -> Vec<T> {
    rows.sort_by_key(|row| {
        let (difference, time_ns) = size(row);
        std::cmp::Reverse((difference.value_ns.unsigned_abs(), time_ns))
    });
    rows
}

/// Both sides of a stage. Parts are known by the index of their key.
struct Gap<'p> {
    keys: Vec<&'p PartKey>,
    a: Means<'p>,
    b: Means<'p>,
    gap_ns: i64,
    division: Division,
}

/// One side: the runs, and each part's mean time on the critical path.
struct Means<'p> {
    runs: &'p [RunProfile],
    wall_ns: u64,
    path_ns: Vec<u64>,
}

impl<'p> Gap<'p> {
    fn group(&self, role: Actor, phase: Phase, members: &[usize]) -> GroupDifference {
        let parts = self.split(members, |key| {
            (&key.subphase, &key.syscall, self.cause_of(key))
        });
        let parts = parts.into_values().map(|members| self.part(&members));
        let figures = self.figures(members);
        GroupDifference {
            role,
            phase,
            a_ns: figures.a.path_ns,
            b_ns: figures.b.path_ns,
            difference: figures.difference,
            share_ppm: figures.share_ppm,
            processes: Vec::new(),
            parts: by_size(parts.collect(), |part: &PartDifference| size(&part.figures)),
        }
    }

    /// What a part is known to be about. What engines work on is named after them, such as their folders and
    /// control groups: the same work has another name on either side.
    fn cause_of(&self, key: &'p PartKey) -> &'p str {
        match self.division.actor(key.role) {
            Actor::Engine => "",
            Actor::Role(_) => &key.cause,
        }
    }

    fn part(&self, members: &[usize]) -> PartDifference {
        let file_systems = self.split(members, |key| key.file_system.as_str());
        let file_systems =
            file_systems
                .into_iter()
                .map(|(file_system, members)| FileSystemDifference {
                    file_system: file_system.to_owned(),
                    figures: self.figures(&members),
                });
        let key = self.keys[members[0]];
        PartDifference {
            role: self.division.actor(key.role),
            phase: key.phase,
            subphase: key.subphase.clone(),
            syscall: key.syscall.clone(),
            cause: self.cause_of(key).to_owned(),
            counted: key.counted(),
            figures: self.figures(members),
            file_systems: by_size(file_systems.collect(), |one: &FileSystemDifference| {
                size(&one.figures)
            }),
        }
    }

    /// Parts that are alike in `what`, together.
    fn split<K: Ord>(
        &self,
        members: &[usize],
        what: impl Fn(&'p PartKey) -> K,
    ) -> BTreeMap<K, Vec<usize>> {
        let mut split: BTreeMap<K, Vec<usize>> = BTreeMap::new();
        for &index in members {
            split.entry(what(self.keys[index])).or_default().push(index);
        }
        split
    }

    /// The figures of some parts together.
    fn figures(&self, members: &[usize]) -> Figures {
        let keys: Vec<&PartKey> = members.iter().map(|&index| self.keys[index]).collect();
        let (a, quantity_a) = self.a.sum(&keys, members);
        let (b, quantity_b) = self.b.sum(&keys, members);
        let value_ns = effects::difference(a.path_ns, b.path_ns);
        Figures {
            a,
            b,
            difference: self.change(value_ns, &keys),
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

fn size(figures: &Figures) -> (Change, u64) {
    (figures.difference, figures.a.path_ns)
}

impl<'p> Means<'p> {
    /// `wall_ns` is the rounded mean of the runs' wall times, and what the parts add up to.
    fn new(stage: &'p StageProfile, keys: &[&PartKey], wall_ns: u64) -> Self {
        let runs = stage.runs.as_slice();
        let totals_ns: Vec<u64> = keys
            .iter()
            .map(|key| of_runs(runs, &[key]).path_ns)
            .collect();
        Self {
            runs,
            wall_ns,
            path_ns: apportion(wall_ns, &totals_ns),
        }
    }

    /// Some parts together; `members` are their indexes.
    fn sum(&self, keys: &[&PartKey], members: &[usize]) -> (PartSide, Quantity) {
        let sum = of_runs(self.runs, keys);
        let runs = self.runs.len() as u64;
        let path_ns = members.iter().map(|&index| self.path_ns[index]).sum();
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
        let sums = self
            .runs
            .iter()
            .map(|run| of_runs(std::slice::from_ref(run), keys).path_ns);
        floats(&sums.collect::<Vec<u64>>())
    }
}

/// Some parts of some runs, all together.
fn of_runs(runs: &[RunProfile], keys: &[&PartKey]) -> PartTimes {
    let times = runs
        .iter()
        .flat_map(|run| keys.iter().filter_map(|key| run.parts.get(*key)));
    times.fold(PartTimes::default(), |sum, times| PartTimes {
        path_ns: sum.path_ns + times.path_ns,
        path_count: sum.path_count + times.path_count,
        thread_ns: sum.thread_ns + times.thread_ns,
        thread_count: sum.thread_count + times.thread_count,
    })
}

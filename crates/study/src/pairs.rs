//! Which cells of the study make an ordering: those that differ along one axis.

use setup::bench::WorkloadLabel;
use std::collections::{BTreeMap, BTreeSet};

use super::published::{CellKey, Published};
use crate::design::{StudyAxis, StudyConfiguration, TESTS};

/// Two cells, and in what they differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair {
    /// In what.
    pub axis: StudyAxis,
    /// One of them.
    pub one: CellKey,
    /// The other.
    pub other: CellKey,
}

/// All pairs of the study, by axis.
pub fn pairs(published: &Published) -> Vec<Pair> {
    let mut pairs = between_configurations(published);
    pairs.extend(between_tests(published));
    pairs.sort_unstable();
    pairs
}

/// Each test, under two configurations.
fn between_configurations(published: &Published) -> Vec<Pair> {
    let choices = Choices::new(&published.configurations);
    let mut pairs = Vec::new();
    for (other, b) in published.configurations.iter().enumerate() {
        for (one, a) in published.configurations[..other].iter().enumerate() {
            let Some(axis) = choices.axis(a, b) else {
                continue;
            };
            let cell = |configuration, test| CellKey {
                configuration,
                test,
            };
            pairs.extend((0..TESTS.len()).map(|test| Pair {
                axis,
                one: cell(one, test),
                other: cell(other, test),
            }));
        }
    }
    pairs
}

/// Two tests, under each configuration.
fn between_tests(published: &Published) -> Vec<Pair> {
    let mut tests = Vec::new();
    for (other, b) in TESTS.iter().enumerate() {
        for (one, a) in TESTS[..other].iter().enumerate() {
            if let Some(axis) = axis_of_tests(a.workload, b.workload, other - one == 1) {
                tests.push((axis, one, other));
            }
        }
    }
    let configurations = 0..published.configurations.len();
    let pairs = configurations.flat_map(|configuration| {
        tests.iter().map(move |&(axis, one, other)| {
            let cell = |test| CellKey {
                configuration,
                test,
            };
            Pair {
                axis,
                one: cell(one),
                other: cell(other),
            }
        })
    });
    pairs.collect()
}

/// `db-read/xs` and `db-read/sm`, or `db-read/xs` and `db-write/xs`.
fn axis_of_tests(one: &str, other: &str, are_neighbours: bool) -> Option<StudyAxis> {
    let (one, other) = (WorkloadLabel::from(one), WorkloadLabel::from(other));
    let (one_size, other_size) = (one.size?, other.size?);
    let subject = |name: &str| name.split_once('-').map(|(subject, _)| subject.to_owned());
    if one.name == other.name {
        return are_neighbours.then_some(StudyAxis::Size);
    }
    let is_one_subject = subject(&one.name) == subject(&other.name);
    (one_size == other_size && is_one_subject).then_some(StudyAxis::Operation)
}

/// The runtimes and storages that each manager has in the study.
struct Choices<'a> {
    runtimes: BTreeMap<&'a str, BTreeSet<&'a str>>,
    storages: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

impl<'a> Choices<'a> {
    fn new(configurations: &'a [StudyConfiguration]) -> Self {
        let mut choices = Self {
            runtimes: BTreeMap::new(),
            storages: BTreeMap::new(),
        };
        for configuration in configurations {
            let manager = configuration.manager.as_str();
            let runtimes = choices.runtimes.entry(manager).or_default();
            runtimes.insert(&configuration.runtime);
            let storages = choices.storages.entry(manager).or_default();
            storages.insert(storage(configuration));
        }
        choices
    }

    /// Along which axis two configurations differ, if it is one.
    fn axis(&self, a: &StudyConfiguration, b: &StudyConfiguration) -> Option<StudyAxis> {
        let differences = [
            (StudyAxis::Manager, a.manager != b.manager),
            (StudyAxis::Image, a.image != b.image),
            (StudyAxis::Runtime, a.runtime != b.runtime),
            (StudyAxis::Storage, storage(a) != storage(b)),
            (StudyAxis::Rootless, a.rootless != b.rootless),
        ];
        let differing: Vec<StudyAxis> = differences
            .iter()
            .filter_map(|&(axis, differs)| differs.then_some(axis))
            .collect();
        match differing.as_slice() {
            [axis] => Some(*axis),
            [StudyAxis::Manager, others @ ..] if !others.is_empty() => {
                let belong = others.iter().all(|axis| self.belongs(*axis, a, b));
                belong.then_some(StudyAxis::Stack)
            }
            _ => None,
        }
    }

    /// Whether what differs along the axis comes with one of the managers: it has nothing else, and
    /// the other manager does not have that.
    fn belongs(&self, axis: StudyAxis, a: &StudyConfiguration, b: &StudyConfiguration) -> bool {
        let values = match axis {
            StudyAxis::Runtime => &self.runtimes,
            StudyAxis::Storage => &self.storages,
            StudyAxis::Manager
            | StudyAxis::Stack
            | StudyAxis::Image
            | StudyAxis::Rootless
            | StudyAxis::Size
            | StudyAxis::Operation => return false,
        };
        let of = |configuration: &StudyConfiguration| &values[configuration.manager.as_str()];
        let (a, b) = (of(a), of(b));
        (a.len() == 1 && a.is_disjoint(b)) || (b.len() == 1 && b.is_disjoint(a))
    }
}

/// The storage; LXD's `dir` is what others call `vfs`: plain copies.
fn storage(configuration: &StudyConfiguration) -> &str {
    match configuration.storage.as_str() {
        "dir" => "vfs",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn axis(published: &Published, a: &str, b: &str) -> Option<StudyAxis> {
        let place = |label: &str| {
            let configuration = StudyConfiguration::from_label(label).unwrap();
            published.place(&configuration).unwrap()
        };
        let mut places = [place(a), place(b)];
        places.sort_unstable();
        let of = |pair: &&Pair| [pair.one.configuration, pair.other.configuration] == places;
        let pairs = pairs(published);
        pairs.iter().find(of).map(|pair| pair.axis)
    }

    #[test]
    fn an_ordering_differs_along_one_axis() {
        let published = Published::study().unwrap();
        for (a, b, expected) in [
            (
                "docker,alpine,crun,overlay,0",
                "podman,alpine,crun,overlay,0",
                Some(StudyAxis::Manager),
            ),
            (
                "docker,alpine,crun,overlay,0",
                "docker,centos,crun,overlay,0",
                Some(StudyAxis::Image),
            ),
            (
                "docker,alpine,kata-runtime,zfs,0",
                "docker,alpine,runc,zfs,0",
                Some(StudyAxis::Runtime),
            ),
            (
                "lxd,centos,lxc,dir,0",
                "lxd,centos,lxc,lvm,0",
                Some(StudyAxis::Storage),
            ),
            (
                "podman,alpine,crun,vfs,0",
                "podman,alpine,crun,vfs,1",
                Some(StudyAxis::Rootless),
            ),
            // LXD has no other runtime, and nobody else has that one; dir is vfs.
            (
                "lxd,alpine,lxc,dir,0",
                "docker,alpine,runc,vfs,0",
                Some(StudyAxis::Stack),
            ),
            // The prototype has but one storage; its runtime others have too.
            (
                "contingious,alpine,crun,bind,0",
                "docker,alpine,crun,overlay,0",
                Some(StudyAxis::Stack),
            ),
            (
                "contingious,alpine,crun,bind,0",
                "docker,alpine,runc,overlay,0",
                None,
            ),
            // LXD has several storages, and so lvm is a choice.
            ("lxd,alpine,lxc,lvm,0", "docker,alpine,runc,overlay,0", None),
            (
                "docker,alpine,kata-fc,devicemapper,0",
                "podman,alpine,crun,zfs,0",
                None,
            ),
        ] {
            assert_eq!(axis(&published, a, b), expected, "{a} and {b}");
        }
    }

    #[test]
    fn tests_are_held_against_the_next_size_and_the_other_operation() {
        use StudyAxis::{Operation, Size};
        assert_eq!(axis_of_tests("db-read/xs", "db-read/sm", true), Some(Size));
        assert_eq!(axis_of_tests("db-read/xs", "db-read/md", false), None);
        let operation = axis_of_tests("io-read/md", "io-write/md", false);
        assert_eq!(operation, Some(Operation));
        assert_eq!(axis_of_tests("db-read/md", "io-read/md", false), None);
        assert_eq!(axis_of_tests("http-server", "ping", true), None);
        let published = Published::study().unwrap();
        let pairs = pairs(&published);
        let count = |axis| pairs.iter().filter(|pair| pair.axis == axis).count();
        assert_eq!((count(Size), count(Operation)), (73 * 4 * 4, 73 * 2 * 5));
    }

    #[test]
    fn no_two_cells_are_paired_twice() {
        let published = Published::study().unwrap();
        let pairs = pairs(&published);
        let distinct: BTreeSet<_> = pairs.iter().map(|pair| (pair.one, pair.other)).collect();
        assert_eq!(distinct.len(), pairs.len());
        assert!(pairs.iter().all(|pair| pair.one < pair.other));
    }
}

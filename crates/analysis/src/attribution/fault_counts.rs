//! Page faults of threads, as the kernel counted them.
//!
//! The counts of a thread are known at the instants of its rows in `faults`. Faults between two rows are
//! taken to be spread evenly over the time between them, rounded down, so that those of consecutive
//! stages add up to the kernel's count.

use std::collections::HashMap;
use std::ops::{AddAssign, Sub};

use crate::timeline::{ThreadId, Timeline};

/// Page faults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FaultCount {
    /// Those for which nothing had to be read.
    pub minor: u64,
    /// Those that waited for a page to be read.
    pub major: u64,
}

impl AddAssign for FaultCount {
    fn add_assign(&mut self, other: Self) {
        self.minor += other.minor;
        self.major += other.major;
    }
}

impl Sub for FaultCount {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            minor: self.minor.saturating_sub(other.minor),
            major: self.major.saturating_sub(other.major),
        }
    }
}

/// The counts of all threads.
#[derive(Clone, Debug, Default)]
pub struct FaultCounts {
    /// When the count was read, and what it was; by time.
    by_thread: HashMap<ThreadId, Vec<(u64, FaultCount)>>,
}

impl FaultCounts {
    pub(super) fn new(timeline: &Timeline<'_>) -> Self {
        let mut by_thread: HashMap<ThreadId, Vec<(u64, FaultCount)>> = HashMap::new();
        for row in &timeline.tables().faults {
            if let Some(thread) = timeline.thread_at(row.tid, row.at_ns) {
                let count = FaultCount {
                    minor: row.minor,
                    major: row.major,
                };
                let points = by_thread.entry(thread).or_default();
                points.push((row.at_ns, count));
            }
        }
        for points in by_thread.values_mut() {
            points.sort_by_key(|&(at_ns, count)| (at_ns, count.minor, count.major));
        }
        let begins: Vec<_> = by_thread
            .keys()
            .filter_map(|&id| Some((id, beginning(timeline, &by_thread, id)?)))
            .collect();
        for (id, begin) in begins {
            if let Some(points) = by_thread.get_mut(&id) {
                points.insert(0, begin);
            }
        }
        Self { by_thread }
    }

    /// The faults of a thread from one instant to another. What happened before the thread was tracked
    /// is not counted.
    pub fn within(&self, thread: ThreadId, from_ns: u64, to_ns: u64) -> FaultCount {
        let points = self.by_thread.get(&thread).map_or(&[][..], Vec::as_slice);
        at(points, to_ns) - at(points, from_ns)
    }
}

/// The count with which a thread began, where that is known; else its first row is its beginning.
fn beginning(
    timeline: &Timeline<'_>,
    by_thread: &HashMap<ThreadId, Vec<(u64, FaultCount)>>,
    id: ThreadId,
) -> Option<(u64, FaultCount)> {
    let thread = timeline.thread(id);
    if let Some(before) = thread.continues {
        let &(at_ns, count) = by_thread.get(&before)?.last()?;
        return Some((at_ns.max(thread.born_ns), count));
    }
    // A thread that was tracked from its birth on has told of all.
    let is_whole = thread.born_in_recording && thread.tracked_from_ns == Some(thread.born_ns);
    is_whole.then_some((thread.born_ns, FaultCount::default()))
}

fn at(points: &[(u64, FaultCount)], at_ns: u64) -> FaultCount {
    let next = points.partition_point(|&(point_ns, _)| point_ns <= at_ns);
    match (
        next.checked_sub(1).map(|last| points[last]),
        points.get(next),
    ) {
        (Some((from_ns, before)), Some(&(to_ns, after))) => {
            let gained = after - before;
            let part = |count: u64| {
                let product = u128::from(count) * u128::from(at_ns - from_ns);
                // Less than `count`, since `at_ns` is before the next point.
                (product / u128::from(to_ns - from_ns)) as u64
            };
            FaultCount {
                minor: before.minor + part(gained.minor),
                major: before.major + part(gained.major),
            }
        }
        (Some((_, last)), None) => last,
        (None, Some(&(_, first))) => first,
        (None, None) => FaultCount::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::fixture::{manifest, task};
    use trace::rows::{Faults, Tables};

    fn row(tid: u32, at_ns: u64, minor: u64, major: u64) -> Faults {
        Faults {
            at_ns,
            tid,
            tgid: tid,
            minor,
            major,
        }
    }

    fn counted(tables: &Tables, tid: u32, from_ns: u64, to_ns: u64) -> (u64, u64) {
        let manifest = manifest(1_000);
        let timeline = Timeline::new(&manifest, tables);
        let thread = timeline.thread_at(tid, from_ns);
        let thread = thread.unwrap_or_else(|| panic!("no thread {tid}"));
        let count = FaultCounts::new(&timeline).within(thread, from_ns, to_ns);
        (count.minor, count.major)
    }

    #[test]
    fn a_thread_that_is_born_tracked_begins_with_none() {
        let tables = Tables {
            tasks: vec![task(7, 1, Some(100))],
            faults: vec![row(7, 200, 10, 1), row(7, 300, 30, 1)],
            ..Tables::default()
        };
        assert_eq!(counted(&tables, 7, 0, 1_000), (30, 1));
        assert_eq!(counted(&tables, 7, 0, 250), (20, 1));
        assert_eq!(counted(&tables, 7, 250, 1_000), (10, 0));
    }

    #[test]
    fn what_an_older_thread_had_before_its_first_row_is_not_counted() {
        let tables = Tables {
            tasks: vec![task(7, 1, None)],
            faults: vec![row(7, 200, 500, 5), row(7, 300, 530, 6)],
            ..Tables::default()
        };
        assert_eq!(counted(&tables, 7, 0, 1_000), (30, 1));
        assert_eq!(counted(&tables, 7, 0, 200), (0, 0));
    }

    #[test]
    fn parts_add_up() {
        let tables = Tables {
            tasks: vec![task(7, 1, Some(100))],
            faults: vec![row(7, 103, 100, 7)],
            ..Tables::default()
        };
        let parts = [(0, 101), (101, 102), (102, 1_000)];
        let sums = parts.map(|(from_ns, to_ns)| counted(&tables, 7, from_ns, to_ns));
        assert_eq!(sums, [(33, 2), (33, 2), (34, 3)]);
    }
}

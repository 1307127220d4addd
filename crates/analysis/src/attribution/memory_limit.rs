//! Memory groups at their limit: which one a process is held by, and since when.

use std::collections::HashMap;

use crate::timeline::{ProcessId, Timeline};
use trace::rows::{CgroupEvent, MemoryLimit};

/// The limits that groups of tracked processes reached.
#[derive(Clone, Debug, Default)]
pub struct MemoryLimits {
    /// Rows of `memory_limits`, by time.
    by_process: HashMap<ProcessId, Vec<u32>>,
    by_group: HashMap<u64, Reached>,
}

/// What is known of how often a group reached its limit.
#[derive(Clone, Debug, Default)]
struct Reached {
    /// When it was read, and how often it had been by then; by time.
    points: Vec<(u64, u64)>,
    /// When it had first been while recording.
    first_ns: Option<u64>,
}

impl MemoryLimits {
    pub(super) fn new(timeline: &Timeline<'_>) -> Self {
        let tables = timeline.tables();
        let mut limits = Self::default();
        for (number, row) in (0..).zip(&tables.memory_limits) {
            if let Some(process) = timeline.process_at(row.tgid, row.at_ns) {
                limits.by_process.entry(process).or_default().push(number);
            }
            let group = limits.by_group.entry(row.group).or_default();
            group.points.push((row.at_ns, row.reached));
        }
        for rows in limits.by_process.values_mut() {
            rows.sort_by_key(|&row| tables.memory_limits[row as usize].at_ns);
        }
        for row in &tables.memory_limits {
            if let Some(group) = limits.by_group.get_mut(&row.group)
                && group.first_ns.is_none()
            {
                group.points.sort_unstable();
                let is_new = tables.cgroups.iter().any(|event| makes(event, row));
                group.first_ns = group.first_ns(is_new);
            }
        }
        limits
    }

    /// The limit for which memory is taken back in a process at an instant: the next one that is told
    /// of, since rows come after what they tell, else the last.
    pub fn at<'a>(
        &self,
        timeline: &Timeline<'a>,
        process: ProcessId,
        at_ns: u64,
    ) -> Option<&'a MemoryLimit> {
        let rows = self.by_process.get(&process)?;
        let table = &timeline.tables().memory_limits;
        let next = rows.partition_point(|&row| table[row as usize].at_ns < at_ns);
        let row = rows.get(next).or_else(|| rows.last())?;
        Some(&table[*row as usize])
    }

    /// The same, if that group had reached its limit by then while recording.
    pub fn reached_by<'a>(
        &self,
        timeline: &Timeline<'a>,
        process: ProcessId,
        at_ns: u64,
    ) -> Option<&'a MemoryLimit> {
        let limit = self.at(timeline, process, at_ns)?;
        let first_ns = self.by_group.get(&limit.group)?.first_ns?;
        (first_ns <= at_ns).then_some(limit)
    }

    /// The processes whose groups reached a limit, and the rows of each.
    pub fn processes(&self) -> impl Iterator<Item = (ProcessId, &[u32])> {
        self.by_process
            .iter()
            .map(|(&process, rows)| (process, rows.as_slice()))
    }

    /// How often a group reached its limit from one instant to another, as far as that was read.
    pub fn times(&self, group: u64, (from_ns, to_ns): (u64, u64)) -> u64 {
        let Some(group) = self.by_group.get(&group) else {
            return 0;
        };
        let by = |at_ns: u64| {
            let read = group
                .points
                .partition_point(|&(point_ns, _)| point_ns <= at_ns);
            read.checked_sub(1)
                .map_or_else(|| group.before(), |last| group.points[last].1)
        };
        by(to_ns).saturating_sub(by(from_ns))
    }
}

impl Reached {
    /// The first instant at which it is known to have been reached while recording: where the group is as
    /// old as the recording or older, the first count may be of before.
    fn first_ns(&self, is_new: bool) -> Option<u64> {
        let &(first_ns, first) = self.points.first()?;
        if is_new {
            return Some(first_ns);
        }
        let rise = self.points.iter().find(|&&(_, reached)| reached > first);
        rise.map(|&(at_ns, _)| at_ns)
    }

    /// The count before the first that was read.
    fn before(&self) -> u64 {
        let first = self.points.first();
        let is_new = self.first_ns == first.map(|&(at_ns, _)| at_ns);
        first.map_or(0, |&(_, reached)| if is_new { 0 } else { reached })
    }
}

/// Whether an event is the making of the group of a limit.
fn makes(event: &CgroupEvent, limit: &MemoryLimit) -> bool {
    event.operation == "mkdir"
        && event.id == limit.group
        && event.path.rsplit('/').next() == Some(limit.name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::fixture::{manifest, memory_limit, task};
    use trace::rows::Tables;

    fn tables() -> Tables {
        Tables {
            tasks: vec![task(7, 1, None)],
            memory_limits: vec![memory_limit(7, 100, 40), memory_limit(7, 200, 43)],
            ..Tables::default()
        }
    }

    fn with<T>(tables: &Tables, look: impl FnOnce(&Timeline<'_>, &MemoryLimits) -> T) -> T {
        let manifest = manifest(1_000);
        let timeline = Timeline::new(&manifest, tables);
        look(&timeline, &MemoryLimits::new(&timeline))
    }

    #[test]
    fn what_an_older_group_counted_before_is_left_out() {
        with(&tables(), |timeline, limits| {
            let process = timeline.process_at(7, 0).unwrap_or_else(|| panic!("no 7"));
            let is_reached = |at_ns| limits.reached_by(timeline, process, at_ns).is_some();
            assert_eq!([100, 199, 200].map(is_reached), [false, false, true]);
            assert_eq!(limits.times(5, (0, 1_000)), 3);
            assert_eq!(limits.times(5, (200, 1_000)), 0);
            assert!(limits.at(timeline, process, 0).is_some());
        });
    }

    #[test]
    fn a_group_that_is_made_while_recording_counts_from_none() {
        let made = CgroupEvent {
            at_ns: 50,
            tid: 1,
            operation: "mkdir".to_owned(),
            hierarchy: 4,
            id: 5,
            path: "/above/group".to_owned(),
            target_tid: 0,
            populated: false,
        };
        let mut tables = tables();
        tables.cgroups = vec![made];
        with(&tables, |timeline, limits| {
            let process = timeline.process_at(7, 0).unwrap_or_else(|| panic!("no 7"));
            assert!(limits.reached_by(timeline, process, 100).is_some());
            assert_eq!(limits.times(5, (0, 1_000)), 43);
        });
    }
}

//! When CPU quotas held threads back.
//!
//! That a thread is held back is recorded when it leaves its CPU, and, where whole queues are held
//! back (before v6.18), when it is woken into such a queue. When the group gets more quota is not: its
//! timer fires at the end of each period (`sched_cfs_period_timer`, kernel/sched/fair.c, v6.18), and the
//! record holds its next instant. So a thread is held back until the last such instant before it runs;
//! if the CPU idles after that, until the end of the idle time, for a CPU does not idle while a thread
//! on its queue may run. Where there is no such instant, somebody else let it go: time that other CPUs
//! of the group gave back (`sched_cfs_slack_timer`), or a new quota; then it was held back all the time.
//!
//! Where whole queues are held back, those who wait on one are held back with the thread that ran:
//! threads of processes that the same group held back at any time.

use std::collections::{BTreeSet, HashMap};

use super::schedule::Schedule;
use crate::timeline::{ProcessId, ThreadId, Timeline};
use trace::rows::Throttle;

/// A stretch of a wait for a CPU in which a quota held the thread back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// When it begins.
    pub from_ns: u64,
    /// When it ends.
    pub until_ns: u64,
    /// The row of `throttles` that tells of it.
    pub throttle: u32,
}

impl Held {
    /// Whether an instant lies in it.
    pub fn holds(&self, at_ns: u64) -> bool {
        self.from_ns <= at_ns && at_ns < self.until_ns
    }

    /// The periods of the group that it reaches into within `[from_ns, until_ns)`, by their ends.
    pub fn periods(
        &self,
        throttle: &Throttle,
        (from_ns, until_ns): (u64, u64),
    ) -> impl Iterator<Item = u64> + use<> {
        let period_ns = throttle.period_ns.max(1);
        let until_ns = until_ns.max(from_ns + 1);
        let skipped = from_ns
            .saturating_sub(throttle.replenished_ns)
            .div_ceil(period_ns);
        let first_ns = throttle.replenished_ns + skipped * period_ns;
        // The last one ends after the stretch, or with it, but for a wake-up of its CPU.
        let last_ns = until_ns.saturating_sub(period_ns / 2);
        std::iter::successors(Some(first_ns), move |end_ns| end_ns.checked_add(period_ns)).scan(
            true,
            move |goes_on, end_ns| {
                let is_in = *goes_on;
                *goes_on = end_ns < last_ns;
                is_in.then_some(end_ns)
            },
        )
    }
}

/// The stretches by row of `off_cpu`.
#[derive(Clone, Debug, Default)]
pub(super) struct Throttles {
    by_wait: HashMap<u32, Held>,
}

impl Throttles {
    pub(super) fn new(timeline: &Timeline<'_>, schedule: &Schedule) -> Self {
        let mut throttles = Self::default();
        let rows = &timeline.tables().throttles;
        let mut order: Vec<u32> = (0..rows.len() as u32).collect();
        order.sort_by_key(|&row| rows[row as usize].at_ns);
        for &row in &order {
            throttles.add(timeline, schedule, row);
        }
        let members = members(timeline);
        for &row in &order {
            let throttle = &rows[row as usize];
            if throttle.whole_queue
                && throttle.group != 0
                && let Some(members) = members.get(&throttle.group)
            {
                throttles.add_others(timeline, schedule, (row, members));
            }
        }
        throttles
    }

    pub(super) fn of(&self, row: u32) -> Option<&Held> {
        self.by_wait.get(&row)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (u32, Held)> + '_ {
        self.by_wait.iter().map(|(&row, &held)| (row, held))
    }

    /// The thread that a record is about.
    fn add(&mut self, timeline: &Timeline<'_>, schedule: &Schedule, row: u32) {
        let throttle = &timeline.tables().throttles[row as usize];
        if let Some(id) = timeline.thread_at(throttle.tid, throttle.at_ns) {
            self.hold(timeline, schedule, (row, id));
        }
    }

    /// Others who wait on the queue that a record is about.
    fn add_others(
        &mut self,
        timeline: &Timeline<'_>,
        schedule: &Schedule,
        (row, members): (u32, &BTreeSet<ProcessId>),
    ) {
        for &process in members {
            for &id in &timeline.process(process).threads {
                self.hold(timeline, schedule, (row, id));
            }
        }
    }

    /// Notes that a thread's wait at the time of a record is held back, if it waits for that CPU.
    fn hold(&mut self, timeline: &Timeline<'_>, schedule: &Schedule, (row, id): (u32, ThreadId)) {
        let throttle = &timeline.tables().throttles[row as usize];
        let thread = timeline.thread(id);
        let begun = thread
            .off_cpu()
            .partition_point(|&wait| timeline.off_cpu(wait).from_ns <= throttle.at_ns);
        let Some(&wait) = begun
            .checked_sub(1)
            .and_then(|last| thread.off_cpu().get(last))
        else {
            return;
        };
        let off_cpu = timeline.off_cpu(wait);
        let to_ns = off_cpu.to_ns.unwrap_or(thread.ended_ns);
        let runnable_ns = off_cpu.runnable_from_ns(to_ns);
        let is_other = throttle.tid != thread.tid;
        let cpu = if off_cpu.is_wait() {
            off_cpu.to_cpu
        } else {
            off_cpu.from_cpu
        };
        if throttle.at_ns >= to_ns
            || (is_other && (runnable_ns > throttle.at_ns || cpu != throttle.cpu))
        {
            return;
        }
        // The record of a wake-up is made a moment after it.
        let from_ns = if off_cpu.is_wait() && !is_other {
            runnable_ns
        } else {
            runnable_ns.max(throttle.at_ns)
        };
        let until_ns = until_ns(schedule, throttle, (from_ns, to_ns));
        self.by_wait.entry(wait).or_insert(Held {
            from_ns,
            until_ns,
            throttle: row,
        });
    }
}

/// The processes that each group held back at any time.
fn members(timeline: &Timeline<'_>) -> HashMap<u64, BTreeSet<ProcessId>> {
    let mut members: HashMap<u64, BTreeSet<ProcessId>> = HashMap::new();
    for throttle in &timeline.tables().throttles {
        if let Some(id) = timeline.thread_at(throttle.tid, throttle.at_ns) {
            let process = timeline.thread(id).process;
            members.entry(throttle.group).or_default().insert(process);
        }
    }
    members
}

/// Until when a thread was held back that ran again at `to_ns`.
fn until_ns(schedule: &Schedule, throttle: &Throttle, (from_ns, to_ns): (u64, u64)) -> u64 {
    let Some(past_ns) = to_ns.checked_sub(throttle.replenished_ns) else {
        return to_ns;
    };
    let periods = past_ns / throttle.period_ns.max(1);
    let replenished_ns = throttle.replenished_ns + periods * throttle.period_ns;
    let idle_end_ns = schedule.last_idle_end_ns(throttle.cpu, replenished_ns, to_ns);
    idle_end_ns.unwrap_or(replenished_ns).clamp(from_ns, to_ns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::fixture::throttle;

    #[track_caller]
    fn check(bounds_ns: (u64, u64), expected: &[u64]) {
        let throttle = throttle(7, 100, 300, 100);
        let held = Held {
            from_ns: bounds_ns.0,
            until_ns: bounds_ns.1,
            throttle: 0,
        };
        let periods: Vec<u64> = held.periods(&throttle, bounds_ns).collect();
        assert_eq!(periods, expected);
    }

    #[test]
    fn a_stretch_reaches_into_periods() {
        check((250, 300), &[300]);
        // The CPU took a moment to wake up.
        check((250, 302), &[300]);
        check((250, 400), &[300, 400]);
        // Cut by the end of a stage, and by its beginning.
        check((250, 260), &[300]);
        check((410, 500), &[500]);
    }
}

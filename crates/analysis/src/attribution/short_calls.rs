//! At level `summary` short calls are added up in the kernel, so their time lies in what looks like
//! user time. A row of `totals` says between which instants its calls were; there they are taken to
//! be spread evenly over the thread's time in user mode. That is an estimate of when they were: how
//! many they are and how long they took is exact.

use crate::timeline::{State, ThreadId, Timeline};
use trace::rows::Total;

/// How much user time each row of `totals` is spread over.
#[derive(Clone, Debug, Default)]
pub(super) struct ShortCalls {
    /// By row, nanoseconds.
    user_ns: Vec<u64>,
    /// By thread: the longest time between the beginning and the end of one of its rows.
    longest_ns: Vec<u64>,
}

impl ShortCalls {
    pub(super) fn new(timeline: &Timeline<'_>) -> Self {
        let totals = &timeline.tables().totals;
        let mut found = Self {
            user_ns: vec![0; totals.len()],
            longest_ns: Vec::new(),
        };
        if totals.is_empty() {
            return found;
        }
        for id in timeline.thread_ids() {
            let mut longest_ns = 0;
            for &row in timeline.thread(id).totals() {
                let total = &totals[row as usize];
                longest_ns = longest_ns.max(total.to_ns.saturating_sub(total.from_ns));
                found.user_ns[row as usize] = user_ns(timeline, id, total);
            }
            found.longest_ns.push(longest_ns);
        }
        found
    }

    /// The rows of a thread that have calls between two instants: each with the share of them, as
    /// a number of nanoseconds out of another.
    pub(super) fn between<'s>(
        &'s self,
        timeline: &'s Timeline<'_>,
        id: ThreadId,
        (start_ns, end_ns): (u64, u64),
    ) -> impl Iterator<Item = (u32, u64, u64)> + 's {
        let totals = &timeline.tables().totals;
        let rows = timeline.thread(id).totals();
        let longest_ns = self.longest_ns.get(id.index()).copied().unwrap_or(0);
        let first = rows.partition_point(|&row| totals[row as usize].to_ns <= start_ns);
        rows[first..]
            .iter()
            .copied()
            .take_while(move |&row| totals[row as usize].to_ns.saturating_sub(longest_ns) < end_ns)
            .filter_map(move |row| {
                let total = &totals[row as usize];
                let from_ns = total.from_ns.max(start_ns);
                let within_ns = total.to_ns.min(end_ns).saturating_sub(from_ns);
                let user_ns = self.user_ns[row as usize];
                (within_ns > 0 && user_ns > 0).then_some((row, within_ns, user_ns))
            })
    }
}

fn user_ns(timeline: &Timeline<'_>, id: ThreadId, total: &Total) -> u64 {
    timeline
        .intervals(id, total.from_ns, total.to_ns)
        .filter(|interval| interval.state == State::User)
        .map(|interval| interval.duration_ns())
        .sum()
}

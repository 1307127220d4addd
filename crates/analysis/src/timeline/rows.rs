//! Gives each row of the tables to the thread that it is about.

use super::Timeline;
use super::thread::{Thread, ThreadId};

/// Fills the index vectors of all threads.
pub(super) fn distribute(timeline: &mut Timeline<'_>) {
    let tables = timeline.tables;
    // A span's number is that which its thread had at the end: an exec can change it midway.
    let spans = &tables.spans;
    give(
        timeline,
        spans.len(),
        |row| (spans[row].tid, spans[row].start_ns + spans[row].duration_ns),
        |row| (spans[row].start_ns, spans[row].duration_ns),
        |thread| &mut thread.spans,
    );
    let off_cpu = &tables.off_cpu;
    give(
        timeline,
        off_cpu.len(),
        |row| (off_cpu[row].tid, off_cpu[row].from_ns),
        |row| (off_cpu[row].from_ns, off_cpu[row].to_ns.unwrap_or(u64::MAX)),
        |thread| &mut thread.off_cpu,
    );
    let totals = &tables.totals;
    give(
        timeline,
        totals.len(),
        |row| (totals[row].tid, totals[row].to_ns),
        |row| (totals[row].to_ns, u64::from(totals[row].nr)),
        |thread| &mut thread.totals,
    );
    let locks = &tables.locks;
    give(
        timeline,
        locks.len(),
        |row| (locks[row].tid, locks[row].start_ns),
        |row| (locks[row].start_ns, locks[row].duration_ns),
        |thread| &mut thread.locks,
    );
    let renames = &tables.renames;
    give(
        timeline,
        renames.len(),
        |row| (renames[row].tid, renames[row].at_ns),
        |row| (renames[row].at_ns, 0),
        |thread| &mut thread.renames,
    );
    share_spans_across_swaps(timeline);
    extend_to_last_switch(timeline);
    leave_out_sleepers(timeline);
}

/// Appends every row to the vector that `slot` names of the thread that `owner` tells by number
/// and time, then puts each vector in the order of `key` where it is not already.
fn give(
    timeline: &mut Timeline<'_>,
    rows: usize,
    owner: impl Fn(usize) -> (u32, u64),
    key: impl Fn(usize) -> (u64, u64),
    slot: impl Fn(&mut Thread) -> &mut Vec<u32>,
) {
    let mut last: Option<(u32, ThreadId)> = None;
    for row in 0..rows {
        let (tid, at_ns) = owner(row);
        let id = match last {
            // Rows of one thread come in runs; a number with one life needs no look-up by time.
            Some((last_tid, id)) if last_tid == tid => Some(id),
            Some(_) | None => timeline.thread_at(tid, at_ns),
        };
        let Some(id) = id else { continue };
        let single = timeline
            .by_tid
            .get(&tid)
            .is_some_and(|lives| lives.len() == 1);
        last = single.then_some((tid, id));
        slot(&mut timeline.threads[id.index()]).push(row as u32);
    }
    for thread in &mut timeline.threads {
        let rows = slot(thread);
        if !rows.is_sorted_by_key(|&row| key(row as usize)) {
            rows.sort_by_key(|&row| key(row as usize));
        }
    }
}

/// The call during which a thread takes its leader's number belongs to both lives: each holds the
/// part that lies within it.
fn share_spans_across_swaps(timeline: &mut Timeline<'_>) {
    for index in 0..timeline.threads.len() {
        let thread = &timeline.threads[index];
        let (Some(before), Some(&first)) = (thread.continues, thread.spans.first()) else {
            continue;
        };
        if timeline.span(first).start_ns < thread.born_ns {
            timeline.threads[before.index()].spans.push(first);
        }
    }
}

/// `TASK_DEAD` (include/linux/sched.h, v6.18): the state in which a task leaves its CPU for good.
const TASK_DEAD: u32 = 0x80;

/// A thread that ends works on after the event that tells of it: it lives until its last switch.
fn extend_to_last_switch(timeline: &mut Timeline<'_>) {
    let off_cpu = &timeline.tables.off_cpu;
    for thread in &mut timeline.threads {
        let last = thread.off_cpu.last().map(|&row| &off_cpu[row as usize]);
        let dead = last.filter(|row| row.state & TASK_DEAD != 0);
        if let (Some(row), Some(_)) = (dead, thread.exiting_from_ns) {
            thread.ended_ns = thread.ended_ns.max(row.from_ns);
        }
    }
}

/// A thread that is older than the recording and left no trace in it slept throughout. Nothing
/// could be said of its time but that, so it is not followed.
fn leave_out_sleepers(timeline: &mut Timeline<'_>) {
    for thread in &mut timeline.threads {
        let left_a_trace = !thread.off_cpu.is_empty()
            || !thread.spans.is_empty()
            || !thread.totals.is_empty()
            || thread.exiting_from_ns.is_some();
        if !thread.born_in_recording && !left_a_trace {
            thread.tracked_from_ns = None;
        }
    }
}

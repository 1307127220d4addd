//! When each thread lived: from `tasks`, from execs that swap thread numbers, and, for threads that
//! neither tells of, from the rows that name them.

use std::collections::HashSet;

use super::Timeline;
use super::thread::{Thread, ThreadId};
use trace::rows::{Exec, Task};

/// Fills the threads and their index by number. Processes are left for later.
pub(super) fn build(timeline: &mut Timeline<'_>) {
    add_tasks(timeline);
    add_strangers(timeline);
    index_by_tid(timeline);
    let tables = timeline.tables;
    let mut swaps: Vec<&Exec> = tables
        .execs
        .iter()
        .filter(|exec| exec.old_tid != exec.tid && exec.old_tid != 0)
        .collect();
    swaps.sort_by_key(|exec| (exec.at_ns, exec.tid));
    for exec in swaps {
        swap_numbers(timeline, exec);
    }
    find_parents(timeline);
}

/// A thread for each row of `tasks`, in the order of birth.
fn add_tasks(timeline: &mut Timeline<'_>) {
    let tables = timeline.tables;
    let mut order: Vec<u32> = (0..tables.tasks.len() as u32).collect();
    order.sort_by_key(|&row| {
        let task = &tables.tasks[row as usize];
        (task.born_ns.unwrap_or(0), task.tid, task.ended_ns)
    });
    for row in order {
        let task = &tables.tasks[row as usize];
        if task.tid != 0 {
            let thread = thread_of(task, row, timeline.start_ns, timeline.end_ns);
            timeline.threads.push(thread);
        }
    }
}

fn thread_of(task: &Task, row: u32, start_ns: u64, end_ns: u64) -> Thread {
    let born_ns = task.born_ns.unwrap_or(start_ns);
    let ended_ns = task.ended_ns.unwrap_or(end_ns);
    let mut thread = Thread::new(task.tid, task.tgid, born_ns, ended_ns);
    thread.exiting_from_ns = task.exiting_ns.or(task.ended_ns);
    thread.born_in_recording = task.born_ns.is_some();
    thread.task = Some(row);
    if !task.join_reason.is_empty() {
        thread.tracked_from_ns = Some(task.joined_ns.unwrap_or(born_ns).max(born_ns));
    }
    thread
}

/// A thread for each number that occurs in rows, but not in `tasks`: its fork was lost, or it is
/// older than the recording and was missed in /proc.
fn add_strangers(timeline: &mut Timeline<'_>) {
    let tables = timeline.tables;
    let mut known: HashSet<u32> = timeline.threads.iter().map(|thread| thread.tid).collect();
    known.insert(0);
    let spans = tables.spans.iter().map(|row| (row.tid, row.tgid));
    let off_cpu = tables.off_cpu.iter().map(|row| (row.tid, row.tgid));
    let totals = tables.totals.iter().map(|row| (row.tid, row.tgid));
    // One that is seen to exec is known by the number it has afterwards.
    let execs = tables.execs.iter().map(|row| (row.tid, row.tgid));
    let mut strangers: Vec<(u32, u32)> = spans
        .chain(off_cpu)
        .chain(totals)
        .chain(execs)
        .filter(|&(tid, _)| known.insert(tid))
        .collect();
    strangers.sort_unstable();
    for (tid, tgid) in strangers {
        let thread = Thread::new(tid, tgid, timeline.start_ns, timeline.end_ns);
        timeline.threads.push(thread);
    }
}

fn index_by_tid(timeline: &mut Timeline<'_>) {
    for (index, thread) in timeline.threads.iter().enumerate() {
        timeline
            .by_tid
            .entry(thread.tid)
            .or_default()
            .push(ThreadId::from_index(index));
    }
    let threads = &timeline.threads;
    for lives in timeline.by_tid.values_mut() {
        lives.sort_by_key(|id| threads[id.index()].born_ns);
    }
}

/// An exec by a thread that does not lead: it goes on under the leader's number, and the leader is
/// gone (`de_thread`, fs/exec.c, v6.18). The event comes after the swap, so where the leader's end
/// is known, that is the instant.
fn swap_numbers(timeline: &mut Timeline<'_>, exec: &Exec) {
    let Some(old) = timeline.thread_at(exec.old_tid, exec.at_ns) else {
        return;
    };
    let Some(found) = timeline.thread_at(exec.tid, exec.at_ns) else {
        return;
    };
    let (after, swap_ns) = match leader_before(timeline, found, exec.at_ns) {
        // `tasks` tells of both, but the second life began with its thread, not with the swap.
        Some(leader) => {
            let swap_ns = timeline.thread(leader).ended_ns;
            timeline.threads[found.index()].born_ns = swap_ns;
            (found, swap_ns)
        }
        None => split_life(timeline, found, exec),
    };
    let before = &mut timeline.threads[old.index()];
    before.ended_ns = swap_ns.max(before.born_ns);
    before.exiting_from_ns = None;
    let is_tracked = before.tracked_from_ns.is_some();
    let after = &mut timeline.threads[after.index()];
    after.born_in_recording = true;
    after.continues = Some(old);
    after.tracked_from_ns = is_tracked.then_some(swap_ns);
}

/// The life under the same number that ended while `found` was already alive under another.
fn leader_before(timeline: &Timeline<'_>, found: ThreadId, at_ns: u64) -> Option<ThreadId> {
    let life = timeline.thread(found);
    let lives = timeline.by_tid.get(&life.tid)?;
    lives
        .iter()
        .copied()
        .filter(|&id| id != found)
        .find(|&id| (life.born_ns..=at_ns).contains(&timeline.thread(id).ended_ns))
}

/// Where `tasks` holds one life for both: ends the leader's, and begins one of its own.
fn split_life(timeline: &mut Timeline<'_>, leader: ThreadId, exec: &Exec) -> (ThreadId, u64) {
    let life = timeline.thread(leader);
    let (swap_ns, ended_ns) = if life.ended_ns < exec.at_ns {
        (life.ended_ns, next_birth_ns(timeline, exec))
    } else {
        (exec.at_ns, life.ended_ns)
    };
    let mut after = Thread::new(exec.tid, exec.tgid, swap_ns, ended_ns);
    after.exiting_from_ns = life.exiting_from_ns.filter(|&from_ns| from_ns > exec.at_ns);
    after.task = life.task;
    timeline.threads[leader.index()].ended_ns = swap_ns;
    timeline.threads[leader.index()].exiting_from_ns = None;
    let id = ThreadId::from_index(timeline.threads.len());
    timeline.threads.push(after);
    let threads = &timeline.threads;
    if let Some(lives) = timeline.by_tid.get_mut(&exec.tid) {
        let at = lives.partition_point(|id| threads[id.index()].born_ns <= swap_ns);
        lives.insert(at, id);
    }
    (id, swap_ns)
}

/// When the number was given to another, or the end of the recording.
fn next_birth_ns(timeline: &Timeline<'_>, exec: &Exec) -> u64 {
    timeline
        .by_tid
        .get(&exec.tid)
        .into_iter()
        .flatten()
        .map(|&id| timeline.thread(id).born_ns)
        .find(|&born_ns| born_ns > exec.at_ns)
        .unwrap_or(timeline.end_ns)
}

fn find_parents(timeline: &mut Timeline<'_>) {
    for index in 0..timeline.threads.len() {
        let id = ThreadId::from_index(index);
        let Some(task) = timeline.task(id) else {
            continue;
        };
        let born_ns = timeline.thread(id).born_ns;
        let parent = timeline
            .thread_at(task.parent_tid, born_ns)
            .filter(|&parent| parent != id);
        timeline.threads[index].parent = parent;
    }
}

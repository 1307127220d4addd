//! Waits of one kind that follow one another: a loop that waits, looks, and waits again.

use crate::timeline::{ThreadId, Timeline};
use trace::rows::OffCpu;

/// On a CPU for less than this between two waits, a thread has only looked.
const LOOK_NS: u64 = 60_000;
/// Between two naps it may also look for this part of the first.
const LOOK_PART: u64 = 4;

/// Whether two waits of a thread are turns of one loop: in the same call, at the same place of the
/// kernel, and with little in between.
pub(super) fn links(timeline: &Timeline<'_>, earlier: u32, later: u32) -> bool {
    let (earlier, later) = (timeline.off_cpu(earlier), timeline.off_cpu(later));
    let looked_ns = earlier
        .to_ns
        .map(|to_ns| later.from_ns.saturating_sub(to_ns));
    let nap_ns = earlier.wake_ns.map(|ns| ns.saturating_sub(earlier.from_ns));
    let allowed_ns = LOOK_NS.max(nap_ns.unwrap_or(0) / LOOK_PART);
    is_of_a_kind(earlier, later) && looked_ns.is_some_and(|looked_ns| looked_ns <= allowed_ns)
}

/// How many turns make a loop.
const TURNS: usize = 3;

/// Whether a wait of a thread is a turn of a loop; `row` is its row of `off_cpu`.
pub(super) fn is_in_loop(timeline: &Timeline<'_>, thread: ThreadId, row: u32) -> bool {
    let rows = timeline.thread(thread).off_cpu();
    let from_ns = timeline.off_cpu(row).from_ns;
    let at = rows.partition_point(|&other| timeline.off_cpu(other).from_ns < from_ns);
    let is_wait = |other: &&u32| timeline.off_cpu(**other).is_wait();
    let mut turns = 1;
    let mut last = row;
    for &before in rows[..at].iter().rev().filter(is_wait) {
        if turns == TURNS || !links(timeline, before, last) {
            break;
        }
        (turns, last) = (turns + 1, before);
    }
    last = row;
    for &after in rows.iter().skip(at + 1).filter(is_wait) {
        if turns == TURNS || !links(timeline, last, after) {
            break;
        }
        (turns, last) = (turns + 1, after);
    }
    turns == TURNS
}

fn is_of_a_kind(earlier: &OffCpu, later: &OffCpu) -> bool {
    earlier.is_wait()
        && later.is_wait()
        && earlier.syscall == later.syscall
        && earlier.stack == later.stack
}

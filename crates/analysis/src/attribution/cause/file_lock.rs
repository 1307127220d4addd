//! File locks (flock(2), and fcntl(2)'s that wait): of which file, and who held them.
//!
//! Whoever lets go of a lock wakes those that wait for it, also on its way out
//! (`locks_wake_up_blocks`, fs/locks.c, v6.18): the waker is the holder, tracked or not.

use super::Causes;
use super::subject::Subjects;
use super::waits::{Wait, of_thread};
use crate::attribution::Attribution;
use crate::report::CauseKind;

/// Commands of fcntl(2) that wait for a lock (include/uapi/asm-generic/fcntl.h, v6.18).
const F_SETLKW: u64 = 7;
const F_OFD_SETLKW: u64 = 38;

/// Notes the lock of each wait for one.
pub(super) fn note(
    causes: &mut Causes,
    attribution: &Attribution<'_, '_>,
    subjects: &Subjects<'_, '_>,
) {
    for thread in attribution.timeline().thread_ids() {
        for wait in of_thread(attribution, thread) {
            if is_for_lock(attribution, &wait) {
                let text = text(attribution, subjects, &wait);
                causes.note_kind(&text, CauseKind::FileLock);
                causes.note_wait(wait.row, &text);
            }
        }
    }
}

fn is_for_lock(attribution: &Attribution<'_, '_>, wait: &Wait<'_>) -> bool {
    match wait.call {
        "flock" => true,
        "fcntl" => wait.span.is_some_and(|row| {
            let command = attribution.timeline().span(row).arg1;
            command == F_SETLKW || command == F_OFD_SETLKW
        }),
        _ => false,
    }
}

/// `file lock on /run/xtables.lock, held by python3`.
fn text(attribution: &Attribution<'_, '_>, subjects: &Subjects<'_, '_>, wait: &Wait<'_>) -> String {
    let file = match subjects.of_call(wait.span) {
        name if name.is_empty() => "file lock".to_owned(),
        name => format!("file lock on {name}"),
    };
    match holder(attribution, wait) {
        Some(comm) => format!("{file}, held by {comm}"),
        None => file,
    }
}

fn holder<'a>(attribution: &Attribution<'_, 'a>, wait: &Wait<'_>) -> Option<&'a str> {
    const TASK: u8 = profiler_common::Context::Task as u8;
    let off_cpu = wait.off_cpu;
    let (at_ns, tid) = (off_cpu.wake_ns?, off_cpu.waker_tid?);
    let waker = attribution.timeline().thread_at(tid, at_ns)?;
    let is_task = attribution.stacks().waker_context(off_cpu) == TASK;
    let comm = attribution.name(waker, at_ns);
    (is_task && waker != wait.thread && !comm.is_empty()).then_some(comm)
}

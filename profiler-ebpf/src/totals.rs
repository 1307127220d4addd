//! Short system calls, added up in the kernel (level `summary`).
//!
//! Each tracked task has a small table of totals in its task storage, by number and file system.
//! An entry is sent when its place is needed, when its slice of time is over, at a mark, when the
//! task makes a structural or long call, and when it ends: so each total belongs to a known short
//! interval, and counts and times are exact.

use core::ffi::c_void;

use aya_ebpf::bindings::task_struct;
use profiler_common::*;

use crate::emit;
use crate::file::Behind;
use crate::globals::SLICE_NS;
use crate::kernel::Task;
use crate::maps::TASK_TOTALS;
use crate::state::{MARK_GENERATION, generation};
use crate::values::{ENTRIES, Entry, TaskState, TaskTotals};

/// Adds a call to the task's totals; whether it could.
#[inline(always)]
pub fn add(
    task: Task,
    state: &TaskState,
    start_ns: u64,
    end_ns: u64,
    result: i64,
    behind: Behind,
) -> bool {
    let Some(totals) = TASK_TOTALS.get_or_create(task) else {
        emit::count_storage_failure();
        return false;
    };
    totals.tgid = task.tgid();
    totals.tid = task.tid();
    let marks = generation(MARK_GENERATION);
    if totals.mark_generation != marks {
        totals.mark_generation = marks;
        cut_all(totals, end_ns);
    }
    let index = (state.nr ^ behind.fs_magic ^ (behind.fs_magic >> 8)) as usize % ENTRIES;
    let (tid, tgid) = (totals.tid, totals.tgid);
    let Some(entry) = totals.entries.get_mut(index) else {
        return false;
    };
    let is_other = entry.nr != state.nr
        || entry.fs_magic != behind.fs_magic
        || entry.socket_family != u32::from(behind.socket_family);
    let is_over = end_ns.wrapping_sub(entry.first_ns) > SLICE_NS.load();
    if entry.count != 0 && (is_other || is_over) {
        send(entry, tid, tgid, end_ns);
    }
    if entry.count == 0 {
        entry.nr = state.nr;
        entry.fs_magic = behind.fs_magic;
        entry.socket_family = u32::from(behind.socket_family);
        entry.first_ns = start_ns;
    }
    let duration_ns = end_ns.wrapping_sub(start_ns);
    entry.last_ns = end_ns;
    entry.count += 1;
    entry.errors += u32::from((-4095..0).contains(&result));
    entry.total_ns += duration_ns;
    entry.off_cpu_ns += state.off_cpu_ns;
    entry.lock_wait_ns += state.lock_wait_ns;
    if duration_ns > entry.max_ns {
        entry.max_ns = duration_ns;
    }
    if let Some(bucket) = entry.buckets.get_mut(bucket_of(duration_ns)) {
        *bucket += 1;
    }
    true
}

/// Sends all that the task has.
#[inline(always)]
pub fn cut(task: Task, at_ns: u64) {
    if let Some(totals) = TASK_TOTALS.get(task) {
        cut_all(totals, at_ns);
    }
}

/// Sends all that a task has, from an iterator over tasks:
/// `struct bpf_iter__task { bpf_iter_meta *meta; task_struct *task; }`.
#[inline(always)]
pub fn try_cut_task(context: *mut c_void) -> Option<()> {
    // SAFETY: the iterator's context has these two pointers; the verifier types them.
    let task = unsafe { *context.cast::<*mut task_struct>().add(1) };
    if !task.is_null() {
        cut(Task(task), emit::now_ns());
    }
    Some(())
}

#[inline(always)]
fn cut_all(totals: &mut TaskTotals, at_ns: u64) {
    let (tid, tgid) = (totals.tid, totals.tgid);
    for index in 0..ENTRIES {
        if let Some(entry) = totals.entries.get_mut(index)
            && entry.count != 0
        {
            send(entry, tid, tgid, at_ns);
        }
    }
}

/// Sends an entry and empties it.
#[inline(never)]
fn send(entry: &mut Entry, tid: u32, tgid: u32, at_ns: u64) {
    let mut header = emit::header(RecordKind::Total, Context::Task, at_ns);
    // The iterator sends for others.
    header.tid = tid;
    emit::send(
        RecordKind::Total,
        TotalRecord {
            header,
            first_ns: entry.first_ns,
            last_ns: entry.last_ns,
            count: entry.count,
            errors: entry.errors,
            total_ns: entry.total_ns,
            off_cpu_ns: entry.off_cpu_ns,
            lock_wait_ns: entry.lock_wait_ns,
            max_ns: entry.max_ns,
            tgid,
            nr: entry.nr,
            fs_magic: entry.fs_magic,
            socket_family: entry.socket_family,
            buckets: entry.buckets,
        },
    );
    entry.count = 0;
    entry.errors = 0;
    entry.total_ns = 0;
    entry.off_cpu_ns = 0;
    entry.lock_wait_ns = 0;
    entry.max_ns = 0;
    entry.buckets = [0; BUCKETS];
}

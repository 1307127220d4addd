//! The tracked set grows by causality.
//!
//! A process that a tracked one wakes by writing to a socket, a pipe or an eventfd joins, with all
//! its threads; so does one whose socket a tracked process connects to. What reads ctrprof's own
//! streams does not: it reads the command's output.

use profiler_common::*;

use crate::args::Args;
use crate::diagnostics::diagnose;
use crate::emit;
use crate::file::File;
use crate::globals::{OFF_SOCK_PEER_PID, SELF_TGID};
use crate::kernel::{PidInNamespace, Task, read};
use crate::maps::{NEVER_TRACKED, TRACKED};
use crate::state::{self, TRACKED_GENERATION};
use crate::values::TaskState;

/// The current, tracked task woke `target` from inside a system call.
#[inline(always)]
pub fn at_wake_up<A: Args>(waker: Task, state: &TaskState, target: Task) {
    if state.entered_at_ns == 0 || !SyscallClass(state.class).has(SyscallClass::MAY_JOIN) {
        return;
    }
    let tgid = target.tgid();
    if is_settled(tgid) || target.is_kernel_thread() {
        return;
    }
    // On the way to the file a lock is let go that anybody may wait for, or somebody's block arrives
    // from a disk: no message.
    if !target.sleeps_interruptibly() {
        return;
    }
    let Some(file) = File::of_descriptor(waker, state.args[0] as i32) else {
        return;
    };
    if !file.carries_messages() || file.is_own_stream() {
        return;
    }
    add(tgid, JoinReason::Woken, state, file.fs_magic, target.tid());
    if A::TRUSTED {
        state::track(target, JoinReason::Woken);
    }
}

/// The current, tracked task connected a socket. The peer of a unix socket is known by the number
/// that its listener left (`SO_PEERCRED`, unix(7)), even when it was not asleep and nobody woke it.
#[inline(always)]
pub fn at_connect(task: Task, state: &TaskState) {
    let Some(file) = File::of_descriptor(task, state.args[0] as i32) else {
        return;
    };
    let sock = file.sock();
    if sock == 0 {
        return;
    }
    let pid: u64 = read(sock, &OFF_SOCK_PEER_PID);
    if pid == 0 {
        return;
    }
    let tgid = PidInNamespace::outermost(pid);
    if tgid != 0 && !is_settled(tgid) {
        add(tgid, JoinReason::Connected, state, file.fs_magic, 0);
    }
}

/// A task is moved into the cgroup that is a root.
#[inline(always)]
pub fn at_attach(task: Task) {
    let tgid = task.tgid();
    if !is_settled(tgid) {
        insert(tgid, JoinReason::Cgroup);
        send(tgid, JoinReason::Cgroup, NO_SYSCALL, 0, task.tid());
    }
}

/// Makes a process a member of the tracked set: its threads find out at their next system call.
#[inline(always)]
pub fn insert(tgid: u32, reason: JoinReason) {
    let _ = TRACKED.insert(tgid, reason as u32, 0);
    state::raise_generation(TRACKED_GENERATION);
}

/// Whether a process is tracked already, or never will be.
#[inline(always)]
fn is_settled(tgid: u32) -> bool {
    // SAFETY: the values are not used.
    tgid == SELF_TGID.load()
        || unsafe { TRACKED.get(tgid) }.is_some()
        || unsafe { NEVER_TRACKED.get(tgid) }.is_some()
}

#[inline(always)]
fn add(tgid: u32, reason: JoinReason, state: &TaskState, fs_magic: u32, target_tid: u32) {
    insert(tgid, reason);
    send(tgid, reason, state.syscall(), fs_magic, target_tid);
}

#[inline(always)]
fn send(tgid: u32, reason: JoinReason, syscall: i32, fs_magic: u32, target_tid: u32) {
    diagnose!(
        "process {} joins: reason {}, by call {} on {:x}",
        tgid,
        reason as u32,
        syscall,
        fs_magic
    );
    let at_ns = emit::now_ns();
    emit::send(
        RecordKind::Join,
        JoinRecord {
            header: emit::header(RecordKind::Join, Context::Task, at_ns),
            tgid,
            reason: reason as u32,
            syscall,
            fs_magic,
            target_tid,
            reserved: 0,
        },
    );
}

//! Tasks being made, replacing their program, taking names, ending.

use aya_ebpf::helpers::generated::{bpf_probe_read_kernel_str, bpf_probe_read_user};
use profiler_common::*;

use crate::args::Args;
use crate::emit;
use crate::faults;
use crate::globals::{CAPTURE_LEVEL, OFF_BINPRM_FILENAME, OFF_MM_ARG_END, OFF_MM_ARG_START};
use crate::join;
use crate::kernel::{Task, read};
use crate::maps::{EXEC_SCRATCH, TASKS, TRACKED};
use crate::state;
use crate::totals;

/// `sched_process_fork(task *parent, task *child)`
#[inline(always)]
pub fn try_fork<A: Args>(args: &A) -> Option<()> {
    let parent = Task::current();
    let child = args.task(1);
    let state = state::of_tracked(parent);
    let tracked = state.is_some();
    let (clone_flags, reason) = match state {
        Some(state) => (state.clone_flags, state.reason().of_child()),
        None => (0, JoinReason::Child),
    };
    let (child_tid, child_tgid) = (child.tid(), child.tgid());
    if tracked {
        if A::TRUSTED {
            state::track(child, reason);
        }
        // A new process stands in the set itself, so that nobody makes it join a second time.
        if child_tid == child_tgid {
            if A::TRUSTED {
                let _ = TRACKED.insert(child_tgid, reason as u32, 0);
            } else {
                join::insert(child_tgid, reason);
            }
        }
    }
    let inner = child.pid_in_namespace();
    emit::send(
        RecordKind::Fork,
        ForkRecord {
            header: emit::header(RecordKind::Fork, Context::Task, emit::now_ns()),
            clone_flags,
            parent_tgid: parent.tgid(),
            child_tid,
            child_tgid,
            inner_pid: inner.number,
            pid_namespace: inner.namespace,
            pid_level: inner.level,
            mount_namespace: child.mount_namespace(),
            tracked: u32::from(tracked),
            comm: child.comm(),
        },
    );
    Some(())
}

/// `sched_process_exec(task *p, pid_t old_pid, struct linux_binprm *bprm)`
#[inline(always)]
pub fn try_exec<A: Args>(args: &A) -> Option<()> {
    let task = Task::current();
    // SAFETY: the value is this program's alone; it does not interrupt itself.
    let scratch = unsafe { EXEC_SCRATCH.get_ptr_mut(0)?.as_mut()? };
    let mut flags = 0;
    let filename: u64 = read(args.word(2), &OFF_BINPRM_FILENAME);
    // SAFETY: the tail has room for PATH_MAX_BYTES; the helper checks the source.
    let bytes = unsafe {
        bpf_probe_read_kernel_str(
            scratch.tail.as_mut_ptr().cast(),
            PATH_MAX_BYTES as u32,
            filename as *const _,
        )
    };
    let path_len = if bytes <= 0 {
        0
    } else if bytes >= PATH_MAX_BYTES as i64 {
        flags |= u32::from(SpanFlags::TEXT_CUT);
        PATH_MAX_BYTES - 1
    } else {
        bytes as usize - 1
    };
    let (argv_len, cut) = read_arguments(task, &mut scratch.tail, path_len);
    if cut {
        flags |= u32::from(SpanFlags::TEXT_CUT);
    }
    let now_ns = emit::now_ns();
    let state = TASKS.get(task).filter(|state| state.is_tracked());
    let tracked = state.is_some();
    if let Some(state) = state {
        faults::report(state, task, now_ns);
        state::executed(task, state);
    }
    let inner = task.pid_in_namespace();
    let record = ExecRecord {
        header: emit::header(RecordKind::Exec, Context::Task, now_ns),
        tgid: task.tgid(),
        old_tid: args.word(1) as u32,
        inner_pid: inner.number,
        pid_namespace: inner.namespace,
        mount_namespace: task.mount_namespace(),
        tracked: u32::from(tracked),
        path_len: path_len as u16,
        argv_len: argv_len as u16,
        flags,
    };
    emit::send_scratch(RecordKind::Exec, scratch, record, path_len + argv_len);
    Some(())
}

/// Reads the new program's arguments, which the kernel has just written to its stack.
#[inline(always)]
fn read_arguments<const N: usize>(task: Task, tail: &mut [u8; N], at: usize) -> (usize, bool) {
    let mm = task.mm();
    let start: u64 = read(mm, &OFF_MM_ARG_START);
    let end: u64 = read(mm, &OFF_MM_ARG_END);
    let wanted = end.wrapping_sub(start);
    let (len, cut) = if wanted > ARGV_MAX_BYTES as u64 {
        (ARGV_MAX_BYTES, true)
    } else {
        (wanted as usize, false)
    };
    if at > PATH_MAX_BYTES || len == 0 {
        return (0, false);
    }
    // SAFETY: there is room for PATH_MAX_BYTES + ARGV_MAX_BYTES; the helper checks the source.
    let failed = unsafe {
        bpf_probe_read_user(
            tail.as_mut_ptr().add(at).cast(),
            len as u32,
            start as *const _,
        )
    };
    if failed != 0 { (0, true) } else { (len, cut) }
}

/// `sched_process_exit(task *p, bool group_dead)`; the second argument only from v6.16 on.
#[inline(always)]
pub fn try_exit<A: Args>(_args: &A) -> Option<()> {
    let task = Task::current();
    let now_ns = emit::now_ns();
    let state = TASKS.get(task).filter(|state| state.is_tracked());
    let tracked = state.is_some();
    if let Some(state) = state {
        faults::report(state, task, now_ns);
    }
    let group_dead = task.group_dead();
    let tgid = task.tgid();
    // Else the verifier goes through it for nothing: it knows the level.
    if CAPTURE_LEVEL.load() == CaptureLevel::Summary as u32 && tracked {
        totals::cut(task, now_ns);
    }
    // Also where the last thread never found out: the number will be another process's.
    if group_dead {
        let _ = TRACKED.remove(tgid);
    }
    emit::send(
        RecordKind::Exit,
        ExitRecord {
            header: emit::header(RecordKind::Exit, Context::Task, now_ns),
            tgid,
            exit_code: task.exit_code(),
            group_dead: u32::from(group_dead),
            tracked: u32::from(tracked),
        },
    );
    Some(())
}

/// `task_rename(task *task, const char *comm)`
#[inline(always)]
pub fn try_rename<A: Args>(args: &A) -> Option<()> {
    let mut comm = [0_u8; 16];
    // SAFETY: the destination has 16 bytes; the helper checks the source.
    let bytes = unsafe {
        bpf_probe_read_kernel_str(comm.as_mut_ptr().cast(), 16, args.word(1) as *const _)
    };
    if bytes <= 0 {
        return None;
    }
    emit::send(
        RecordKind::Rename,
        RenameRecord {
            header: emit::header(RecordKind::Rename, Context::Task, emit::now_ns()),
            target_tid: args.task(0).tid(),
            reserved: 0,
            comm,
        },
    );
    Some(())
}

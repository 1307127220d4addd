//! System calls: what is remembered at the entry, and the record made at the exit.

use aya_ebpf::helpers::generated::bpf_probe_read_user_str;
use profiler_common::*;

use crate::args::Args;
use crate::descriptor;
use crate::emit;
use crate::file::{self, Behind};
use crate::globals::{CAPTURE_LEVEL, DESCRIBES_FILES, THRESHOLD_NS};
use crate::join;
use crate::kernel::{Task, read_user, syscall_argument_4, syscall_arguments};
use crate::maps::{SPAN_SCRATCH, SYSCALLS};
use crate::mark;
use crate::state;
use crate::totals;
use crate::values::TaskState;

/// `sys_enter(struct pt_regs *regs, long id)`
#[inline(always)]
pub fn try_sys_enter<A: Args>(args: &A) -> Option<()> {
    let task = Task::current();
    let state = state::of_tracked(task)?;
    let nr = args.word(1) as u32;
    let class = SyscallClass(SYSCALLS.get(nr).copied().unwrap_or(0));
    state.args = syscall_arguments(args.word(0));
    state.nr = nr;
    state.class = class.0;
    state.off_cpu_ns = 0;
    state.lock_wait_ns = 0;
    state.clone_flags = clone_flags(class, &state.args);
    if class.has(SyscallClass::FD_ON_ENTRY) {
        let behind = file::behind(task, state.args[0] as i32);
        state.fs_magic = behind.fs_magic;
        state.socket_family = u32::from(behind.socket_family);
    }
    // Last, so that what the probe itself took is not part of the call.
    let now_ns = emit::now_ns();
    state.entered_at_ns = now_ns;
    if class.has(SyscallClass::PRCTL) && state.args[0] == MARK_PRCTL {
        mark::set(task, state, now_ns);
    }
    Some(())
}

/// `sys_exit(struct pt_regs *regs, long ret)`
#[inline(always)]
pub fn try_sys_exit<A: Args>(args: &A) -> Option<()> {
    let now_ns = emit::now_ns();
    let task = Task::current();
    let state = state::of_tracked(task)?;
    let start_ns = state.entered_at_ns;
    if start_ns == 0 {
        // The first return of a new task, or a call that was entered before the task joined.
        return None;
    }
    state.entered_at_ns = 0;
    let result = args.word(1) as i64;
    let class = SyscallClass(state.class);
    let behind = behind_exit(task, state, class, result, args.word(0));
    if class.has(SyscallClass::CONNECT) && result == 0 {
        join::at_connect(task, state);
    }
    if DESCRIBES_FILES.load() != 0 {
        if class.has_any(SyscallClass::ADDRESS4.and(SyscallClass::ADDRESS_IN_MESSAGE))
            && result >= 0
        {
            let _ = descriptor::keep_peer(task, state, class, args.word(0));
        }
        if class.has(SyscallClass::SETS_OPTION) && result == 0 {
            let _ = descriptor::keep_limit(task, state);
        }
        if class.has(SyscallClass::MAKES_SOCKET) && result >= 0 {
            let _ = descriptor::forget(task, result as i32);
        }
        if state.off_cpu_ns >= WAITED_NS {
            descriptor::tell(task, state, class, start_ns);
        }
    }
    if CAPTURE_LEVEL.load() == CaptureLevel::Summary as u32 {
        let duration_ns = now_ns.wrapping_sub(start_ns);
        let is_short = !class.has(SyscallClass::STRUCTURAL) && duration_ns < THRESHOLD_NS.load();
        if is_short && totals::add(task, state, start_ns, now_ns, result, behind) {
            return Some(());
        }
        if !is_short {
            totals::cut(task, now_ns);
        }
    }
    let record = span(state, task, start_ns, now_ns, result, behind);
    send_span(record, class, state.args)
}

/// The clone flags of a call that has some.
#[inline(always)]
fn clone_flags(class: SyscallClass, args: &[u64; 4]) -> u64 {
    if class.has(SyscallClass::CLONE_FLAGS) {
        args[0]
    } else if class.has(SyscallClass::CLONE_FLAGS1) {
        args[1]
    } else if class.has(SyscallClass::CLONE_ARGS) {
        // `flags` is the first member of `struct clone_args` (clone(2)).
        read_user(args[0]).unwrap_or(0)
    } else {
        0
    }
}

/// Returns the file system and socket family behind the call's descriptor, at its exit.
#[inline(always)]
fn behind_exit(
    task: Task,
    state: &TaskState,
    class: SyscallClass,
    result: i64,
    registers: u64,
) -> Behind {
    if class.has(SyscallClass::FD_ON_ENTRY) {
        return Behind {
            fs_magic: state.fs_magic,
            socket_family: state.socket_family as u16,
        };
    }
    let descriptor = if class.has(SyscallClass::RETURNS_FD) && result >= 0 {
        result as i32
    } else if class.has(SyscallClass::FD0) {
        state.args[0] as i32
    } else if class.has(SyscallClass::FD4) {
        syscall_argument_4(registers) as i32
    } else {
        return Behind {
            fs_magic: 0,
            socket_family: if class.has(SyscallClass::FAMILY0) {
                state.args[0] as u16
            } else {
                0
            },
        };
    };
    file::behind(task, descriptor)
}

/// The record of a call, without its texts.
#[inline(always)]
pub fn span(
    state: &TaskState,
    task: Task,
    start_ns: u64,
    end_ns: u64,
    result: i64,
    behind: Behind,
) -> SpanRecord {
    SpanRecord {
        header: emit::header(RecordKind::Span, Context::Task, end_ns),
        start_ns,
        result,
        args: state.args,
        clone_flags: state.clone_flags,
        off_cpu_ns: state.off_cpu_ns,
        lock_wait_ns: state.lock_wait_ns,
        tgid: task.tgid(),
        nr: state.nr,
        fs_magic: behind.fs_magic,
        socket_family: behind.socket_family,
        flags: 0,
        text_len: 0,
        text2_len: 0,
        text3_len: 0,
        reserved: 0,
    }
}

const TEXTS: SyscallClass = SyscallClass::PATH0
    .and(SyscallClass::PATH1)
    .and(SyscallClass::TEXT2);

/// Reads the texts among the arguments and sends the record.
///
/// They are read at the exit, when the kernel has touched their pages: a program cannot fault them
/// in. After a successful execve the old memory is gone; its path is in the exec record.
#[inline(always)]
fn send_span(mut record: SpanRecord, class: SyscallClass, args: [u64; 4]) -> Option<()> {
    let is_execed = class.has(SyscallClass::EXECS) && record.result == 0;
    if !class.has_any(TEXTS) || is_execed {
        emit::send(RecordKind::Span, record);
        return Some(());
    }
    // SAFETY: the value is this program's alone; it does not interrupt itself.
    let scratch = unsafe { SPAN_SCRATCH.get_ptr_mut(0)?.as_mut()? };
    let mut at = 0;
    let mut lens = [0; 3];
    let (has0, has1) = (
        class.has(SyscallClass::PATH0),
        class.has(SyscallClass::PATH1),
    );
    if has0 {
        lens[0] = read_text(&mut scratch.tail, at, args[0], &mut record.flags);
        at += usize::from(lens[0]);
    }
    if has1 {
        lens[1] = read_text(&mut scratch.tail, at, args[1], &mut record.flags);
        at += usize::from(lens[1]);
    }
    if class.has(SyscallClass::TEXT2) {
        lens[2] = read_text(&mut scratch.tail, at, args[2], &mut record.flags);
        at += usize::from(lens[2]);
    }
    // The first text is that of the first argument that is one, whether it was given or NULL.
    (record.text_len, record.text2_len, record.text3_len) = match (has0, has1) {
        (true, true) => (lens[0], lens[1], lens[2]),
        (true, false) => (lens[0], lens[2], 0),
        (false, true) => (lens[1], lens[2], 0),
        (false, false) => (lens[2], 0, 0),
    };
    emit::send_scratch(RecordKind::Span, scratch, record, at);
    Some(())
}

/// Reads a string of the process into `tail` from byte `at` on: its length.
#[inline(always)]
fn read_text<const N: usize>(tail: &mut [u8; N], at: usize, address: u64, flags: &mut u16) -> u16 {
    if address == 0 || at > N - PATH_MAX_BYTES {
        return 0;
    }
    // SAFETY: there is room for PATH_MAX_BYTES from `at` on; the helper checks the source.
    let bytes = unsafe {
        bpf_probe_read_user_str(
            tail.as_mut_ptr().add(at).cast(),
            PATH_MAX_BYTES as u32,
            address as *const _,
        )
    };
    // The helper counts the NUL, which is left to be overwritten by what follows.
    if bytes <= 0 {
        *flags |= SpanFlags::TEXT_UNREADABLE;
        0
    } else if bytes >= PATH_MAX_BYTES as i64 {
        *flags |= SpanFlags::TEXT_CUT;
        (PATH_MAX_BYTES - 1) as u16
    } else {
        (bytes - 1) as u16
    }
}

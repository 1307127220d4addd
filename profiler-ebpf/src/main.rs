//! ctrprof's kernel programs.
//!
//! Every entry is one call to a `try_` function. Each tracepoint has two: one as `tp_btf`, whose
//! arguments are typed and may be handed to helpers, and one as `raw_tp` for kernels that refuse
//! the first; [`args::Args`] says what they differ in. All maps are in [`maps`].

#![no_std]
#![no_main]
#![feature(asm_experimental_arch)]

mod args;
mod cgroup;
mod descriptor;
mod diagnostics;
mod emit;
mod faults;
mod file;
mod functions;
mod globals;
mod join;
mod kernel;
mod lock;
mod maps;
mod mark;
mod memory_limit;
mod process;
mod sample;
mod sched;
mod signal;
mod stack;
mod state;
mod syscall;
mod throttle;
mod totals;
mod values;
mod wake;

use aya_ebpf::EbpfContext as _;
use aya_ebpf::macros::{btf_tracepoint, perf_event, raw_tracepoint};
use aya_ebpf::programs::{BtfTracePointContext, PerfEventContext, RawTracePointContext};
use profiler_common::Probe;

use crate::args::{Btf, Raw};

/// Declares the two entries of a tracepoint.
macro_rules! tracepoint {
    ($btf:ident, $raw:ident, $name:literal, $probe:ident, $handler:path) => {
        #[btf_tracepoint(function = $name)]
        fn $btf(ctx: BtfTracePointContext) -> i32 {
            emit::count_run(Probe::$probe);
            // SAFETY: this program is only ever attached to this tracepoint, as tp_btf.
            let args = unsafe { Btf::new(ctx.as_ptr()) };
            let _ = $handler(&args);
            0
        }

        #[raw_tracepoint(tracepoint = $name)]
        fn $raw(ctx: RawTracePointContext) -> i32 {
            emit::count_run(Probe::$probe);
            // SAFETY: this program is only ever attached to this tracepoint, as raw_tp.
            let args = unsafe { Raw::new(ctx.as_ptr()) };
            let _ = $handler(&args);
            0
        }
    };
}

tracepoint!(
    sys_enter,
    raw_sys_enter,
    "sys_enter",
    SysEnter,
    syscall::try_sys_enter
);
tracepoint!(
    sys_exit,
    raw_sys_exit,
    "sys_exit",
    SysExit,
    syscall::try_sys_exit
);
tracepoint!(
    sched_switch,
    raw_sched_switch,
    "sched_switch",
    SchedSwitch,
    sched::try_sched_switch
);
tracepoint!(
    sched_waking,
    raw_sched_waking,
    "sched_waking",
    SchedWaking,
    wake::try_sched_waking
);
tracepoint!(
    sched_wakeup_new,
    raw_sched_wakeup_new,
    "sched_wakeup_new",
    SchedWakeupNew,
    wake::try_sched_wakeup_new
);
tracepoint!(
    sched_wakeup,
    raw_sched_wakeup,
    "sched_wakeup",
    SchedWakeup,
    throttle::try_sched_wakeup
);
tracepoint!(
    sched_process_fork,
    raw_sched_process_fork,
    "sched_process_fork",
    ProcessFork,
    process::try_fork
);
tracepoint!(
    sched_process_exec,
    raw_sched_process_exec,
    "sched_process_exec",
    ProcessExec,
    process::try_exec
);
tracepoint!(
    sched_process_exit,
    raw_sched_process_exit,
    "sched_process_exit",
    ProcessExit,
    process::try_exit
);
tracepoint!(
    task_rename,
    raw_task_rename,
    "task_rename",
    TaskRename,
    process::try_rename
);
tracepoint!(
    contention_begin,
    raw_contention_begin,
    "contention_begin",
    ContentionBegin,
    lock::try_contention_begin
);
tracepoint!(
    contention_end,
    raw_contention_end,
    "contention_end",
    ContentionEnd,
    lock::try_contention_end
);
tracepoint!(
    cgroup_mkdir,
    raw_cgroup_mkdir,
    "cgroup_mkdir",
    CgroupMkdir,
    cgroup::try_mkdir
);
tracepoint!(
    cgroup_rmdir,
    raw_cgroup_rmdir,
    "cgroup_rmdir",
    CgroupRmdir,
    cgroup::try_rmdir
);
tracepoint!(
    cgroup_attach_task,
    raw_cgroup_attach_task,
    "cgroup_attach_task",
    CgroupAttach,
    cgroup::try_attach
);
tracepoint!(
    cgroup_notify_populated,
    raw_cgroup_notify_populated,
    "cgroup_notify_populated",
    CgroupPopulated,
    cgroup::try_populated
);

tracepoint!(
    signal_generate,
    raw_signal_generate,
    "signal_generate",
    SignalGenerate,
    signal::try_signal_generate
);

#[perf_event]
fn cpu_clock(ctx: PerfEventContext) -> u32 {
    emit::count_run(Probe::Sample);
    let _ = sample::try_sample(ctx.as_ptr());
    0
}

/// Cuts the totals of every task, so that what sleeps at the end of a recording is not lost.
///
/// Run once by reading the iterator (bpf_iter, `iter/task`).
// SAFETY: the loader finds the program by this name.
#[unsafe(no_mangle)]
// SAFETY: the section says what kind of program this is.
#[unsafe(link_section = "iter/task")]
fn cut_totals(ctx: *mut core::ffi::c_void) -> i32 {
    let _ = totals::try_cut_task(ctx);
    0
}

#[cfg(not(test))]
#[panic_handler]
fn panic(_info: &core::panic::PanicInfo) -> ! {
    loop {}
}

// The kernel grants GPL-only helpers (bpf_probe_read_kernel, bpf_get_stack, ...) to this string.
// SAFETY: the kernel reads the licence from the section of this name.
#[unsafe(link_section = "license")]
#[unsafe(no_mangle)]
static LICENSE: [u8; 13] = *b"Dual MIT/GPL\0";

//! How a thread came into the kernel, and what it does on the way in and out.

use super::name::{Name, beginning, function};
use super::series::V6_1;

/// On every stack of a system call or of an exception, at its outer end (arch/x86/entry, v6.18).
pub const ENTRIES: &[Name] = &[
    function("asm_exc_page_fault"),
    function("do_syscall_64"),
    function("entry_SYSCALL_64_after_hwframe"),
    function("exc_page_fault"),
    function("x64_sys_call"),
];

/// Functions that handle a page fault (arch/x86/mm/fault.c, mm/memory.c, v6.18).
pub const PAGE_FAULT: &[Name] = &[
    function("asm_exc_page_fault"),
    function("exc_page_fault"),
    function("handle_mm_fault"),
];

/// How the names of functions begin that enter an interrupt (arch/x86/include/asm/idtentry.h,
/// v6.18).
pub const INTERRUPTS: &[Name] = &[
    beginning("asm_common_interrupt"),
    beginning("asm_sysvec_"),
    beginning("common_interrupt"),
    beginning("sysvec_"),
];

/// The way back to user mode from an interrupt (kernel/entry/common.c, v6.18).
pub const WAY_BACK: &[Name] = &[
    function("irqentry_exit_to_user_mode"),
    function("exit_to_user_mode_loop").inlined_in(&[V6_1], "kernel/entry/common.c"),
];

/// Runs what a system call left to be done (kernel/task_work.c, v6.18).
pub const TASK_WORK: &[Name] = &[function("task_work_run")];

/// Takes a thread down (kernel/exit.c, v6.18).
pub const EXIT: &[Name] = &[function("do_exit"), function("do_group_exit")];

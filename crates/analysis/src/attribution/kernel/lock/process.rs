//! Locks of processes, of ipc namespaces and of patched code (fs/exec.c, kernel/fork.c, ipc, kernel/jump_label.c, kernel/printk; v6.18).

use super::Lock;
use crate::attribution::kernel::name::{function, label, variable};
use crate::attribution::kernel::series::V6_18;

/// The locks, each with the functions in which one waits for it.
pub const LOCKS: &[Lock] = &[
    Lock::new(
        label("cred_guard_mutex"),
        &[function("bprm_execve"), function("proc_pid_attr_write")],
    ),
    Lock::new(
        label("exec_update_lock"),
        &[
            function("begin_new_exec"),
            function("mm_access"),
            function("proc_pid_stack"),
        ],
    ),
    Lock::new(
        label("ipc_ids.rwsem"),
        &[
            function("exit_shm"),
            function("free_ipcs"),
            function("ipcget"),
            function("shm_close"),
            function("shm_exit_ns"),
        ],
    ),
    Lock::new(
        variable("text_mutex"),
        &[
            function("arch_jump_label_transform_queue"),
            function("smp_text_poke_batch_finish").since(V6_18, "arch/x86/kernel/alternative.c"),
        ],
    ),
    Lock::new(
        variable("jump_label_mutex"),
        &[
            function("jump_label_lock"),
            function("static_key_enable"),
            function("static_key_slow_inc"),
        ],
    ),
    Lock::new(variable("console_sem"), &[function("console_lock")]),
];

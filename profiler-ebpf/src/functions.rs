//! Hooks on kernel functions: exact times, where the kernel allows fentry and fexit, or kprobes.
//!
//! Functions of modules are found by kprobes alone: their types are not in the kernel's own BTF.
//!
//! Recorded are runs of tracked tasks, and of kernel threads: namespaces are taken down by a worker.

use aya_ebpf::macros::{fentry, fexit, kprobe, kretprobe};
use aya_ebpf::programs::{FEntryContext, FExitContext, ProbeContext, RetProbeContext};
use profiler_common::*;

use crate::emit;
use crate::kernel::Task;
use crate::maps::{FUNCTION_STARTS, TASKS};

/// The task has entered a hooked function.
#[inline(always)]
fn try_enter(function: KernelFunction) -> Option<()> {
    let task = Task::current();
    let is_tracked = TASKS.get(task).is_some_and(|state| state.is_tracked());
    if !is_tracked && !task.is_kernel_thread() {
        return None;
    }
    match FUNCTION_STARTS.get_or_create(task) {
        Some(starts) => starts.0[function as usize] = emit::now_ns(),
        None => emit::count_storage_failure(),
    }
    Some(())
}

/// The task returns from a hooked function.
#[inline(always)]
fn try_leave(function: KernelFunction) -> Option<()> {
    let task = Task::current();
    let starts = FUNCTION_STARTS.get(task)?;
    let start_ns = starts.0[function as usize];
    if start_ns == 0 {
        return None;
    }
    starts.0[function as usize] = 0;
    emit::send(
        RecordKind::Function,
        FunctionRecord {
            header: emit::header(RecordKind::Function, Context::Task, emit::now_ns()),
            start_ns,
            tgid: task.tgid(),
            function: function as u32,
        },
    );
    Some(())
}

/// Declares the programs of a function, named as the loader looks for them.
macro_rules! hook {
    ($enter:ident, $leave:ident, $kprobe:ident, $kretprobe:ident, $name:literal, $function:ident) => {
        #[fentry(function = $name)]
        fn $enter(_ctx: FEntryContext) -> i32 {
            let _ = try_enter(KernelFunction::$function);
            0
        }

        #[fexit(function = $name)]
        fn $leave(_ctx: FExitContext) -> i32 {
            let _ = try_leave(KernelFunction::$function);
            0
        }

        #[kprobe]
        fn $kprobe(_ctx: ProbeContext) -> u32 {
            let _ = try_enter(KernelFunction::$function);
            0
        }

        #[kretprobe]
        fn $kretprobe(_ctx: RetProbeContext) -> u32 {
            let _ = try_leave(KernelFunction::$function);
            0
        }
    };
}

hook!(
    enter_copy_net_ns,
    leave_copy_net_ns,
    kprobe_copy_net_ns,
    kretprobe_copy_net_ns,
    "copy_net_ns",
    CopyNetNs
);
hook!(
    enter_setup_net,
    leave_setup_net,
    kprobe_setup_net,
    kretprobe_setup_net,
    "setup_net",
    SetupNet
);
hook!(
    enter_cleanup_net,
    leave_cleanup_net,
    kprobe_cleanup_net,
    kretprobe_cleanup_net,
    "cleanup_net",
    CleanupNet
);
hook!(
    enter_copy_mnt_ns,
    leave_copy_mnt_ns,
    kprobe_copy_mnt_ns,
    kretprobe_copy_mnt_ns,
    "copy_mnt_ns",
    CopyMntNs
);
hook!(
    enter_attach_recursive_mnt,
    leave_attach_recursive_mnt,
    kprobe_attach_recursive_mnt,
    kretprobe_attach_recursive_mnt,
    "attach_recursive_mnt",
    AttachRecursiveMnt
);
hook!(
    enter_copy_ipcs,
    leave_copy_ipcs,
    kprobe_copy_ipcs,
    kretprobe_copy_ipcs,
    "copy_ipcs",
    CopyIpcs
);
hook!(
    enter_copy_pid_ns,
    leave_copy_pid_ns,
    kprobe_copy_pid_ns,
    kretprobe_copy_pid_ns,
    "copy_pid_ns",
    CopyPidNs
);
hook!(
    enter_cgroup_mkdir,
    leave_cgroup_mkdir,
    kprobe_cgroup_mkdir,
    kretprobe_cgroup_mkdir,
    "cgroup_mkdir",
    CgroupMkdir
);
hook!(
    enter_cgroup_attach_task,
    leave_cgroup_attach_task,
    kprobe_cgroup_attach_task,
    kretprobe_cgroup_attach_task,
    "cgroup_attach_task",
    CgroupAttachTask
);
hook!(
    enter_cgroup_migrate,
    leave_cgroup_migrate,
    kprobe_cgroup_migrate,
    kretprobe_cgroup_migrate,
    "cgroup_migrate",
    CgroupMigrate
);
hook!(
    enter_ovl_open,
    leave_ovl_open,
    kprobe_ovl_open,
    kretprobe_ovl_open,
    "ovl_open",
    OvlOpen
);
hook!(
    enter_ovl_read_iter,
    leave_ovl_read_iter,
    kprobe_ovl_read_iter,
    kretprobe_ovl_read_iter,
    "ovl_read_iter",
    OvlReadIter
);
hook!(
    enter_ovl_write_iter,
    leave_ovl_write_iter,
    kprobe_ovl_write_iter,
    kretprobe_ovl_write_iter,
    "ovl_write_iter",
    OvlWriteIter
);
hook!(
    enter_ovl_copy_up_flags,
    leave_ovl_copy_up_flags,
    kprobe_ovl_copy_up_flags,
    kretprobe_ovl_copy_up_flags,
    "ovl_copy_up_flags",
    OvlCopyUpFlags
);
hook!(
    enter_synchronize_rcu,
    leave_synchronize_rcu,
    kprobe_synchronize_rcu,
    kretprobe_synchronize_rcu,
    "synchronize_rcu",
    SynchronizeRcu
);

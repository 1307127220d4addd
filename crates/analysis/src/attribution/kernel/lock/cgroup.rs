//! Locks of control groups and of CPUs (kernel/cgroup, kernel/cpu.c; v6.18).

use super::Lock;
use crate::attribution::kernel::name::{function, variable};

/// The locks, each with the functions in which one waits for it.
pub const LOCKS: &[Lock] = &[
    Lock::new(
        variable("cgroup_mutex"),
        &[
            function("cgroup1_get_tree"),
            function("cgroup_do_get_tree"),
            function("cgroup_get_from_path"),
            function("cgroup_kn_lock_live"),
            function("cgroup_lock_and_drain_offline"),
            function("cgroup_mkdir"),
            function("cgroup_path_ns"),
            function("cgroup_release"),
            function("cgroup_rmdir"),
            function("cgroup_show_path"),
            function("css_free_rwork_fn"),
            function("css_killed_work_fn"),
            function("css_release_work_fn"),
            function("proc_cgroup_show"),
            function("proc_cgroupstats_show"),
        ],
    ),
    Lock::new(
        variable("cgroup_threadgroup_rwsem"),
        &[
            function("__cgroup_procs_write"),
            function("cgroup_attach_lock"),
            function("cgroup_attach_task_all"),
            function("cgroup_procs_write"),
            function("cgroup_procs_write_start"),
            function("cgroup_transfer_tasks"),
            function("cgroup_update_dfl_csses"),
            function("exit_signals"),
        ],
    ),
    Lock::new(
        variable("cpuset_mutex"),
        &[
            function("cpuset_can_attach"),
            function("cpuset_can_fork"),
            function("cpuset_write_resmask"),
        ],
    ),
    Lock::new(
        variable("freezer_mutex"),
        &[
            function("freezer_attach"),
            function("freezer_css_online"),
            function("freezer_fork"),
            function("freezer_write"),
        ],
    ),
    Lock::new(
        variable("cpu_hotplug_lock"),
        &[function("cpus_read_lock"), function("cpus_write_lock")],
    ),
];

//! Grace periods of RCU.

use super::name::{Name, function};
use super::series::{V6_12, V6_18};

/// Functions that wait for a grace period (kernel/rcu, v6.18).
pub const GRACE_PERIODS: &[Name] = &[
    function("__synchronize_srcu"),
    function("__wait_rcu_gp"),
    function("cond_synchronize_rcu"),
    function("kvfree_rcu_barrier").since(V6_12, "kernel/rcu/tree.c"),
    function("rcu_barrier"),
    function("rcu_barrier_tasks"),
    function("rcu_sync_enter"),
    function("srcu_barrier"),
    function("synchronize_net"),
    function("synchronize_rcu"),
    function("synchronize_rcu_expedited"),
    function("synchronize_rcu_expedited_wait_once").inlined_in(&[V6_18], "kernel/rcu/tree_exp.h"),
    function("synchronize_rcu_normal").since(V6_12, "kernel/rcu/tree.c"),
    function("synchronize_rcu_tasks"),
    function("synchronize_srcu"),
    function("synchronize_srcu_expedited"),
];

/// Between a grace period's functions and whoever needs one (kernel/locking/percpu-rwsem.c, v6.18).
pub const AROUND: &[Name] = &[function("percpu_down_write"), function("percpu_free_rwsem")];

/// Those that need one to move tasks between control groups: they take cgroup_threadgroup_rwsem
/// for write (kernel/cgroup/cgroup.c, v6.18).
pub const CGROUP_MOVES: &[Name] = &[
    function("cgroup_procs_write_start"),
    function("cgroup_attach_lock"),
    function("cgroup_attach_task_all"),
];

/// Those that need one to unmount (fs/namespace.c, v6.18).
pub const UNMOUNTS: &[Name] = &[function("namespace_unlock")];

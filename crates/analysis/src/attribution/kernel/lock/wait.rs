//! Functions that wait for a lock.

use crate::attribution::kernel::name::{Name, function};
use crate::attribution::kernel::series::V6_1;

/// Those that sleep: seen innermost, after the scheduler's own (kernel/locking, net/core/sock.c,
/// v6.18).
pub const WAITS: &[Name] = &[
    function("__down"),
    function("__down_common"),
    function("__down_interruptible"),
    function("__down_killable"),
    function("__down_timeout"),
    function("__lock_sock"),
    function("__mutex_lock"),
    function("__mutex_lock_interruptible_slowpath"),
    function("__mutex_lock_killable_slowpath"),
    function("__mutex_lock_slowpath"),
    function("__percpu_down_read"),
    function("__ww_mutex_lock"),
    function("__ww_mutex_lock_slowpath"),
    function("down"),
    function("down_interruptible"),
    function("down_killable"),
    function("down_read"),
    function("down_read_interruptible"),
    function("down_read_killable"),
    function("down_timeout"),
    function("down_write"),
    function("down_write_killable"),
    function("lock_sock_nested"),
    function("mutex_lock"),
    function("mutex_lock_interruptible"),
    function("mutex_lock_io"),
    function("mutex_lock_killable"),
    function("percpu_down_write"),
    function("percpu_rwsem_wait"),
    function("queued_read_lock_slowpath"),
    function("queued_write_lock_slowpath"),
    function("rt_mutex_lock"),
    function("rt_mutex_slowlock").inlined_in(&[V6_1], "kernel/locking/rtmutex.c"),
    function("rwsem_down_read_slowpath"),
    function("rwsem_down_write_slowpath"),
    function("ww_mutex_lock"),
];

/// Spin locks' own functions: seen on the stack of a contention event, never of a blocked thread
/// (kernel/locking, v6.18).
pub const SPINS: &[Name] = &[
    function("__pv_queued_spin_lock_slowpath"),
    function("_raw_read_lock"),
    function("_raw_read_lock_irq"),
    function("_raw_read_lock_irqsave"),
    function("_raw_spin_lock"),
    function("_raw_spin_lock_bh"),
    function("_raw_spin_lock_irq"),
    function("_raw_spin_lock_irqsave"),
    function("_raw_write_lock"),
    function("_raw_write_lock_bh"),
    function("_raw_write_lock_irq"),
    function("_raw_write_lock_irqsave"),
    function("native_queued_spin_lock_slowpath"),
];

//! Functions that run in interrupts and in workers.

use super::name::{Name, function};

/// Functions that run soft interrupts (kernel/softirq.c, v6.18; the second calls the first, and did
/// its work before v6.8).
pub const SOFT_INTERRUPT: &[Name] = &[function("handle_softirqs"), function("__do_softirq")];

/// Functions of timers that end waits (kernel/time, fs/timerfd.c, v6.18).
pub const TIMERS: &[Name] = &[
    function("hrtimer_wakeup"),
    function("it_real_fn"),
    function("posix_timer_fn"),
    function("process_timeout"),
    function("timerfd_tmrproc"),
];

/// Calls the function of a timer (kernel/time/timer.c, v6.18).
pub const TIMER_CALLS: &[Name] = &[function("call_timer_fn")];

/// Functions that wake a thread up (kernel/sched/core.c, v6.18).
pub const WAKE_UPS: &[Name] = &[function("try_to_wake_up"), function("wake_up_process")];

/// Functions that take packets in (net/core/dev.c, v6.18).
pub const NETWORK_RECEIVE: &[Name] = &[
    function("net_rx_action"),
    function("process_backlog"),
    function("__netif_receive_skb_core"),
];

/// The kernel's worker that deletes network namespaces (net/core/net_namespace.c, v6.18).
pub const DELETES_NAMESPACES: &[Name] = &[function("cleanup_net")];

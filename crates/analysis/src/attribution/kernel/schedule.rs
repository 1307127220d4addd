//! The scheduler's own functions, and those of probes: innermost on stacks.

use super::name::{Name, beginning, function};
use super::series::{V6_1, V6_12, V6_18};

/// The scheduler's own functions, innermost on every blocked stack (kernel/sched/core.c,
/// kernel/time/sleep_timeout.c, v6.18).
pub const SCHEDULER: &[Name] = &[
    function("__schedule"),
    function("__traceiter_sched_switch"),
    function("io_schedule"),
    function("io_schedule_timeout"),
    function("preempt_schedule"),
    function("preempt_schedule_common").inlined_in(&[V6_12, V6_18], "kernel/sched/core.c"),
    function("schedule"),
    function("schedule_hrtimeout"),
    function("schedule_hrtimeout_range"),
    function("schedule_hrtimeout_range_clock"),
    function("schedule_preempt_disabled"),
    function("schedule_timeout"),
    function("schedule_timeout_uninterruptible"),
];

/// Those among them that say that the wait is for a device (kernel/sched/core.c, v6.18).
pub const IO_SCHEDULE: &[Name] = &[function("io_schedule"), function("io_schedule_timeout")];

/// Functions that call the programs that are attached to a tracepoint (`__bpf_trace_run`,
/// kernel/trace/bpf_trace.c, v6.18).
pub const PROBES: &[Name] = &[
    beginning("bpf_trace_run"),
    beginning("__bpf_trace_"),
    beginning("__traceiter_"),
];

/// What runs for the probes on system calls alone (include/trace/bpf_probe.h, kernel/entry, v6.18).
pub const CALL_PROBES: &[Name] = &[
    beginning("__bpf_trace_sys_"),
    beginning("__traceiter_sys_"),
    function("syscall_trace_enter"),
    function("syscall_exit_work").inlined_in(&[V6_1, V6_12], "kernel/entry/common.c"),
];

/// The functions of a contention event itself, innermost on its stack besides the scheduler's own
/// (kernel/trace/bpf_trace.c, kernel/bpf/stackmap.c, kernel/events/callchain.c, v6.18).
pub const BEFORE_WAIT: &[Name] = &[
    beginning("bpf_"),
    beginning("__bpf_"),
    beginning("__traceiter_"),
    beginning("trace_"),
    function("stack_trace_save"),
    function("get_perf_callchain"),
];

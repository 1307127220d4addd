//! Meanings of kernel stacks: the reason of a wait.

use std::collections::HashMap;

use profiler_common::Context;

use super::lock;
use trace::rows::{OffCpu, Tables};

/// Why a thread is blocked, as far as its kernel stack tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause<'a> {
    /// It waits for a kernel lock of this name.
    Lock(&'a str),
    /// It waits for a grace period, which this function asked for.
    Rcu(&'a str),
    /// It waits for block I/O, or for what a file system's journal waits for.
    Disk,
    /// It waits for memory to be reclaimed.
    Reclaim,
    /// It was frozen with its cgroup.
    Frozen,
    /// It was stopped by a signal or a tracer.
    Stopped,
    /// The stack does not tell; the system call does.
    Other,
}

/// The meaning of a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meaning<'a> {
    /// Why the thread is blocked.
    pub cause: Cause<'a>,
    /// It was handling a page fault.
    pub in_page_fault: bool,
    /// It was on its way back to user mode, doing what the system call before left to be done
    /// (`task_work_run`), such as the last `fput` of a file.
    pub in_task_work: bool,
    /// It was being taken down.
    pub in_exit: bool,
    /// It was inside a soft interrupt.
    pub in_soft_interrupt: bool,
    /// It was running what a timer had been set for.
    pub in_timer: bool,
    /// It was taking in packets of the network.
    pub in_network_receive: bool,
    /// It is the kernel's worker that deletes network namespaces.
    pub deletes_namespaces: bool,
    /// It was on its way back to user mode from an interrupt, and did what was its own to do: a
    /// thread that a signal ended exits there.
    pub leaves_interrupt: bool,
}

/// The meanings of all stacks of a recording.
#[derive(Clone, Debug)]
pub struct Stacks<'a> {
    meanings: HashMap<u32, Meaning<'a>>,
    functions: HashMap<u32, Vec<&'a str>>,
    by_address: HashMap<u64, &'a str>,
}

impl<'a> Stacks<'a> {
    /// Resolves and reads all stacks.
    pub fn new(tables: &'a Tables) -> Self {
        let kernel = tables.symbols.iter().filter(|symbol| symbol.tgid == 0);
        let by_address: HashMap<u64, &str> = kernel
            .map(|symbol| (symbol.address, plain_name(&symbol.name)))
            .collect();
        let functions: HashMap<u32, Vec<&str>> = tables
            .stacks
            .iter()
            .map(|stack| {
                let names = stack
                    .frames
                    .iter()
                    .filter_map(|address| by_address.get(address));
                (stack.id, names.copied().collect())
            })
            .collect();
        let meanings = functions
            .iter()
            .map(|(&id, functions)| (id, meaning(functions)))
            .collect();
        Self {
            meanings,
            functions,
            by_address,
        }
    }

    /// The meaning of a stack; nothing for an unknown one.
    pub fn meaning(&self, stack: Option<u32>) -> Option<&Meaning<'a>> {
        self.meanings.get(&stack?)
    }

    /// Context of whoever ended a wait ([`profiler_common::Context`]): as recorded, but for threads
    /// that leave an interrupt, which is still on their stack.
    pub fn waker_context(&self, off_cpu: &OffCpu) -> u8 {
        let recorded = off_cpu.waker_context;
        let waker = self.meaning(off_cpu.waker_stack);
        if recorded == Context::Interrupt as u8 && waker.is_some_and(|waker| waker.leaves_interrupt)
        {
            Context::Task as u8
        } else {
            recorded
        }
    }

    /// The kernel functions on a stack, innermost first, those without a name left out.
    pub fn functions(&self, stack: u32) -> &[&'a str] {
        self.functions.get(&stack).map_or(&[], Vec::as_slice)
    }

    /// The name of the lock that a contention event was about: of the data symbol at its address,
    /// else by the waiter's stack.
    pub fn lock_name(&self, address: u64, stack: Option<u32>) -> &'a str {
        let by_stack = || {
            let functions = self.functions(stack?).iter().copied();
            lock::name(functions.skip_while(|function| is_before_wait(function)))
        };
        self.by_address
            .get(&address)
            .copied()
            .or_else(by_stack)
            .unwrap_or("unnamed lock")
    }
}

/// A function's name without what the compiler appended (`.constprop.0`, `.isra.0`, `.cold`).
fn plain_name(name: &str) -> &str {
    match name.find('.') {
        Some(at) if at > 0 => &name[..at],
        Some(_) | None => name,
    }
}

/// The scheduler's own functions, innermost on every blocked stack (kernel/sched/core.c,
/// kernel/time/sleep_timeout.c, v6.18).
const SCHEDULER: &[&str] = &[
    "__schedule",
    "__traceiter_sched_switch",
    "io_schedule",
    "io_schedule_timeout",
    "preempt_schedule",
    "preempt_schedule_common",
    "schedule",
    "schedule_hrtimeout",
    "schedule_hrtimeout_range",
    "schedule_hrtimeout_range_clock",
    "schedule_preempt_disabled",
    "schedule_rtlock",
    "schedule_timeout",
    "schedule_timeout_uninterruptible",
];

/// Whether a function is the scheduler's own: innermost on every blocked stack.
pub fn is_scheduler(function: &str) -> bool {
    SCHEDULER.contains(&function)
}

/// Whether a function calls the programs that are attached to a tracepoint (`__bpf_trace_run`,
/// kernel/trace/bpf_trace.c, v6.18): what is further in is a probe, not what is probed.
pub fn is_probe(function: &str) -> bool {
    function.starts_with("bpf_trace_run")
        || function.starts_with("__bpf_trace_")
        || function.starts_with("__traceiter_")
}

/// Whether a function is on every stack of a system call or of an exception, at its outer end
/// (arch/x86/entry, v6.18).
pub fn is_entry(function: &str) -> bool {
    const ENTRIES: &[&str] = &[
        "asm_exc_page_fault",
        "do_syscall_64",
        "entry_SYSCALL_64_after_hwframe",
        "exc_page_fault",
        "x64_sys_call",
    ];
    ENTRIES.contains(&function)
}

/// Whether a function is innermost on the stack of a contention event: one of the event's own.
fn is_before_wait(function: &str) -> bool {
    SCHEDULER.contains(&function)
        || function.starts_with("bpf_")
        || function.starts_with("__bpf_")
        || function.starts_with("__traceiter_")
        || function.starts_with("trace_")
        || function == "stack_trace_save"
        || function == "get_perf_callchain"
}

/// Functions that wait for a grace period (kernel/rcu, v6.18).
const GRACE_PERIODS: &[&str] = &[
    "__synchronize_srcu",
    "__wait_rcu_gp",
    "cond_synchronize_rcu",
    "kvfree_rcu_barrier",
    "rcu_barrier",
    "rcu_barrier_tasks",
    "rcu_sync_enter",
    "srcu_barrier",
    "synchronize_net",
    "synchronize_rcu",
    "synchronize_rcu_expedited",
    "synchronize_rcu_expedited_wait",
    "synchronize_rcu_expedited_wait_once",
    "synchronize_rcu_normal",
    "synchronize_rcu_tasks",
    "synchronize_rcu_tasks_generic",
    "synchronize_srcu",
    "synchronize_srcu_expedited",
];

/// Between a grace period's functions and whoever needs one.
const AROUND_GRACE_PERIODS: &[&str] = &["percpu_down_write", "percpu_free_rwsem"];

/// Functions that wait for a device, or for the journal of a file system, wherever they stand on
/// the stack (block, fs, mm, v6.18).
const DISK: &[&str] = &[
    "__blkdev_issue_discard",
    "__filemap_fdatawait_range",
    "__folio_lock",
    "__iomap_dio_rw",
    "__jbd2_log_wait_for_space",
    "__wait_on_buffer",
    "add_transaction_credits",
    "balance_dirty_pages",
    "balance_dirty_pages_ratelimited_flags",
    "bio_await_chain",
    "bit_wait_io",
    "blk_execute_rq",
    "blk_mq_freeze_queue_wait",
    "blk_mq_get_tag",
    "blkdev_issue_discard",
    "blkdev_issue_flush",
    "btrfs_commit_transaction",
    "btrfs_wait_ordered_range",
    "btrfs_wait_for_commit",
    "filemap_fdatawait_range",
    "folio_wait_bit",
    "folio_wait_bit_common",
    "folio_wait_writeback",
    "iomap_dio_rw",
    "jbd2_complete_transaction",
    "jbd2_journal_commit_transaction",
    "jbd2_log_wait_commit",
    "read_events",
    "read_extent_buffer_pages",
    "rq_qos_wait",
    "submit_bio_wait",
    "sync_inodes_sb",
    "wait_current_trans",
    "wait_dev_supers",
    "wait_log_commit",
    "wait_transaction_locked",
    "wb_wait_for_completion",
    "wbt_wait",
    "xfs_buf_iowait",
    "xfs_log_force",
    "xfs_log_force_seq",
    "xlog_cil_force_seq",
    "xlog_wait",
    "xlog_wait_on_iclog",
];

/// Functions of memory reclaim (mm/vmscan.c, mm/memcontrol.c, v6.18).
const RECLAIM: &[&str] = &[
    "mem_cgroup_handle_over_high",
    "mem_cgroup_out_of_memory",
    "reclaim_throttle",
    "try_charge_memcg",
    "try_to_free_mem_cgroup_pages",
    "try_to_free_pages",
];

const FROZEN: &[&str] = &["__refrigerator", "cgroup_enter_frozen", "do_freezer_trap"];
const STOPPED: &[&str] = &["do_signal_stop", "ptrace_stop"];
const PAGE_FAULT: &[&str] = &[
    "asm_exc_page_fault",
    "do_page_fault",
    "exc_page_fault",
    "handle_mm_fault",
];

/// Functions that run soft interrupts (kernel/softirq.c, v6.18; the second before v6.8).
const SOFT_INTERRUPT: &[&str] = &["handle_softirqs", "__do_softirq"];
/// How the names of functions begin that enter an interrupt (arch/x86/include/asm/idtentry.h,
/// v6.18).
const INTERRUPT_ENTRIES: &[&str] = &[
    "asm_common_interrupt",
    "asm_sysvec_",
    "common_interrupt",
    "sysvec_",
];
/// Functions of timers that end waits (kernel/time, fs/timerfd.c, v6.18).
const TIMERS: &[&str] = &[
    "hrtimer_wakeup",
    "it_real_fn",
    "posix_timer_fn",
    "process_timeout",
    "timerfd_tmrproc",
];
/// Functions that take packets in (net/core/dev.c, v6.18).
const NETWORK_RECEIVE: &[&str] = &[
    "net_rx_action",
    "process_backlog",
    "__netif_receive_skb_core",
];

fn meaning<'a>(functions: &[&'a str]) -> Meaning<'a> {
    let has = |known: &[&str]| functions.iter().any(|function| known.contains(function));
    Meaning {
        cause: cause(functions),
        in_page_fault: has(PAGE_FAULT),
        in_task_work: has(&["task_work_run"]),
        in_exit: has(&["do_exit", "do_group_exit"]),
        in_soft_interrupt: has(SOFT_INTERRUPT),
        in_timer: has(TIMERS),
        in_network_receive: has(NETWORK_RECEIVE),
        // net/core/net_namespace.c, v6.18.
        deletes_namespaces: has(&["cleanup_net"]),
        leaves_interrupt: leaves_interrupt(functions),
    }
}

/// Whether the way back to user mode is further in than every interrupt's entry
/// (`irqentry_exit_to_user_mode`, kernel/entry/common.c, v6.18).
fn leaves_interrupt(functions: &[&str]) -> bool {
    const WAY_BACK: &[&str] = &["irqentry_exit_to_user_mode", "exit_to_user_mode_loop"];
    let is_entry = |function: &&str| {
        INTERRUPT_ENTRIES
            .iter()
            .any(|prefix| function.starts_with(prefix))
    };
    let mut further_in = functions.iter().take_while(|function| !is_entry(function));
    further_in.any(|function| WAY_BACK.contains(function))
}

fn cause<'a>(functions: &[&'a str]) -> Cause<'a> {
    let has = |known: &[&str]| functions.iter().any(|function| known.contains(function));
    let is_io = functions
        .iter()
        .take_while(|function| SCHEDULER.contains(function));
    let is_io = is_io
        .copied()
        .any(|function| function.starts_with("io_schedule"));
    let waiting = functions
        .iter()
        .copied()
        .skip_while(|function| SCHEDULER.contains(function));
    // A grace period comes before the locks: expedited ones take locks of their own on the way.
    if let Some(caller) = grace_period_caller(functions) {
        return Cause::Rcu(caller);
    }
    if let Some(name) = lock::name(waiting) {
        return Cause::Lock(name);
    }
    match () {
        () if is_io || has(DISK) => Cause::Disk,
        () if has(RECLAIM) => Cause::Reclaim,
        () if has(FROZEN) => Cause::Frozen,
        () if has(STOPPED) => Cause::Stopped,
        () => Cause::Other,
    }
}

/// Who asked for the grace period that a stack waits for: the first function beyond those that
/// belong to it. Nothing if it waits for none.
fn grace_period_caller<'a>(functions: &[&'a str]) -> Option<&'a str> {
    let last = functions
        .iter()
        .rposition(|function| GRACE_PERIODS.contains(function))?;
    let caller = functions[last + 1..]
        .iter()
        .find(|function| !AROUND_GRACE_PERIODS.contains(function));
    Some(caller.unwrap_or(&functions[last]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(stack: &str, expected: Cause<'_>) {
        let functions: Vec<_> = stack.split(' ').collect();
        assert_eq!(cause(&functions), expected, "{stack}");
    }

    #[test]
    fn a_write_to_cgroup_procs_waits_for_a_grace_period() {
        check(
            "__schedule schedule schedule_timeout __wait_for_common __wait_rcu_gp synchronize_rcu \
             rcu_sync_enter percpu_down_write cgroup_procs_write_start __cgroup_procs_write \
             cgroup_procs_write kernfs_fop_write_iter vfs_write",
            Cause::Rcu("cgroup_procs_write_start"),
        );
    }

    #[test]
    fn an_expedited_grace_period_is_not_its_own_mutex() {
        check(
            "__schedule schedule __mutex_lock synchronize_rcu_expedited namespace_unlock do_umount",
            Cause::Rcu("namespace_unlock"),
        );
    }

    #[test]
    fn the_same_function_can_wait_for_readers() {
        check(
            "__schedule schedule percpu_down_write cgroup_attach_lock cgroup_procs_write_start",
            Cause::Lock("cgroup_threadgroup_rwsem"),
        );
    }

    #[test]
    fn a_lock_that_is_held_while_waiting_is_not_waited_for() {
        check(
            "__schedule schedule io_schedule folio_wait_bit_common filemap_read mutex_lock",
            Cause::Disk,
        );
        check(
            "__schedule schedule jbd2_log_wait_commit ext4_sync_file vfs_fsync_range",
            Cause::Disk,
        );
        check(
            "__schedule schedule read_events do_io_getevents __x64_sys_io_getevents",
            Cause::Disk,
        );
    }

    #[test]
    fn other_waits_are_left_to_the_call() {
        check(
            "__schedule schedule futex_wait_queue __futex_wait futex_wait",
            Cause::Other,
        );
        check("__schedule schedule do_wait kernel_wait4", Cause::Other);
        check(
            "__schedule schedule ptrace_stop ptrace_do_notify",
            Cause::Stopped,
        );
    }

    #[test]
    fn a_thread_that_leaves_an_interrupt_is_not_in_it() {
        let leaves = |stack: &str| {
            let functions: Vec<_> = stack.split(' ').collect();
            meaning(&functions).leaves_interrupt
        };
        assert!(leaves(
            "try_to_wake_up pollwake __wake_up pipe_release __fput task_work_run do_exit \
             do_group_exit get_signal arch_do_signal_or_restart irqentry_exit_to_user_mode \
             asm_sysvec_apic_timer_interrupt",
        ));
        assert!(!leaves(
            "try_to_wake_up hrtimer_wakeup sysvec_apic_timer_interrupt \
             asm_sysvec_apic_timer_interrupt do_exit irqentry_exit_to_user_mode \
             asm_sysvec_reschedule_ipi",
        ));
        assert!(!leaves("try_to_wake_up pipe_write do_syscall_64"));
    }

    #[test]
    fn compilers_suffixes_are_taken_off() {
        assert_eq!(plain_name("__mutex_lock.constprop.0"), "__mutex_lock");
        assert_eq!(plain_name(".text"), ".text");
    }
}

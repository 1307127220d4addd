//! Meanings of kernel stacks: the reason of a wait.

use std::collections::HashMap;

use profiler_common::Context;

use super::kernel::{self, Name, entry, grace_period, interrupt, schedule, wait};
use super::lock;
use trace::rows::{OffCpu, Tables};

/// The reason for which a thread is blocked, as far as its kernel stack tells.
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
    /// The reason for which the thread is blocked.
    pub cause: Cause<'a>,
    /// It was in a probe of ctrprof's own, on the entry or the exit of a system call.
    pub in_call_probe: bool,
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
pub(super) fn plain_name(name: &str) -> &str {
    match name.find('.') {
        Some(at) if at > 0 => &name[..at],
        Some(_) | None => name,
    }
}

/// Whether a function is the scheduler's own: innermost on every blocked stack.
pub fn is_scheduler(function: &str) -> bool {
    kernel::has(schedule::SCHEDULER, function)
}

/// Whether a function calls the programs that are attached to a tracepoint: what is further in is a
/// probe, not what is probed.
pub fn is_probe(function: &str) -> bool {
    kernel::has(schedule::PROBES, function)
}

/// Whether a function is on every stack of a system call or of an exception, at its outer end.
pub fn is_entry(function: &str) -> bool {
    kernel::has(entry::ENTRIES, function)
}

/// The functions of a stack below its call, innermost first, without what is on every one: the
/// scheduler's functions and the probes' at its inner end, the entry of system calls at its outer end.
pub fn below_call<'f, 'a>(functions: &'f [&'a str]) -> impl Iterator<Item = &'f &'a str> {
    // Inside a probe it is the profiler that is seen, and where it was called from.
    let probe = functions.iter().rposition(|function| is_probe(function));
    functions[probe.map_or(0, |at| at + 1)..]
        .iter()
        .skip_while(|function| is_scheduler(function))
        .filter(|function| !is_entry(function))
}

/// Whether a function is innermost on the stack of a contention event: one of the event's own.
fn is_before_wait(function: &str) -> bool {
    is_scheduler(function) || kernel::has(schedule::BEFORE_WAIT, function)
}

fn meaning<'a>(functions: &[&'a str]) -> Meaning<'a> {
    let has = |known: &[Name]| has_any(functions, known);
    Meaning {
        cause: cause(functions),
        in_call_probe: has(schedule::CALL_PROBES),
        in_page_fault: has(entry::PAGE_FAULT),
        in_task_work: has(entry::TASK_WORK),
        in_exit: has(entry::EXIT),
        in_soft_interrupt: has(interrupt::SOFT_INTERRUPT),
        in_timer: has(interrupt::TIMERS) || is_timeout(functions),
        in_network_receive: has(interrupt::NETWORK_RECEIVE),
        deletes_namespaces: has(interrupt::DELETES_NAMESPACES),
        leaves_interrupt: leaves_interrupt(functions),
    }
}

/// Whether the way back to user mode is further in than every interrupt's entry
/// (`irqentry_exit_to_user_mode`, kernel/entry/common.c, v6.18).
fn leaves_interrupt(functions: &[&str]) -> bool {
    let is_entry = |function: &&str| kernel::has(entry::INTERRUPTS, function);
    let mut further_in = functions.iter().take_while(|function| !is_entry(function));
    further_in.any(|function| kernel::has(entry::WAY_BACK, function))
}

/// Whether a timer does nothing but wake a thread. `process_timeout` (kernel/time/timer.c, v6.18) is
/// not on the stack then: its last call has taken its place.
fn is_timeout(functions: &[&str]) -> bool {
    let mut further_in = functions.iter().skip_while(|function| is_probe(function));
    let caller = further_in.find(|function| !kernel::has(interrupt::WAKE_UPS, function));
    caller.is_some_and(|function| kernel::has(interrupt::TIMER_CALLS, function))
}

/// Whether any of the functions of a stack is known.
fn has_any(functions: &[&str], known: &[Name]) -> bool {
    functions
        .iter()
        .any(|function| kernel::has(known, function))
}

fn cause<'a>(functions: &[&'a str]) -> Cause<'a> {
    let has = |known: &[Name]| has_any(functions, known);
    let mut innermost = functions
        .iter()
        .take_while(|function| is_scheduler(function));
    let is_io = innermost.any(|function| kernel::has(schedule::IO_SCHEDULE, function));
    let waiting = functions
        .iter()
        .copied()
        .skip_while(|function| is_scheduler(function));
    // A grace period comes before the locks: expedited ones take locks of their own on the way.
    if let Some(caller) = grace_period_caller(functions) {
        return Cause::Rcu(caller);
    }
    if let Some(name) = lock::name(waiting) {
        return Cause::Lock(name);
    }
    match () {
        () if is_io || has(wait::DISK) => Cause::Disk,
        () if has(wait::RECLAIM) => Cause::Reclaim,
        () if has(wait::FROZEN) => Cause::Frozen,
        () if has(wait::STOPPED) => Cause::Stopped,
        () => Cause::Other,
    }
}

/// Who asked for the grace period that a stack waits for: the first function beyond those that
/// belong to it. Nothing if it waits for none.
fn grace_period_caller<'a>(functions: &[&'a str]) -> Option<&'a str> {
    let last = functions
        .iter()
        .rposition(|function| kernel::has(grace_period::GRACE_PERIODS, function))?;
    let caller = functions[last + 1..]
        .iter()
        .find(|function| !kernel::has(grace_period::AROUND, function));
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
    fn a_timer_that_only_wakes_is_a_timeout() {
        let is_timeout = |stack: &str| {
            let functions: Vec<_> = stack.split(' ').collect();
            meaning(&functions).in_timer
        };
        let inner = "bpf_trace_run1 try_to_wake_up";
        let outer = "call_timer_fn __run_timers run_timer_softirq handle_softirqs";
        assert!(is_timeout(&format!("{inner} {outer}")));
        assert!(!is_timeout(&format!(
            "{inner} sock_def_wakeup tcp_write_timer {outer}"
        )));
    }

    #[test]
    fn compilers_suffixes_are_taken_off() {
        assert_eq!(plain_name("__mutex_lock.constprop.0"), "__mutex_lock");
        assert_eq!(plain_name(".text"), ".text");
    }
}

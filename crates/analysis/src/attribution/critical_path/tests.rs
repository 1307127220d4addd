//! One test for each rule that follows from what was recorded, on threads whose numbers tell who they are.

use super::{Piece, walk};
use crate::attribution::Attribution;
use crate::timeline::fixture::{exec, lock, manifest, number, off_cpu, span, task};
use crate::timeline::{ProcessId, State, Timeline};
use trace::rows::{OffCpu, Stack, Symbol, Tables, Task};

const END_NS: u64 = 1_000_000;

/// A process of one thread, tracked from the beginning.
pub(super) fn old(tid: u32) -> Task {
    task(tid, 1, None)
}

/// A wait of `tid` in `call` that `waker` ends; it runs again after another 2 ns.
pub(super) fn wait(tid: u32, call: &str, from_ns: u64, wake_ns: u64, waker: u32) -> OffCpu {
    OffCpu {
        waker_tid: Some(waker),
        wake_ns: Some(wake_ns),
        syscall: number(call) as i32,
        ..off_cpu(tid, from_ns, wake_ns + 2)
    }
}

/// A wait that a timer ends, in an interrupt on the back of thread 99.
pub(super) fn nap(tid: u32, call: &str, from_ns: u64, wake_ns: u64) -> OffCpu {
    OffCpu {
        waker_context: profiler_common::Context::Interrupt as u8,
        waker_stack: Some(TIMER_STACK),
        ..wait(tid, call, from_ns, wake_ns, 99)
    }
}

/// Marks all rows of a thread as that of a process with another number.
pub(super) fn of_process(tgid: u32, mut row: OffCpu) -> OffCpu {
    row.tgid = tgid;
    row
}

pub(super) const TIMER_STACK: u32 = 1;
pub(super) const RCU_STACK: u32 = 2;
const LOOPBACK_STACK: u32 = 3;
const KILLED_STACK: u32 = 4;
const DELETION_STACK: u32 = 5;

/// Tables with the stacks above.
pub(super) fn with_stacks(mut tables: Tables) -> Tables {
    let stacks: [(u32, &[&str]); 5] = [
        (
            TIMER_STACK,
            &["try_to_wake_up", "hrtimer_wakeup", "hrtimer_interrupt"],
        ),
        (
            RCU_STACK,
            &[
                "schedule",
                "__wait_rcu_gp",
                "synchronize_rcu",
                "namespace_unlock",
            ],
        ),
        (
            LOOPBACK_STACK,
            &["try_to_wake_up", "process_backlog", "handle_softirqs"],
        ),
        (
            KILLED_STACK,
            &[
                "try_to_wake_up",
                "do_exit",
                "get_signal",
                "irqentry_exit_to_user_mode",
                "asm_sysvec_apic_timer_interrupt",
            ],
        ),
        (
            DELETION_STACK,
            &[
                "try_to_wake_up",
                "netlink_broadcast",
                "rtnl_net_notifyid",
                "cleanup_net",
                "process_one_work",
                "worker_thread",
            ],
        ),
    ];
    for (id, functions) in stacks {
        let mut frames = Vec::new();
        for name in functions {
            let address = 1_000 * u64::from(id) + frames.len() as u64;
            frames.push(address);
            tables.symbols.push(Symbol {
                tgid: 0,
                address,
                name: (*name).to_owned(),
                offset: 0,
                module: String::new(),
                source: String::new(),
                from_ns: 0,
            });
        }
        tables.stacks.push(Stack { id, frames });
    }
    tables
}

/// The pieces of a walk back from `end_ns`, earliest first.
pub(super) fn pieces(tables: &Tables, tid: u32, bounds_ns: (u64, u64)) -> Vec<Piece> {
    let manifest = manifest(END_NS);
    let timeline = Timeline::new(&manifest, tables);
    let attribution = Attribution::new(&manifest, &timeline);
    let takes_part = |process: ProcessId| {
        let threads = &timeline.process(process).threads;
        let mut tasks = threads.iter().filter_map(|&id| timeline.task(id));
        tasks.any(|task| !task.join_reason.is_empty())
    };
    let mut pieces = Vec::new();
    let thread = timeline.thread_at(tid, bounds_ns.1);
    let thread = thread.unwrap_or_else(|| panic!("no thread {tid}"));
    walk(&attribution, &takes_part, thread, bounds_ns, &mut |piece| {
        pieces.push(piece)
    });
    pieces.reverse();
    pieces
}

/// The pieces as `start tid state heuristic`; those that follow one another and are alike are one.
pub(super) fn told(tables: &Tables, tid: u32, bounds_ns: (u64, u64)) -> Vec<String> {
    let manifest = manifest(END_NS);
    let timeline = Timeline::new(&manifest, tables);
    let mut lines: Vec<String> = Vec::new();
    let mut last = String::new();
    for piece in pieces(tables, tid, bounds_ns) {
        let state = match piece.state {
            None => "gone",
            Some(State::User | State::Syscall) => "runs",
            Some(State::Runnable(_)) => "ready",
            Some(State::Blocked(_)) => "waits",
        };
        let rule = piece
            .heuristic
            .map_or(String::new(), |rule| format!(" {}", rule.name()));
        let what = format!("{} {state}{rule}", timeline.thread(piece.thread).tid);
        if what != last {
            lines.push(format!("{} {what}", piece.start_ns));
        }
        last = what;
    }
    lines
}

#[track_caller]
pub(super) fn check(tables: Tables, tid: u32, bounds_ns: (u64, u64), expected: &[&str]) {
    assert_eq!(told(&with_stacks(tables), tid, bounds_ns), expected);
}

#[test]
fn a_wait_belongs_to_whoever_ended_it() {
    let tables = Tables {
        tasks: vec![old(7), old(8)],
        off_cpu: vec![wait(7, "read", 20, 60, 8)],
        ..Tables::default()
    };
    check(
        tables,
        7,
        (0, 100),
        &["0 7 runs", "20 8 runs", "60 7 ready", "62 7 runs"],
    );
}

#[test]
fn waits_nest_and_come_back_in_order() {
    let tables = Tables {
        tasks: vec![old(7), old(8), old(9)],
        off_cpu: vec![wait(7, "read", 20, 80, 8), wait(8, "read", 30, 60, 9)],
        ..Tables::default()
    };
    let expected = [
        "0 7 runs",
        "20 8 runs",
        "30 9 runs",
        "60 8 ready",
        "62 8 runs",
        "80 7 ready",
        "82 7 runs",
    ];
    check(tables, 7, (0, 100), &expected);
}

#[test]
fn what_is_beyond_the_wait_is_not_the_wakers() {
    // 8 itself waited since before 7 did: only the part within counts.
    let tables = Tables {
        tasks: vec![old(7), old(8), old(9)],
        off_cpu: vec![wait(7, "read", 50, 80, 8), wait(8, "read", 30, 60, 9)],
        ..Tables::default()
    };
    let expected = [
        "0 7 runs",
        "50 9 runs",
        "60 8 ready",
        "62 8 runs",
        "80 7 ready",
        "82 7 runs",
    ];
    check(tables, 7, (0, 100), &expected);
}

#[test]
fn a_stage_that_ends_inside_a_wait_uses_its_future_waker() {
    let tables = Tables {
        tasks: vec![old(7), old(8)],
        off_cpu: vec![wait(7, "read", 20, 600, 8)],
        ..Tables::default()
    };
    check(tables, 7, (0, 100), &["0 7 runs", "20 8 runs"]);
}

#[test]
fn before_its_birth_a_waker_is_its_parent() {
    let tables = Tables {
        tasks: vec![old(7), old(8), task(9, 8, Some(40))],
        off_cpu: vec![wait(7, "wait4", 20, 60, 9)],
        ..Tables::default()
    };
    let expected = [
        "0 7 runs",
        "20 8 runs",
        "40 9 runs",
        "60 7 ready",
        "62 7 runs",
    ];
    check(tables, 7, (0, 100), &expected);
}

#[test]
fn a_waker_that_was_not_born_yet_does_not_lead_back_to_who_awaits_it() {
    let tables = Tables {
        tasks: vec![old(10), task(20, 10, Some(50))],
        off_cpu: vec![wait(10, "read", 10, 50, 20)],
        ..Tables::default()
    };
    check(
        tables,
        10,
        (0, 60),
        &["0 10 runs", "10 10 waits", "50 10 ready", "52 10 runs"],
    );
}

#[test]
fn vfork_waits_for_the_childs_exec() {
    let tables = Tables {
        tasks: vec![old(7), task(9, 7, Some(15))],
        execs: vec![exec(9, 60, "/bin/true", "true")],
        off_cpu: vec![wait(7, "vfork", 20, 60, 9)],
        ..Tables::default()
    };
    check(
        tables,
        7,
        (0, 100),
        &["0 7 runs", "20 9 runs", "60 7 ready", "62 7 runs"],
    );
}

#[test]
fn before_an_exec_that_swaps_numbers_the_old_thread_is_followed() {
    let mut leader = task(8, 1, None);
    leader.ended_ns = Some(50);
    let mut worker = task(9, 8, None);
    (worker.tgid, worker.ended_ns) = (8, Some(55));
    let mut swap = exec(8, 55, "/bin/true", "true");
    swap.old_tid = 9;
    let mut after = task(8, 1, Some(50));
    after.join_reason = "child".to_owned();
    let tables = Tables {
        tasks: vec![old(7), leader, worker, after],
        execs: vec![swap],
        off_cpu: vec![wait(7, "wait4", 20, 80, 8)],
        ..Tables::default()
    };
    let expected = [
        "0 7 runs",
        "20 9 runs",
        "50 8 runs",
        "80 7 ready",
        "82 7 runs",
    ];
    check(tables, 7, (0, 100), &expected);
}

#[test]
fn before_exit_group_the_caller_mattered_not_the_last_to_die() {
    let mut main = task(8, 7, None);
    main.ended_ns = Some(61);
    let mut sysmon = task(9, 8, None);
    (sysmon.tgid, sysmon.ended_ns) = (8, Some(70));
    let mut exit_group = span(8, "exit_group", 50, 11);
    exit_group.flags = profiler_common::SpanFlags::NEVER_RETURNED;
    let tables = Tables {
        tasks: vec![old(7), main, sysmon],
        spans: vec![exit_group],
        off_cpu: vec![
            wait(7, "wait4", 10, 70, 9),
            of_process(8, wait(9, "nanosleep", 12, 54, 8)),
        ],
        ..Tables::default()
    };
    let expected = [
        "0 7 runs",
        "10 8 runs",
        "54 9 ready",
        "56 9 runs",
        "70 7 ready",
        "72 7 runs",
    ];
    check(tables, 7, (0, 100), &expected);
}

#[test]
fn a_wait_for_the_kernel_stays_with_the_one_that_waits() {
    let mut grace_period = wait(7, "umount2", 20, 60, 8);
    grace_period.stack = Some(RCU_STACK);
    let tables = Tables {
        tasks: vec![old(7), old(8)],
        off_cpu: vec![grace_period],
        ..Tables::default()
    };
    check(
        tables,
        7,
        (0, 100),
        &["0 7 runs", "20 7 waits", "60 7 ready", "62 7 runs"],
    );
}

#[test]
fn the_holder_of_a_kernel_lock_is_not_followed() {
    let tables = Tables {
        tasks: vec![old(7), old(8)],
        off_cpu: vec![wait(7, "mount", 20, 60, 8)],
        locks: vec![lock(7, 19, 43, None)],
        ..Tables::default()
    };
    check(
        tables,
        7,
        (0, 100),
        &["0 7 runs", "20 7 waits", "60 7 ready", "62 7 runs"],
    );
}

#[test]
fn strangers_are_named_not_followed() {
    let mut stranger = old(8);
    stranger.join_reason = String::new();
    let tables = Tables {
        tasks: vec![old(7), stranger],
        off_cpu: vec![wait(7, "read", 20, 60, 8)],
        ..Tables::default()
    };
    let expected = ["0 7 runs", "20 7 waits stranger", "60 7 ready", "62 7 runs"];
    check(tables, 7, (0, 100), &expected);
}

#[test]
fn interrupts_and_kernel_threads_are_not_followed() {
    for context in [1, 2, 3] {
        let mut packet = wait(7, "recvfrom", 20, 60, 8);
        packet.waker_context = context;
        let tables = Tables {
            tasks: vec![old(7), old(8)],
            off_cpu: vec![packet],
            ..Tables::default()
        };
        check(
            tables,
            7,
            (0, 100),
            &["0 7 runs", "20 7 waits", "60 7 ready", "62 7 runs"],
        );
    }
}

#[test]
fn the_worker_that_deletes_namespaces_is_followed_and_those_that_it_waits_for() {
    let kernel_thread = |tid| {
        let mut worker = task(tid, 2, None);
        (worker.kernel_thread, worker.join_reason) = (true, String::new());
        worker
    };
    let by_kernel_thread = |mut row: OffCpu, stack| {
        row.waker_context = profiler_common::Context::KernelThread as u8;
        row.waker_stack = stack;
        row
    };
    let outside_calls = |mut row: OffCpu| {
        row.syscall = -1;
        row
    };
    let mut grace_period = outside_calls(wait(30, "read", 25, 35, 99));
    grace_period.stack = Some(RCU_STACK);
    let flush = outside_calls(wait(30, "read", 40, 50, 31));
    let tables = Tables {
        tasks: vec![old(7), kernel_thread(30), kernel_thread(31)],
        off_cpu: vec![
            by_kernel_thread(wait(7, "poll", 20, 60, 30), Some(DELETION_STACK)),
            grace_period,
            by_kernel_thread(flush, None),
        ],
        ..Tables::default()
    };
    let expected = [
        "0 7 runs",
        "20 30 runs",
        "25 30 waits",
        "35 30 ready",
        "37 30 runs",
        "40 31 runs",
        "50 30 ready",
        "52 30 runs",
        "60 7 ready",
        "62 7 runs",
    ];
    check(tables, 7, (0, 100), &expected);
}

#[test]
fn a_thread_that_is_killed_as_it_leaves_an_interrupt_is_followed() {
    let mut end = wait(7, "poll", 20, 60, 8);
    end.waker_context = profiler_common::Context::Interrupt as u8;
    end.waker_stack = Some(KILLED_STACK);
    let tables = Tables {
        tasks: vec![old(7), old(8)],
        off_cpu: vec![end],
        ..Tables::default()
    };
    let expected = ["0 7 runs", "20 8 runs", "60 7 ready", "62 7 runs"];
    check(tables, 7, (0, 100), &expected);
}

#[test]
fn loopback_delivers_on_behalf_of_the_sender() {
    for (call, expected) in [("sendto", "20 8 runs"), ("getppid", "20 7 waits")] {
        let mut delivery = wait(7, "recvfrom", 20, 60, 8);
        delivery.waker_stack = Some(LOOPBACK_STACK);
        delivery.waker_syscall = number(call) as i32;
        let tables = Tables {
            tasks: vec![old(7), old(8)],
            off_cpu: vec![delivery],
            ..Tables::default()
        };
        check(
            tables,
            7,
            (0, 100),
            &["0 7 runs", expected, "60 7 ready", "62 7 runs"],
        );
    }
}

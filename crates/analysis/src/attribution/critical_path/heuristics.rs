//! One test for each rule of thumb, and for what it must not do.

use super::tests::*;
use crate::report::path::Heuristic;
use crate::timeline::fixture::span;
use trace::rows::{OffCpu, Tables};

#[test]
fn who_naps_waits_for_whoever_is_busy() {
    let mut worker = old(9);
    worker.tgid = 7;
    let tables = Tables {
        tasks: vec![old(7), old(8), worker],
        off_cpu: vec![
            nap(7, "epoll_wait", 20, 80),
            // Another process was busy all the time; a thread of its own from 28 on.
            wait(8, "read", 0, 5, 7),
            of_process(7, nap(9, "futex", 0, 28)),
        ],
        ..Tables::default()
    };
    let expected = [
        "0 7 runs",
        "20 8 runs busy-thread",
        "28 9 ready busy-thread",
        "30 9 runs busy-thread",
        "80 7 ready",
        "82 7 runs",
    ];
    check(tables, 7, (0, 100), &expected);
}

#[test]
fn what_is_left_of_a_nap_is_the_timers() {
    let mut idle = old(9);
    idle.tgid = 7;
    let tables = Tables {
        tasks: vec![old(7), old(8), idle],
        off_cpu: vec![
            of_process(7, wait(9, "futex", 0, 900, 7)),
            nap(7, "nanosleep", 20, 80),
            nap(8, "epoll_wait", 0, 38),
            nap(8, "epoll_wait", 50, 900),
        ],
        ..Tables::default()
    };
    let expected = [
        "0 7 runs",
        "20 7 waits timer-residue",
        "38 8 ready busy-thread",
        "40 8 runs busy-thread",
        "50 7 waits timer-residue",
        "80 7 ready",
        "82 7 runs",
    ];
    check(tables, 7, (0, 100), &expected);
}

#[test]
fn a_program_of_one_thread_that_sleeps_once_waits_for_nobody() {
    let tables = Tables {
        tasks: vec![old(7), old(8)],
        off_cpu: vec![nap(7, "nanosleep", 20, 80), wait(8, "read", 0, 5, 7)],
        ..Tables::default()
    };
    let expected = [
        "0 7 runs",
        "20 7 waits timer-residue",
        "80 7 ready",
        "82 7 runs",
    ];
    check(tables, 7, (0, 100), &expected);
}

/// A process of threads 7 and 9: 7 naps from 20 to 80, 9 waits for a child from 30 on.
fn waits_for_child(nap_of_7: &str, sleeper: OffCpu) -> Tables {
    let mut waits = old(9);
    waits.tgid = 7;
    Tables {
        tasks: vec![old(7), old(8), waits],
        off_cpu: vec![
            nap(7, nap_of_7, 20, 80),
            of_process(7, nap(9, "futex", 0, 25)),
            of_process(7, wait(9, "waitid", 30, 900, 8)),
            sleeper,
        ],
        ..Tables::default()
    }
}

#[test]
fn a_runtimes_timer_is_not_the_wait_of_another_thread_for_a_child() {
    for nap in ["epoll_pwait", "futex", "nanosleep"] {
        let tables = waits_for_child(nap, nap_of_child());
        let expected = [
            "0 7 runs",
            "20 7 waits timer-residue",
            "25 9 ready busy-thread",
            "27 9 runs busy-thread",
            "30 8 waits timer-residue",
            "82 7 runs",
        ];
        check(tables, 7, (0, 100), &expected);
    }
}

/// The child sleeps from the beginning on.
fn nap_of_child() -> OffCpu {
    nap(8, "clock_nanosleep", 0, 880)
}

#[test]
fn a_loop_with_a_time_limit_waits_for_who_ends_it() {
    let tables = Tables {
        tasks: vec![old(7), old(8)],
        off_cpu: vec![
            nap(7, "poll", 20, 40),
            nap(7, "poll", 43, 60),
            wait(7, "poll", 63, 80, 8),
            nap(8, "clock_nanosleep", 0, 70),
        ],
        ..Tables::default()
    };
    let expected = [
        "0 7 runs",
        "20 8 waits timer-residue",
        "40 7 ready",
        "42 7 runs",
        "43 8 waits timer-residue",
        "60 7 ready",
        "62 7 runs",
        "63 8 waits timer-residue",
        "70 8 ready",
        "72 8 runs",
        "80 7 ready",
        "82 7 runs",
    ];
    check(tables, 7, (0, 100), &expected);
}

#[test]
fn who_is_held_up_by_the_kernel_is_busy() {
    let mut sync = wait(8, "fsync", 30, 900, 99);
    (sync.stack, sync.waker_context) = (Some(RCU_STACK), 1);
    let tables = with_stacks(Tables {
        tasks: vec![old(7), old(8)],
        off_cpu: vec![
            nap(7, "nanosleep", 20, 80),
            nap(7, "nanosleep", 83, 99),
            nap(7, "nanosleep", 102, 110),
            sync,
        ],
        ..Tables::default()
    });
    let told = told(&tables, 7, (0, 100));
    assert_eq!(
        told.get(2).map(String::as_str),
        Some("30 8 waits busy-thread"),
        "{told:?}"
    );
}

#[test]
fn a_runtime_waits_for_whoever_ends_the_next_wait_of_any_of_its_threads() {
    let mut other = old(9);
    other.tgid = 7;
    let tables = Tables {
        tasks: vec![old(7), old(8), other],
        off_cpu: vec![
            of_process(7, wait(9, "futex", 0, 60, 7)),
            nap(7, "epoll_pwait", 20, 50),
            wait(7, "futex", 64, 88, 9),
            of_process(7, wait(9, "epoll_pwait", 65, 82, 8)),
            nap(8, "clock_nanosleep", 0, 75),
        ],
        ..Tables::default()
    };
    let expected = [
        "0 7 runs",
        "20 8 waits timer-residue",
        "52 7 runs",
        "64 9 runs",
        "65 8 waits timer-residue",
        "75 8 ready",
        "77 8 runs",
        "82 9 ready",
        "84 9 runs",
        "88 7 ready",
        "90 7 runs",
    ];
    check(tables, 7, (0, 100), &expected);
}

#[test]
fn wake_ups_that_found_nothing_to_do_are_one_wait() {
    // 8 woke 7 for nothing at 40; what 7 waited for came from 9.
    let mut call = span(7, "wait4", 15, 70);
    call.tgid = 7;
    let tables = Tables {
        tasks: vec![old(7), old(8), old(9)],
        spans: vec![call],
        off_cpu: vec![wait(7, "wait4", 20, 40, 8), wait(7, "wait4", 50, 80, 9)],
        ..Tables::default()
    };
    let expected = [
        "0 7 runs",
        "20 9 runs merged-wakes",
        "80 7 ready",
        "82 7 runs",
    ];
    check(tables, 7, (0, 100), &expected);
}

#[test]
fn waits_for_futexes_of_one_object_are_one() {
    for (address, expected) in [(0x1010, "20 9 runs merged-wakes"), (0x2000, "20 8 runs")] {
        let mut first = span(7, "futex", 15, 30);
        first.arg0 = 0x1000;
        let mut second = span(7, "futex", 48, 36);
        second.arg0 = address;
        let tables = Tables {
            tasks: vec![old(7), old(8), old(9)],
            spans: vec![first, second],
            off_cpu: vec![wait(7, "futex", 20, 40, 8), wait(7, "futex", 50, 80, 9)],
            ..Tables::default()
        };
        let told = told(&tables, 7, (0, 100));
        assert_eq!(told.get(1).map(String::as_str), Some(expected), "{told:?}");
    }
}

#[test]
fn a_call_between_two_waits_for_a_futex_keeps_them_apart() {
    let tables = Tables {
        tasks: vec![old(7), old(8), old(9)],
        spans: vec![
            span(7, "futex", 15, 30),
            span(7, "write", 46, 1),
            span(7, "futex", 48, 36),
        ],
        off_cpu: vec![wait(7, "futex", 20, 40, 8), wait(7, "futex", 50, 80, 9)],
        ..Tables::default()
    };
    let told = told(&tables, 7, (0, 100));
    assert_eq!(
        told.get(1).map(String::as_str),
        Some("20 8 runs"),
        "{told:?}"
    );
}

#[test]
fn work_between_two_waits_keeps_them_apart() {
    let tables = Tables {
        tasks: vec![old(7), old(8), old(9)],
        spans: vec![span(7, "wait4", 15, 200_000)],
        off_cpu: vec![
            wait(7, "wait4", 20, 40, 8),
            wait(7, "wait4", 70_000, 80_000, 9),
        ],
        ..Tables::default()
    };
    let expected = [
        "0 7 runs",
        "20 8 runs",
        "40 7 ready",
        "42 7 runs",
        "70000 9 runs",
        "80000 7 ready",
        "80002 7 runs",
    ];
    check(tables, 7, (0, 90_000), &expected);
}

#[test]
fn a_wake_up_logged_before_the_switch_leaves_only_the_run_queue() {
    let tables = Tables {
        tasks: vec![old(7), old(8)],
        off_cpu: vec![wait(7, "read", 20, 20, 8)],
        ..Tables::default()
    };
    check(
        tables,
        7,
        (0, 100),
        &["0 7 runs", "20 7 ready", "22 7 runs"],
    );
}

#[test]
fn imputed_switches_are_kept_in_mind() {
    let mut missed = wait(7, "read", 20, 60, 8);
    missed.imputed = true;
    let tables = Tables {
        tasks: vec![old(7), old(8)],
        off_cpu: vec![missed],
        ..Tables::default()
    };
    let expected = [
        "0 7 runs",
        "20 8 runs",
        "60 7 ready imputed-switch",
        "62 7 runs",
    ];
    check(tables, 7, (0, 100), &expected);
}

#[test]
fn a_thread_that_slept_since_before_the_recording_is_known_from_its_wake_up_on() {
    let mut slept = wait(7, "read", 0, 60, 8);
    (slept.imputed, slept.waker_tid) = (true, None);
    let tables = Tables {
        tasks: vec![old(7), old(8)],
        off_cpu: vec![slept],
        ..Tables::default()
    };
    let expected = ["0 7 waits imputed-switch", "60 7 ready", "62 7 runs"];
    check(tables, 7, (0, 100), &expected);
}

#[test]
fn cycles_of_wake_ups_end() {
    let tables = Tables {
        tasks: vec![old(7), old(8), old(9)],
        off_cpu: vec![
            wait(7, "futex", 20, 80, 8),
            wait(8, "futex", 20, 80, 9),
            wait(9, "futex", 20, 80, 7),
        ],
        ..Tables::default()
    };
    check(
        tables,
        7,
        (0, 100),
        &["0 7 runs", "20 9 waits", "80 7 ready", "82 7 runs"],
    );
}

#[test]
fn a_process_that_is_over_before_its_stage_leaves_nothing_out() {
    let mut short = old(7);
    short.ended_ns = Some(60);
    let tables = Tables {
        tasks: vec![short],
        ..Tables::default()
    };
    check(tables, 7, (0, 100), &["0 7 runs", "60 7 gone"]);
}

#[test]
fn rules_of_thumb_have_one_name_each() {
    let mut names: Vec<_> = Heuristic::ALL.iter().map(|rule| rule.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Heuristic::ALL.len());
}

use super::{CpuWaits, category};
use crate::attribution::Attribution;
use crate::attribution::critical_path::Piece;
use crate::timeline::fixture::{manifest, off_cpu, rename, task, throttle};
use crate::timeline::{State, Timeline};
use proptest::prelude::*;
use trace::rows::{OffCpu, Tables, Task, Throttle};

const END_NS: u64 = 1_000;

/// A thread that no part of the recording follows.
fn stranger(tid: u32, comm: &str) -> Task {
    Task {
        join_reason: String::new(),
        comm: comm.to_owned(),
        ..task(tid, 1, None)
    }
}

/// A time in which another takes a thread's place.
fn preempted(tid: u32, from_ns: u64, to_ns: u64) -> OffCpu {
    OffCpu {
        state: 0,
        preempted: true,
        wake_ns: None,
        ..off_cpu(tid, from_ns, to_ns)
    }
}

/// A thread runs on CPU 0 in this time alone.
fn runs(tid: u32, from_ns: u64, to_ns: u64) -> [OffCpu; 2] {
    [off_cpu(tid, 0, from_ns), off_cpu(tid, to_ns, END_NS)]
}

/// The tables of thread 7, which is tracked, 8 (`stress`), 9 (a kernel thread) and 10 (the profiler).
fn tables(off_cpu: Vec<OffCpu>, throttles: Vec<Throttle>) -> Tables {
    let kernel_thread = Task {
        kernel_thread: true,
        ..stranger(9, "kworker/0:1-events")
    };
    Tables {
        tasks: vec![
            task(7, 1, None),
            stranger(8, "stress"),
            kernel_thread,
            stranger(10, "ctrprof"),
        ],
        off_cpu,
        throttles,
        ..Tables::default()
    }
}

/// `FROM..TO PHASE PART` for each part of the waits for a CPU of thread 7.
fn waits(tables: &Tables) -> Vec<String> {
    let manifest = manifest(END_NS);
    let timeline = Timeline::new(&manifest, tables);
    let attribution = Attribution::new(&manifest, &timeline);
    let id = timeline
        .thread_at(7, 0)
        .unwrap_or_else(|| panic!("no thread 7"));
    let mut told = Vec::new();
    for interval in timeline.intervals(id, 0, END_NS) {
        for cut in attribution.cpu_waits().cut(&timeline, interval) {
            if let State::Runnable(row) = cut.state {
                let category = category(&attribution, &cut, row);
                let (phase, part) = (category.phase.name(), category.part.to_string());
                told.push(format!("{}..{} {phase} {part}", cut.start_ns, cut.end_ns));
            }
        }
    }
    told
}

#[test]
fn a_wait_is_cut_by_who_runs_meanwhile() {
    let mut off_cpu = vec![preempted(7, 100, 500)];
    off_cpu.extend(runs(8, 100, 250));
    off_cpu.extend(runs(9, 250, 300));
    off_cpu.extend(runs(10, 400, 500));
    assert_eq!(
        waits(&tables(off_cpu, Vec::new())),
        [
            "100..250 runqueue behind stress",
            "250..300 runqueue behind kworker",
            "300..400 runqueue CPU idle",
            "400..500 runqueue behind the profiler",
        ]
    );
}

proptest! {
    /// However others run, the parts of a wait are a partition of it.
    #[test]
    fn cuts_are_a_partition(
        others in proptest::collection::vec((1_u64..900, 1_u64..100, 0_u16..2), 0..20),
        held in proptest::option::of((100_u64..900, 50_u64..500)),
    ) {
        let mut off_cpu = vec![preempted(7, 100, 900)];
        for (tid, &(from_ns, length_ns, cpu)) in (20..).zip(&others) {
            let mut rows = runs(tid, from_ns, from_ns + length_ns);
            (rows[0].to_cpu, rows[1].from_cpu) = (cpu, cpu);
            off_cpu.extend(rows);
        }
        let throttles = held.map(|(from_ns, period_ns)| throttle(7, from_ns, from_ns + 7, period_ns));
        let tables = tables(off_cpu, throttles.into_iter().collect());
        let manifest = manifest(END_NS);
        let timeline = Timeline::new(&manifest, &tables);
        let waits = CpuWaits::new(&manifest, &timeline);
        let whole = timeline.thread_at(7, 0).and_then(|id| timeline.state_at(id, 200));
        prop_assert!(whole.is_some());
        let Some(whole) = whole else { return Ok(()) };
        let mut at_ns = whole.start_ns;
        for cut in waits.cut(&timeline, whole) {
            prop_assert!(cut.start_ns == at_ns && cut.end_ns > at_ns);
            at_ns = cut.end_ns;
        }
        prop_assert_eq!(at_ns, whole.end_ns);
    }
}

#[test]
fn a_cpu_that_it_may_use_is_idle_while_it_waits_on_another() {
    let mut woken = off_cpu(7, 100, 300);
    (woken.wake_ns, woken.to_cpu) = (Some(200), 1);
    let mut other = runs(8, 150, 300);
    (other[0].to_cpu, other[1].from_cpu) = (1, 1);
    let mut off_cpu = vec![woken];
    off_cpu.extend(other);
    off_cpu.extend(runs(9, 250, 300));
    assert_eq!(
        waits(&tables(off_cpu, Vec::new())),
        [
            "200..250 runqueue CPU idle",
            "250..300 runqueue behind stress"
        ]
    );
}

#[test]
fn who_ran_is_not_known_from_tracked_threads_alone() {
    let tables = tables(vec![preempted(7, 100, 500)], Vec::new());
    let mut manifest = manifest(END_NS);
    manifest.sched = "tracked".to_owned();
    let timeline = Timeline::new(&manifest, &tables);
    let attribution = Attribution::new(&manifest, &timeline);
    let wait = timeline
        .thread_at(7, 0)
        .and_then(|id| timeline.state_at(id, 200));
    let part = wait.map(|wait| category(&attribution, &wait, 0).part.to_string());
    assert_eq!(part.as_deref(), Some("others not recorded"));
}

#[test]
fn a_throttled_thread_is_held_back_until_its_group_has_more_quota() {
    let mut off_cpu = vec![preempted(7, 100, 520)];
    off_cpu.extend(runs(8, 480, 520));
    let throttles = vec![throttle(7, 100, 300, 100)];
    assert_eq!(
        waits(&tables(off_cpu, throttles)),
        [
            "100..500 throttled quota",
            "500..520 runqueue behind stress"
        ]
    );
}

#[test]
fn a_quota_is_said_in_words() {
    let id = "0123456789abcdef".repeat(4);
    for (name, levels, whose) in [
        (format!("libpod-{id}.scope"), 1, "the container's group"),
        ("user-1000.slice".to_owned(), 0, "group user-N.slice"),
        ("shop".to_owned(), 2, "group shop, above its own"),
    ] {
        let mut held = throttle(7, 100, 300, 100_000_000);
        (held.name, held.levels) = (name, levels);
        let tables = tables(vec![preempted(7, 100, 300)], vec![held]);
        let manifest = manifest(END_NS);
        let timeline = Timeline::new(&manifest, &tables);
        let attribution = Attribution::new(&manifest, &timeline);
        let id = timeline.thread_at(7, 0);
        let wait = id.and_then(|id| timeline.state_at(id, 200));
        let piece = id.zip(wait).map(|(id, wait)| Piece::of(id, &wait));
        let cause = piece.and_then(|piece| attribution.causes().of(&attribution, &piece));
        let expected = format!("quota of {whose}: 2 ms of each 100 ms");
        assert_eq!(attribution.causes().text(cause), expected);
    }
}

#[test]
fn a_cpu_does_not_idle_while_a_thread_may_run() {
    let throttles = vec![throttle(7, 100, 300, 100)];
    let tables = tables(vec![preempted(7, 100, 520)], throttles);
    assert_eq!(waits(&tables), ["100..520 throttled quota"]);
}

#[test]
fn a_thread_that_somebody_else_let_go_was_held_back_all_the_time() {
    let mut off_cpu = vec![preempted(7, 100, 250)];
    off_cpu.extend(runs(8, 100, 250));
    let throttles = vec![throttle(7, 100, 300, 100)];
    assert_eq!(
        waits(&tables(off_cpu, throttles)),
        ["100..250 throttled quota"]
    );
}

#[test]
fn a_thread_is_woken_into_a_queue_that_is_held_back() {
    let mut woken = off_cpu(7, 100, 400);
    woken.wake_ns = Some(200);
    let throttles = vec![throttle(7, 201, 300, 100)];
    assert_eq!(
        waits(&tables(vec![woken], throttles)),
        ["200..400 throttled quota"]
    );
}

#[test]
fn those_who_wait_on_a_queue_are_held_back_with_the_one_that_ran() {
    let mut queue = throttle(7, 600, 700, 100);
    queue.whole_queue = true;
    let mut mate = task(11, 7, None);
    mate.tgid = 7;
    // Thread 7 waits behind 11 of its process, which uses up the quota.
    let mut off_cpu = vec![
        preempted(7, 550, 800),
        off_cpu(11, 0, 550),
        preempted(11, 600, 900),
    ];
    off_cpu[1].tgid = 7;
    off_cpu[2].tgid = 7;
    queue.tid = 11;
    let mut tables = tables(off_cpu, vec![queue]);
    tables.tasks.push(mate);
    tables.renames.push(rename(7, 1, "burn"));
    assert_eq!(
        waits(&tables),
        ["550..600 runqueue behind burn", "600..800 throttled quota"]
    );
    tables.throttles[0].whole_queue = false;
    assert_eq!(
        waits(&tables).last().map(String::as_str),
        Some("600..800 runqueue CPU idle")
    );
}

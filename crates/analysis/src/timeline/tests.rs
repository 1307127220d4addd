use proptest::prelude::*;

use super::fixture::{exec, manifest, off_cpu, rename, span, task};
use super::{Interval, State, ThreadId, Timeline};
use trace::rows::Tables;

fn states(timeline: &Timeline<'_>, tid: u32, from_ns: u64, to_ns: u64) -> Vec<(u64, u64, State)> {
    let id = timeline.thread_at(tid, from_ns);
    id.into_iter()
        .flat_map(|id| timeline.intervals(id, from_ns, to_ns))
        .map(|interval| (interval.start_ns, interval.end_ns, interval.state))
        .collect()
}

#[test]
fn a_sleep_inside_a_call_is_blocked_then_runnable() {
    let mut sleep = off_cpu(7, 20, 50);
    sleep.wake_ns = Some(45);
    let tables = Tables {
        tasks: vec![task(7, 1, None)],
        spans: vec![span(7, "nanosleep", 10, 50)],
        off_cpu: vec![sleep],
        ..Tables::default()
    };
    let timeline = Timeline::new(&manifest(100), &tables);
    assert_eq!(
        states(&timeline, 7, 0, 100),
        [
            (0, 10, State::User),
            (10, 20, State::Syscall),
            (20, 45, State::Blocked(0)),
            (45, 50, State::Runnable(0)),
            (50, 60, State::Syscall),
            (60, 100, State::User),
        ]
    );
    assert_eq!(
        states(&timeline, 7, 30, 47),
        [(30, 45, State::Blocked(0)), (45, 47, State::Runnable(0))]
    );
}

#[test]
fn a_preempted_thread_is_runnable_throughout() {
    let mut preempted = off_cpu(7, 20, 50);
    preempted.state = 0;
    preempted.wake_ns = None;
    let tables = Tables {
        tasks: vec![task(7, 1, None)],
        off_cpu: vec![preempted],
        ..Tables::default()
    };
    let timeline = Timeline::new(&manifest(60), &tables);
    assert_eq!(
        states(&timeline, 7, 0, 60),
        [
            (0, 20, State::User),
            (20, 50, State::Runnable(0)),
            (50, 60, State::User),
        ]
    );
}

#[test]
fn a_wake_up_logged_before_the_switch_leaves_no_blocked_time() {
    let mut early = off_cpu(7, 20, 50);
    early.wake_ns = Some(15);
    let tables = Tables {
        tasks: vec![task(7, 1, None)],
        off_cpu: vec![early],
        ..Tables::default()
    };
    let timeline = Timeline::new(&manifest(50), &tables);
    assert_eq!(
        states(&timeline, 7, 0, 50),
        [(0, 20, State::User), (20, 50, State::Runnable(0))]
    );
}

#[test]
fn a_sleep_without_an_end_lasts_as_long_as_the_thread() {
    let mut last = off_cpu(7, 20, 0);
    (last.to_ns, last.wake_ns) = (None, None);
    let mut short_lived = task(7, 1, Some(5));
    short_lived.ended_ns = Some(80);
    let tables = Tables {
        tasks: vec![short_lived],
        off_cpu: vec![last],
        ..Tables::default()
    };
    let timeline = Timeline::new(&manifest(100), &tables);
    assert_eq!(
        states(&timeline, 7, 0, 100),
        [(5, 20, State::User), (20, 80, State::Blocked(0))]
    );
}

#[test]
fn a_number_that_recurs_is_two_threads() {
    let mut first = task(7, 1, Some(10));
    first.ended_ns = Some(20);
    let mut second = task(7, 1, Some(50));
    second.comm = "second".to_owned();
    let tables = Tables {
        tasks: vec![second, first],
        spans: vec![span(7, "read", 60, 5), span(7, "read", 12, 3)],
        ..Tables::default()
    };
    let timeline = Timeline::new(&manifest(100), &tables);
    let early = timeline.thread_at(7, 15);
    let late = timeline.thread_at(7, 55);
    assert_ne!(early, late);
    assert_eq!(
        early.map(|id| timeline.thread(id).spans().to_vec()),
        Some(vec![1])
    );
    assert_eq!(
        late.map(|id| timeline.thread(id).spans().to_vec()),
        Some(vec![0])
    );
    assert_eq!(late.map(|id| timeline.comm(id, 60)), Some("second"));
}

#[test]
fn a_name_and_a_program_hold_from_when_they_are_given() {
    let mut shell = task(7, 1, None);
    (shell.comm, shell.exe) = ("sh".to_owned(), "/bin/sh".to_owned());
    let mut child = task(8, 7, Some(10));
    child.comm = "sh".to_owned();
    let tables = Tables {
        tasks: vec![shell, child],
        renames: vec![rename(8, 20, "unshare")],
        execs: vec![exec(8, 20, "/usr/bin/unshare", "unshare -n true")],
        ..Tables::default()
    };
    let timeline = Timeline::new(&manifest(100), &tables);
    let (thread, process) = (timeline.thread_at(8, 15), timeline.process_at(8, 15));
    assert_eq!(thread.map(|id| timeline.comm(id, 15)), Some("sh"));
    assert_eq!(thread.map(|id| timeline.comm(id, 20)), Some("unshare"));
    assert_eq!(
        process.map(|id| timeline.program(id, 15).path),
        Some("/bin/sh")
    );
    let arguments: Vec<_> = process
        .into_iter()
        .flat_map(|id| timeline.program(id, 25).arguments())
        .collect();
    assert_eq!(arguments, ["unshare", "-n", "true"]);
}

#[test]
fn an_exec_by_another_thread_goes_on_under_the_leaders_number() {
    let mut leader = task(7, 1, None);
    leader.ended_ns = Some(40);
    let mut worker = task(9, 7, Some(5));
    worker.tgid = 7;
    let mut swap = exec(7, 45, "/bin/true", "true");
    swap.old_tid = 9;
    let mut call = span(7, "execve", 30, 20);
    call.tgid = 7;
    let tables = Tables {
        tasks: vec![leader, worker],
        execs: vec![swap],
        spans: vec![call],
        ..Tables::default()
    };
    let timeline = Timeline::new(&manifest(100), &tables);
    let after = timeline.thread_at(7, 50);
    let before = after.and_then(|id| timeline.thread(id).continues);
    assert_eq!(before, timeline.thread_at(9, 20));
    assert_eq!(
        states(&timeline, 9, 5, 100),
        [(5, 30, State::User), (30, 40, State::Syscall)]
    );
    assert_eq!(
        states(&timeline, 7, 45, 100),
        [(45, 50, State::Syscall), (50, 100, State::User)]
    );
    assert_eq!(timeline.process_ids().count(), 1);
}

#[test]
fn a_life_that_began_under_another_number_begins_with_the_swap() {
    let mut leader = task(7, 1, None);
    leader.ended_ns = Some(40);
    let mut under_old_number = task(9, 7, Some(5));
    (under_old_number.tgid, under_old_number.ended_ns) = (7, Some(5));
    let mut under_new_number = task(7, 7, Some(5));
    under_new_number.ended_ns = Some(80);
    let mut swap = exec(7, 45, "/bin/true", "true");
    swap.old_tid = 9;
    let tables = Tables {
        tasks: vec![leader, under_old_number, under_new_number],
        execs: vec![swap],
        spans: vec![span(7, "read", 20, 5), span(7, "read", 60, 5)],
        ..Tables::default()
    };
    let timeline = Timeline::new(&manifest(100), &tables);
    assert_eq!(
        states(&timeline, 7, 0, 40),
        [
            (0, 20, State::User),
            (20, 25, State::Syscall),
            (25, 40, State::User),
        ]
    );
    assert_eq!(states(&timeline, 9, 5, 100), [(5, 40, State::User)]);
    let after = timeline
        .thread_at(7, 50)
        .map(|id| timeline.thread(id).clone());
    assert_eq!(
        after.map(|life| (life.born_ns, life.ended_ns)),
        Some((40, 80))
    );
}

#[test]
fn threads_of_a_process_that_joins_are_tracked_from_then_on() {
    let mut daemon = task(7, 1, None);
    (daemon.join_reason, daemon.joined_ns) = ("woken".to_owned(), Some(30));
    let mut worker = task(8, 7, None);
    (worker.tgid, worker.join_reason, worker.joined_ns) = (7, String::new(), None);
    let mut idle = worker.clone();
    idle.tid = 9;
    let tables = Tables {
        tasks: vec![daemon, worker, idle],
        off_cpu: vec![off_cpu(7, 1, 2), off_cpu(8, 1, 2)],
        ..Tables::default()
    };
    let timeline = Timeline::new(&manifest(100), &tables);
    let tracked: Vec<_> = timeline
        .thread_ids()
        .map(|id| timeline.thread(id).tracked_from_ns)
        .collect();
    assert_eq!(tracked, [Some(30), Some(30), None]);
}

#[test]
fn the_first_caller_of_exit_group_ended_the_process() {
    let mut worker = task(8, 7, None);
    worker.tgid = 7;
    let mut late = span(7, "exit_group", 60, 5);
    late.tgid = 7;
    let mut first = span(8, "exit_group", 50, 5);
    first.tgid = 7;
    let tables = Tables {
        tasks: vec![task(7, 1, None), worker],
        spans: vec![late, first],
        ..Tables::default()
    };
    let timeline = Timeline::new(&manifest(100), &tables);
    let exit = timeline
        .process_at(7, 0)
        .and_then(|id| timeline.process(id).group_exit);
    assert_eq!(
        exit.map(|(id, at)| (timeline.thread(id).tid, at)),
        Some((8, 50))
    );
}

#[test]
fn a_thread_lives_until_its_last_switch() {
    let mut killed = task(7, 1, None);
    killed.ended_ns = Some(50);
    let mut last = off_cpu(7, 70, 0);
    (last.state, last.to_ns, last.wake_ns) = (0x80, None, None);
    let tables = Tables {
        tasks: vec![killed],
        off_cpu: vec![last],
        ..Tables::default()
    };
    let timeline = Timeline::new(&manifest(100), &tables);
    assert_eq!(
        states(&timeline, 7, 0, 100),
        [(0, 50, State::User), (50, 70, State::User)]
    );
    let process = timeline.process_at(7, 0);
    assert_eq!(process.map(|id| timeline.process(id).ended_ns), Some(70));
}

/// A thread's rows from lengths of stretches: time in user mode, then a call, with a sleep in it.
fn rows_of(tid: u32, stretches: &[(u64, u64, u64, u64, u64)]) -> Tables {
    let mut tables = Tables::default();
    let mut at_ns = 0;
    for &(user, before, blocked, runnable, after) in stretches {
        let start_ns = at_ns + user;
        let from_ns = start_ns + before;
        let wake_ns = from_ns + blocked;
        let to_ns = wake_ns + runnable;
        at_ns = to_ns + after;
        tables
            .spans
            .push(span(tid, "read", start_ns, at_ns - start_ns));
        if to_ns > from_ns {
            let mut row = off_cpu(tid, from_ns, to_ns);
            row.wake_ns = Some(wake_ns);
            tables.off_cpu.push(row);
        }
    }
    tables
}

fn assert_partition(intervals: &[Interval], from_ns: u64, to_ns: u64) {
    let mut at_ns = from_ns;
    for interval in intervals {
        assert_eq!(interval.start_ns, at_ns);
        assert!(interval.end_ns > interval.start_ns);
        at_ns = interval.end_ns;
    }
    assert_eq!(at_ns, to_ns.max(from_ns));
}

fn stretch() -> impl Strategy<Value = (u64, u64, u64, u64, u64)> {
    (0..50_u64, 0..50_u64, 0..50_u64, 0..50_u64, 0..50_u64)
}

proptest! {
    #[test]
    fn intervals_partition_any_window(
        stretches in prop::collection::vec(stretch(), 0..30),
        from_ns in 0..6_000_u64,
        length_ns in 0..6_000_u64,
    ) {
        let mut tables = rows_of(7, &stretches);
        tables.tasks.push(task(7, 1, None));
        let timeline = Timeline::new(&manifest(8_000), &tables);
        let id = ThreadId(0);
        let to_ns = (from_ns + length_ns).min(8_000);
        let intervals: Vec<_> = timeline.intervals(id, from_ns, to_ns).collect();
        assert_partition(&intervals, from_ns, to_ns);
        for interval in &intervals {
            let found = timeline.state_at(id, interval.start_ns);
            prop_assert_eq!(found.map(|found| found.state), Some(interval.state));
            prop_assert_eq!(found.map(|found| found.span), Some(interval.span));
            let before = timeline.state_at(id, interval.end_ns - 1);
            prop_assert_eq!(before.map(|found| found.state), Some(interval.state));
        }
    }

    #[test]
    fn rows_that_overlap_still_give_a_partition(
        spans in prop::collection::vec((0..500_u64, 0..200_u64), 0..20),
        sleeps in prop::collection::vec((0..500_u64, prop::option::of(0..200_u64), 0..300_u64), 0..20),
    ) {
        let mut tables = Tables { tasks: vec![task(7, 1, None)], ..Tables::default() };
        tables.spans.extend(spans.iter().map(|&(at, length)| span(7, "read", at, length)));
        tables.off_cpu.extend(sleeps.iter().map(|&(from_ns, length, wake_ns)| {
            let mut row = off_cpu(7, from_ns, 0);
            (row.to_ns, row.wake_ns) = (length.map(|length| from_ns + length), Some(wake_ns));
            row
        }));
        let timeline = Timeline::new(&manifest(1_000), &tables);
        let intervals: Vec<_> = timeline.intervals(ThreadId(0), 0, 1_000).collect();
        assert_partition(&intervals, 0, 1_000);
    }

    #[test]
    fn the_order_of_rows_does_not_matter(
        stretches in prop::collection::vec(stretch(), 0..20),
        seed in any::<u64>(),
    ) {
        let mut tables = rows_of(7, &stretches);
        // Calls that begin and end together cannot be told apart by time; they do not occur.
        tables.spans.dedup_by_key(|row| (row.start_ns, row.duration_ns));
        let other = rows_of(8, &stretches);
        tables.spans.extend(other.spans);
        tables.off_cpu.extend(other.off_cpu);
        tables.tasks = vec![task(7, 1, None), task(8, 1, Some(3))];
        let mut shuffled = tables.clone();
        shuffle(&mut shuffled.spans, seed);
        shuffle(&mut shuffled.off_cpu, seed ^ 1);
        shuffle(&mut shuffled.tasks, seed ^ 2);
        for tid in [7, 8] {
            prop_assert_eq!(resolved(&tables, tid), resolved(&shuffled, tid));
        }
    }
}

/// Start, end, whether blocked, start of the call, start of the time off the CPU.
type Resolved = (u64, u64, bool, Option<u64>, Option<u64>);

/// The intervals of a thread with rows in the place of their indexes.
fn resolved(tables: &Tables, tid: u32) -> Vec<Resolved> {
    let timeline = Timeline::new(&manifest(8_000), tables);
    timeline
        .thread_at(tid, 0)
        .into_iter()
        .flat_map(|id| timeline.intervals(id, 0, 8_000))
        .map(|interval| {
            (
                interval.start_ns,
                interval.end_ns,
                matches!(interval.state, State::Blocked(_)),
                interval.span.map(|row| timeline.span(row).start_ns),
                interval.off_cpu().map(|row| timeline.off_cpu(row).from_ns),
            )
        })
        .collect()
}

/// A permutation from a linear congruential sequence: repeatable, and no clock behind it.
fn shuffle<T>(rows: &mut [T], seed: u64) {
    let mut state = seed;
    for index in (1..rows.len()).rev() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        rows.swap(index, (state >> 33) as usize % (index + 1));
    }
}

//! Properties that hold for every walk, on generated timelines.

use proptest::prelude::*;

use super::Piece;
use super::tests::{TIMER_STACK, old, pieces, wait, with_stacks};
use crate::timeline::State;
use crate::timeline::fixture::{number, off_cpu, span, task};
use trace::rows::{OffCpu, Tables};

/// First number of the threads; they are consecutive.
pub(crate) const FIRST: u32 = 10;
pub(crate) const THREADS: u32 = 6;
pub(crate) const LATE_NS: u64 = 5_000;

/// A turn of a generated life: who acts, on whom, and how much later.
pub(crate) type Turn = (u32, u32, u64);

pub(crate) fn turns() -> impl Strategy<Value = Vec<Turn>> {
    proptest::collection::vec((0..THREADS, 0..THREADS, 1_u64..40), 0..120)
}

/// Threads that block, and are woken by ones that run: everything is as a kernel would record it.
pub(crate) fn consistent(turns: &[Turn]) -> Tables {
    let mut blocked: Vec<Option<u64>> = vec![None; THREADS as usize];
    let mut tables = Tables {
        tasks: (FIRST..FIRST + THREADS).map(old).collect(),
        ..Tables::default()
    };
    // A thread that is back on its CPU only from now on.
    let mut back_ns = vec![0; THREADS as usize];
    let mut now_ns = 1;
    for &(actor, target, later_ns) in turns {
        now_ns += later_ns + 3;
        let (acting, other) = (actor as usize, target as usize);
        if blocked[acting].is_some() || back_ns[acting] >= now_ns {
            continue;
        }
        match blocked[other] {
            Some(from_ns) => {
                let row = wait(FIRST + target, "read", from_ns, now_ns, FIRST + actor);
                tables.off_cpu.push(row);
                (blocked[other], back_ns[other]) = (None, now_ns + 2);
            }
            // Somebody must be left to wake the others.
            None if blocked.iter().filter(|state| state.is_none()).count() > 1 => {
                blocked[acting] = Some(now_ns);
            }
            None => {}
        }
    }
    for (thread, from_ns) in (FIRST..).zip(blocked) {
        let open = from_ns.map(|from_ns| OffCpu {
            to_ns: None,
            wake_ns: None,
            ..off_cpu(thread, from_ns, from_ns)
        });
        tables.off_cpu.extend(open);
    }
    tables
}

/// As [`consistent`], but of processes of two threads, of whose waits some end by a timer.
pub(crate) fn napping(turns: &[Turn]) -> Tables {
    let process = |tid: u32| FIRST + (tid - FIRST) / 2 * 2;
    let mut tables = consistent(turns);
    for task in &mut tables.tasks {
        task.tgid = process(task.tid);
    }
    for row in &mut tables.off_cpu {
        row.tgid = process(row.tid);
        if row.from_ns % 3 == 0 && row.wake_ns.is_some() {
            row.waker_context = profiler_common::Context::Interrupt as u8;
            row.waker_stack = Some(TIMER_STACK);
            row.syscall = number("epoll_wait") as i32;
        }
    }
    with_stacks(tables)
}

/// Who is walked at each instant of a window.
fn walked(pieces: &[Piece], (start_ns, end_ns): (u64, u64)) -> Vec<usize> {
    let of = |at_ns: u64| {
        let piece = pieces
            .iter()
            .find(|piece| piece.start_ns <= at_ns && at_ns < piece.end_ns);
        piece.map_or(usize::MAX, |piece| piece.thread.index())
    };
    (start_ns..end_ns).map(of).collect()
}

/// Rows that no kernel would record: waits that overlap, wake-ups by threads that are asleep, dead
/// or not born, cycles.
pub(crate) fn arbitrary() -> impl Strategy<Value = Tables> {
    let waits = proptest::collection::vec(
        (
            0..THREADS,
            0..THREADS + 2,
            0..LATE_NS,
            0_u64..900,
            0_u8..5,
            any::<bool>(),
        ),
        0..60,
    );
    let lives = proptest::collection::vec((0..THREADS, 0..LATE_NS, 0_u64..900), 0..4);
    let calls = proptest::collection::vec((0..THREADS, 0..LATE_NS, 0_u64..900), 0..10);
    (waits, lives, calls).prop_map(|(waits, lives, calls)| {
        let mut tables = consistent(&[]);
        for (thread, waker, from_ns, length_ns, context, imputed) in waits {
            let call = if context == 4 { "nanosleep" } else { "read" };
            tables.off_cpu.push(OffCpu {
                waker_context: context.min(3),
                waker_stack: (context > 2).then_some(TIMER_STACK),
                imputed,
                ..wait(
                    FIRST + thread,
                    call,
                    from_ns,
                    from_ns + length_ns,
                    FIRST + waker,
                )
            });
        }
        for (parent, born_ns, length_ns) in lives {
            let tid = FIRST + THREADS + parent % 2;
            let mut child = task(tid, FIRST + parent, Some(born_ns));
            child.ended_ns = Some(born_ns + length_ns);
            tables.tasks.push(child);
        }
        for (thread, start_ns, length_ns) in calls {
            tables
                .spans
                .push(span(FIRST + thread, "exit_group", start_ns, length_ns));
        }
        with_stacks(tables)
    })
}

/// Fails unless the pieces lie end to end over the whole window.
fn check_partition(pieces: &[Piece], (start_ns, end_ns): (u64, u64)) -> Result<(), TestCaseError> {
    let mut cursor_ns = start_ns;
    for piece in pieces {
        prop_assert_eq!(piece.start_ns, cursor_ns);
        prop_assert!(piece.end_ns > piece.start_ns);
        cursor_ns = piece.end_ns;
    }
    prop_assert_eq!(cursor_ns, end_ns.max(start_ns));
    Ok(())
}

/// The meaning of a piece, without the numbers of rows.
fn sense(tables: &Tables, pieces: &[Piece]) -> Vec<(u64, u64, usize, String)> {
    let row = |row: u32| tables.off_cpu[row as usize].clone();
    let state = |state: Option<State>| match state {
        Some(State::Runnable(index)) => format!("ready {:?}", row(index)),
        Some(State::Blocked(index)) => format!("waits {:?}", row(index)),
        Some(State::User) => "user".to_owned(),
        Some(State::Syscall) => "call".to_owned(),
        None => "gone".to_owned(),
    };
    pieces
        .iter()
        .map(|piece| {
            (
                piece.start_ns,
                piece.end_ns,
                piece.thread.index(),
                state(piece.state),
            )
        })
        .collect()
}

proptest! {
    #[test]
    fn pieces_partition_the_stage(turns in turns(), from_ns in 0..LATE_NS, length_ns in 0..LATE_NS) {
        let tables = consistent(&turns);
        let bounds_ns = (from_ns, from_ns + length_ns);
        check_partition(&pieces(&tables, FIRST, bounds_ns), bounds_ns)?;
    }

    #[test]
    fn every_walk_ends_and_partitions_whatever_was_recorded(
        tables in arbitrary(),
        thread in 0..THREADS,
        from_ns in 0..LATE_NS,
        length_ns in 0..LATE_NS,
    ) {
        let bounds_ns = (from_ns, from_ns + length_ns);
        check_partition(&pieces(&tables, FIRST + thread, bounds_ns), bounds_ns)?;
    }

    #[test]
    fn every_wait_that_a_thread_ended_is_followed(turns in turns(), thread in 0..THREADS) {
        let tables = consistent(&turns);
        for piece in pieces(&tables, FIRST + thread, (0, LATE_NS)) {
            if let Some(State::Blocked(row)) = piece.state {
                prop_assert_eq!(tables.off_cpu[row as usize].wake_ns, None);
            }
        }
    }

    #[test]
    fn an_instant_has_one_answer_whichever_window_asks(
        turns in turns(),
        thread in 0..THREADS,
        from_ns in 0..2_000_u64,
        length_ns in 1..800_u64,
    ) {
        let tables = napping(&turns);
        let part_ns = (from_ns, from_ns + length_ns);
        let whole = pieces(&tables, FIRST + thread, (0, LATE_NS));
        let part = pieces(&tables, FIRST + thread, part_ns);
        prop_assert_eq!(walked(&whole, part_ns), walked(&part, part_ns));
    }

    #[test]
    fn the_order_of_rows_does_not_matter(turns in turns(), swaps in proptest::collection::vec(any::<prop::sample::Index>(), 60)) {
        let tables = consistent(&turns);
        let mut shuffled = tables.clone();
        for (at, swap) in swaps.iter().enumerate() {
            let len = shuffled.off_cpu.len();
            if at < len {
                shuffled.off_cpu.swap(at, swap.index(len));
            }
        }
        shuffled.tasks.reverse();
        let bounds_ns = (0, LATE_NS);
        prop_assert_eq!(
            sense(&tables, &pieces(&tables, FIRST, bounds_ns)),
            sense(&shuffled, &pieces(&shuffled, FIRST, bounds_ns))
        );
    }
}

//! Ten million waits on one critical path, walked in under two seconds.
//!
//! `cargo bench -p analysis --bench critical_path`; the rows take 2 GB.

#![expect(clippy::disallowed_types, reason = "a benchmark reads the clock")]

use std::time::Instant;

use analysis::attribution::{Attribution, critical_path};
use analysis::timeline::Timeline;
use trace::manifest::{FORMAT_VERSION, Host, Manifest};
use trace::rows::{OffCpu, Tables, Task};

const WAITS: u64 = 10_000_000;
const TURN_NS: u64 = 100;
const END_NS: u64 = WAITS * TURN_NS;
const FIRST: u32 = 10;
const THREADS: u32 = 6;
const LIMIT_S: f64 = 2.0;

fn main() {
    let tables = Tables {
        tasks: (FIRST..FIRST + THREADS).map(task).collect(),
        off_cpu: (0..WAITS).map(wait).collect(),
        ..Tables::default()
    };
    let manifest = manifest();
    let begun = Instant::now();
    let timeline = Timeline::new(&manifest, &tables);
    println!("timeline of {WAITS} waits: {:?}", begun.elapsed());
    let attribution = Attribution::new(&manifest, &timeline);
    let thread = timeline
        .thread_at(FIRST, END_NS)
        .expect("the first thread lives to the end");
    let begun = Instant::now();
    let (mut count, mut total_ns) = (0_u64, 0);
    critical_path::walk(&attribution, &|_| true, thread, (0, END_NS), &mut |piece| {
        count += 1;
        total_ns += piece.end_ns - piece.start_ns;
    });
    let elapsed = begun.elapsed();
    println!("walk: {count} pieces in {elapsed:?}");
    assert_eq!(total_ns, END_NS, "the pieces are a partition");
    assert!(elapsed.as_secs_f64() < LIMIT_S, "took {elapsed:?}");
}

/// Each thread is woken by the one after it, which it then wakes in turn.
fn wait(turn: u64) -> OffCpu {
    let thread = (turn % u64::from(THREADS)) as u32;
    let from_ns = TURN_NS * turn + 10;
    let woken_ns = from_ns + 60;
    OffCpu {
        tid: FIRST + thread,
        tgid: FIRST + thread,
        from_ns,
        to_ns: Some(woken_ns),
        from_cpu: 0,
        to_cpu: 0,
        state: 1,
        preempted: false,
        syscall: 0,
        stack: None,
        wake_ns: Some(woken_ns),
        waker_tid: Some(FIRST + (thread + 1) % THREADS),
        waker_context: 0,
        waker_syscall: 1,
        waker_stack: None,
        imputed: false,
    }
}

fn task(tid: u32) -> Task {
    Task {
        tid,
        tgid: tid,
        parent_tid: 1,
        born_ns: None,
        exiting_ns: None,
        ended_ns: None,
        exit_code: 0,
        group_dead: false,
        comm: "bench".to_owned(),
        exe: String::new(),
        kernel_thread: false,
        clone_flags: 0,
        inner_pid: tid,
        pid_namespace: 1,
        pid_level: 0,
        mount_namespace: 1,
        join_reason: "root".to_owned(),
        joined_ns: None,
        joined_by: None,
    }
}

fn manifest() -> Manifest {
    Manifest {
        format: FORMAT_VERSION,
        host: Host {
            machine: "x86_64".to_owned(),
            ..Host::default()
        },
        ended_ns: END_NS,
        command_ended_ns: END_NS,
        level: "full".to_owned(),
        ..Manifest::default()
    }
}

use super::PartKey;
use super::{PartTimes, PathOpens, RecordingProfile, RunProfile, StackTimes, profile};
use crate::timeline::fixture::{manifest, mark, number, off_cpu, span, task, total};
use trace::mark::{MarkCode, Stage};
use trace::phase::Phase;
use trace::role::Role;
use trace::rows::{Sample, Stack, Symbol, Tables};

const OVERLAY: u32 = 0x794c_7630;

/// The only run of the only stage.
fn only(profile: &RecordingProfile) -> &RunProfile {
    assert_eq!((profile.stages.len(), profile.stages[0].runs.len()), (1, 1));
    &profile.stages[0].runs[0]
}

fn part(run: &RunProfile, phase: Phase, syscall: Option<&str>) -> PartTimes {
    let is_it = |key: &&PartKey| key.phase == phase && key.syscall.as_deref() == syscall;
    let mut found = run.parts.keys().filter(is_it);
    let times = found.next().map(|key| run.parts[key]);
    assert!(found.next().is_none(), "one part");
    times.unwrap_or_default()
}

/// A command of one thread that takes all of `[0, 1000)`.
fn tables() -> Tables {
    Tables {
        tasks: vec![task(7, 1, None)],
        ..Tables::default()
    }
}

fn profiled(tables: &Tables) -> RecordingProfile {
    let mut manifest = manifest(1_000);
    manifest.root_tgids = vec![7];
    profile("recording", &manifest, tables)
}

#[test]
fn calls_on_the_path_are_counted_and_user_time_by_process() {
    let mut tables = tables();
    tables.spans = vec![span(7, "read", 100, 50), span(7, "read", 300, 70)];
    for row in &mut tables.spans {
        row.fs_magic = OVERLAY;
    }
    let profile = profiled(&tables);
    let run = only(&profile);
    let reads = PartTimes {
        path_ns: 120,
        path_count: 2,
        thread_ns: 120,
        thread_count: 2,
    };
    assert_eq!(part(run, Phase::Files, Some("read")), reads);
    let user = part(run, Phase::User, None);
    assert_eq!((user.path_ns, user.path_count), (880, 1));
    assert_eq!((user.thread_ns, user.thread_count), (880, 1));
    assert_eq!(run.wall_ns, 1_000);
}

#[test]
fn a_call_that_is_interrupted_by_a_wait_for_a_cpu_is_counted_once() {
    let mut tables = tables();
    tables.spans = vec![span(7, "read", 100, 300)];
    let mut preempted = off_cpu(7, 200, 250);
    (preempted.state, preempted.preempted) = (0, true);
    (preempted.wake_ns, preempted.syscall) = (None, number("read") as i32);
    tables.off_cpu = vec![preempted];
    let profile = profiled(&tables);
    let run = only(&profile);
    let read = part(run, Phase::Files, Some("read"));
    assert_eq!(
        (read.path_ns, read.path_count, read.thread_count),
        (250, 1, 1)
    );
    let waited = part(run, Phase::Runqueue, Some("read"));
    assert_eq!((waited.path_ns, waited.path_count), (50, 1));
}

#[test]
fn calls_that_nobody_waits_for_are_in_the_threads_only() {
    let mut tables = tables();
    tables.tasks.push(task(8, 7, Some(0)));
    tables.spans = vec![span(8, "getpid", 100, 50)];
    let profile = profiled(&tables);
    let idle = part(only(&profile), Phase::Process, Some("getpid"));
    assert_eq!((idle.path_ns, idle.path_count), (0, 0));
    assert_eq!((idle.thread_ns, idle.thread_count), (50, 1));
}

#[test]
fn the_parts_of_the_path_add_up_to_the_wall_time() {
    let mut tables = tables();
    tables.tasks.push(task(8, 7, Some(150)));
    tables.spans = vec![span(7, "wait4", 200, 500), span(8, "openat", 300, 100)];
    let mut wait = off_cpu(7, 210, 690);
    (wait.waker_tid, wait.syscall) = (Some(8), number("wait4") as i32);
    tables.off_cpu = vec![wait];
    let profile = profiled(&tables);
    let run = only(&profile);
    let sum: u64 = run.parts.values().map(|times| times.path_ns).sum();
    assert_eq!((sum, run.folded.values().sum::<u64>()), (1_000, 1_000));
    assert_eq!(part(run, Phase::Files, Some("openat")).path_ns, 100);
}

#[test]
fn short_calls_take_their_share_of_user_time() {
    let mut tables = tables();
    let mut reads = total(7, "read", 900, 20, 10);
    reads.fs_magic = OVERLAY;
    tables.totals = vec![reads];
    let mut manifest = manifest(1_000);
    (manifest.root_tgids, manifest.level) = (vec![7], "summary".to_owned());
    let profile = profile("recording", &manifest, &tables);
    let run = only(&profile);
    let reads = part(run, Phase::Files, Some("read"));
    assert_eq!((reads.path_ns, reads.path_count), (200, 20));
    assert_eq!((reads.thread_ns, reads.thread_count), (200, 20));
    assert_eq!(part(run, Phase::User, None).path_ns, 800);
    assert_eq!((run.work.files, run.work.bytes), (None, None));
}

#[test]
fn short_calls_that_are_half_on_the_path_take_half() {
    let mut tables = tables();
    // Thread 8 computes all the time; it is waited for in the second half.
    tables.tasks.push(task(8, 7, Some(0)));
    let mut wait = off_cpu(7, 500, 1_000);
    (wait.waker_tid, wait.to_ns) = (Some(8), Some(1_000));
    tables.off_cpu = vec![wait];
    let mut calls = total(8, "getpid", 900, 10, 20);
    calls.from_ns = 100;
    tables.totals = vec![calls];
    let mut manifest = manifest(1_000);
    (manifest.root_tgids, manifest.level) = (vec![7], "summary".to_owned());
    let profile = profile("recording", &manifest, &tables);
    let run = only(&profile);
    let calls = part(run, Phase::Process, Some("getpid"));
    assert_eq!((calls.path_ns, calls.path_count), (100, 5));
    assert_eq!((calls.thread_ns, calls.thread_count), (200, 10));
    let sum: u64 = run.parts.values().map(|times| times.path_ns).sum();
    assert_eq!(sum, 1_000);
}

#[test]
fn work_is_counted_on_file_systems_that_store_files() {
    let mut tables = tables();
    let texts = ["/a", "/b", "/proc/self/stat"];
    tables.strings = (0..)
        .zip(texts)
        .map(|(id, text)| trace::rows::Text {
            id,
            text: text.to_owned(),
        })
        .collect();
    let mut at_ns = 0;
    let mut add = |name: &str, text: Option<u32>, fs_magic: u32, result: i64| {
        at_ns += 20;
        let mut row = span(7, name, at_ns, 10);
        (row.text, row.fs_magic, row.result) = (text, fs_magic, result);
        tables.spans.push(row);
    };
    add("openat", Some(0), OVERLAY, 3);
    add("openat", Some(0), OVERLAY, 4);
    add("openat", Some(1), OVERLAY, 5);
    add("openat", Some(1), OVERLAY, -2);
    add("openat", Some(2), 0x9fa0, 6);
    add("read", None, OVERLAY, 4_096);
    add("lseek", None, OVERLAY, 1 << 30);
    add("read", None, 0x9fa0, 100);
    let profile = profiled(&tables);
    let work = only(&profile).work;
    assert_eq!(
        (work.opens, work.files, work.bytes),
        (3, Some(2), Some(4_096))
    );
    let reopened: Vec<_> = only(&profile).reopened.iter().collect();
    let twice = PathOpens {
        opens: 2,
        time_ns: 20,
    };
    assert_eq!(reopened, [(&"/a".to_owned(), &twice)]);
    let key = ("openat".to_owned(), "overlay".to_owned());
    let opens = &profile.stages[0].calls[&key];
    assert_eq!((opens.count, opens.errors, opens.total_ns), (4, 1, 40));
}

#[test]
fn stacks_of_samples_stand_below_their_call_without_the_profiler() {
    let names = [
        "bpf_ringbuf_output",
        "bpf_trace_run2",
        "__bpf_trace_sys_exit",
        "memcpy",
        "vfs_read",
        "do_syscall_64",
    ];
    let mut tables = tables();
    tables.symbols = (1..)
        .zip(names)
        .map(|(address, name)| Symbol {
            tgid: 0,
            address,
            name: name.to_owned(),
            offset: 0,
            module: String::new(),
            source: String::new(),
            from_ns: 0,
        })
        .collect();
    tables.stacks = vec![
        Stack {
            id: 1,
            frames: vec![4, 5, 6],
        },
        Stack {
            id: 2,
            frames: vec![1, 2, 3, 5, 6],
        },
    ];
    let sample = |at_ns, stack| Sample {
        at_ns,
        tid: 7,
        tgid: 7,
        cpu: 0,
        syscall: number("read") as i32,
        kernel_stack: Some(stack),
        user_stack: None,
    };
    tables.samples = vec![sample(10, 1), sample(20, 1), sample(30, 2)];
    tables.spans = vec![span(7, "read", 5, 50)];
    let profile = profiled(&tables);
    let found: Vec<(String, String, u64)> = only(&profile)
        .stacks
        .iter()
        .map(|(key, &StackTimes { samples, .. })| {
            (key.syscall.clone(), key.functions.join(" "), samples)
        })
        .collect();
    let read = "read".to_owned();
    assert_eq!(
        found,
        [
            (read.clone(), "memcpy vfs_read".to_owned(), 2),
            (read, "vfs_read".to_owned(), 1)
        ]
    );
}

#[test]
fn runs_of_a_stage_stand_together() {
    let mut tables = tables();
    for (run, start_ns) in [(1, 100), (2, 300)] {
        tables.marks.push(mark(
            7,
            start_ns,
            MarkCode::Begin(Stage::Create).to_u64(),
            run,
        ));
        tables.marks.push(mark(
            7,
            start_ns + 100 + run,
            MarkCode::End(Stage::Create).to_u64(),
            run,
        ));
    }
    let profile = profiled(&tables);
    let walls: Vec<(usize, u64)> = profile.stages[0]
        .runs
        .iter()
        .map(|run| (run.run, run.wall_ns))
        .collect();
    assert_eq!(walls, [(0, 101), (1, 102)]);
}

#[test]
fn a_stage_without_a_path_is_of_no_known_part() {
    let mut tables = tables();
    tables.tasks.clear();
    tables.marks = vec![
        mark(99, 100, MarkCode::Begin(Stage::Create).to_u64(), 1),
        mark(99, 300, MarkCode::End(Stage::Create).to_u64(), 1),
    ];
    let profile = profiled(&tables);
    let run = only(&profile);
    let keys: Vec<_> = run
        .parts
        .iter()
        .map(|(key, times)| (key.role, key.phase, times.path_ns))
        .collect();
    assert_eq!(keys, [(Role::Other, Phase::Unknown, 200)]);
    assert_eq!(run.folded.values().sum::<u64>(), 200);
}

#[test]
fn calls_are_counted_by_role_with_their_errors() {
    let mut tables = tables();
    tables.strings = vec![trace::rows::Text {
        id: 0,
        text: "/etc/passwd".to_owned(),
    }];
    for (at_ns, result) in [(100, 3), (200, -2), (300, -2), (400, -13)] {
        let mut row = span(7, "openat", at_ns, 10);
        (row.result, row.text, row.fs_magic) = (result, Some(0), OVERLAY);
        tables.spans.push(row);
    }
    let mut short = total(7, "openat", 900, 5, 4);
    (short.errors, short.fs_magic) = (2, OVERLAY);
    tables.totals = vec![short];
    let profile = profiled(&tables);
    let run = only(&profile);
    let opens: Vec<_> = run.made.iter().collect();
    let [(key, opens)] = opens[..] else {
        panic!("{opens:?}");
    };
    assert_eq!(
        (key.role, &*key.syscall, &*key.file_system),
        (Role::Client, "openat", "overlay")
    );
    assert_eq!((opens.count, opens.total_ns), (9, 60));
    let errors = [("EACCES", 1), ("ENOENT", 2), (super::UNKNOWN_ERROR, 2)];
    let errors = errors.map(|(name, count)| (name.to_owned(), count));
    assert_eq!(opens.errors, errors.into());
    let repeated = &run.repeated[0];
    assert_eq!((&*repeated.text, repeated.count), ("/etc/passwd", 4));
}

use proptest::prelude::*;

use super::{analyse, analyse_roles};
use crate::attribution::Attribution;
use crate::report::StageReport;
use crate::timeline::Timeline;
use crate::timeline::fixture::{exec, lock, manifest, mark, off_cpu, span, task, total};
use trace::manifest::Manifest;
use trace::mark::{MarkCode, Stage};
use trace::phase::Phase;
use trace::role::Role;
use trace::rows::{Stack, Symbol, Tables};

/// The only stage of a recording of a command.
fn command(manifest: &Manifest, tables: &Tables) -> StageReport {
    let report = analyse(manifest, tables).report;
    let mut stages = report.runs.into_iter().flat_map(|run| run.stages);
    let stage = stages.next();
    assert!(stages.next().is_none(), "one stage");
    stage.unwrap_or_else(|| panic!("no stage"))
}

fn phase(stage: &StageReport, phase: Phase) -> (u64, u64) {
    let row = stage.phases.iter().find(|row| row.phase == phase);
    row.map_or((0, 0), |row| (row.thread_ns, row.count))
}

fn parts(stage: &StageReport, phase: Phase) -> Vec<(String, u64, u64)> {
    let rows = stage.phases.iter().filter(|row| row.phase == phase);
    rows.flat_map(|row| &row.parts)
        .map(|part| (part.name.clone(), part.thread_ns, part.count))
        .collect()
}

fn thread_ns(stage: &StageReport) -> u64 {
    stage.phases.iter().map(|row| row.thread_ns).sum()
}

#[test]
fn every_nanosecond_of_a_thread_is_in_one_phase() {
    let mut unshare = span(7, "unshare", 10, 30);
    unshare.clone_flags = 0x4000_0000;
    let mut read = span(7, "read", 50, 20);
    read.fs_magic = 0x794c_7630;
    let mut nap = off_cpu(7, 60, 68);
    (nap.wake_ns, nap.syscall) = (Some(65), 0);
    let tables = Tables {
        tasks: vec![task(7, 1, None)],
        spans: vec![unshare, read],
        off_cpu: vec![nap],
        ..Tables::default()
    };
    let mut manifest = manifest(100);
    manifest.root_tgids = vec![7];
    let stage = command(&manifest, &tables);
    assert_eq!(stage.name, "command");
    assert_eq!(thread_ns(&stage), 100);
    assert_eq!(
        parts(&stage, Phase::Namespaces),
        [("net".to_owned(), 30, 1)]
    );
    assert_eq!(
        parts(&stage, Phase::Files),
        [("read overlay".to_owned(), 17, 1)]
    );
    assert_eq!(phase(&stage, Phase::Runqueue), (3, 1));
    assert_eq!(parts(&stage, Phase::User), [("client".to_owned(), 50, 0)]);
    assert_eq!(stage.processes.len(), 1);
    let process = &stage.processes[0];
    assert_eq!(
        (process.cpu_ns, process.thread_ns, process.syscalls),
        (92, 95, 2)
    );
}

#[test]
fn a_wait_for_a_grace_period_is_not_the_calls() {
    let frames = [
        "__schedule",
        "schedule",
        "__wait_rcu_gp",
        "synchronize_rcu",
        "cgroup_procs_write_start",
    ];
    let symbols = (1..).zip(frames).map(|(address, name)| Symbol {
        tgid: 0,
        address,
        name: name.to_owned(),
        offset: 0,
        module: String::new(),
        source: String::new(),
        from_ns: 0,
    });
    let mut write = span(7, "write", 10, 80);
    write.fs_magic = 0x0027_e0eb;
    let mut wait = off_cpu(7, 20, 80);
    wait.stack = Some(1);
    let mut contended = lock(7, 82, 5, Some(1));
    contended.address = 4;
    let tables = Tables {
        tasks: vec![task(7, 1, None)],
        spans: vec![write],
        off_cpu: vec![wait],
        locks: vec![contended],
        stacks: vec![Stack {
            id: 1,
            frames: (1..6).collect(),
        }],
        symbols: symbols.collect(),
        ..Tables::default()
    };
    let stage = command(&manifest(100), &tables);
    assert_eq!(
        parts(&stage, Phase::Rcu),
        [("cgroup_procs_write_start".to_owned(), 60, 1)]
    );
    assert_eq!(parts(&stage, Phase::Cgroups), [("write".to_owned(), 20, 1)]);
    assert_eq!(stage.locks.len(), 1);
    assert_eq!(
        (stage.locks[0].name.as_str(), stage.locks[0].wait_ns),
        ("synchronize_rcu", 5)
    );
}

#[test]
fn calls_count_where_they_end_and_time_where_it_passed() {
    let code = |mark: MarkCode| mark.to_u64();
    let tables = Tables {
        tasks: vec![task(7, 1, None)],
        spans: vec![span(7, "getpid", 20, 10), span(7, "getpid", 45, 10)],
        marks: vec![
            mark(7, 10, code(MarkCode::Begin(Stage::Create)), 1),
            mark(7, 50, code(MarkCode::End(Stage::Create)), 1),
            mark(7, 50, code(MarkCode::Begin(Stage::Start)), 1),
            mark(7, 90, code(MarkCode::End(Stage::Start)), 1),
        ],
        ..Tables::default()
    };
    let report = analyse(&manifest(100), &tables);
    let stages = &report.report.runs[0].stages;
    assert_eq!(stages.len(), 2);
    assert_eq!(phase(&stages[0], Phase::Process), (15, 1));
    assert_eq!(phase(&stages[1], Phase::Process), (5, 1));
    assert_eq!(stages[1].syscalls[0].total_ns, 10);
    assert_eq!(thread_ns(&stages[0]), 40);
}

#[test]
fn an_exit_counts_though_it_never_returns() {
    let mut exit = span(7, "exit_group", 90, 50);
    exit.flags = profiler_common::SpanFlags::NEVER_RETURNED;
    let tables = Tables {
        tasks: vec![task(7, 1, None)],
        spans: vec![exit],
        ..Tables::default()
    };
    let mut manifest = manifest(200);
    manifest.command_ended_ns = 100;
    let stage = command(&manifest, &tables);
    assert_eq!(parts(&stage, Phase::Process), [("exit".to_owned(), 10, 1)]);
}

#[test]
fn short_calls_move_from_user_time_to_their_phase() {
    let mut reads = total(7, "read", 50, 10, 2);
    reads.fs_magic = 0xef53;
    (reads.errors, reads.off_cpu_ns) = (3, 5);
    let tables = Tables {
        tasks: vec![task(7, 1, None)],
        totals: vec![reads],
        ..Tables::default()
    };
    let stage = command(&manifest(100), &tables);
    assert_eq!(
        parts(&stage, Phase::Files),
        [("read ext4".to_owned(), 15, 10)]
    );
    assert_eq!(phase(&stage, Phase::User), (85, 0));
    let row = &stage.syscalls[0];
    assert_eq!(
        (row.count, row.errors, row.total_ns, row.max_ns),
        (10, 3, 20, 2)
    );
}

#[test]
fn percentiles_of_calls_and_of_totals_agree() {
    let mut tables = Tables {
        tasks: vec![task(7, 1, None)],
        ..Tables::default()
    };
    let mut at_ns = 0;
    for index in 0..100_u64 {
        let duration_ns = if index < 98 { 1_000 } else { 1_000_000 };
        tables.spans.push(span(7, "getpid", at_ns, duration_ns));
        at_ns += duration_ns + 10;
    }
    let spans = command(&manifest(10_000_000), &tables);
    tables.spans.clear();
    tables.totals = vec![
        total(7, "getpid", 5_000_000, 98, 1_000),
        total(7, "getpid", 6_000_000, 2, 1_000_000),
    ];
    let totals = command(&manifest(10_000_000), &tables);
    let (exact, bucketed) = (&spans.syscalls[0], &totals.syscalls[0]);
    assert_eq!(exact.total_ns, bucketed.total_ns);
    assert_eq!((exact.count, bucketed.count), (100, 100));
    assert_eq!(exact.p50_ns, 1_000);
    assert!(exact.p99_ns.abs_diff(1_000_000) < 1_000);
    assert!(bucketed.p50_ns.abs_diff(exact.p50_ns) < exact.p50_ns / 4);
    assert!(bucketed.p99_ns.abs_diff(exact.p99_ns) < exact.p99_ns / 4);
}

#[test]
fn threads_that_are_not_tracked_are_left_out() {
    let mut stranger = task(8, 1, None);
    stranger.join_reason = String::new();
    let tables = Tables {
        tasks: vec![task(7, 1, None), stranger],
        off_cpu: vec![off_cpu(7, 10, 20), off_cpu(8, 10, 20)],
        ..Tables::default()
    };
    let stage = command(&manifest(100), &tables);
    assert_eq!(thread_ns(&stage), 100);
    assert_eq!(stage.processes.len(), 1);
}

const NAMES: &[&str] = &[
    "read", "openat", "futex", "mmap", "wait4", "unshare", "ioctl", "bpf",
];

/// A thread that alternates between user mode and calls that may sleep.
fn busy(tid: u32, stretches: &[(u64, u64, u64, usize)]) -> Tables {
    let mut tables = Tables::default();
    let mut at_ns = 0;
    for &(user, call, asleep, name) in stretches {
        let start_ns = at_ns + user;
        let name = NAMES[name % NAMES.len()];
        tables.spans.push(span(tid, name, start_ns, call + asleep));
        if asleep > 0 {
            let mut row = off_cpu(tid, start_ns + call, start_ns + call + asleep);
            row.wake_ns = Some(start_ns + call + asleep / 2);
            tables.off_cpu.push(row);
        }
        at_ns = start_ns + call + asleep;
    }
    tables.tasks.push(task(tid, 1, None));
    tables
}

fn stretches() -> impl Strategy<Value = Vec<(u64, u64, u64, usize)>> {
    // No call and no gap is empty: then no two calls share an instant, and none is ambiguous.
    prop::collection::vec((1..40_u64, 1..40_u64, 0..40_u64, 0..NAMES.len()), 1..30)
}

proptest! {
    #[test]
    fn phases_add_up_to_the_time_that_threads_lived(first in stretches(), second in stretches()) {
        let mut tables = busy(7, &first);
        let other = busy(8, &second);
        tables.spans.extend(other.spans);
        tables.off_cpu.extend(other.off_cpu);
        tables.tasks.extend(other.tasks);
        let stage = command(&manifest(5_000), &tables);
        prop_assert_eq!(thread_ns(&stage), 2 * 5_000);
        let calls: u64 = stage.syscalls.iter().map(|row| row.count).sum();
        prop_assert_eq!(calls, (first.len() + second.len()) as u64);
        for row in &stage.phases {
            prop_assert_eq!(row.thread_ns, row.parts.iter().map(|part| part.thread_ns).sum::<u64>());
        }
    }

    #[test]
    fn stages_add_up_to_the_command(rows in stretches(), cut_ns in 1..4_999_u64) {
        let mut tables = busy(7, &rows);
        let whole = command(&manifest(5_000), &tables);
        tables.marks = [(0, cut_ns, Stage::Create), (cut_ns, 5_000, Stage::Start)]
            .into_iter()
            .flat_map(|(from_ns, to_ns, stage)| [
                mark(7, from_ns, MarkCode::Begin(stage).to_u64(), 0),
                mark(7, to_ns, MarkCode::End(stage).to_u64(), 0),
            ])
            .collect();
        let parts = analyse(&manifest(5_000), &tables);
        for row in &whole.phases {
            let sums = parts.report.runs[0].stages.iter().map(|stage| phase(stage, row.phase));
            let (thread_ns, count) = sums.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
            prop_assert_eq!(thread_ns, row.thread_ns);
            // A wait across the cut is a wait in one of them only.
            prop_assert!(count == row.count || row.phase == Phase::Runqueue);
        }
    }

    #[test]
    fn the_order_of_rows_does_not_matter(rows in stretches()) {
        let tables = busy(7, &rows);
        let mut reversed = tables.clone();
        reversed.spans.reverse();
        reversed.off_cpu.reverse();
        reversed.tasks.reverse();
        prop_assert_eq!(analyse(&manifest(5_000), &tables), analyse(&manifest(5_000), &reversed));
    }
}

#[test]
#[expect(clippy::disallowed_types, reason = "the test is about time")]
fn a_million_rows_are_read_in_seconds() {
    let stretches: Vec<_> = (0..5_000)
        .map(|index| (3, 5, index % 3, index as usize))
        .collect();
    let mut tables = Tables::default();
    for tid in 100..200 {
        let thread = busy(tid, &stretches);
        tables.spans.extend(thread.spans);
        tables.off_cpu.extend(thread.off_cpu);
        tables.tasks.extend(thread.tasks);
    }
    let began = std::time::Instant::now();
    let stage = command(&manifest(100_000), &tables);
    assert_eq!(
        stage.syscalls.iter().map(|row| row.count).sum::<u64>(),
        500_000
    );
    // Loose: a debug build on a busy machine. A quadratic step would take minutes.
    assert!(began.elapsed().as_secs() < 30, "took {:?}", began.elapsed());
}

/// A client that becomes a runtime at 40, in the middle of a call that it began before.
fn turned() -> (Manifest, Tables) {
    let mut manifest = manifest(100);
    manifest.root_tgids = vec![7];
    let tables = Tables {
        tasks: vec![task(7, 1, None)],
        execs: vec![exec(7, 40, "/usr/bin/crun", "crun create")],
        spans: vec![
            span(7, "getpid", 10, 10),
            span(7, "execve", 35, 10),
            span(7, "getpid", 60, 20),
        ],
        ..Tables::default()
    };
    (manifest, tables)
}

#[test]
fn a_report_of_a_role_has_what_its_processes_did_while_they_had_it() {
    let (manifest, tables) = turned();
    let timeline = Timeline::new(&manifest, &tables);
    let attribution = Attribution::new(&manifest, &timeline);
    let of = |roles: &[Role]| {
        let analysis = analyse_roles(&manifest, &attribution, roles);
        assert_eq!(analysis.report.roles, roles);
        let on_path_ns: u64 = analysis.paths[0]
            .segments
            .iter()
            .map(|segment| segment.duration_ns)
            .sum();
        let stage = analysis.report.runs[0].stages[0].clone();
        let calls: u64 = stage.processes.iter().map(|row| row.syscalls).sum();
        let own: Vec<Role> = stage.processes.iter().map(|row| row.role).collect();
        let phases_ns: u64 = stage
            .phases
            .iter()
            .filter_map(|row| row.critical_path_ns)
            .sum();
        assert_eq!((stage.wall_ns, phases_ns), (100, on_path_ns));
        (thread_ns(&stage), on_path_ns, calls, own)
    };
    assert_eq!(of(&[]), (100, 100, 3, vec![Role::Runtime]));
    // On the path the call that it turned in is whole, and of the role in which it began.
    assert_eq!(of(&[Role::Client]), (40, 45, 1, vec![Role::Client]));
    assert_eq!(of(&[Role::Runtime]), (60, 55, 2, vec![Role::Runtime]));
    assert_eq!(of(&[Role::Shim]), (0, 0, 0, Vec::new()));
    let both = of(&[Role::Client, Role::Runtime]);
    assert_eq!((both.0, both.1, both.2), (100, 100, 3));
}

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;
use analysis::report::functions::{FunctionGroup, FunctionRow};
use analysis::report::{CauseKind, StageReport};
use analysis::what_if::answer::Times;
use trace::phase::Phase;
use trace::role::Role;

fn row(phase: Phase, part: &str, syscall: Option<&str>, critical_path_ns: u64) -> CauseRow {
    CauseRow {
        role: Role::Runtime,
        comm: "crun".into(),
        phase,
        part: part.into(),
        syscall: syscall.map(str::to_owned),
        cause: String::new(),
        cause_kind: None,
        critical_path_ns,
        pieces: 2,
        files: None,
    }
}

fn stage(name: &str, start_ns: u64, causes: Vec<CauseRow>) -> StageReport {
    StageReport {
        name: name.into(),
        start_ns,
        wall_ns: causes.iter().map(|row| row.critical_path_ns).sum(),
        causes,
        ..StageReport::default()
    }
}

fn told(run: &Run) -> Vec<(String, String, Option<i64>)> {
    let found = of_run(run).into_iter();
    found
        .map(|finding| (finding.rule, finding.sentence, finding.share_ppm))
        .collect()
}

fn run(stages: Vec<StageReport>) -> Run {
    Run {
        stages,
        ..Run::default()
    }
}

#[test]
fn rows_of_all_stages_are_told_by_their_rules_the_longest_first() {
    let create = stage(
        "create",
        0,
        vec![
            row(Phase::Rcu, "cgroup_procs_write", Some("write"), 300),
            row(Phase::Observer, "", None, 200),
        ],
    );
    let start = stage(
        "start",
        1_000,
        vec![
            row(Phase::Disk, "", Some("fsync"), 400),
            row(Phase::Memory, "fault", None, 96),
            row(Phase::Files, "open ext4", Some("openat"), 4),
        ],
    );
    let expected = [
        ("disk", "waits {time} for a device in {call}", 400_000),
        (
            "grace-period",
            "waits {time} for grace periods that {part} asks for in {call}",
            300_000,
        ),
        (OTHER, "spends {time} on {phase}, {part}", 96_000),
    ];
    let expected = expected.map(|(rule, predicate, ppm)| {
        let sentence = format!("{{process}} ({{role}}) {predicate}");
        (rule.to_owned(), sentence, Some(ppm))
    });
    assert_eq!(told(&run(vec![create, start])), expected);
}

#[test]
fn what_is_alike_in_several_stages_is_one_finding() {
    let times = [("create", 10), ("start", 80), ("stop", 5)];
    let stages = times.map(|(name, time_ns)| {
        stage(
            name,
            time_ns * 1_000,
            vec![row(Phase::User, "", None, time_ns)],
        )
    });
    let found = of_run(&run(stages.into()));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].stage, "start");
    assert_eq!(found[0].explained.value_ns, 95);
    let stages = found[0].evidence("stages").unwrap();
    assert_eq!(stages.text.as_deref(), Some("create, start"));
}

#[test]
fn a_named_cause_comes_before_what_its_phase_says() {
    let throttled = CauseRow {
        cause: "quota of group a: 5 ms of each 50 ms".into(),
        ..row(Phase::Throttled, "", None, 5)
    };
    let found = of_run(&run(vec![stage("exec", 0, vec![throttled])]));
    assert_eq!(found[0].rule, "named-cause");
}

#[test]
fn user_time_names_its_functions_with_samples() {
    let mut exec = stage("exec", 0, vec![row(Phase::User, "", None, 10)]);
    exec.functions = vec![FunctionGroup {
        role: Role::Runtime,
        comm: "crun".into(),
        critical_path_ns: 10,
        samples: 20,
        functions: vec![FunctionRow {
            name: "libseccomp".into(),
            samples: 15,
            estimated_ns: 8,
            parts: Vec::new(),
        }],
    }];
    let found = of_run(&run(vec![exec]));
    assert!(
        found[0]
            .sentence
            .ends_with("user mode; most in {function} ({samples} of {all_samples} samples)")
    );
    let samples = found[0].evidence("samples").unwrap();
    assert_eq!(samples.value, Some(15_000));
}

#[test]
fn work_on_many_files_is_one_finding_whatever_the_calls() {
    let copying = |phase, call, time_ns| CauseRow {
        cause: "copies files from /a to /b".into(),
        files: Some(4_000),
        ..row(phase, "", call, time_ns)
    };
    let rows = vec![
        copying(Phase::Runqueue, None, 50),
        copying(Phase::Files, Some("openat"), 30),
        copying(Phase::Files, Some("write"), 20),
    ];
    let found = of_run(&run(vec![stage("create", 0, rows)]));
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].sentence,
        "{process} ({role}) {time}: {cause} ({files} files)"
    );
    assert_eq!(found[0].explained.value_ns, 100);
    assert_eq!(found[0].parts.len(), 3);
}

fn run_of(causes: Vec<CauseRow>) -> Run {
    Run {
        stages: vec![stage("remove", 0, causes)],
        ..Run::default()
    }
}

/// What is proposed for a run of which a replay without the changes takes `replayed_ns`.
fn remedies(run: Run, replayed_ns: u64) -> Vec<(String, Vec<String>)> {
    let recorded_ns = run.wall_ns();
    let report = Report {
        runs: vec![run],
        ..Report::default()
    };
    let diagnosis = diagnosis(&report, Vec::new(), &|_, stages, _| {
        assert_eq!(stages, ["remove"]);
        Some(Times {
            recorded_ns,
            replayed_ns,
            saving_ns: recorded_ns.cast_signed() - replayed_ns.cast_signed(),
        })
    });
    let remedies = diagnosis.remedies.into_iter().flatten();
    remedies
        .map(|remedy| (remedy.text, remedy.selectors))
        .collect()
}

#[test]
fn a_cause_with_a_remedy_is_told_with_all_that_it_would_save() {
    let sync = |call| row(Phase::Disk, "fsync", Some(call), 40);
    let run = run_of(vec![
        sync("fsync"),
        sync("fdatasync"),
        sync("fsync"),
        row(Phase::Memory, "mmap", Some("mmap"), 40),
    ]);
    let expected = (
        "no fsync, or a file system in memory".to_owned(),
        vec![
            "phase:disk,call:fsync".to_owned(),
            "phase:disk,call:fdatasync".to_owned(),
        ],
    );
    assert_eq!(remedies(run, 40), [expected]);
}

#[test]
fn what_would_save_little_is_no_remedy() {
    let run = || run_of(vec![row(Phase::Disk, "fsync", Some("fsync"), 1_000)]);
    assert_eq!(remedies(run(), 995), []);
    assert_eq!(remedies(run(), 900).len(), 1);
}

#[test]
fn a_sleep_in_the_container_is_its_own_business() {
    let asleep = |role| CauseRow {
        role,
        cause: "sleep of 2 s".into(),
        cause_kind: Some(CauseKind::Sleep),
        ..row(Phase::Ipc, "sleep", Some("clock_nanosleep"), 2_000)
    };
    assert_eq!(remedies(run_of(vec![asleep(Role::Container)]), 0), []);
    assert_eq!(
        remedies(run_of(vec![asleep(Role::Helper)]), 0),
        [("no sleep".to_owned(), vec!["cause:sleep of 2 s".to_owned()])]
    );
}

#[test]
fn waits_for_a_cpu_behind_one_program_are_one_whatever_they_interrupt() {
    let create = vec![
        row(Phase::Runqueue, "behind rustc", Some("write"), 300),
        row(Phase::Runqueue, "behind cargo", None, 250),
        row(Phase::Runqueue, "behind rustc", None, 200),
    ];
    let found = of_run(&run(vec![stage("create", 0, create)]));
    let times_ns: Vec<i64> = found
        .iter()
        .map(|finding| finding.explained.value_ns)
        .collect();
    assert_eq!(times_ns, [500, 250]);
}

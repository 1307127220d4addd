//! Reports for the tests of this crate, close to what real recordings gave.

pub(crate) mod bench;
mod diff;
mod doctor;
mod path;
pub(crate) mod profile;
pub(crate) mod question;
mod rows;
mod stages;
pub(crate) mod study;

use std::collections::BTreeMap;

pub(crate) use self::diff::{claims, diff, doubtful_diff, empty_diff};
pub(crate) use self::doctor::{doctor, unfit_doctor};
pub(crate) use self::path::{path, path_of};
use self::rows::{lock, phase, process, syscall};
use self::stages::{create, exec, remove, start, stop};

use trace::manifest::{Host, ObserverCost, ProbeState};

use analysis::Analysis;
use analysis::report::path::Heuristic;
use analysis::report::{
    Aggregate, AggregateRow, ContainerIdentity, HeuristicRow, ObserverEstimate, RecordCounts,
    Report, Run, SCHEMA_VERSION, Spread, StageAggregate, StageReport,
};
use analysis::what_if::answer::Times;
use compare::advice::recording::warnings;
use compare::explain::single;
use compare::report::diagnosis::Diagnosis;
use trace::phase::Phase;
use trace::role::Role;

const US: u64 = 1_000;
const MS: u64 = 1_000_000;

/// A report without any run.
pub(crate) fn empty() -> Report {
    Report {
        roles: Vec::new(),
        schema: SCHEMA_VERSION,
        host: Host {
            kernel: "6.18.5".into(),
            machine: "x86_64".into(),
            cpus: 2,
            cgroup: "hybrid".into(),
            load_milli: 420,
        },
        command: Vec::new(),
        level: "full".into(),
        records: RecordCounts::default(),
        probes: probes(),
        observer: ObserverCost {
            untracked_syscall_ns: 228,
            tracked_syscall_ns: 307,
            wait_ns: 1_540,
            switch_ns: 420,
            total_ns: 9_420 * US,
            own_cpu_ns: 31 * MS,
            calls: Vec::new(),
        },
        fault_samples: 37,
        observer_estimate: Some(ObserverEstimate {
            samples: 212,
            scale_ppm: 1_043_000,
            error_ppm: 61_000,
        }),
        interrupted: None,
        aggregates: Vec::new(),
        runs: Vec::new(),
    }
}

fn probes() -> Vec<ProbeState> {
    let probe = |name: &str, kind: &str, runs| ProbeState {
        name: name.into(),
        kind: kind.into(),
        state: "attached".into(),
        reason: String::new(),
        runs,
    };
    vec![
        probe("sys_enter", "tp_btf", 30_912),
        probe("sys_exit", "tp_btf", 30_874),
        probe("sched_switch", "tp_btf", 4_019),
        probe("sched_waking", "tp_btf", 2_711),
        probe("sched_process_fork", "tp_btf", 61),
        probe("cpu-clock", "perf_event", 492),
    ]
}

/// Marks function probes as refused.
pub(crate) fn with_unavailable_probes(mut report: Report) -> Report {
    for name in [
        "copy_net_ns",
        "setup_net",
        "cleanup_net",
        "ovl_copy_up_one",
        "cgroup_migrate",
    ] {
        report.probes.push(ProbeState {
            name: name.into(),
            kind: "fentry".into(),
            state: "unavailable".into(),
            reason:
                "operation not permitted; kernel functions are not timed, stacks still name them"
                    .into(),
            runs: 0,
        });
    }
    report
}

/// What a report says by itself. Whatever is changed, runs become a tenth shorter.
pub(crate) fn diagnosis(report: &Report) -> Diagnosis {
    let analysis = Analysis {
        report: report.clone(),
        paths: Vec::new(),
    };
    single::diagnosis(report, warnings(&analysis), &|run, _, _| {
        let recorded_ns = report.runs.get(run)?.wall_ns();
        Some(Times {
            recorded_ns,
            replayed_ns: recorded_ns - recorded_ns / 10,
            saving_ns: (recorded_ns / 10).cast_signed(),
        })
    })
}

/// Loses records.
pub(crate) fn with_losses(mut report: Report) -> Report {
    report.records = RecordCounts {
        sent: 1_204_113,
        received: 1_188_902,
        lost: 15_211,
        lost_by_kind: BTreeMap::from([("span".into(), 15_004), ("wake".into(), 207)]),
        storage_failures: 3,
        missed_runs: 12,
        imputed_switches: 1,
        refused_marks: 44,
    };
    report
}

/// A command with one stage and no critical path.
pub(crate) fn command() -> Report {
    let script = "unshare -n true; unshare -m mount -t tmpfs x /mnt; cat /etc/passwd > /dev/null";
    let phases = vec![
        phase(Phase::User, None, 5_820 * US, 0, &[]),
        phase(
            Phase::Namespaces,
            None,
            4_310 * US,
            3,
            &[("net", 4_120 * US, 1), ("mnt", 190 * US, 2)],
        ),
        phase(
            Phase::Files,
            None,
            2_204 * US,
            151,
            &[
                ("open ext4", 911 * US, 48),
                ("read ext4", 402 * US, 40),
                ("metadata ext4", 390 * US, 33),
                ("read proc", 12 * US, 2),
            ],
        ),
        phase(
            Phase::Process,
            None,
            1_990 * US,
            21,
            &[("exec", 1_502 * US, 5), ("exit", 300 * US, 5)],
        ),
        phase(Phase::Memory, None, 870 * US, 124, &[("map", 610 * US, 80)]),
        phase(
            Phase::Mounts,
            None,
            64 * US,
            1,
            &[("mount tmpfs", 64 * US, 1)],
        ),
        phase(Phase::Security, None, 4 * US, 2, &[]),
    ];
    let stage = StageReport {
        files: Vec::new(),
        errors: Vec::new(),
        name: "command".into(),
        inferred: false,
        commands: Vec::new(),
        start_ns: 81_004_113_220_118,
        wall_ns: 13_402_118,
        phases,
        processes: vec![
            process(4_711, "sh", Role::Client, 7 * MS, 6 * MS, 102),
            process(4_712, "unshare", Role::Other, 5_100 * US, MS, 71),
            process(4_714, "mount", Role::Other, 2 * MS, 2 * MS, 88),
            process(4_715, "cat", Role::Other, 1_140 * US, 1_100 * US, 40),
        ],
        causes: Vec::new(),
        functions: Vec::new(),
        heuristics: Vec::new(),
        syscalls: vec![
            syscall("unshare", 2, 0, 4_310 * US),
            syscall("execve", 5, 0, 1_502 * US),
            syscall("openat", 48, 4, 911 * US),
            syscall("mmap", 80, 0, 610 * US),
        ],
        locks: vec![lock("pernet_ops_rwsem", 12 * US, 1)],
        quotas: Vec::new(),
        memory_limits: Vec::new(),
    };
    Report {
        roles: Vec::new(),
        command: ["sh", "-c", script].map(String::from).to_vec(),
        records: received(2_048),
        runs: vec![Run {
            configuration: BTreeMap::new(),
            container: None,
            stages: vec![stage],
        }],
        ..empty()
    }
}

/// A container taken through five stages, with the critical path.
pub(crate) fn container() -> Report {
    let configuration = [
        ("manager", "podman"),
        ("runtime", "crun"),
        ("storage", "overlay"),
        ("image", "alpine-like"),
        ("network", "none"),
    ]
    .map(|(axis, value)| (axis.to_owned(), value.to_owned()));
    Report {
        roles: Vec::new(),
        command: [
            "podman",
            "run",
            "--rm",
            "localhost/alpine-like",
            "echo",
            "hello, world",
        ]
        .map(String::from)
        .to_vec(),
        records: RecordCounts {
            imputed_switches: 2,
            ..received(41_377)
        },
        runs: vec![Run {
            configuration: BTreeMap::from(configuration),
            container: None,
            stages: vec![create(), start(), exec(), stop(), remove()],
        }],
        ..empty()
    }
}

/// Two runs of [`container`], and one of a container whose engine set no marks.
pub(crate) fn several() -> Report {
    let mut report = container();
    let mut inferred = report.runs[0].clone();
    inferred.container = Some(ContainerIdentity {
        id: "e8b99e53556d03bdd2a01cf49ba6813e8a6fc238531cffe6fb789da48b110f35".into(),
        name: Some("hello".into()),
    });
    inferred.stages.truncate(1);
    inferred.stages[0].inferred = true;
    inferred.stages[0].heuristics = vec![HeuristicRow {
        name: Heuristic::BusyThread,
        segments: 4,
        critical_path_ns: 2_118 * 1_000,
    }];
    report.aggregates = vec![aggregate(&report.runs[0])];
    report.runs = vec![inferred];
    report
}

/// The aggregate of two runs like this one, but for their time in user mode.
fn aggregate(run: &Run) -> Aggregate {
    let around = |median_ns: u64| Spread {
        p25_ns: median_ns * 9 / 10,
        median_ns,
        p75_ns: median_ns * 11 / 10,
    };
    let row =
        |role, phase, subphase: &str, syscall: Option<&str>, median_ns, share_ppm| AggregateRow {
            role,
            phase,
            subphase: subphase.into(),
            syscall: syscall.map(str::to_owned),
            critical_path: around(median_ns),
            share_ppm,
        };
    let rows = vec![
        row(Role::Manager, Phase::User, "", None, 24_110_334, 453_000),
        row(
            Role::Runtime,
            Phase::Rcu,
            "cgroup_procs_write_start",
            Some("write"),
            15_204_118,
            285_000,
        ),
        row(
            Role::Shim,
            Phase::Locks,
            "rtnl_mutex",
            Some("sendto"),
            99_118,
            1_800,
        ),
    ];
    Aggregate {
        configuration: run.configuration.clone(),
        runs: 2,
        wall: around(853_204_118),
        median_run: 0,
        stages: vec![StageAggregate {
            name: "start".into(),
            runs: 2,
            wall: around(53_204_118),
            rows,
        }],
    }
}

fn received(number: u64) -> RecordCounts {
    RecordCounts {
        sent: number,
        received: number,
        ..RecordCounts::default()
    }
}

#[test]
fn samples_keep_the_promise_of_the_critical_path() {
    for stage in container().runs.iter().flat_map(|run| &run.stages) {
        let on_path: u64 = stage
            .phases
            .iter()
            .filter_map(|row| row.critical_path_ns)
            .sum();
        assert_eq!(on_path, stage.wall_ns, "{}", stage.name);
    }
}

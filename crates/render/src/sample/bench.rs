//! A bench and a plan that show everything there is to show of one.

use std::collections::BTreeMap;

use setup::bench::{
    BENCH_REPORT_SCHEMA_VERSION, BenchMode, BenchReport, Cell, CellReport, FailureCount,
    ImpossibleCell, IntervalNs, ObserverStage, PlanCell, PlanReport, RelativeTotal,
    StageStatistics,
};
use trace::manifest::Host;

fn host() -> Host {
    Host {
        kernel: "6.18.0".into(),
        machine: "x86_64".into(),
        cpus: 2,
        cgroup: "v2".into(),
        load_milli: 120,
    }
}

fn cell(manager: &str, workload: &str) -> Cell {
    Cell {
        configuration: format!("{manager}/crun/overlay/v2/host-gnu/none/root"),
        workload: workload.into(),
        label: String::new(),
    }
}

/// A stage whose fastest run took `unit_ns` and whose slowest, an outlier, nine of it.
fn stage(name: &str, unit_ns: u64) -> StageStatistics {
    StageStatistics {
        name: name.into(),
        runs: 20,
        best_runs: 15,
        best_mean_ns: unit_ns * 2,
        mean_ns: unit_ns * 3,
        median_ns: unit_ns * 5 / 2,
        median_interval: IntervalNs {
            low_ns: unit_ns as i64 * 2,
            high_ns: unit_ns as i64 * 3,
        },
        min_ns: unit_ns,
        low_whisker_ns: unit_ns,
        p25_ns: unit_ns * 2,
        p75_ns: unit_ns * 7 / 2,
        high_whisker_ns: unit_ns * 5,
        max_ns: unit_ns * 9,
        outliers_ns: vec![unit_ns * 9],
    }
}

fn report(cell: Cell, unit_ns: u64) -> CellReport {
    CellReport {
        cell,
        description: BTreeMap::from([("runtime_version".into(), "1.8".into())]),
        runs: 20,
        failed: 0,
        failed_warmups: 0,
        failures: Vec::new(),
        stages: vec![
            stage("create", unit_ns),
            stage("start", unit_ns / 3),
            stage("total", unit_ns * 4 / 3),
        ],
        observer: Vec::new(),
        relative: None,
    }
}

/// So many thousandths of the fastest.
fn relative(milli: u64) -> Option<RelativeTotal> {
    let interval = (milli != 1_000).then_some((milli - 100, milli + 100));
    Some(RelativeTotal {
        ratio_ppm: milli * 1_000,
        low_ppm: interval.map(|(low, _)| low * 1_000),
        high_ppm: interval.map(|(_, high)| high * 1_000),
    })
}

fn observer(name: &str, added_ns: i64, half_ns: i64) -> ObserverStage {
    ObserverStage {
        name: name.into(),
        pairs: 20,
        untraced_median_ns: 2_500_000,
        traced_median_ns: 2_900_000,
        added_ns,
        added_interval: IntervalNs {
            low_ns: added_ns - half_ns,
            high_ns: added_ns + half_ns,
        },
        added_ppm: added_ns * 1_000_000 / 2_500_000,
        significant: added_ns.abs() > half_ns,
    }
}

/// Two configurations and two workloads; one fails now and then, one always; an observer check.
pub(crate) fn bench() -> BenchReport {
    let mut labelled = report(cell("podman", "hello-world"), 9_000_000);
    labelled.cell.label = "podman, \"alpine\", crun".into();
    labelled.failed = 2;
    labelled.relative = relative(7_500);
    labelled.failed_warmups = 1;
    labelled.failures = vec![FailureCount {
        message: "the workload printed \"\" where \"hello world\" was expected, so its time is not counted".into(),
        runs: 2,
    }];
    let mut observed = report(cell("embedded", "hello-world"), 1_200_000);
    observed.relative = relative(1_000);
    observed.observer = vec![
        observer("create", 400_000, 150_000),
        observer("start", -2_000, 30_000),
    ];
    let failing = |number: u64| FailureCount {
        message: format!("the engine could not begin: reason {number}"),
        runs: 5,
    };
    let broken = CellReport {
        runs: 0,
        failed: 20,
        failures: (1..=4).map(failing).collect(),
        stages: Vec::new(),
        ..report(cell("podman", "io-read/md"), 1)
    };
    BenchReport {
        schema: BENCH_REPORT_SCHEMA_VERSION,
        title: "what a manager adds".into(),
        mode: BenchMode::ObserverCheck,
        seed: 7,
        cache: "warm".into(),
        host: host(),
        runs_asked: 20,
        complete: false,
        cells: vec![observed, labelled, broken],
        impossible: vec![impossible("docker", "hello-world")],
    }
}

fn impossible(manager: &str, workload: &str) -> ImpossibleCell {
    ImpossibleCell {
        cell: Cell {
            label: format!("{manager},centos"),
            ..cell(manager, workload)
        },
        reasons: vec![
            "the kernel has no zfs; build its module for this kernel (debian: apt-get install zfs-dkms)".into(),
            "there is no program dockerd; install it (debian: apt-get install docker.io)".into(),
        ],
    }
}

/// A plan with and without a label, begun or not, with impossible cells.
pub(crate) fn plan() -> PlanReport {
    let planned = |manager: &str, workload: &str, done: u64| PlanCell {
        cell: cell(manager, workload),
        done,
        left: 21 - done,
        estimate_ns: 3_100_000_000,
    };
    let mut labelled = planned("podman", "hello-world", 0);
    labelled.cell.label = "podman,centos".into();
    PlanReport {
        schema: BENCH_REPORT_SCHEMA_VERSION,
        title: "what a manager adds".into(),
        mode: BenchMode::Traced,
        runs: 20,
        warmups: 1,
        seed: 7,
        cache: "cold".into(),
        host: host(),
        cells: vec![
            planned("embedded", "hello-world", 12),
            planned("embedded", "io-read/sm", 0),
            planned("embedded", "io-read/md", 0),
            labelled,
        ],
        impossible: vec![
            impossible("docker", "hello-world"),
            impossible("docker", "io-read/md"),
            impossible("lxd", "hello-world"),
        ],
        excluded: 4,
        estimate_ns: 12_400_000_000,
    }
}

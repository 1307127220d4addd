#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;
use setup::bench::{BENCH_FORMAT_VERSION, StageDuration};
use trace::manifest::Host;

fn cell(configuration: &str) -> Cell {
    Cell {
        configuration: configuration.to_owned(),
        workload: "hello-world".to_owned(),
        label: String::new(),
    }
}

fn header(mode: BenchMode, runs: u32) -> BenchHeader {
    BenchHeader {
        format: BENCH_FORMAT_VERSION,
        ctrprof: "0.1.0".to_owned(),
        title: "a test".to_owned(),
        mode,
        seed: 1,
        runs,
        warmups: 1,
        cache: "warm".to_owned(),
        timeout_s: 60,
        host: Host::default(),
        cells: vec![cell("a"), cell("b")],
        impossible: Vec::new(),
    }
}

fn run(configuration: &str, number: u32, create_ns: u64) -> RunRecord {
    let timing = |stage, duration_ns| StageDuration { stage, duration_ns };
    RunRecord {
        configuration: configuration.to_owned(),
        workload: "hello-world".to_owned(),
        number,
        warm_up: false,
        traced: false,
        position: 0,
        started_unix_ns: 0,
        wall_ns: 0,
        load_milli: 0,
        stages: vec![
            timing(Stage::Create, create_ns),
            timing(Stage::Exec, 7),
            timing(Stage::Remove, 1_000),
        ],
        failure: None,
        warnings: Vec::new(),
        recording: None,
        description: None,
    }
}

fn stage<'a>(report: &'a CellReport, name: &str) -> &'a StageStatistics {
    report
        .stages
        .iter()
        .find(|stage| stage.name == name)
        .unwrap()
}

#[test]
fn failures_and_warm_ups_are_in_no_statistic() {
    let mut records: Vec<RunRecord> = (1..=20)
        .map(|number| run("a", number, u64::from(number) * 100))
        .collect();
    records.push(RunRecord {
        failure: Some("no hello".to_owned()),
        ..run("a", 21, 1)
    });
    records.push(RunRecord {
        warm_up: true,
        ..run("a", 1, 9_999)
    });
    let report = bench_report(&header(BenchMode::Untraced, 11), &records);
    let a = &report.cells[0];
    assert_eq!((a.runs, a.failed, a.failed_warmups), (20, 1, 0));
    assert_eq!(a.failures[0].message, "no hello");
    let create = stage(a, "create");
    assert_eq!((create.min_ns, create.max_ns), (100, 2_000));
    assert_eq!((create.best_runs, create.best_mean_ns), (15, 800));
    assert_eq!(create.median_ns, 1_050);
    let interval = create.median_interval;
    assert!(interval.low_ns < 1_050 && 1_050 < interval.high_ns);
    // Nothing was run of b, so there is nothing to say about its times.
    assert_eq!((report.cells[1].runs, report.cells[1].stages.len()), (0, 0));
    assert!(!report.complete);
}

#[test]
fn the_total_ends_with_the_answer() {
    let report = bench_report(&header(BenchMode::Untraced, 1), &[run("a", 1, 100)]);
    assert_eq!(stage(&report.cells[0], TOTAL).median_ns, 107);
}

#[test]
fn the_most_frequent_failure_comes_first() {
    let fail = |number, why: &str| RunRecord {
        failure: Some(why.to_owned()),
        ..run("b", number, 1)
    };
    let records = [fail(1, "a seldom one"), fail(2, "often"), fail(3, "often")];
    let report = bench_report(&header(BenchMode::Untraced, 3), &records);
    let counts = report.cells[1].failures.iter();
    let counts: Vec<_> = counts.map(|count| (&*count.message, count.runs)).collect();
    assert_eq!(counts, [("often", 2), ("a seldom one", 1)]);
}

#[test]
fn what_recording_costs_is_told_from_drift_by_pairing() {
    // Times double over the bench; recording adds 50 to each.
    let pairs = (1..=20_u32).flat_map(|number| {
        let create_ns = 1_000 + u64::from(number) * 50;
        let traced = RunRecord {
            traced: true,
            ..run("a", number, create_ns + 50 + u64::from(number % 3))
        };
        [run("a", number, create_ns), traced]
    });
    let mut records: Vec<RunRecord> = pairs.collect();
    // Half of a pair says nothing.
    records.push(run("a", 21, 1));
    let report = bench_report(&header(BenchMode::ObserverCheck, 21), &records);
    let a = &report.cells[0];
    assert_eq!((a.runs, a.failed), (21, 0));
    let create = &a.observer[0];
    assert_eq!((create.name.as_str(), create.pairs), ("create", 20));
    assert_eq!(create.added_ns, 51);
    assert!(create.significant);
    assert_eq!(create.added_ppm, 33_443);
    let exec = &a.observer[1];
    assert_eq!((exec.added_ns, exec.significant), (0, false));
}

#[test]
fn a_bench_is_complete_with_its_last_run() {
    let records = [run("a", 1, 1), run("b", 1, 1)];
    assert!(bench_report(&header(BenchMode::Untraced, 1), &records).complete);
    assert!(!bench_report(&header(BenchMode::ObserverCheck, 1), &records).complete);
}

#[test]
fn of_a_run_that_was_done_again_the_last_result_counts() {
    let failed = RunRecord {
        failure: Some("no space".to_owned()),
        ..run("a", 1, 5)
    };
    let records = [failed, run("a", 2, 100), run("a", 1, 100)];
    let report = bench_report(&header(BenchMode::Untraced, 2), &records);
    assert_eq!((report.cells[0].runs, report.cells[0].failed), (2, 0));
    assert!(!report.complete);
}

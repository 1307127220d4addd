#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;

use super::fixture::{Fixture, RUNS, published, run};
use super::*;
use crate::design::StudyAxis;
use crate::notice::StudyNotice;
use crate::report::{AsideReason, Counts, Doubt, StudyOrdering, StudyVerdict};
use setup::bench::{BenchMode, Cell};

const CRUN: &str = "podman,alpine,crun,overlay,0";
const RUNC: &str = "podman,alpine,runc,overlay,0";
const VFS: &str = "podman,alpine,crun,vfs,0";

/// The verdict on crun against runc, published in hundredths of a millisecond, measured in whole
/// ones.
fn compared(published_creates: [u64; 2], measured: [u64; 2]) -> StudyOrdering {
    let published = published(&[(CRUN, published_creates[0]), (RUNC, published_creates[1])]);
    let bench = Fixture::new()
        .cell(CRUN, measured[0])
        .cell(RUNC, measured[1]);
    let report = compare_study(&published, &[bench.bench()]);
    assert_eq!(report.all.published(), 1);
    report.orderings.into_iter().next().unwrap()
}

#[test]
fn an_ordering_agrees_disagrees_or_cannot_be_told() {
    use StudyVerdict::{Agree, CannotTell, Disagree};
    for (published, measured, verdict, doubts) in [
        ([2_000, 3_000], [20, 30], Agree, vec![]),
        ([3_000, 2_000], [30, 20], Agree, vec![]),
        ([2_000, 3_000], [30, 20], Disagree, vec![]),
        (
            [2_000, 2_090],
            [20, 30],
            CannotTell,
            vec![Doubt::PublishedNoise],
        ),
        (
            [2_000, 3_000],
            [20, 20],
            CannotTell,
            vec![Doubt::MeasuredNoise],
        ),
        (
            [2_000, 2_000],
            [20, 20],
            CannotTell,
            vec![Doubt::PublishedNoise, Doubt::MeasuredNoise],
        ),
    ] {
        let found = compared(published, measured);
        assert_eq!((found.verdict, found.doubts), (verdict, doubts));
    }
    let found = compared([3_000, 2_000], [20, 30]);
    // The published one is the measure of all: its slower side over its faster one.
    assert_eq!(found.faster.configuration.runtime, "runc");
    assert_eq!(found.published_ppm, 1_500_000);
    assert_eq!(found.measured_ppm, 666_667);
    let ends = (
        found.measured_low_ppm.unwrap(),
        found.measured_high_ppm.unwrap(),
    );
    assert!(ends.0 < 666_667 && 666_667 < ends.1, "{ends:?}");
    assert_eq!(found.faster.published_ns, 20_000_000);
    assert_eq!(found.faster.runs, u64::from(RUNS));
}

#[test]
fn few_runs_tell_nothing() {
    let published = published(&[(CRUN, 2_000), (RUNC, 3_000)]);
    let mut bench = Fixture::new().cell(CRUN, 20).cell(RUNC, 30);
    bench.records.retain(|record| record.number < 5);
    let report = compare_study(&published, &[bench.bench()]);
    let ordering = &report.orderings[0];
    assert_eq!(ordering.doubts, [Doubt::FewRuns]);
    assert_eq!(ordering.measured_low_ppm, None);
    assert_eq!(ordering.measured_ppm, 1_500_000);
    assert!(report.notices.contains(&StudyNotice::FewRuns { cells: 2 }));
}

/// The one reason for which something was not measured.
fn reason(published: &Published, bench: &Fixture) -> Missing {
    let report = compare_study(published, &[bench.bench()]);
    assert_eq!(report.orderings, []);
    assert_eq!(report.not_measured.len(), 1, "{:?}", report.not_measured);
    assert_eq!(report.not_measured[0].orderings, report.all.not_measured);
    report.not_measured[0].why.clone()
}

#[test]
fn what_is_not_measured_is_counted_with_the_reason() {
    let published = published(&[(CRUN, 2_000), (RUNC, 3_000)]);
    let one = || Fixture::new().cell(CRUN, 20);
    assert_eq!(reason(&published, &one()), Missing::NotAsked);
    assert_eq!(reason(&published, &one().not_run(RUNC)), Missing::NotRun);
    let impossible = one().impossible(RUNC, "no runc");
    let why = Missing::Impossible("no runc".to_owned());
    assert_eq!(reason(&published, &impossible), why);
    let mut failing = one().cell(RUNC, 30);
    for record in &mut failing.records {
        if record.configuration.contains("runc") {
            record.failure = Some("too tired".to_owned());
        }
    }
    let why = Missing::Failed("too tired".to_owned());
    assert_eq!(reason(&published, &failing), why);
    let mut other_stages = one().cell(RUNC, 30);
    for record in &mut other_stages.records {
        if record.configuration.contains("runc") {
            record.stages.remove(0);
        }
    }
    assert_eq!(reason(&published, &other_stages), Missing::NoStage);
}

#[test]
fn two_cells_of_one_name_are_set_aside() {
    let published = published(&[(CRUN, 2_000), (RUNC, 3_000)]);
    let mut bench = Fixture::new().cell(CRUN, 20).cell(RUNC, 30);
    let twin = Cell {
        configuration: "another".to_owned(),
        ..bench.header.cells[1].clone()
    };
    bench.records.push(run(&twin, 1, 7));
    bench.header.cells.push(twin);
    assert_eq!(reason(&published, &bench), Missing::Ambiguous);
    let report = compare_study(&published, &[bench.bench()]);
    let aside: Vec<_> = report
        .set_aside
        .iter()
        .map(|entry| (entry.configuration.as_str(), entry.why))
        .collect();
    let expected = "cell of podman,alpine,runc,overlay,0";
    assert_eq!(
        aside,
        [
            (expected, AsideReason::Ambiguous),
            ("another", AsideReason::Ambiguous)
        ]
    );
}

#[test]
fn what_the_study_does_not_have_is_said_too() {
    let published = published(&[(CRUN, 2_000), (RUNC, 3_000)]);
    let bench = Fixture::new()
        .cell(CRUN, 20)
        .cell("podman,alpine,youki,overlay,0", 20)
        .workload(RUNC, "script", 20);
    let report = compare_study(&published, &[bench.bench()]);
    let aside: Vec<AsideReason> = report.set_aside.iter().map(|entry| entry.why).collect();
    let expected = [
        AsideReason::UnknownConfiguration,
        AsideReason::UnknownWorkload,
    ];
    assert_eq!(aside, expected);
    let beside: Vec<_> = report
        .not_published
        .iter()
        .map(|entry| (entry.stage.as_str(), entry.workload.as_deref(), entry.cells))
        .collect();
    // The study of this test has no totals.
    assert_eq!(
        beside,
        [("remove", None, 1), ("total", Some("hello-world"), 1)]
    );
}

#[test]
fn two_benches_are_held_against_one_another_only_if_they_belong_together() {
    let published = published(&[(CRUN, 2_000), (RUNC, 3_000)]);
    let (one, mut other) = (Fixture::new().cell(CRUN, 20), Fixture::new().cell(RUNC, 30));
    let report = compare_study(&published, &[one.bench(), other.bench()]);
    assert_eq!(report.all.agree, 1);
    let across = StudyNotice::AcrossBenches { orderings: 1 };
    assert!(report.notices.contains(&across));
    other.header.mode = BenchMode::Traced;
    let report = compare_study(&published, &[one.bench(), other.bench()]);
    assert_eq!(report.not_measured[0].why, Missing::Apart);
    other.header.mode = BenchMode::Untraced;
    other.header.host.kernel = "5.10".to_owned();
    let report = compare_study(&published, &[one.bench(), other.bench()]);
    assert_eq!(report.not_measured[0].why, Missing::Apart);
    // A bench that has both is taken before any other.
    let both = Fixture::new().cell(CRUN, 20).cell(RUNC, 20);
    let report = compare_study(&published, &[one.bench(), both.bench()]);
    let ordering = &report.orderings[0];
    assert_eq!((ordering.faster.bench, ordering.slower.bench), (1, 1));
}

#[test]
fn what_makes_verdicts_doubtful_is_said() {
    let published = published(&[(CRUN, 2_000), (RUNC, 3_000)]);
    let mut bench = Fixture::new().cell(CRUN, 20).cell(RUNC, 30);
    // A label less, and no bridge.
    let bare = "podman/crun/overlay/host/host-busybox/none/root";
    bench.header.cells[0].configuration = bare.to_owned();
    bench.header.cells[0].label.clear();
    for record in &mut bench.records[..RUNS as usize] {
        record.configuration = bare.to_owned();
        record.warnings = vec!["no limits".to_owned()];
    }
    bench.header.mode = BenchMode::Traced;
    bench.records.last_mut().unwrap().failure = Some("too tired".to_owned());
    bench.header.runs += 1;
    let report = compare_study(&published, &[bench.bench()]);
    let directory = "a.bench".to_owned();
    assert_eq!(
        report.notices,
        [
            StudyNotice::Unfinished {
                bench: directory.clone()
            },
            StudyNotice::Traced { bench: directory },
            StudyNotice::FailedRuns { runs: 1, cells: 1 },
            StudyNotice::FewRuns { cells: 1 },
            StudyNotice::Derived { cells: 1 },
            StudyNotice::OtherNetwork { cells: 1 },
            StudyNotice::StandInImage { cells: 1 },
            StudyNotice::Warned {
                runs: 10,
                most_frequent: "no limits".to_owned()
            },
        ]
    );
    assert_eq!(report.all.agree, 1);
}

#[test]
fn counts_are_by_axis_and_pair_of_values() {
    let published = published(&[(CRUN, 2_000), (RUNC, 3_000), (VFS, 4_000)]);
    let bench = Fixture::new().cell(CRUN, 20).cell(RUNC, 30).cell(VFS, 10);
    let report = compare_study(&published, &[bench.bench()]);
    let rows: Vec<_> = report
        .summary
        .iter()
        .map(|row| {
            (
                row.axis,
                row.counts.agree,
                row.counts.disagree,
                row.measured_ppm,
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            (StudyAxis::Runtime, 1, 0, Some(1_500_000)),
            (StudyAxis::Storage, 0, 1, Some(500_000))
        ]
    );
    let pairs: Vec<_> = report
        .pairs
        .iter()
        .map(|row| (row.faster.as_str(), row.slower.as_str()))
        .collect();
    assert_eq!(pairs, [("crun", "runc"), ("overlay", "vfs")]);
    // Overlays are not what they were.
    let stacked = StudyNotice::StackedOverlay {
        kernel: "6.1.0".to_owned(),
        orderings: 1,
    };
    assert!(report.notices.contains(&stacked));
}

#[test]
fn of_the_whole_study_every_ordering_is_counted() {
    let published = Published::study().unwrap();
    let bench = Fixture::new().cell(CRUN, 20).cell(RUNC, 30);
    let report = compare_study(&published, &[bench.bench()]);
    let expected: u64 = pairs(&published)
        .iter()
        .map(|pair| {
            let has = |key, stage| published.figures.contains_key(&(key, stage));
            let stages = StudyStage::ALL.iter();
            let both = stages.filter(|&&stage| has(pair.one, stage) && has(pair.other, stage));
            both.count() as u64
        })
        .sum();
    assert_eq!(report.all.published(), expected);
    let sum: u64 = report
        .not_measured
        .iter()
        .map(|reason| reason.orderings)
        .sum();
    assert_eq!(report.all.not_measured, sum);
    // Creates and totals, which are those creates here.
    assert_eq!(report.all.compared(), 2);
    let without_counterpart = report
        .not_measured
        .iter()
        .find(|reason| reason.why == Missing::NoCounterpart)
        .unwrap();
    assert!(without_counterpart.orderings > 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn counts_add_up_and_sides_may_be_swapped(
        published_creates in [100_u64..10_000, 100..10_000],
        measured in [1_u64..100, 1..100],
    ) {
        let [a, b] = published_creates;
        let [c, d] = measured;
        let one = compared([a, b], [c, d]);
        prop_assert!(one.published_ppm >= 1_000_000);
        prop_assert_eq!(one.verdict == StudyVerdict::CannotTell, !one.doubts.is_empty());
        let mut counts = Counts::default();
        counts.count(one.verdict);
        prop_assert_eq!(counts.compared(), 1);
        // Which cell comes first in the study changes nothing but the draws.
        let swapped = published(&[(RUNC, b), (CRUN, a)]);
        let bench = Fixture::new().cell(RUNC, d).cell(CRUN, c);
        let other = &compare_study(&swapped, &[bench.bench()]).orderings[0];
        prop_assert_eq!(other.verdict, one.verdict);
        prop_assert_eq!(other.measured_ppm == one.measured_ppm || a == b, true);
    }
}

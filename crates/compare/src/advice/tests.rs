use crate::report::{SideName, Warning};
use crate::{SideProfile, compare};
use analysis::profile::{RecordingProfile, RunProfile, StageProfile};
use trace::manifest::HostCounts;

/// A side of one recording with these wall times of `create`, in microseconds.
fn side(walls_us: &[u64]) -> SideProfile {
    let runs = walls_us
        .iter()
        .enumerate()
        .map(|(run, wall_us)| RunProfile {
            run,
            wall_ns: wall_us * 1_000,
            ..RunProfile::default()
        });
    let mut recording = RecordingProfile {
        stages: vec![StageProfile {
            name: "create".to_owned(),
            runs: runs.collect(),
            ..StageProfile::default()
        }],
        ..RecordingProfile::default()
    };
    recording.facts.level = "full".to_owned();
    recording.facts.host.kernel = "6.18".to_owned();
    recording.facts.host.cpus = 2;
    recording
        .configuration
        .insert("runtime".to_owned(), "crun".to_owned());
    SideProfile {
        name: "side".to_owned(),
        recordings: vec![recording],
    }
}

fn steady() -> SideProfile {
    side(&[1_000; 12])
}

/// The warnings when side B is changed.
fn warnings(change: fn(&mut RecordingProfile)) -> Vec<Warning> {
    let mut b = steady();
    change(&mut b.recordings[0]);
    compare(&steady(), &b, &[]).comparison.warnings
}

fn set(recording: &mut RecordingProfile, axis: &str, value: &str) {
    recording
        .configuration
        .insert(axis.to_owned(), value.to_owned());
}

#[test]
fn one_axis_that_differs_is_no_reason_to_warn() {
    assert_eq!(warnings(|b| set(b, "runtime", "runc")), []);
    let with_version = warnings(|b| {
        set(b, "runtime", "runc");
        set(b, "runtime_version", "1.1.5");
    });
    assert_eq!(with_version, []);
}

#[test]
fn the_same_configuration_and_several_axes_are() {
    assert_eq!(warnings(|_| ()), [Warning::SameConfiguration]);
    let several = warnings(|b| {
        set(b, "runtime", "runc");
        set(b, "storage", "copy");
    });
    let axes = vec!["runtime".to_owned(), "storage".to_owned()];
    assert_eq!(several, [Warning::SeveralAxes { axes }]);
}

#[test]
fn machines_and_captures_are_held_against_each_other() {
    type Change = fn(&mut RecordingProfile);
    let cases: [(Change, &str); 8] = [
        (|b| b.facts.records.lost = 5, "lost-records"),
        (
            |b| b.facts.interrupted = Some("SIGINT".to_owned()),
            "interrupted",
        ),
        (|b| b.facts.host.kernel = "4.15".to_owned(), "other-kernel"),
        (
            |b| b.facts.host.machine = "aarch64".to_owned(),
            "other-host",
        ),
        (|b| b.facts.host.load_milli = 1_500, "other-load"),
        (|b| b.facts.level = "summary".to_owned(), "other-level"),
        (|b| b.facts.sample_hz = 99, "other-sample-rate"),
        (
            |b| b.facts.probes.push("cpu-clock".to_owned()),
            "other-probes",
        ),
    ];
    for (change, kind) in cases {
        let found = warnings(change);
        assert!(
            found.iter().any(|warning| warning.kind() == kind),
            "{kind}: {found:?}"
        );
    }
}

#[test]
fn a_machine_that_had_much_more_is_told() {
    let mut both = [steady(), steady()];
    for (side, mounts) in both.iter_mut().zip([4, 2_004]) {
        side.recordings[0].facts.host_counts = Some(HostCounts {
            mounts,
            tasks: 400 + mounts / 100,
            ..HostCounts::default()
        });
    }
    let [a, b] = &both;
    let found = compare(a, b, &[]).comparison.warnings;
    let counts = vec![("mounts".to_owned(), 4, 2_004)];
    assert!(
        found.contains(&Warning::OtherHostCounts { counts }),
        "{found:?}"
    );
}

#[test]
fn a_busy_machine_is_told_from_one_that_was_busier() {
    let mut both = [steady(), steady()];
    for side in &mut both {
        side.recordings[0].facts.host.load_milli = 4_000;
    }
    let [a, b] = &both;
    let kinds: Vec<&str> = compare(a, b, &[])
        .comparison
        .warnings
        .iter()
        .map(Warning::kind)
        .collect();
    assert_eq!(kinds, ["busy-host", "busy-host", "same-configuration"]);
}

#[test]
fn doubtful_paths_and_dear_probes_are_told() {
    let found = warnings(|b| {
        set(b, "runtime", "runc");
        b.facts.observer_ns = 3_000_000;
        for run in &mut b.stages[0].runs {
            run.imputed_ns = 30_000;
            run.rule_of_thumb_ns = 150_000;
        }
    });
    let (side, share_ppm) = (SideName::B, 30_000);
    assert_eq!(
        found,
        [
            Warning::ImputedSwitches { side, share_ppm },
            Warning::RulesOfThumb {
                side,
                share_ppm: 150_000
            },
            Warning::ObserverCost {
                a_ppm: 0,
                b_ppm: 250_000
            },
        ]
    );
}

#[test]
fn few_runs_and_wide_spreads_are_told() {
    let kinds = |b: &SideProfile| -> Vec<&'static str> {
        let found = compare(&steady(), b, &[]).comparison.warnings;
        found.iter().map(Warning::kind).collect()
    };
    assert_eq!(
        kinds(&side(&[1_000; 3])),
        ["few-runs", "same-configuration"]
    );
    let wide: Vec<u64> = (0..12).map(|run| 500 + run * 100).collect();
    assert_eq!(kinds(&side(&wide)), ["wide-spread", "same-configuration"]);
}

#[test]
fn runs_that_did_not_come_through_are_told() {
    let mut b = steady();
    let mut start = b.recordings[0].stages[0].clone();
    start.name = "start".to_owned();
    start.runs.truncate(10);
    b.recordings[0].stages.push(start);
    let found = compare(&steady(), &b, &[]).comparison.warnings;
    let (side, stage) = (SideName::B, "start".to_owned());
    assert!(found.contains(&Warning::IncompleteRuns {
        side,
        stage: stage.clone(),
        runs: 10,
        of: 12
    }));
    assert!(found.contains(&Warning::OneSidedStage { side, stage }));
}

#[test]
fn recordings_of_one_side_that_differ_are_told() {
    let mut b = steady();
    let mut other = b.recordings[0].clone();
    set(&mut other, "storage", "copy");
    b.recordings.push(other);
    let found = compare(&steady(), &b, &[]).comparison;
    let axes = vec!["storage".to_owned()];
    assert!(found.warnings.contains(&Warning::MixedSide {
        side: SideName::B,
        axes
    }));
    assert_eq!(found.stages[0].wall.b.map(|wall| wall.runs), Some(24));
}

#[test]
fn every_kind_is_listed_once() {
    let mut kinds = Warning::KINDS.to_vec();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds.len(), Warning::KINDS.len());
}

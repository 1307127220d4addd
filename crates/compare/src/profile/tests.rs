#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::report::{Order, ProfileReport, UnitSource};
use super::warning::ProfileWarning;
use super::{ProfileError, Selection, profile};
use crate::SideProfile;
use crate::fixture::{Doing, recording};
use analysis::profile::profile as profile_of;
use trace::role::Role;

const OVERLAY: u32 = 0x794c_7630;

/// A side whose three runs each do this, with these axes. Its processes are clients, its stage is
/// `create`.
fn side(name: &str, doings: &[Doing], axes: &[(&str, &str)]) -> SideProfile {
    let (mut manifest, tables) = recording(doings, 3);
    for (axis, value) in axes {
        let axis = (*axis).to_owned();
        manifest.configuration.insert(axis, (*value).to_owned());
    }
    SideProfile {
        name: name.to_owned(),
        recordings: vec![profile_of(name, &manifest, &tables)],
    }
}

fn opens(count: u64, each_ns: u64) -> Doing {
    Doing::calls("openat", count, each_ns, OVERLAY)
}

fn closes(count: u64) -> Doing {
    Doing::calls("close", count, 500, OVERLAY)
}

fn all(sides: &[SideProfile]) -> ProfileReport {
    profile(sides, &Selection::default()).unwrap()
}

fn files(count: &'static str, image: &'static str) -> Vec<(&'static str, &'static str)> {
    vec![
        ("workload_unit", "file"),
        ("workload_units", count),
        ("image", image),
    ]
}

fn two() -> [SideProfile; 2] {
    [
        side("a", &[opens(100, 2_000), closes(100)], &files("100", "gnu")),
        side(
            "b",
            &[
                opens(300, 3_000),
                closes(100),
                Doing::calls("fcntl", 400, 200, 0),
            ],
            &files("100", "musl"),
        ),
    ]
}

#[test]
fn calls_are_divided_by_the_units_that_the_recordings_name() {
    let report = all(&two());
    assert_eq!(
        (&*report.unit.name, report.unit.source),
        ("file", UnitSource::Recording)
    );
    let rows: Vec<(&str, Vec<u64>)> = report
        .calls
        .iter()
        .map(|row| {
            let sides = row.sides.iter().map(|side| side.per_unit_milli);
            (&*row.syscall, sides.collect())
        })
        .collect();
    let expected = [
        ("fcntl", vec![0, 4_000]),
        ("openat", vec![1_000, 3_000]),
        ("close", vec![1_000, 1_000]),
    ];
    assert_eq!(rows, expected);
    assert_eq!(
        (report.sides[0].calls_milli, report.sides[1].calls_milli),
        (2_000, 8_000)
    );
    assert_eq!((report.sides[0].runs, report.sides[0].units), (3, 100));
    assert_eq!(report.sides[0].calls_low_milli, 2_000);
    let open = &report.calls[1];
    assert_eq!(
        (open.sides[1].each_ns, open.sides[1].time_ns),
        (3_000, 9_000)
    );
    assert_eq!((open.difference_milli, open.difference_ns), (2_000, 7_000));
    assert_eq!(
        open.sides[1].file_systems,
        [("overlay".to_owned(), 900)].into()
    );
}

#[test]
fn what_is_done_once_comes_after_what_is_done_for_each_unit() {
    let start = Doing::calls("mmap", 2, 10, 0);
    let sides = [
        side("a", &[opens(100, 20), closes(100)], &files("100", "gnu")),
        side(
            "b",
            &[start, opens(100, 20), closes(100)],
            &files("100", "musl"),
        ),
    ];
    let report = all(&sides);
    let rows = report.calls.iter();
    let rows: Vec<(&str, bool)> = rows.map(|row| (&*row.syscall, row.rare)).collect();
    assert_eq!(rows[2], ("mmap", true));
    assert!(rows[..2].iter().all(|(_, rare)| !rare), "{rows:?}");
}

#[test]
fn what_only_one_side_does_is_told() {
    let report = all(&two());
    let only: Vec<Option<u64>> = report.calls.iter().map(|row| row.only).collect();
    assert_eq!(only, [Some(1), None, None]);
    let alone = all(&two()[..1]);
    assert!(alone.calls.iter().all(|row| row.only.is_none()));
}

#[test]
fn sides_are_called_what_they_differ_in() {
    let names = |sides: &[SideProfile]| -> Vec<String> {
        let report = all(sides);
        report.sides.into_iter().map(|side| side.name).collect()
    };
    assert_eq!(names(&two()), ["gnu", "musl"]);
    let alike = [two()[0].clone(), two()[0].clone()];
    assert_eq!(names(&alike), ["a", "a"]);
    let report = all(&two());
    let axes: Vec<&str> = report.differing_axes.iter().map(|one| &*one.axis).collect();
    assert_eq!(axes, ["image"]);
    assert_eq!(report.configuration["workload_units"], "100");
}

#[test]
fn without_a_unit_in_common_it_is_the_container() {
    let untold = [side("a", &[opens(2, 10)], &[])];
    let report = all(&untold);
    assert_eq!(
        (&*report.unit.name, report.unit.source),
        ("container", UnitSource::Untold)
    );
    assert_eq!(report.calls[0].sides[0].per_unit_milli, 2_000);
    let unlike = [two()[0].clone(), untold[0].clone()];
    let report = all(&unlike);
    assert_eq!(report.unit.source, UnitSource::Unlike);
    assert!(report.warnings.contains(&ProfileWarning::UnlikeUnits));
    assert_eq!(report.calls[0].sides[0].per_unit_milli, 100_000);
    let selection = Selection {
        per_container: true,
        ..Selection::default()
    };
    let asked = profile(&two(), &selection).unwrap();
    assert_eq!(
        (asked.unit.source, asked.sides[0].calls_milli),
        (UnitSource::Asked, 200_000)
    );
}

#[test]
fn rows_are_sorted_by_time_where_that_is_asked_for() {
    let selection = Selection {
        order: Order::Time,
        ..Selection::default()
    };
    let report = profile(&two(), &selection).unwrap();
    assert_eq!(report.calls[0].syscall, "openat");
}

#[test]
fn only_calls_of_the_roles_in_the_stages_are_counted() {
    let of = |roles: &[Role], stages: &[&str]| {
        let stages = stages.iter().map(|&stage| stage.to_owned()).collect();
        let selection = Selection {
            roles: roles.to_vec(),
            stages,
            ..Selection::default()
        };
        profile(&two(), &selection)
    };
    assert!(of(&[Role::Client], &["create"]).is_ok());
    let error = of(&[Role::Container], &[]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no process of the role container made a system call in the stages create; choose others \
         with --role, of client, or all"
    );
    let error = of(&[], &["exec"]).unwrap_err();
    assert!(matches!(error, ProfileError::NoStage { .. }), "{error}");
}

#[test]
fn what_makes_figures_less_than_they_seem_is_said() {
    let mut sides = two();
    sides[1].recordings[0]
        .configuration
        .insert("workload_units".to_owned(), "10".to_owned());
    sides[1].recordings[0].facts.records.lost = 5;
    sides[1].recordings[0].facts.level = "summary".to_owned();
    sides[0].recordings[0].facts.host.kernel = "4.15".to_owned();
    let report = all(&sides);
    let kinds: Vec<&str> = report.warnings.iter().map(ProfileWarning::kind).collect();
    let expected = [
        "lost-records",
        "other-units",
        "few-units",
        "other-kernel",
        "summary-level",
        "few-runs",
    ];
    assert_eq!(kinds, expected);
    let rank = |kind: &&str| ProfileWarning::KINDS.iter().position(|one| one == kind);
    assert!(kinds.is_sorted_by_key(rank));
}

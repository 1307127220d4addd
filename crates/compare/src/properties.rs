//! Properties of any two sides.

use proptest::prelude::*;

use super::{SideProfile, compare};
use crate::report::{Actor, Comparison, Effects, Figures, GroupDifference, StageDifference, Wall};
use analysis::profile::PartKey;
use analysis::profile::{PartTimes, RecordingProfile, RunProfile, StageProfile};
use trace::phase::Phase;
use trace::role::Role;

/// One of a few parts, so that two sides share some of them.
fn key(number: usize) -> PartKey {
    let calls = [None, Some("read"), Some("openat")];
    PartKey {
        role: [Role::Container, Role::Helper][number % 2],
        phase: Phase::ALL[number % 5 + 9],
        subphase: String::new(),
        syscall: calls[number % 3].map(str::to_owned),
        cause: if number.is_multiple_of(5) {
            "a lock"
        } else {
            ""
        }
        .to_owned(),
        file_system: if number.is_multiple_of(7) { "ext4" } else { "" }.to_owned(),
    }
}

fn run(parts: Vec<(usize, u64, u64)>) -> RunProfile {
    let mut run = RunProfile::default();
    for (number, path_ns, path_count) in parts {
        let times: &mut PartTimes = run.parts.entry(key(number)).or_default();
        times.path_ns += path_ns;
        times.path_count += path_count;
        let frames = vec!["create".to_owned(), format!("{number}")];
        *run.folded.entry(frames).or_default() += path_ns;
        run.wall_ns += path_ns;
    }
    run
}

fn side() -> impl Strategy<Value = SideProfile> {
    let part = (0..30_usize, 0..1_u64 << 40, 0..1_000_u64);
    let runs = prop::collection::vec(prop::collection::vec(part, 1..12).prop_map(run), 1..7);
    runs.prop_map(|runs| SideProfile {
        name: "side".to_owned(),
        recordings: vec![RecordingProfile {
            stages: vec![StageProfile {
                name: "create".to_owned(),
                runs,
                ..StageProfile::default()
            }],
            ..RecordingProfile::default()
        }],
    })
}

/// The role that an actor is: those of the sides are in no engine.
fn role_of(actor: Actor) -> Role {
    match actor {
        Actor::Role(role) => role,
        Actor::Engine => panic!("no engine is compared"),
    }
}

/// Every part of every file system.
fn by_file_system(stage: &StageDifference) -> Vec<(PartKey, Figures)> {
    let parts = stage.largest_parts().into_iter();
    let keys = parts.flat_map(|part| {
        part.file_systems.iter().map(|one| {
            let key = PartKey {
                role: role_of(part.role),
                phase: part.phase,
                subphase: part.subphase.clone(),
                syscall: part.syscall.clone(),
                cause: part.cause.clone(),
                file_system: one.file_system.clone(),
            };
            (key, one.figures)
        })
    });
    keys.collect()
}

fn only_stage(comparison: &Comparison) -> &StageDifference {
    &comparison.stages[0]
}

/// The sums of a figure over all groups, over all parts, and over all parts by file system.
fn sums(
    stage: &StageDifference,
    figure: fn(&Figures) -> i64,
    group: fn(&GroupDifference) -> i64,
) -> [i64; 3] {
    let parts = stage.largest_parts();
    [
        stage.groups.iter().map(group).sum(),
        parts.iter().map(|part| figure(&part.figures)).sum(),
        by_file_system(stage)
            .iter()
            .map(|(_, figures)| figure(figures))
            .sum(),
    ]
}

/// The figures of parts on every level.
fn all_figures(stage: &StageDifference) -> Vec<Figures> {
    let parts = stage.largest_parts().into_iter().map(|part| part.figures);
    let by_file_system = by_file_system(stage)
        .into_iter()
        .map(|(_, figures)| figures);
    parts.chain(by_file_system).collect()
}

fn mean_ns(wall: Option<Wall>) -> u64 {
    wall.map_or(0, |wall| wall.mean_ns)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_parts_add_up_to_the_gap_exactly(a in side(), b in side()) {
        let found = compare(&a, &b, &[]).comparison;
        let stage = only_stage(&found);
        let gap_ns = stage.wall.difference.value_ns;
        let differences = sums(stage, |part| part.difference.value_ns, |group| group.difference.value_ns);
        prop_assert_eq!(differences, [gap_ns; 3]);
        let a = sums(stage, |part| part.a.path_ns as i64, |group| group.a_ns as i64);
        prop_assert_eq!(a, [mean_ns(stage.wall.a) as i64; 3]);
        let b = sums(stage, |part| part.b.path_ns as i64, |group| group.b_ns as i64);
        prop_assert_eq!(b, [mean_ns(stage.wall.b) as i64; 3]);
    }

    #[test]
    fn the_effects_add_up_to_each_difference(a in side(), b in side()) {
        let found = compare(&a, &b, &[]).comparison;
        for figures in all_figures(only_stage(&found)) {
            let effects = figures.effects;
            let sum = effects.count_ns + effects.cost_ns + effects.interaction_ns;
            prop_assert_eq!(sum, figures.difference.value_ns);
        }
    }

    #[test]
    fn each_part_is_within_a_nanosecond_of_its_mean(a in side()) {
        let runs = &a.recordings[0].stages[0].runs;
        let found = compare(&a, &a, &[]).comparison;
        for (key, figures) in by_file_system(only_stage(&found)) {
            let times = runs.iter().filter_map(|run| run.parts.get(&key));
            let total: u128 = times.map(|times| u128::from(times.path_ns)).sum();
            let exact = total as f64 / runs.len() as f64;
            // One more for the rounding of the mean wall time that is apportioned.
            prop_assert!((figures.a.path_ns as f64 - exact).abs() <= 1.5 + exact * 1e-12);
        }
    }

    #[test]
    fn a_side_does_not_differ_from_itself(a in side()) {
        let found = compare(&a, &a, &[]).comparison;
        let stage = only_stage(&found);
        prop_assert_eq!(stage.wall.difference.value_ns, 0);
        for figures in all_figures(stage) {
            prop_assert_eq!(figures.difference.value_ns, 0);
            prop_assert_eq!(figures.effects, Effects::default());
        }
    }

    #[test]
    fn sides_that_change_places_change_signs(a in side(), b in side()) {
        let (there, back) = (compare(&a, &b, &[]).comparison, compare(&b, &a, &[]).comparison);
        let (there, back) = (only_stage(&there), only_stage(&back));
        prop_assert_eq!(there.wall.difference.value_ns, -back.wall.difference.value_ns);
        let back = by_file_system(back);
        for (key, figures) in by_file_system(there) {
            let other = back.iter().find(|(other, _)| *other == key);
            let value_ns = other.map(|(_, other)| -other.difference.value_ns);
            prop_assert_eq!(value_ns, Some(figures.difference.value_ns));
        }
    }

    #[test]
    fn folded_stacks_add_up_to_the_wall_times(a in side(), b in side()) {
        let found = compare(&a, &b, &[]);
        let wall = &only_stage(&found.comparison).wall;
        let sum = found.stacks.values().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        prop_assert_eq!(sum, (mean_ns(wall.a), mean_ns(wall.b)));
    }
}

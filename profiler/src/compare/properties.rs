//! What holds for any two sides.

use proptest::prelude::*;

use super::{SideProfile, compare};
use crate::analysis::profile::{PartTimes, RecordingProfile, RunProfile, StageProfile};
use crate::model::comparison::{Comparison, PartKey, StageDifference};
use crate::model::phase::Phase;
use crate::model::role::Role;

/// One of a few parts, so that two sides share some of them.
fn key(number: usize) -> PartKey {
    let calls = [None, Some("read"), Some("openat")];
    PartKey {
        role: Role::ALL[number % 2],
        phase: Phase::ALL[number % 5 + 9],
        subphase: String::new(),
        syscall: calls[number % 3].map(str::to_owned),
        file_system: String::new(),
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

fn only_stage(comparison: &Comparison) -> &StageDifference {
    &comparison.stages[0]
}

/// What `value` of all groups, and of all parts, adds up to.
fn sums(
    stage: &StageDifference,
    group: fn(&crate::model::comparison::GroupDifference) -> i128,
    part: fn(&crate::model::comparison::PartDifference) -> i128,
) -> [i128; 2] {
    let parts = stage.groups.iter().flat_map(|group| &group.parts);
    [stage.groups.iter().map(group).sum(), parts.map(part).sum()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_parts_add_up_to_the_gap_exactly(a in side(), b in side()) {
        let found = compare(&a, &b).comparison;
        let stage = only_stage(&found);
        let gap = i128::from(stage.wall.difference.value_ns);
        let differences = sums(
            stage,
            |group| group.difference.value_ns.into(),
            |part| part.difference.value_ns.into(),
        );
        prop_assert_eq!(differences, [gap, gap]);
        for (wall, column) in [
            (stage.wall.a, sums(stage, |group| group.a_ns.into(), |part| part.a.path_ns.into())),
            (stage.wall.b, sums(stage, |group| group.b_ns.into(), |part| part.b.path_ns.into())),
        ] {
            let mean = i128::from(wall.map_or(0, |wall| wall.mean_ns));
            prop_assert_eq!(column, [mean, mean]);
        }
    }

    #[test]
    fn the_effects_add_up_to_each_part(a in side(), b in side()) {
        let found = compare(&a, &b).comparison;
        for part in only_stage(&found).largest_parts() {
            let effects = &part.effects;
            let sum = effects.count_ns + effects.cost_ns + effects.interaction_ns;
            prop_assert_eq!(sum, part.difference.value_ns);
        }
    }

    #[test]
    fn each_part_is_within_a_nanosecond_of_its_mean(a in side()) {
        let runs = &a.recordings[0].stages[0].runs;
        let found = compare(&a, &a).comparison;
        for part in only_stage(&found).largest_parts() {
            let times = runs.iter().filter_map(|run| run.parts.get(&part.key));
            let total: u128 = times.map(|times| u128::from(times.path_ns)).sum();
            let exact = total as f64 / runs.len() as f64;
            prop_assert!((part.a.path_ns as f64 - exact).abs() <= 1.5 + exact * 1e-12);
        }
    }

    #[test]
    fn a_side_does_not_differ_from_itself(a in side()) {
        let found = compare(&a, &a).comparison;
        let stage = only_stage(&found);
        prop_assert_eq!(stage.wall.difference.value_ns, 0);
        for part in stage.largest_parts() {
            prop_assert_eq!(part.difference.value_ns, 0);
            prop_assert_eq!(part.effects, crate::model::comparison::Effects::default());
        }
    }

    #[test]
    fn sides_that_change_places_change_signs(a in side(), b in side()) {
        let (there, back) = (compare(&a, &b).comparison, compare(&b, &a).comparison);
        let (there, back) = (only_stage(&there), only_stage(&back));
        prop_assert_eq!(there.wall.difference.value_ns, -back.wall.difference.value_ns);
        for part in there.largest_parts() {
            let other = back.largest_parts().into_iter().find(|other| other.key == part.key);
            let value_ns = other.map(|other| -other.difference.value_ns);
            prop_assert_eq!(value_ns, Some(part.difference.value_ns));
        }
    }

    #[test]
    fn folded_stacks_add_up_to_the_wall_times(a in side(), b in side()) {
        let found = compare(&a, &b);
        let wall = &only_stage(&found.comparison).wall;
        let sum = found.stacks.values().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        let mean = |wall: Option<crate::model::comparison::Wall>| wall.map_or(0, |wall| wall.mean_ns);
        prop_assert_eq!(sum, (mean(wall.a), mean(wall.b)));
    }
}

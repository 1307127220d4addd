//! Properties that hold for every replay, on generated timelines.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::changes::{Changes, Share};
use super::factor::Factor;
use super::model::{Model, model};
use crate::attribution::Attribution;
use crate::attribution::critical_path::properties::{
    FIRST, LATE_NS, THREADS, arbitrary, consistent, napping, turns,
};
use crate::attribution::critical_path::{self, walk_stage};
use crate::attribution::stage::StageWindow;
use crate::timeline::Timeline;
use crate::timeline::fixture::manifest;
use trace::mark::Stage;
use trace::phase::Phase;
use trace::rows::Tables;

/// The end of the recordings.
const END_NS: u64 = 1_000_000;

fn window(tid: u32, (start_ns, end_ns): (u64, u64)) -> StageWindow {
    StageWindow {
        stage: Stage::Command,
        start_ns,
        end_ns,
        tid,
        asker: None,
    }
}

fn of(tables: &Tables, window: &StageWindow) -> Option<Model> {
    let manifest = manifest(END_NS);
    let timeline = Timeline::new(&manifest, tables);
    let attribution = Attribution::new(&manifest, &timeline);
    model(&attribution, &|_| true, window)
}

/// Time on the critical path of the report by phase.
fn walked(tables: &Tables, window: &StageWindow) -> BTreeMap<Phase, u64> {
    let manifest = manifest(END_NS);
    let timeline = Timeline::new(&manifest, tables);
    let attribution = Attribution::new(&manifest, &timeline);
    let mut sums = BTreeMap::new();
    walk_stage(&attribution, &|_| true, window, &mut |piece| {
        let category = critical_path::category(&attribution, &piece);
        *sums.entry(category.phase).or_default() += piece.end_ns - piece.start_ns;
    });
    sums
}

fn replayed(model: &Model) -> BTreeMap<Phase, u64> {
    let outcome = model.outcome(&Changes::none(model.classes.len()));
    let mut sums = BTreeMap::new();
    for (class, &time_ns) in model.classes.iter().zip(&outcome.path.by_class) {
        *sums.entry(class.phase).or_default() += time_ns;
    }
    sums.retain(|_, time_ns| *time_ns > 0);
    sums
}

/// Factors from 0 to 1, one for each class in turn.
fn factors() -> impl Strategy<Value = Vec<Factor>> {
    let factor = (0_u64..=100).prop_map(|hundredths| {
        let text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
        Factor::parse(&text).unwrap_or(Factor::SAME)
    });
    proptest::collection::vec(factor, 1..6)
}

fn changed(model: &Model, factors: &[Factor]) -> Changes {
    let mut changes = Changes::none(model.classes.len());
    for (class, &factor) in (0..model.classes.len()).zip(factors.iter().cycle()) {
        let share = Share {
            factor,
            weight: 1,
            all: 1,
        };
        changes.set(class, share);
    }
    changes
}

/// Fails unless the replay without changes ends when it did, and changes keep within bounds.
fn check(tables: &Tables, window: &StageWindow, factors: &[Factor]) -> Result<(), TestCaseError> {
    let Some(model) = of(tables, window) else {
        return Ok(());
    };
    prop_assert_eq!(model.drift_ns(), 0);
    let wall_ns = window.end_ns - window.start_ns;
    let outcome = model.outcome(&changed(&model, factors));
    prop_assert!(outcome.wall_ns <= wall_ns);
    for path in [&outcome.path, &outcome.chain] {
        let told_ns = path.by_class.iter().sum::<u64>() + path.unknown_ns;
        prop_assert_eq!(told_ns, outcome.wall_ns);
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_replay_ends_when_it_did_whatever_was_recorded(
        tables in arbitrary(),
        thread in 0..THREADS,
        from_ns in 0..LATE_NS,
        length_ns in 0..LATE_NS,
        factors in factors(),
    ) {
        check(&tables, &window(FIRST + thread, (from_ns, from_ns + length_ns)), &factors)?;
    }

    #[test]
    fn a_replay_of_naps_ends_when_it_did(
        turns in turns(),
        thread in 0..THREADS,
        from_ns in 0..LATE_NS,
        length_ns in 0..LATE_NS,
        factors in factors(),
    ) {
        let tables = napping(&turns);
        check(&tables, &window(FIRST + thread, (from_ns, from_ns + length_ns)), &factors)?;
    }

    #[test]
    fn a_replay_without_changes_tells_the_path_of_the_report(
        turns in turns(),
        thread in 0..THREADS,
        from_ns in 0..LATE_NS,
        length_ns in 0..LATE_NS,
    ) {
        let tables = consistent(&turns);
        let window = window(FIRST + thread, (from_ns, from_ns + length_ns));
        if let Some(model) = of(&tables, &window) {
            prop_assert_eq!(replayed(&model), walked(&tables, &window));
        }
    }
}

//! The parts of an answer.

use super::answer::{Approximations, ChangeRow, PathRow, StageAnswer, Times};
use super::factor::Factor;
use super::model::Model;
use super::outcome::Outcome;
use super::path::Path;
use super::selector::{Change, Key};
use trace::manifest::Manifest;
use trace::phase::Phase;

/// How long each stage took, and would have taken.
pub fn stage_rows(
    models: &[Model],
    unchanged: &[Outcome],
    changed: &[Outcome],
) -> Vec<StageAnswer> {
    let outcomes = unchanged.iter().zip(changed);
    let rows = models.iter().zip(outcomes);
    rows.map(|(model, (before, after))| StageAnswer {
        name: model.stage.clone(),
        times: times(before.wall_ns, after.wall_ns),
    })
    .collect()
}

/// A time, what it would have been, and the difference.
pub fn times(recorded_ns: u64, replayed_ns: u64) -> Times {
    Times {
        recorded_ns,
        replayed_ns,
        saving_ns: recorded_ns.cast_signed() - replayed_ns.cast_signed(),
    }
}

/// The stages together.
pub fn total(stages: &[StageAnswer]) -> Times {
    let sum = |of: fn(&Times) -> u64| stages.iter().map(|stage| of(&stage.times)).sum();
    times(
        sum(|times| times.recorded_ns),
        sum(|times| times.replayed_ns),
    )
}

/// What was asked for, and how much of the recorded path it is.
pub fn change_rows(models: &[Model], unchanged: &[Outcome], changes: &[Change]) -> Vec<ChangeRow> {
    let selected_ns = |change: &Change| {
        let mut sum_ns = 0;
        for (model, outcome) in models.iter().zip(unchanged) {
            for (class, &time_ns) in model.classes.iter().zip(&outcome.path.by_class) {
                let (weight, all) = class.matched(&change.selector, &model.stage);
                sum_ns += time_ns - Factor::FREE.scale(time_ns, weight, all);
            }
        }
        sum_ns
    };
    let rows = changes.iter().map(|change| ChangeRow {
        selector: change.selector.to_string(),
        factor: change.factor.value(),
        critical_path_ns: selected_ns(change),
    });
    rows.collect()
}

/// What the ends of the stages were waited for, longest first.
pub fn path_rows(models: &[Model], outcomes: &[Outcome]) -> Vec<PathRow> {
    let mut rows: Vec<PathRow> = Vec::new();
    for (model, outcome) in models.iter().zip(outcomes) {
        for (class, &time_ns) in model.classes.iter().zip(&outcome.path.by_class) {
            let is_same = |row: &&mut PathRow| {
                (row.phase, &row.part, row.role, &row.process)
                    == (class.phase, &class.part, class.role, &class.process)
            };
            match rows.iter_mut().find(is_same) {
                _ if time_ns == 0 => {}
                Some(row) => row.critical_path_ns += time_ns,
                None => rows.push(PathRow {
                    phase: class.phase,
                    part: class.part.clone(),
                    role: class.role,
                    process: class.process.clone(),
                    critical_path_ns: time_ns,
                }),
            }
        }
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.critical_path_ns));
    rows
}

/// What the answer leaves out.
pub fn approximations(
    manifest: &Manifest,
    models: &[Model],
    outcomes: &[Outcome],
    changes: &[Change],
) -> Approximations {
    let of_path = |sum: fn(&Path) -> u64| outcomes.iter().map(|outcome| sum(&outcome.path)).sum();
    let of_phases = |phases: &[Phase]| {
        let rows = path_rows(models, outcomes).into_iter();
        let rows = rows.filter(|row| phases.contains(&row.phase));
        rows.map(|row| row.critical_path_ns).sum()
    };
    let mut keys = changes.iter().flat_map(|change| &change.selector.parts);
    Approximations {
        cpu_waits_ns: of_phases(&[Phase::Runqueue, Phase::Throttled]),
        timers_ns: of_path(|path| path.timer_ns),
        awaited_by_timer: of_path(|path| path.awaited_by_timer),
        kernel_waits_ns: of_phases(&[Phase::Locks, Phase::Rcu, Phase::Disk]),
        lost_records: manifest.records.lost_total(),
        by_samples: keys.any(|(key, _)| *key == Key::Function),
    }
}

//! When a stage would have ended if a part of its time were gone or scaled.
//!
//! - [`graph`]: what each instant of a thread had to wait for; built by the rules of the critical path
//!   ([`crate::attribution::critical_path::graph`]).
//! - [`class`]: what is alike in all that a selector can name; [`model`]: a stage's graph with classes.
//! - [`question`], [`selector`], [`factor`], [`changes`]: what is asked for; `choice`: of which run.
//! - `matching`: whether a selector names anything.
//! - [`replay`]: when each instant would have been; [`path`]: what is then waited for; [`outcome`]: both.
//! - [`rank`]: what would save most.
//! - [`answer`], `rows`: the answer. `replays`: how long runs would have taken, for reports.
//!
//! # Model
//!
//! A thread on a CPU, waiting for one, or waiting for the kernel takes as long as it did, times the
//! factor of what it did. A wait that another thread ended is over when that one has come to where it
//! ended it, and not before the thread itself has come to wait. A new thread begins where its parent made it.
//! What was there when the stage began stays in its place. So a replay without changes ends at the
//! recorded end to the nanosecond; where it does not, no answer is given.

pub mod answer;
pub mod changes;
mod choice;
pub mod class;
pub mod factor;
pub mod graph;
mod matching;
pub mod model;
pub mod outcome;
pub mod path;
pub mod question;
pub mod rank;
pub mod replay;
mod replays;
mod rows;
pub mod selector;

use crate::attribution::Attribution;
use crate::attribution::stage::{RunStages, stages};
use crate::timeline::Timeline;
use answer::{Answer, SCHEMA_VERSION, Times};
use changes::Changes;
use choice::{chosen_run, stage_names};
use model::{Model, model};
use outcome::Outcome;
pub use question::{Question, Refusal};
pub use replays::Replays;
use rows::{approximations, change_rows, path_rows, stage_rows, total};
use selector::Change;
use trace::manifest::Manifest;
use trace::rows::Tables;

/// Answers a question about a recording.
///
/// # Errors
/// Why it cannot be answered.
pub fn answer(
    manifest: &Manifest,
    tables: &Tables,
    question: &Question,
) -> Result<Answer, Refusal> {
    let timeline = Timeline::new(manifest, tables);
    let attribution = Attribution::new(manifest, &timeline);
    let runs = stages(manifest, &timeline, attribution.containers());
    let index = chosen_run(&runs, question)?;
    let models = models(&attribution, &runs[index], question)?;
    for change in &question.changes {
        matching::check(&models, &change.selector)?;
    }
    let none = models
        .iter()
        .map(|model| Changes::none(model.classes.len()));
    let unchanged = outcomes(&models, none);
    let changes = models.iter().map(|model| model.changes(&question.changes));
    let changed = outcomes(&models, changes);
    let stages = stage_rows(&models, &unchanged, &changed);
    let candidates = if question.changes.is_empty() {
        rank::rank(&models, &unchanged)
    } else {
        Vec::new()
    };
    Ok(Answer {
        schema: SCHEMA_VERSION,
        run: index + 1,
        runs: runs.len(),
        changes: change_rows(&models, &unchanged, &question.changes),
        total: total(&stages),
        stages,
        candidates,
        path: path_rows(&models, &changed),
        approximations: approximations(manifest, &models, &changed, &question.changes),
    })
}

/// How long those stages of each run that are in `names`, all if there is none, would have taken with
/// some changes; runs without such a stage are left out.
///
/// # Errors
/// Why a run cannot be replayed.
pub fn each_run(
    manifest: &Manifest,
    tables: &Tables,
    names: &[String],
    changes: &[Change],
) -> Result<Vec<Times>, Refusal> {
    let timeline = Timeline::new(manifest, tables);
    let attribution = Attribution::new(manifest, &timeline);
    let runs = stages(manifest, &timeline, attribution.containers());
    let replays = Replays::new(manifest, &attribution);
    let mut found = Vec::new();
    for (index, run) in runs.iter().enumerate() {
        let own = run.stages.iter().map(|window| window.stage.name());
        let own: Vec<&str> = own
            .filter(|name| names.is_empty() || names.iter().any(|one| one == name))
            .collect();
        if !own.is_empty() {
            found.push(replays.times(index, &own, changes)?);
        }
    }
    Ok(found)
}

fn models(
    attribution: &Attribution<'_, '_>,
    run: &RunStages,
    question: &Question,
) -> Result<Vec<Model>, Refusal> {
    let models = exact_models(attribution, run, question.stage.as_deref())?;
    if models.is_empty() {
        return Err(Refusal::NoStage {
            stages: stage_names(std::slice::from_ref(run)),
        });
    }
    Ok(models)
}

/// The models of a run's stages, or of the one named, whose replays end at the recorded ends.
fn exact_models(
    attribution: &Attribution<'_, '_>,
    run: &RunStages,
    only: Option<&str>,
) -> Result<Vec<Model>, Refusal> {
    let takes_part = |process| crate::takes_part(attribution, run, process);
    let mut models = Vec::new();
    for window in &run.stages {
        let name = window.stage.name();
        if only.is_some_and(|stage| stage != name) {
            continue;
        }
        let stage = name.to_owned();
        let Some(model) = model(attribution, &takes_part, window) else {
            return Err(Refusal::NoEnd { stage });
        };
        match model.drift_ns() {
            0 => models.push(model),
            drift_ns => return Err(Refusal::Drift { stage, drift_ns }),
        }
    }
    Ok(models)
}

fn outcomes(models: &[Model], changes: impl Iterator<Item = Changes>) -> Vec<Outcome> {
    let pairs = models.iter().zip(changes);
    pairs
        .map(|(model, changes)| model.outcome(&changes))
        .collect()
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

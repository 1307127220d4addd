//! Runs of a report, replayed again and again with other changes.

use std::cell::RefCell;
use std::collections::HashMap;

use super::answer::Times;
use super::exact_models;
use super::model::Model;
use super::question::Refusal;
use super::rows::times;
use super::selector::Change;
use crate::attribution::Attribution;
use crate::attribution::stage::{RunStages, stages};
use trace::manifest::Manifest;

/// The runs of a recording, in the order of its report.
pub struct Replays<'r, 't, 'a> {
    attribution: &'r Attribution<'t, 'a>,
    runs: Vec<RunStages>,
    /// The stages of each run that was asked for, or why one cannot be replayed.
    models: RefCell<HashMap<usize, Result<Vec<Model>, Refusal>>>,
}

impl<'r, 't, 'a> Replays<'r, 't, 'a> {
    /// Those of a recording.
    pub fn new(manifest: &Manifest, attribution: &'r Attribution<'t, 'a>) -> Self {
        let runs = stages(manifest, attribution.timeline(), attribution.containers());
        Self {
            attribution,
            runs,
            models: RefCell::default(),
        }
    }

    /// How long those stages of a run that are in `names` took together, and would have taken.
    ///
    /// # Errors
    /// Why a stage of the run cannot be replayed.
    pub fn times(&self, run: usize, names: &[&str], changes: &[Change]) -> Result<Times, Refusal> {
        let mut models = self.models.borrow_mut();
        let models = models.entry(run).or_insert_with(|| self.models_of(run));
        let named = models.as_ref().map_err(Clone::clone)?.iter();
        let named = named.filter(|model| names.contains(&model.stage.as_str()));
        let (recorded_ns, replayed_ns) = named
            .map(|model| {
                let recorded_ns = model.graph.end_ns - model.graph.start_ns;
                (recorded_ns, model.wall_ns(&model.changes(changes)))
            })
            .fold((0, 0), |sum, stage| (sum.0 + stage.0, sum.1 + stage.1));
        Ok(times(recorded_ns, replayed_ns))
    }

    fn models_of(&self, index: usize) -> Result<Vec<Model>, Refusal> {
        let runs = self.runs.len();
        let run = self.runs.get(index).ok_or(Refusal::NoRun { runs })?;
        exact_models(self.attribution, run, None)
    }
}

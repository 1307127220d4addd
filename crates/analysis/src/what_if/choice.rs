//! Which run is replayed.

use std::collections::BTreeSet;

use super::question::{Question, Refusal};
use crate::attribution::stage::RunStages;
use trace::mark::Stage;

/// The position of the run that a question is about: that of median length, or the whole of a traced command.
///
/// # Errors
/// There is none.
pub fn chosen_run(runs: &[RunStages], question: &Question) -> Result<usize, Refusal> {
    let refused = Refusal::NoRun { runs: runs.len() };
    if let Some(run) = question.run {
        let index = run.checked_sub(1).filter(|&index| index < runs.len());
        return index.ok_or(refused);
    }
    let has_stage = |run: &RunStages| {
        let mut stages = run.stages.iter();
        let name = question.stage.as_deref();
        name.is_none_or(|name| stages.any(|window| window.stage.name() == name))
    };
    let is_whole = |run: &RunStages| {
        let mut stages = run.stages.iter();
        stages.any(|window| window.stage == Stage::Command)
    };
    let mut of_interest: Vec<usize> = (0..runs.len()).filter(|&at| has_stage(&runs[at])).collect();
    if let Some(&whole) = of_interest.iter().find(|&&at| is_whole(&runs[at])) {
        return Ok(whole);
    }
    of_interest.sort_by_key(|&at| wall_ns(&runs[at]));
    let median = of_interest.get(of_interest.len().saturating_sub(1) / 2);
    median.copied().ok_or_else(|| Refusal::NoStage {
        stages: stage_names(runs),
    })
}

fn wall_ns(run: &RunStages) -> u64 {
    let lengths = run.stages.iter();
    lengths
        .map(|window| window.end_ns.saturating_sub(window.start_ns))
        .sum()
}

/// The names of all stages of some runs.
pub fn stage_names(runs: &[RunStages]) -> Vec<String> {
    let stages = runs.iter().flat_map(|run| &run.stages);
    let names: BTreeSet<Stage> = stages.map(|window| window.stage).collect();
    names
        .into_iter()
        .map(|stage| stage.name().to_owned())
        .collect()
}

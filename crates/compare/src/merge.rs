//! Several recordings of one side, as one.

use std::collections::BTreeMap;

use super::SideProfile;
use crate::report::Side;
use analysis::profile::{RecordingProfile, StageProfile};

/// The stages of all recordings, the runs of each together.
pub(super) fn stages(recordings: &[RecordingProfile]) -> Vec<StageProfile> {
    let mut stages: Vec<StageProfile> = Vec::new();
    let mut runs_before = 0;
    for recording in recordings {
        let mut runs = 0;
        for stage in &recording.stages {
            runs = runs.max(last_run(stage));
            let mut stage = stage.clone();
            for run in &mut stage.runs {
                // So that no two recordings have a run of the same number.
                run.run += runs_before;
            }
            match stages.iter_mut().find(|known| known.name == stage.name) {
                Some(known) => add(known, stage),
                None => stages.push(stage),
            }
        }
        runs_before += runs;
    }
    stages
}

fn last_run(stage: &StageProfile) -> usize {
    let runs = stage.runs.iter().map(|run| run.run + 1);
    runs.max().unwrap_or(0)
}

fn add(known: &mut StageProfile, other: StageProfile) {
    known.runs.extend(other.runs);
    for (key, statistics) in other.calls {
        known.calls.entry(key).or_default().merge(&statistics);
    }
}

/// The stage of this name.
pub(super) fn find<'s>(stages: &'s [StageProfile], name: &str) -> Option<&'s StageProfile> {
    stages.iter().find(|stage| stage.name == name)
}

/// Wall time of each run that went through `wanted` stages, all of them together, nanoseconds.
pub(super) fn whole_runs_ns(stages: &[StageProfile], wanted: usize) -> Vec<u64> {
    let mut sums: BTreeMap<usize, (usize, u64)> = BTreeMap::new();
    for run in stages.iter().flat_map(|stage| &stage.runs) {
        let sum = sums.entry(run.run).or_default();
        sum.0 += 1;
        sum.1 += run.wall_ns;
    }
    let whole = sums.into_values().filter(|&(count, _)| count == wanted);
    whole.map(|(_, wall_ns)| wall_ns).collect()
}

/// The facts about a side.
pub(super) fn side(profile: &SideProfile) -> Side {
    let mut configurations = profile.recordings.iter().map(|one| &one.configuration);
    let mut common = configurations.next().cloned().unwrap_or_default();
    for configuration in configurations {
        common.retain(|axis, value| configuration.get(axis) == Some(value));
    }
    Side {
        name: profile.name.clone(),
        configuration: common,
        recordings: profile
            .recordings
            .iter()
            .map(|recording| recording.facts.clone())
            .collect(),
    }
}

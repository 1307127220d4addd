//! When each stage of each run was, by the marks.

use std::collections::BTreeMap;

use crate::model::manifest::Manifest;
use crate::model::mark::{MarkCode, Stage};
use crate::model::rows::Tables;

/// A stage of one run: the half-open interval `[start_ns, end_ns)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StageWindow {
    /// Which stage.
    pub stage: Stage,
    /// When it began, in nanoseconds of the recording's clock.
    pub start_ns: u64,
    /// When it ended.
    pub end_ns: u64,
    /// The thread that set the mark at its end, or the command's first.
    pub tid: u32,
}

/// The stages of one run, in order of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunStages {
    /// The number of the run, as its marks carry it.
    pub run: u64,
    /// Its stages.
    pub stages: Vec<StageWindow>,
}

/// The stages of all runs of a recording. Without marks that pair up, the one stage `command`: from
/// when the command was let go to its end.
pub fn stages(manifest: &Manifest, tables: &Tables) -> Vec<RunStages> {
    let mut marks: Vec<_> = tables.marks.iter().collect();
    marks.sort_by_key(|mark| (mark.at_ns, mark.code));
    let mut begun: BTreeMap<(u64, Stage), u64> = BTreeMap::new();
    let mut runs: BTreeMap<u64, Vec<StageWindow>> = BTreeMap::new();
    for mark in marks {
        match MarkCode::from_u64(mark.code) {
            Some(MarkCode::Begin(stage)) => {
                begun.insert((mark.value, stage), mark.at_ns);
            }
            Some(MarkCode::End(stage)) => {
                if let Some(start_ns) = begun.remove(&(mark.value, stage)) {
                    runs.entry(mark.value).or_default().push(StageWindow {
                        stage,
                        start_ns,
                        end_ns: mark.at_ns,
                        tid: mark.tid,
                    });
                }
            }
            None => {}
        }
    }
    if runs.is_empty() {
        return vec![command(manifest)];
    }
    runs.into_iter()
        .map(|(run, mut stages)| {
            stages.sort_by_key(|window| (window.start_ns, window.stage));
            RunStages { run, stages }
        })
        .collect()
}

fn command(manifest: &Manifest) -> RunStages {
    let window = StageWindow {
        stage: Stage::Command,
        start_ns: manifest.released_ns,
        end_ns: manifest.command_ended_ns.max(manifest.released_ns),
        tid: manifest.root_tgids.first().copied().unwrap_or(0),
    };
    RunStages {
        run: 0,
        stages: vec![window],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::fixture::{manifest, mark};

    fn marks(stage: Stage, run: u64, start_ns: u64, end_ns: u64) -> [crate::model::rows::Mark; 2] {
        [
            mark(7, end_ns, MarkCode::End(stage).to_u64(), run),
            mark(7, start_ns, MarkCode::Begin(stage).to_u64(), run),
        ]
    }

    #[test]
    fn marks_pair_up_by_run() {
        let tables = Tables {
            marks: [
                marks(Stage::Start, 1, 20, 30),
                marks(Stage::Create, 1, 10, 20),
                marks(Stage::Create, 2, 40, 55),
            ]
            .concat(),
            ..Tables::default()
        };
        let found: Vec<_> = stages(&manifest(100), &tables)
            .into_iter()
            .flat_map(|run| run.stages.into_iter().map(move |stage| (run.run, stage)))
            .map(|(run, window)| (run, window.stage, window.start_ns, window.end_ns))
            .collect();
        assert_eq!(
            found,
            [
                (1, Stage::Create, 10, 20),
                (1, Stage::Start, 20, 30),
                (2, Stage::Create, 40, 55),
            ]
        );
    }

    #[test]
    fn a_stage_that_did_not_end_is_none() {
        let tables = Tables {
            marks: marks(Stage::Create, 1, 10, 20)[1..].to_vec(),
            ..Tables::default()
        };
        let runs = stages(&manifest(100), &tables);
        assert_eq!(runs.len(), 1);
        assert_eq!(runs[0].stages[0].stage, Stage::Command);
    }

    #[test]
    fn a_command_is_one_stage() {
        let mut manifest = manifest(100);
        (manifest.released_ns, manifest.command_ended_ns) = (5, 90);
        let runs = stages(&manifest, &Tables::default());
        let window = runs[0].stages[0];
        assert_eq!((window.start_ns, window.end_ns), (5, 90));
    }
}

//! When each stage of each run was: by the marks, or inferred.

use std::collections::BTreeMap;

use crate::timeline::{ProcessId, Timeline};
use trace::manifest::Manifest;
use trace::mark::{MarkCode, Stage};

use super::container::Containers;
use super::container::process::answer;

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
    /// Who asked for it, if it was inferred and that is known.
    pub asker: Option<ProcessId>,
}

/// The stages of one run, in order of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunStages {
    /// The number of the run, as its marks carry it; else its position.
    pub run: u64,
    /// Its stages.
    pub stages: Vec<StageWindow>,
    /// Whether they were inferred from the kernel's events, for want of marks.
    pub inferred: bool,
    /// The position of its container, if it has one.
    pub container: Option<usize>,
}

/// The stages of all runs of a recording: those that marks bound. Without marks that pair up, a run
/// for each container, its stages inferred, and then one of the stage `command`: from when the
/// command was let go to its end.
pub fn stages(
    manifest: &Manifest,
    timeline: &Timeline<'_>,
    containers: &Containers,
) -> Vec<RunStages> {
    let marked = marked(timeline, containers);
    if !marked.is_empty() {
        return marked;
    }
    let mut runs = inferred(containers);
    runs.push(RunStages {
        run: runs.len() as u64,
        stages: vec![command(manifest, timeline)],
        inferred: false,
        container: None,
    });
    runs
}

/// A run for each container of which any stage was inferred.
pub(crate) fn inferred(containers: &Containers) -> Vec<RunStages> {
    let all = containers.all().iter().enumerate();
    let runs = all.map(|(index, container)| RunStages {
        run: index as u64,
        stages: container.stages.clone(),
        inferred: true,
        container: Some(index),
    });
    runs.filter(|run| !run.stages.is_empty()).collect()
}

/// The runs that marks bound.
pub(crate) fn marked(timeline: &Timeline<'_>, containers: &Containers) -> Vec<RunStages> {
    let mut marks: Vec<_> = timeline.tables().marks.iter().collect();
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
                        asker: None,
                    });
                }
            }
            None => {}
        }
    }
    runs.into_iter()
        .map(|(run, mut stages)| {
            stages.sort_by_key(|window| (window.start_ns, window.stage));
            RunStages {
                run,
                container: container_within(timeline, containers, &stages),
                stages,
                inferred: false,
            }
        })
        .collect()
}

/// The container that was born within the stages of a run.
fn container_within(
    timeline: &Timeline<'_>,
    containers: &Containers,
    stages: &[StageWindow],
) -> Option<usize> {
    let mut all = containers.all().iter();
    all.position(|container| {
        container.inits.iter().any(|&init| {
            let born_ns = timeline.process(init).born_ns;
            let mut windows = stages.iter();
            windows.any(|window| (window.start_ns..window.end_ns).contains(&born_ns))
        })
    })
}

/// The whole command. It ends when whoever waited for it is woken, not when the last of it is taken
/// down, nor when the news arrives.
fn command(manifest: &Manifest, timeline: &Timeline<'_>) -> StageWindow {
    let tid = manifest.root_tgids.first().copied().unwrap_or(0);
    let seen_ns = manifest.command_ended_ns.max(manifest.released_ns);
    let process = timeline.process_at(tid, manifest.released_ns);
    let end = process.and_then(|process| answer(timeline, timeline.process(process)));
    let end_ns = end.map_or(seen_ns, |end| end.at_ns);
    StageWindow {
        stage: Stage::Command,
        start_ns: manifest.released_ns,
        end_ns: end_ns.clamp(manifest.released_ns, seen_ns),
        tid,
        asker: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::Attribution;
    use crate::timeline::fixture::{manifest, mark, off_cpu, task};
    use trace::rows::Tables;

    fn stages(manifest: &Manifest, tables: &Tables) -> Vec<RunStages> {
        let timeline = Timeline::new(manifest, tables);
        let attribution = Attribution::new(manifest, &timeline);
        super::stages(manifest, &timeline, attribution.containers())
    }

    fn marks(stage: Stage, run: u64, start_ns: u64, end_ns: u64) -> [trace::rows::Mark; 2] {
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

    #[test]
    fn a_command_ends_when_its_waiter_is_woken() {
        let mut manifest = manifest(100);
        (manifest.released_ns, manifest.command_ended_ns) = (5, 90);
        manifest.root_tgids = vec![7];
        let mut root = task(7, 3, None);
        (root.exiting_ns, root.ended_ns) = (Some(60), Some(80));
        let mut sleep = off_cpu(3, 10, 85);
        (sleep.wake_ns, sleep.waker_tid) = (Some(75), Some(7));
        let mut tables = Tables {
            tasks: vec![task(3, 1, None), root],
            ..Tables::default()
        };
        assert_eq!(stages(&manifest, &tables)[0].stages[0].end_ns, 80);
        tables.off_cpu.push(sleep);
        assert_eq!(stages(&manifest, &tables)[0].stages[0].end_ns, 75);
    }
}

//! Reasons to doubt the figures of one recording, which is compared with nothing.

use std::collections::BTreeMap;

use super::{COSTLY_PPM, NOTABLE_PPM, share_ppm};
use crate::report::MIN_RUNS;
use crate::report::diagnosis::RecordingWarning;
use analysis::Analysis;
use analysis::attribution::category::is_behind_outsider;
use analysis::report::path::{Heuristic, Segment};
use analysis::report::{Report, StageReport};
use trace::manifest::ProbeState;
use trace::phase::Phase;

/// Reasons that are named for waits.
const NAMED: usize = 2;

/// All warnings that are due, gravest first.
pub fn warnings(analysis: &Analysis) -> Vec<RecordingWarning> {
    let report = &analysis.report;
    let mut found = Vec::new();
    found.extend(
        report
            .interrupted
            .clone()
            .map(|reason| RecordingWarning::Interrupted { reason }),
    );
    if report.records.lost > 0 {
        found.push(RecordingWarning::LostRecords {
            lost: report.records.lost,
            sent: report.records.sent,
        });
    }
    of_stages(report, &mut found);
    found.extend(few_runs(report));
    if report.level == "summary" {
        found.push(RecordingWarning::SummaryLevel);
    }
    found.extend(missing_probes(&report.probes));
    if report.records.refused_marks > 0 {
        found.push(RecordingWarning::RefusedMarks {
            marks: report.records.refused_marks,
        });
    }
    of_paths(analysis, &mut found);
    found
}

/// Time on the critical paths of all stages that is not of the container's making.
fn of_stages(report: &Report, found: &mut Vec<RecordingWarning>) {
    let stages: Vec<&StageReport> = stages(report).collect();
    let wall_ns = stages.iter().map(|stage| stage.wall_ns).sum();
    let share = |phase| {
        let rows = stages.iter().flat_map(|stage| &stage.phases);
        let own = rows.filter(|row| row.phase == phase);
        share_ppm(own.filter_map(|row| row.critical_path_ns).sum(), wall_ns)
    };
    let behind = behind_outsiders(&stages);
    let behind_ppm = share_ppm(behind.iter().map(|&(_, sum_ns)| sum_ns).sum(), wall_ns);
    if behind_ppm >= COSTLY_PPM {
        let reasons = behind.iter().take(NAMED);
        found.push(RecordingWarning::BusyMachine {
            share_ppm: behind_ppm,
            reasons: reasons.map(|&(name, _)| name.to_owned()).collect(),
        });
    }
    let throttled_ppm = share(Phase::Throttled);
    if throttled_ppm >= NOTABLE_PPM {
        found.push(RecordingWarning::Throttled {
            share_ppm: throttled_ppm,
            groups: groups(&stages),
        });
    }
    let observer_ppm = share(Phase::Observer);
    if observer_ppm >= COSTLY_PPM {
        found.push(RecordingWarning::ObserverCost {
            share_ppm: observer_ppm,
        });
    }
}

/// The stages over which time adds up: those of containers where there are any, for the stage of the
/// whole command holds them.
fn stages(report: &Report) -> impl Iterator<Item = &StageReport> {
    let has_containers = report.runs.iter().any(|run| run.container.is_some());
    let runs = report.runs.iter();
    let own = runs.filter(move |run| run.container.is_some() || !has_containers);
    own.flat_map(|run| &run.stages)
}

/// Time on the path behind whoever has no part in the containers' lives, most first.
fn behind_outsiders<'s>(stages: &[&'s StageReport]) -> Vec<(&'s str, u64)> {
    let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
    let rows = stages.iter().flat_map(|stage| &stage.phases);
    let parts = rows.filter(|row| row.phase == Phase::Runqueue);
    let parts = parts.flat_map(|row| &row.parts);
    for part in parts.filter(|part| is_behind_outsider(&part.name)) {
        *sums.entry(&part.name).or_default() += part.critical_path_ns.unwrap_or(0);
    }
    let mut sums: Vec<(&str, u64)> = sums.into_iter().collect();
    // Stable: equals stay in the order of names.
    sums.sort_by_key(|&(_, sum_ns)| std::cmp::Reverse(sum_ns));
    sums
}

fn groups(stages: &[&StageReport]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for row in stages.iter().flat_map(|stage| &stage.quotas) {
        if row.critical_path_ns > Some(0) && !names.contains(&row.group) {
            names.push(row.group.clone());
        }
    }
    names
}

fn few_runs(report: &Report) -> Option<RecordingWarning> {
    // Containers of one script are no runs of one configuration.
    let aggregates = report
        .aggregates
        .iter()
        .filter(|one| !one.configuration.is_empty());
    let fewest = aggregates.map(|one| one.runs).min()?;
    (fewest < MIN_RUNS).then_some(RecordingWarning::FewRuns { runs: fewest })
}

/// The tracepoints that could not be attached; hooks on functions are additions, and the footer of a
/// report tells of them.
fn missing_probes(probes: &[ProbeState]) -> Option<RecordingWarning> {
    let is_missing = |probe: &&ProbeState| {
        probe.state != "attached" && !["fentry", "kprobe"].contains(&probe.kind.as_str())
    };
    let names: Vec<String> = probes
        .iter()
        .filter(is_missing)
        .map(|probe| probe.name.clone())
        .collect();
    (!names.is_empty()).then_some(RecordingWarning::MissingProbes { names })
}

fn of_paths(analysis: &Analysis, found: &mut Vec<RecordingWarning>) {
    let segments = || analysis.paths.iter().flat_map(|path| &path.segments);
    let sum_ns = |segments: &mut dyn Iterator<Item = &Segment>| -> u64 {
        segments.map(|segment| segment.duration_ns).sum()
    };
    let is_imputed = |segment: &&Segment| segment.heuristic == Some(Heuristic::ImputedSwitch);
    let wall_ns = sum_ns(&mut segments());
    let imputed_ppm = share_ppm(sum_ns(&mut segments().filter(is_imputed)), wall_ns);
    if imputed_ppm >= NOTABLE_PPM {
        found.push(RecordingWarning::ImputedSwitches {
            share_ppm: imputed_ppm,
        });
    }
    let mut decided = segments().filter(|one| one.heuristic.is_some());
    let decided_ppm = share_ppm(sum_ns(&mut decided), wall_ns);
    if decided_ppm >= COSTLY_PPM {
        found.push(RecordingWarning::RulesOfThumb {
            share_ppm: decided_ppm,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use analysis::report::{PhasePart, PhaseRow, Run};

    fn phase(phase: Phase, critical_path_ns: u64, parts: &[(&str, u64)]) -> PhaseRow {
        let parts = parts.iter().map(|&(name, part_ns)| PhasePart {
            name: name.into(),
            critical_path_ns: Some(part_ns),
            thread_ns: part_ns,
            count: 1,
        });
        PhaseRow {
            phase,
            critical_path_ns: Some(critical_path_ns),
            thread_ns: critical_path_ns,
            count: 1,
            parts: parts.collect(),
        }
    }

    fn analysis(phases: Vec<PhaseRow>) -> Analysis {
        let stage = StageReport {
            wall_ns: 1_000,
            phases,
            ..StageReport::default()
        };
        let run = Run {
            stages: vec![stage],
            ..Run::default()
        };
        Analysis {
            report: Report {
                runs: vec![run],
                ..Report::default()
            },
            paths: Vec::new(),
        }
    }

    #[test]
    fn waits_for_a_cpu_name_who_ran_most() {
        let parts = [
            ("behind crun (runtime)", 900),
            ("CPU idle", 10),
            ("behind cc1", 70),
            ("behind ld", 50),
        ];
        let found = warnings(&analysis(vec![phase(Phase::Runqueue, 1_030, &parts)]));
        let expected = RecordingWarning::BusyMachine {
            share_ppm: 120_000,
            reasons: vec!["behind cc1".into(), "behind ld".into()],
        };
        assert_eq!(found, [expected]);
    }

    #[test]
    fn a_quiet_recording_has_no_doubts() {
        let phases = vec![
            phase(Phase::Runqueue, 500, &[("behind crun (runtime)", 500)]),
            phase(Phase::Throttled, 19, &[]),
            phase(Phase::Observer, 99, &[]),
        ];
        assert_eq!(warnings(&analysis(phases)), []);
    }

    #[test]
    fn tracepoints_that_are_missing_are_named_and_hooks_are_not() {
        let probe = |name: &str, kind: &str| ProbeState {
            name: name.into(),
            kind: kind.into(),
            state: "unavailable".into(),
            ..ProbeState::default()
        };
        let names = vec!["lock:contention_begin".to_owned()];
        assert_eq!(
            missing_probes(&[
                probe("lock:contention_begin", "tp_btf"),
                probe("ovl_open", "fentry")
            ]),
            Some(RecordingWarning::MissingProbes { names })
        );
    }
}

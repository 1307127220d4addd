//! Reasons to doubt a figure: few runs, wide spread, other machines, losses.

mod configuration;
pub mod recording;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use self::configuration::is_result;
use self::configuration::of_configurations;
use super::{SideProfile, sample_rate_hz};
use crate::report::{AxisDifference, MIN_RUNS, Side, SideName, Warning};
use analysis::profile::RecordingFacts;
use analysis::profile::{RunProfile, StageProfile};
use analysis::statistics::BoxPlot;

/// Runs of each stage below which a warning is due.
const ENOUGH_RUNS: u64 = 2 * MIN_RUNS;
/// Distance between the quartiles over the median, in millionths, from which on a stage varies widely.
const WIDE_PPM: u64 = 250_000;
/// Loads that differ by more than this, times 1000, for each CPU.
const LOAD_GAP_MILLI: u32 = 500;
/// Shares of the wall time, in millionths, from which on a doubt is worth a warning.
const NOTABLE_PPM: u64 = 20_000;
/// The same for what observing cost.
const COSTLY_PPM: u64 = 100_000;

/// The facts from which warnings are drawn.
pub struct Facts<'f> {
    /// Both sides: their profiles, and what they are.
    pub sides: [(&'f SideProfile, &'f Side); 2],
    /// Their stages, recordings merged.
    pub stages: &'f [Vec<StageProfile>; 2],
    /// The axes in which they differ.
    pub differing_axes: &'f [AxisDifference],
}

/// All warnings that are due, gravest first.
pub fn warnings(facts: &Facts<'_>) -> Vec<Warning> {
    let mut found = Vec::new();
    for (name, (profile, side)) in SideName::ALL.into_iter().zip(facts.sides) {
        of_recordings(name, side, &mut found);
        mixed(name, profile, &mut found);
    }
    for (name, stages) in SideName::ALL.into_iter().zip(facts.stages) {
        of_runs(name, stages, &mut found);
        of_paths(name, stages, &mut found);
    }
    one_sided(facts.stages, &mut found);
    of_machines([facts.sides[0].1, facts.sides[1].1], &mut found);
    of_capture(facts, &mut found);
    // Commands that are traced as they are have none.
    let has_configuration = !facts.sides[0].1.configuration.is_empty();
    found.extend(of_configurations(facts.differing_axes, has_configuration));
    let rank = |warning: &Warning| {
        let kinds = Warning::KINDS.iter();
        kinds.copied().position(|kind| kind == warning.kind())
    };
    // Stable: those of one kind stay in the order of sides and stages.
    found.sort_by_key(rank);
    found
}

fn of_recordings(side: SideName, facts: &Side, found: &mut Vec<Warning>) {
    let sum = |value: fn(&RecordingFacts) -> u64| facts.recordings.iter().map(value).sum();
    let lost: u64 = sum(|recording| recording.records.lost);
    if lost > 0 {
        found.push(Warning::LostRecords {
            side,
            lost,
            sent: sum(|recording| recording.records.sent),
        });
    }
    let marks = sum(|recording| recording.records.refused_marks);
    if marks > 0 {
        found.push(Warning::RefusedMarks { side, marks });
    }
    for recording in &facts.recordings {
        if let Some(reason) = &recording.interrupted {
            found.push(Warning::Interrupted {
                side,
                reason: reason.clone(),
            });
        }
    }
}

fn mixed(side: SideName, profile: &SideProfile, found: &mut Vec<Warning>) {
    let mut values: BTreeMap<&str, BTreeSet<Option<&str>>> = BTreeMap::new();
    let configurations = profile.recordings.iter().map(|one| &one.configuration);
    let axes: BTreeSet<&String> = configurations.clone().flat_map(BTreeMap::keys).collect();
    for axis in axes {
        for configuration in configurations.clone() {
            let value = configuration.get(axis).map(String::as_str);
            values.entry(axis).or_default().insert(value);
        }
    }
    let axes: Vec<String> = values
        .into_iter()
        .filter(|(axis, values)| values.len() > 1 && !is_result(axis))
        .map(|(axis, _)| axis.to_owned())
        .collect();
    if !axes.is_empty() {
        found.push(Warning::MixedSide { side, axes });
    }
}

fn of_runs(side: SideName, stages: &[StageProfile], found: &mut Vec<Warning>) {
    let counts = || stages.iter().map(|stage| stage.runs.len() as u64);
    let (fewest, most) = (counts().min().unwrap_or(0), counts().max().unwrap_or(0));
    if fewest < ENOUGH_RUNS {
        found.push(Warning::FewRuns { side, runs: fewest });
    }
    for stage in stages {
        let runs = stage.runs.len() as u64;
        if runs < most {
            found.push(Warning::IncompleteRuns {
                side,
                stage: stage.name.clone(),
                runs,
                of: most,
            });
        }
    }
    of_spread(side, stages, found);
}

fn of_spread(side: SideName, stages: &[StageProfile], found: &mut Vec<Warning>) {
    let spreads = stages
        .iter()
        .filter_map(|stage| Some((&stage.name, spread_ppm(&stage.runs)?)));
    let wide: Vec<(&String, u64)> = spreads.filter(|&(_, ppm)| ppm >= WIDE_PPM).collect();
    if let Some(spread_ppm) = wide.iter().map(|&(_, ppm)| ppm).max() {
        found.push(Warning::WideSpread {
            side,
            stages: wide.into_iter().map(|(name, _)| name.clone()).collect(),
            spread_ppm,
        });
    }
}

/// Distance between the quartiles over the median, in millionths; nothing of fewer than four runs.
fn spread_ppm(runs: &[RunProfile]) -> Option<u64> {
    if runs.len() < 4 {
        return None;
    }
    let walls: Vec<f64> = runs.iter().map(|run| run.wall_ns as f64).collect();
    let plot = BoxPlot::new(&walls)?;
    Some(((plot.p75 - plot.p25) / plot.median * 1e6).round() as u64)
}

fn of_paths(side: SideName, stages: &[StageProfile], found: &mut Vec<Warning>) {
    let runs = || stages.iter().flat_map(|stage| &stage.runs);
    let wall_ns: u64 = runs().map(|run| run.wall_ns).sum();
    let imputed_ppm = share_ppm(runs().map(|run| run.imputed_ns).sum(), wall_ns);
    if imputed_ppm >= NOTABLE_PPM {
        found.push(Warning::ImputedSwitches {
            side,
            share_ppm: imputed_ppm,
        });
    }
    let ruled_ppm = share_ppm(runs().map(|run| run.rule_of_thumb_ns).sum(), wall_ns);
    if ruled_ppm >= COSTLY_PPM {
        found.push(Warning::RulesOfThumb {
            side,
            share_ppm: ruled_ppm,
        });
    }
}

fn share_ppm(part: u64, whole: u64) -> u64 {
    let share = (u128::from(part) * 1_000_000).checked_div(u128::from(whole));
    share.map_or(0, |share| u64::try_from(share).unwrap_or(u64::MAX))
}

fn one_sided([a, b]: &[Vec<StageProfile>; 2], found: &mut Vec<Warning>) {
    for (side, own, other) in [(SideName::A, a, b), (SideName::B, b, a)] {
        for stage in own {
            if !other.iter().any(|known| known.name == stage.name) {
                found.push(Warning::OneSidedStage {
                    side,
                    stage: stage.name.clone(),
                });
            }
        }
    }
}

fn of_machines(sides: [&Side; 2], found: &mut Vec<Warning>) {
    let kernels = sides.map(|side| joined(side, |one| one.host.kernel.clone()));
    let hosts = sides.map(|side| {
        joined(side, |one| {
            let host = &one.host;
            format!(
                "{}, {} CPUs, cgroup {}",
                host.machine, host.cpus, host.cgroup
            )
        })
    });
    let ([kernel_a, kernel_b], [host_a, host_b]) = (kernels, hosts);
    if kernel_a != kernel_b {
        found.push(Warning::OtherKernel {
            a: kernel_a,
            b: kernel_b,
        });
    }
    if host_a != host_b {
        found.push(Warning::OtherHost {
            a: host_a,
            b: host_b,
        });
    }
    of_load(sides, found);
}

fn of_load(sides: [&Side; 2], found: &mut Vec<Warning>) {
    let highest = |side: &Side, value: fn(&RecordingFacts) -> u32| {
        side.recordings.iter().map(value).max().unwrap_or(0)
    };
    let [a_milli, b_milli] = sides.map(|side| highest(side, |one| one.host.load_milli));
    let [cpus_a, cpus_b] = sides.map(|side| highest(side, |one| one.host.cpus));
    let cpus = cpus_a.min(cpus_b).max(1);
    if a_milli.abs_diff(b_milli) > LOAD_GAP_MILLI.saturating_mul(cpus) {
        found.push(Warning::OtherLoad { a_milli, b_milli });
    }
    for (side, load_milli, cpus) in [
        (SideName::A, a_milli, cpus_a),
        (SideName::B, b_milli, cpus_b),
    ] {
        if load_milli > cpus.saturating_mul(1_000) {
            found.push(Warning::BusyHost {
                side,
                load_milli,
                cpus,
            });
        }
    }
}

/// The different values of a side's recordings.
fn joined(side: &Side, value: impl Fn(&RecordingFacts) -> String) -> String {
    let values: BTreeSet<String> = side.recordings.iter().map(value).collect();
    values.into_iter().collect::<Vec<String>>().join(" and ")
}

fn of_capture(facts: &Facts<'_>, found: &mut Vec<Warning>) {
    let [(profile_a, a), (profile_b, b)] = facts.sides;
    let [level_a, level_b] = [a, b].map(|side| joined(side, |one| one.level.clone()));
    let counts = other_counts(a, b);
    if !counts.is_empty() {
        found.push(Warning::OtherHostCounts { counts });
    }
    let is_summary = |level: &str| level.contains("summary");
    if level_a != level_b {
        found.push(Warning::OtherLevel {
            a: level_a.clone(),
            b: level_b.clone(),
        });
    }
    if is_summary(&level_a) || is_summary(&level_b) {
        found.push(Warning::SummaryLevel);
    }
    let [rate_a, rate_b] = [profile_a, profile_b].map(sample_rate_hz);
    if rate_a != rate_b {
        found.push(Warning::OtherSampleRate {
            a_hz: rate_a,
            b_hz: rate_b,
        });
    }
    let [probes_a, probes_b] = [a, b].map(probes);
    if probes_a != probes_b {
        found.push(Warning::OtherProbes {
            only_a: probes_a.difference(&probes_b).cloned().collect(),
            only_b: probes_b.difference(&probes_a).cloned().collect(),
        });
    }
    let [a_ppm, b_ppm] = [(a, &facts.stages[0]), (b, &facts.stages[1])].map(observer_ppm);
    if a_ppm.max(b_ppm) >= COSTLY_PPM {
        found.push(Warning::ObserverCost { a_ppm, b_ppm });
    }
}

/// What one side's machine had at least half as much again of, and a good number more.
fn other_counts(a: &Side, b: &Side) -> Vec<(String, u64, u64)> {
    const GOOD_NUMBER: u64 = 50;
    let [a, b] = [a, b].map(|side| {
        let mut recordings = side.recordings.iter();
        recordings.find_map(|one| one.host_counts)
    });
    let (Some(a), Some(b)) = (a, b) else {
        return Vec::new();
    };
    let both = a.named().into_iter().zip(b.named());
    both.map(|((name, a), (_, b))| (name.to_owned(), a, b))
        .filter(|&(_, a, b)| a.abs_diff(b) >= GOOD_NUMBER && 2 * a.max(b) >= 3 * a.min(b))
        .collect()
}

/// The probes that ran for all recordings of a side.
fn probes(side: &Side) -> BTreeSet<String> {
    let mut recordings = side.recordings.iter();
    let first = recordings.next();
    let mut common: BTreeSet<String> =
        first.map_or_else(BTreeSet::new, |one| one.probes.iter().cloned().collect());
    for recording in recordings {
        common.retain(|probe| recording.probes.contains(probe));
    }
    common
}

/// The cost of observing over the wall time of all stages, in millionths.
fn observer_ppm((side, stages): (&Side, &Vec<StageProfile>)) -> u64 {
    let observer_ns = side.recordings.iter().map(|one| one.observer_ns).sum();
    let runs = stages.iter().flat_map(|stage| &stage.runs);
    share_ppm(observer_ns, runs.map(|run| run.wall_ns).sum())
}

#[cfg(test)]
mod tests;

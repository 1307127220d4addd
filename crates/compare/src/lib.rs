//! Two sides compared with each other: which stages differ, where the gap goes, and whether it is
//! more of something or because each takes longer.
//!
//! A side is a list of recordings of one configuration; their runs count alike. Everything is worked
//! out from their profiles ([`analysis::profile`]):
//!
//! - [`wall`]: wall times of a stage, their difference, and how sure it is.
//! - [`division`]: whose times are compared with whose.
//! - [`gap`]: the gap split over the parts of the critical path.
//! - [`effects`]: count or cost.
//! - [`calls`]: system calls, for each run and for each unit of work.
//! - [`functions`]: kernel functions that gained or lost samples; user functions in `functions::user`.
//! - [`folded`]: differential folded stacks.
//! - [`steps`]: the gap step by step.
//! - [`profile`](mod@profile): any number of sides beside each other, by system call and unit of work.
//! - [`advice`]: what one must know before believing a figure.
//! - [`study`]: benches against the published figures of a study; the only part that takes no recordings.
//!
//! # How the parts add up
//!
//! The gap of a stage is the difference of the two *mean* wall times over runs: means add up, which
//! medians do not. A mean over runs is seldom a whole number of nanoseconds. So the mean wall time of
//! each side is rounded to the nearest nanosecond, and given to the parts of that side in proportion
//! to their totals over all runs, by largest remainder ([`analysis::apportion`]): each part is within one
//! nanosecond of its mean, and all of them add up to the rounded mean exactly. The difference of a
//! part is that of these whole numbers. So each column of a table adds up to its total, and the
//! differences to the gap, without any rest.

pub mod advice;
pub mod calls;
pub mod division;
pub mod effects;
pub mod explain;
pub mod folded;
pub mod functions;
pub mod gap;
pub mod measure;
mod merge;
mod processes;
pub mod profile;
pub mod report;
pub mod steps;
pub mod wall;

use std::collections::BTreeMap;

use crate::division::Division;
use crate::report::measure::Measure;
use crate::report::{AxisDifference, Comparison, SCHEMA_VERSION, StageDifference, WallDifference};
use analysis::profile::{RecordingProfile, StageProfile};
use trace::mark::Stage;

/// Two sides, compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// The figures.
    pub comparison: Comparison,
    /// The critical paths of both sides as stacks: frames, outermost first, and the mean time of a
    /// run of A and of B in nanoseconds.
    pub stacks: BTreeMap<Vec<String>, (u64, u64)>,
}

/// One side, as it is given: a name, and the profiles of its recordings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SideProfile {
    /// Its name.
    pub name: String,
    /// Its recordings.
    pub recordings: Vec<RecordingProfile>,
}

impl SideProfile {
    /// How long each run took in the named stages together, in all if none is named, in nanoseconds. Runs
    /// without such a stage are left out.
    pub fn walls_ns(&self, stages: &[String]) -> Vec<u64> {
        let mut walls_ns = Vec::new();
        for recording in &self.recordings {
            let mut runs: BTreeMap<usize, u64> = BTreeMap::new();
            for stage in &recording.stages {
                if stages.is_empty() || stages.contains(&stage.name) {
                    for run in &stage.runs {
                        *runs.entry(run.run).or_default() += run.wall_ns;
                    }
                }
            }
            walls_ns.extend(runs.into_values());
        }
        walls_ns
    }
}

/// Compares side `b` with side `a`, and takes these measures of both.
pub fn compare(a: &SideProfile, b: &SideProfile, measures: &[Measure]) -> Compared {
    let sides = [a, b].map(|side| merge::stages(&side.recordings));
    let names = in_order(&sides);
    let rates_hz = [a, b].map(sample_rate_hz);
    let (a_side, b_side) = (merge::side(a), merge::side(b));
    let division = Division::of(&sides, [&a_side, &b_side]);
    let absent = StageProfile::default();
    let mut stages = Vec::new();
    let mut stacks = BTreeMap::new();
    for name in &names {
        let [a, b] = sides
            .each_ref()
            .map(|stages| merge::find(stages, name).unwrap_or(&absent));
        stages.push(stage(name, [a, b], rates_hz, division));
        stacks.append(&mut folded::stacks(a, b));
    }
    let differing_axes = differing_axes(&a_side.configuration, &b_side.configuration);
    let warnings = advice::warnings(&advice::Facts {
        sides: [(a, &a_side), (b, &b_side)],
        stages: &sides,
        differing_axes: &differing_axes,
    });
    let comparison = Comparison {
        schema: SCHEMA_VERSION,
        a: a_side,
        b: b_side,
        differing_axes,
        by_work: division == Division::Work,
        warnings,
        total: total(&sides, names.len()),
        measures: measure::differences(a, b, measures),
        stages,
    };
    Compared { comparison, stacks }
}

/// Samples per second and CPU of a side; 0 where its recordings differ in it.
fn sample_rate_hz(side: &SideProfile) -> u32 {
    let mut rates = side.recordings.iter().map(|one| one.facts.sample_hz);
    let first = rates.next().unwrap_or(0);
    if rates.all(|rate| rate == first) {
        first
    } else {
        0
    }
}

fn stage(
    name: &str,
    [a, b]: [&StageProfile; 2],
    rates_hz: functions::SampleRates,
    division: Division,
) -> StageDifference {
    let wall = wall::difference(&wall::walls(a), &wall::walls(b));
    StageDifference {
        name: name.to_owned(),
        groups: gap::groups(a, b, &wall, division),
        wall,
        work: calls::work(a, b),
        paths: calls::paths(a, b),
        calls: calls::differences(a, b),
        functions: functions::differences(a, b, rates_hz),
        user_functions: functions::user::differences(a, b, division),
    }
}

/// The whole lifecycle, over runs that went through as many stages as there are.
fn total(sides: &[Vec<StageProfile>; 2], stages: usize) -> Option<WallDifference> {
    let [a, b] = sides
        .each_ref()
        .map(|side| merge::whole_runs_ns(side, stages));
    (stages > 1 && !a.is_empty() && !b.is_empty()).then(|| wall::difference(&a, &b))
}

/// The names of all stages: those of a lifecycle in its order, then others.
fn in_order(sides: &[Vec<StageProfile>; 2]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for stage in sides.iter().flatten() {
        if !names.contains(&stage.name) {
            names.push(stage.name.clone());
        }
    }
    let rank = |name: &String| Stage::ALL.iter().position(|stage| stage.name() == name);
    names.sort_by_key(|name| rank(name).unwrap_or(usize::MAX));
    names
}

fn differing_axes(
    a: &BTreeMap<String, String>,
    b: &BTreeMap<String, String>,
) -> Vec<AxisDifference> {
    let mut axes: Vec<&String> = a.keys().chain(b.keys()).collect();
    axes.sort_unstable();
    axes.dedup();
    let differing = axes.into_iter().filter(|axis| a.get(*axis) != b.get(*axis));
    differing
        .map(|axis| AxisDifference {
            axis: axis.clone(),
            a: a.get(axis).cloned(),
            b: b.get(axis).cloned(),
        })
        .collect()
}

#[cfg(any(test, feature = "fixture"))]
pub mod fixture;
#[cfg(test)]
mod planted;
#[cfg(test)]
mod properties;

//! Kernel functions that gained or lost time below a system call: by samples of what ran, and by
//! what the critical path was blocked in. So a function is named even where none can be hooked.
//!
//! A function has the samples of all stacks that it is on. Functions that are on the very same stacks
//! share a row: the innermost, and those on the way to it.
//!
//! # Significance
//!
//! Samples are few, and vary from run to run. A difference of samples for each run is compared with
//! its standard error: the variance of a side is that between its runs, but at least that of counts
//! at random (Poisson) at the rate of both sides together, so that a function that one side lacks is
//! not taken for certain. The two-sided probability of a difference as large is that of the normal
//! distribution; with fewer than [`MIN_SAMPLES`] samples it is not worked out. Among all functions of
//! a stage those are significant that the procedure of Benjamini and Hochberg (1995) picks at a
//! false discovery rate of 5 %, given that both sides have [`MIN_RUNS`] runs.

use std::collections::{BTreeMap, BTreeSet};

use crate::report::{FunctionDifference, FunctionSide, MIN_RUNS};
use analysis::apportion::mean;
use analysis::profile::{StackKey, StackTimes, StageProfile};
use analysis::statistics;

mod chance;
pub mod user;

/// Samples of both sides together from which on a probability is worked out.
pub const MIN_SAMPLES: u64 = 10;
/// Samples of both sides together below which a function that nothing was blocked in is left out.
pub const FEW_SAMPLES: u64 = 3;
/// How many of the functions that are called significant may be so by chance.
const FALSE_DISCOVERY_RATE: f64 = 0.05;

/// Samples per second and CPU of both sides; 0 for none.
pub type SampleRates = [u32; 2];

/// A row for each function below each system call, those with the largest difference in time first.
pub fn differences(
    a: &StageProfile,
    b: &StageProfile,
    rates_hz: SampleRates,
) -> Vec<FunctionDifference> {
    let stacks = Stacks::new(a, b);
    let mut rows: Vec<FunctionDifference> = stacks
        .functions()
        .iter()
        .map(|alike| stacks.row(alike, rates_hz))
        .filter(is_worth_a_row)
        .collect();
    let enough = a.runs.len().min(b.runs.len()) as u64 >= MIN_RUNS;
    if enough && rates_hz[0] == rates_hz[1] {
        mark_significant(&mut rows);
    }
    // Stable: equals stay in the order of names.
    rows.sort_by_key(|row| {
        let time_ns = |side: FunctionSide| side.cpu_ns + side.blocked_ns;
        std::cmp::Reverse(time_ns(row.a).abs_diff(time_ns(row.b)))
    });
    rows
}

fn is_worth_a_row(row: &FunctionDifference) -> bool {
    row.a.samples + row.b.samples >= FEW_SAMPLES || row.a.blocked_ns + row.b.blocked_ns > 0
}

/// All stacks of a stage, and what each run saw of them.
struct Stacks<'p> {
    keys: Vec<&'p StackKey>,
    runs: [Vec<BTreeMap<usize, StackTimes>>; 2],
}

impl<'p> Stacks<'p> {
    fn new(a: &'p StageProfile, b: &'p StageProfile) -> Self {
        let runs = a.runs.iter().chain(&b.runs);
        let keys: BTreeSet<&StackKey> = runs.flat_map(|run| run.stacks.keys()).collect();
        let keys: Vec<&StackKey> = keys.into_iter().collect();
        let index: BTreeMap<&StackKey, usize> = keys.iter().copied().zip(0..).collect();
        let runs = [a, b].map(|side| {
            let runs = side.runs.iter().map(|run| {
                let stacks = run.stacks.iter();
                stacks.map(|(key, &times)| (index[key], times)).collect()
            });
            runs.collect()
        });
        Self { keys, runs }
    }

    /// The functions, those on the very same stacks together.
    fn functions(&self) -> Vec<Alike<'p>> {
        let mut stacks_of: BTreeMap<(&str, &str), BTreeSet<usize>> = BTreeMap::new();
        for (at, key) in self.keys.iter().enumerate() {
            for function in &key.functions {
                let stacks = stacks_of.entry((&key.syscall, function)).or_default();
                stacks.insert(at);
            }
        }
        // By the call and the stacks: functions, each with how far in it is.
        type Members<'p> = Vec<(usize, &'p str)>;
        let mut alike: BTreeMap<(&str, BTreeSet<usize>), Members<'_>> = BTreeMap::new();
        for ((syscall, function), stacks) in stacks_of {
            let depth = stacks.first().map_or(0, |&first| {
                let functions = &self.keys[first].functions;
                let at = functions.iter().position(|name| name == function);
                at.unwrap_or(0)
            });
            let members = alike.entry((syscall, stacks)).or_default();
            members.push((depth, function));
        }
        let alike = alike.into_iter().map(|((syscall, stacks), mut members)| {
            members.sort_unstable();
            Alike {
                syscall,
                functions: members.into_iter().map(|(_, function)| function).collect(),
                stacks,
            }
        });
        alike.collect()
    }

    fn row(&self, alike: &Alike<'_>, rates_hz: SampleRates) -> FunctionDifference {
        let [a, b] = self
            .runs
            .each_ref()
            .map(|runs| per_run(runs, &alike.stacks));
        let mut functions = alike.functions.iter().map(|&name| name.to_owned());
        let chance = (rates_hz[0] == rates_hz[1])
            .then(|| chance_of(&a, &b))
            .flatten();
        FunctionDifference {
            syscall: alike.syscall.to_owned(),
            function: functions.next().unwrap_or_default(),
            callers: functions.collect(),
            a: side(&a, rates_hz[0]),
            b: side(&b, rates_hz[1]),
            chance_ppm: chance.map(|chance| (chance * 1e6).round() as u32),
            is_significant: false,
        }
    }
}

/// Functions that are on the very same stacks, innermost first.
struct Alike<'p> {
    syscall: &'p str,
    functions: Vec<&'p str>,
    stacks: BTreeSet<usize>,
}

/// The times of some stacks in each run.
fn per_run(runs: &[BTreeMap<usize, StackTimes>], members: &BTreeSet<usize>) -> Vec<StackTimes> {
    let sums = runs.iter().map(|stacks| {
        let seen = members.iter().filter_map(|at| stacks.get(at));
        seen.fold(StackTimes::default(), |sum, times| StackTimes {
            samples: sum.samples + times.samples,
            blocked_ns: sum.blocked_ns + times.blocked_ns,
        })
    });
    sums.collect()
}

fn side(runs: &[StackTimes], rate_hz: u32) -> FunctionSide {
    let samples: u64 = runs.iter().map(|times| times.samples).sum();
    let blocked_ns = runs.iter().map(|times| u128::from(times.blocked_ns)).sum();
    let run_count = runs.len() as u64;
    // Each stands for a second over their rate.
    let sampled_ns = u128::from(samples) * 1_000_000_000 / u128::from(rate_hz.max(1));
    FunctionSide {
        samples,
        cpu_ns: mean(sampled_ns, run_count),
        blocked_ns: mean(blocked_ns, run_count),
    }
}

/// The probability that the samples of two sides differ as much or more by chance.
fn chance_of(a: &[StackTimes], b: &[StackTimes]) -> Option<f64> {
    let counts = |runs: &[StackTimes]| -> Vec<f64> {
        runs.iter().map(|times| times.samples as f64).collect()
    };
    let (a, b) = (counts(a), counts(b));
    let sum: f64 = a.iter().chain(&b).sum();
    if sum < MIN_SAMPLES as f64 {
        return None;
    }
    let floor = sum / (a.len() + b.len()) as f64;
    let error = chance::variance_of_mean(&a, floor)? + chance::variance_of_mean(&b, floor)?;
    let difference = statistics::mean(&b)? - statistics::mean(&a)?;
    Some(chance::two_sided(difference / error.sqrt()))
}

/// Marks the rows that the procedure of Benjamini and Hochberg picks.
fn mark_significant(rows: &mut [FunctionDifference]) {
    let mut chances: Vec<u32> = rows.iter().filter_map(|row| row.chance_ppm).collect();
    chances.sort_unstable();
    let tests = chances.len() as f64;
    let is_below = |(rank, chance): &(usize, u32)| {
        f64::from(*chance) / 1e6 <= (*rank as f64 + 1.0) / tests * FALSE_DISCOVERY_RATE
    };
    let limit = chances.into_iter().enumerate().rfind(is_below);
    if let Some((_, limit)) = limit {
        for row in rows {
            row.is_significant = row.chance_ppm.is_some_and(|chance| chance <= limit);
        }
    }
}

#[cfg(test)]
mod tests;

//! User functions that gained or lost time, by samples.
//!
//! The user time of each role on the critical path is exact; it is given to functions in proportion
//! to their samples in it. Names are given over both sides together, so that both have the same.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::division::Division;
use crate::report::{Actor, UserFunctionDifference, UserFunctionSide};
use analysis::apportion::{apportion, mean};
use analysis::functions::subsystem::Name;
use analysis::functions::{FEW_SAMPLES, UserFrame, tree};
use analysis::profile::StageProfile;
use trace::phase::Phase;

/// Samples of both sides.
type Samples = [u64; 2];

/// A row for each function of each role, those with the largest difference first. A role of which
/// either side that has user time has too few samples has no rows.
pub fn differences(
    a: &StageProfile,
    b: &StageProfile,
    division: Division,
) -> Vec<UserFunctionDifference> {
    let mut by_role: BTreeMap<Actor, BTreeMap<&[UserFrame], Samples>> = BTreeMap::new();
    for (at, side) in [a, b].into_iter().enumerate() {
        for ((role, frames), samples) in side.runs.iter().flat_map(|run| &run.user_stacks) {
            let stacks = by_role.entry(division.actor(*role)).or_default();
            stacks.entry(frames).or_default()[at] += samples;
        }
    }
    let mut rows: Vec<UserFunctionDifference> = by_role
        .into_iter()
        .flat_map(|(role, stacks)| {
            let user_ns = [a, b].map(|side| user_ns(side, role, division));
            of_role(role, &stacks, user_ns)
        })
        .collect();
    // Stable: equals stay in the order of roles and names.
    rows.sort_by_key(|row| Reverse(row.difference_ns.unsigned_abs()));
    rows
}

/// Mean user time per run of a role on the critical path, nanoseconds.
fn user_ns(side: &StageProfile, role: Actor, division: Division) -> u64 {
    let parts = side.runs.iter().flat_map(|run| &run.parts);
    let user =
        parts.filter(|(key, _)| division.actor(key.role) == role && key.phase == Phase::User);
    let sum = user.map(|(_, times)| u128::from(times.path_ns)).sum();
    mean(sum, side.runs.len() as u64)
}

fn of_role(
    role: Actor,
    stacks: &BTreeMap<&[UserFrame], Samples>,
    user_ns: [u64; 2],
) -> Vec<UserFunctionDifference> {
    let given: Vec<(&[UserFrame], u64)> = stacks
        .iter()
        .map(|(frames, samples)| (*frames, samples.iter().sum()))
        .collect();
    let mut names: BTreeMap<String, BTreeMap<String, Samples>> = BTreeMap::new();
    for (Name { whole, part }, samples) in tree::names(&given).into_iter().zip(stacks.values()) {
        let sum = names.entry(whole).or_default().entry(part).or_default();
        *sum = [sum[0] + samples[0], sum[1] + samples[1]];
    }
    let sums: Vec<Samples> = names.values().map(sum_of).collect();
    let sides: Vec<Vec<UserFunctionSide>> = user_ns
        .into_iter()
        .enumerate()
        .map(|(at, user_ns)| {
            let samples: Vec<u64> = sums.iter().map(|sum| sum[at]).collect();
            estimated(user_ns, &samples)
        })
        .collect();
    let [a, b] = sides.as_slice() else {
        return Vec::new();
    };
    if is_unknown(user_ns[0], a) || is_unknown(user_ns[1], b) {
        return Vec::new();
    }
    let rows = names.into_iter().zip(a.iter().zip(b));
    rows.map(|((function, parts), (&a, &b))| UserFunctionDifference {
        role,
        function,
        part: gained_most(parts, b.estimated_ns >= a.estimated_ns),
        a,
        b,
        difference_ns: signed(b.estimated_ns) - signed(a.estimated_ns),
    })
    .collect()
}

fn estimated(user_ns: u64, samples: &[u64]) -> Vec<UserFunctionSide> {
    let none = samples.iter().all(|&samples| samples == 0);
    let times = if none {
        vec![0; samples.len()]
    } else {
        apportion(user_ns, samples)
    };
    let sides = samples.iter().zip(times);
    sides
        .map(|(&samples, estimated_ns)| UserFunctionSide {
            samples,
            estimated_ns,
        })
        .collect()
}

/// Whether a side has user time, and too few samples to divide it.
fn is_unknown(user_ns: u64, side: &[UserFunctionSide]) -> bool {
    let samples: u64 = side.iter().map(|side| side.samples).sum();
    user_ns > 0 && samples < FEW_SAMPLES
}

fn sum_of(parts: &BTreeMap<String, Samples>) -> Samples {
    parts
        .values()
        .fold([0, 0], |sum, part| [sum[0] + part[0], sum[1] + part[1]])
}

/// The part whose samples differ most in that direction; of equals the first.
fn gained_most(parts: BTreeMap<String, Samples>, gains: bool) -> String {
    let gain = |[a, b]: Samples| {
        let gain = signed(b) - signed(a);
        if gains { gain } else { -gain }
    };
    let most = parts.into_iter().reduce(|most, next| {
        if gain(next.1) > gain(most.1) {
            next
        } else {
            most
        }
    });
    most.map(|(name, _)| name).unwrap_or_default()
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use analysis::profile::{PartKey, PartTimes, RunProfile};
    use trace::role::Role;

    /// Runs of the runtime, each with this user time and these samples.
    fn side(runs: u64, user_ns: u64, samples: &[(&str, &str, u64)]) -> StageProfile {
        let run = RunProfile {
            parts: [(
                PartKey {
                    role: Role::Runtime,
                    phase: Phase::User,
                    subphase: String::new(),
                    syscall: None,
                    cause: String::new(),
                    file_system: String::new(),
                },
                PartTimes {
                    path_ns: user_ns,
                    ..PartTimes::default()
                },
            )]
            .into(),
            user_stacks: samples
                .iter()
                .map(|(function, module, samples)| {
                    let frames = vec![UserFrame::new(function, module)];
                    ((Role::Runtime, frames), *samples)
                })
                .collect(),
            ..RunProfile::default()
        };
        StageProfile {
            name: "create".to_owned(),
            runs: (0..runs).map(|_| run.clone()).collect(),
            ..StageProfile::default()
        }
    }

    const LIBRARY: &str = "/usr/lib/libseccomp.so.2.5.4";

    #[test]
    fn the_function_that_gained_most_comes_first() {
        let a = side(
            10,
            1_000,
            &[
                ("main", "crun", 1),
                ("do_lookup_x", "ld-linux-x86-64.so.2", 3),
            ],
        );
        let b = side(
            10,
            6_000,
            &[
                ("main", "crun", 1),
                ("do_lookup_x", "ld-linux-x86-64.so.2", 3),
                ("", LIBRARY, 18),
                ("seccomp_rule_add", LIBRARY, 2),
            ],
        );
        let found = differences(&a, &b, Division::Roles);
        let told = |row: &UserFunctionDifference| (row.function.clone(), row.part.clone());
        assert_eq!(
            told(&found[0]),
            ("libseccomp".to_owned(), "[libseccomp.so.2.5.4]".to_owned())
        );
        assert_eq!((found[0].a.samples, found[0].b.samples), (0, 200));
        assert_eq!(
            (found[0].a.estimated_ns, found[0].b.estimated_ns),
            (0, 5_000)
        );
        let sums = found.iter().fold([0, 0], |sum, row| {
            [sum[0] + row.a.estimated_ns, sum[1] + row.b.estimated_ns]
        });
        assert_eq!(sums, [1_000, 6_000]);
    }

    #[test]
    fn too_few_samples_are_not_divided() {
        let a = side(1, 1_000, &[("main", "crun", 4)]);
        let b = side(1, 9_000, &[("main", "crun", 40)]);
        assert_eq!(differences(&a, &b, Division::Roles), []);
        // A side without any user time is no doubt.
        assert_eq!(differences(&side(1, 0, &[]), &b, Division::Roles).len(), 1);
    }
}

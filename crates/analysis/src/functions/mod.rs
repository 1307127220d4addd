//! User time by function, estimated from samples.
//!
//! - [`frame`]: frames of user stacks.
//! - [`subsystem`]: the frame that matters, by rules and a table.
//! - [`tree`]: names for stacks, those without a subsystem among them.
//! - [`samples`]: the samples of each thread, and their frames.
//! - [`piece`]: the stack of one piece of the critical path.
//! - `sampled`: those in the pieces of a critical path.
//!
//! Time by samples is an estimate: the exact user time of a group of pieces of the critical path is
//! given to its functions in proportion to their samples. So the estimates of a group add up to an
//! exact number, and none of them is one.

pub mod frame;
mod known;
pub mod piece;
pub(crate) mod sampled;
pub mod samples;
pub mod subsystem;
pub mod tree;

use std::collections::BTreeMap;

use crate::apportion::apportion;
use crate::report::functions::{FunctionGroup, FunctionPart, FunctionRow};
use crate::report::path::StagePath;
pub use frame::UserFrame;
use trace::phase::Phase;
use trace::role::Role;

/// Samples of a group below which they are not divided: two of three would be two thirds of its
/// time, whatever it did.
pub const FEW_SAMPLES: u64 = 5;

/// Samples with one stack in pieces of a stage's critical path that are alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct SampledStack {
    /// Whose pieces they are.
    pub role: Role,
    /// Name of the process.
    pub comm: String,
    /// Phase of the pieces.
    pub phase: Phase,
    /// System call of the pieces, if any.
    pub syscall: Option<String>,
    /// User frames, innermost first.
    pub user: Vec<UserFrame>,
    /// Kernel functions below the call, innermost first.
    pub kernel: Vec<String>,
    /// How many.
    pub samples: u64,
}

impl SampledStack {
    /// Names of its user frames or its kernel functions, outermost first.
    pub fn frames(&self) -> Vec<String> {
        let user = self.user.iter().rev().map(UserFrame::shown);
        user.chain(self.kernel.iter().rev().cloned()).collect()
    }
}

/// The user time of a stage's critical path by role, process and function, longest first.
pub fn groups(path: &StagePath) -> Vec<FunctionGroup> {
    let mut groups: BTreeMap<(Role, &str), (u64, Vec<&SampledStack>)> = BTreeMap::new();
    let user = path
        .segments
        .iter()
        .filter(|segment| segment.phase == Phase::User);
    for segment in user {
        let group = groups.entry((segment.role, &segment.comm)).or_default();
        group.0 += segment.duration_ns;
    }
    for stack in path
        .samples
        .iter()
        .filter(|stack| stack.phase == Phase::User)
    {
        if let Some(group) = groups.get_mut(&(stack.role, stack.comm.as_str())) {
            group.1.push(stack);
        }
    }
    let mut groups: Vec<FunctionGroup> = groups
        .into_iter()
        .map(|((role, comm), (user_ns, stacks))| group(role, comm, user_ns, &stacks))
        .collect();
    // Stable: equals stay in the order of roles and names.
    groups.sort_by_key(|group| std::cmp::Reverse(group.critical_path_ns));
    groups
}

fn group(role: Role, comm: &str, user_ns: u64, stacks: &[&SampledStack]) -> FunctionGroup {
    let samples = stacks.iter().map(|stack| stack.samples).sum();
    let functions = if samples < FEW_SAMPLES {
        Vec::new()
    } else {
        rows(user_ns, stacks)
    };
    FunctionGroup {
        role,
        comm: comm.to_owned(),
        critical_path_ns: user_ns,
        samples,
        functions,
    }
}

fn rows(user_ns: u64, stacks: &[&SampledStack]) -> Vec<FunctionRow> {
    let given: Vec<(&[UserFrame], u64)> = stacks
        .iter()
        .map(|stack| (stack.user.as_slice(), stack.samples))
        .collect();
    let mut sums: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for (name, (_, samples)) in tree::names(&given).into_iter().zip(given) {
        let parts = sums.entry(name.whole).or_default();
        *parts.entry(name.part).or_default() += samples;
    }
    let weights: Vec<u64> = sums.values().map(|parts| parts.values().sum()).collect();
    let estimates = apportion(user_ns, &weights).into_iter().zip(weights);
    let mut rows: Vec<FunctionRow> = sums
        .into_iter()
        .zip(estimates)
        .map(|((name, parts), (estimated_ns, samples))| FunctionRow {
            name,
            samples,
            estimated_ns,
            parts: part_rows(estimated_ns, parts),
        })
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.samples));
    rows
}

fn part_rows(whole_ns: u64, parts: BTreeMap<String, u64>) -> Vec<FunctionPart> {
    let weights: Vec<u64> = parts.values().copied().collect();
    let mut rows: Vec<FunctionPart> = parts
        .into_iter()
        .zip(apportion(whole_ns, &weights))
        .map(|((name, samples), estimated_ns)| FunctionPart {
            name,
            samples,
            estimated_ns,
        })
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.samples));
    rows
}

#[cfg(test)]
mod tests;

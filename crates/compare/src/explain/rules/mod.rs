//! The rules, one cause to a file.

mod computing;
mod copy_up;
mod cpu_wait;
mod disk;
mod file_system;
mod grace_period;
mod kernel_lock;
mod more_calls;
mod namespaces;
mod reopened_files;
mod slower_calls;
mod threads;

use crate::report::finding::Finding;
use crate::report::{PartDifference, StageDifference};
use trace::phase::Phase;

/// The answer of a rule to a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It found something.
    Found(Vec<Finding>),
    /// It has nothing to say, and why.
    DoesNotApply(&'static str),
}

impl Answer {
    /// Findings, or why there are none.
    fn of(findings: Vec<Finding>, why_none: &'static str) -> Self {
        if findings.is_empty() {
            Self::DoesNotApply(why_none)
        } else {
            Self::Found(findings)
        }
    }
}

/// A rule: a cause, and how it is known.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its stable name.
    pub name: &'static str,
    /// The cause, in a few words.
    pub cause: &'static str,
    /// Looks for it.
    pub apply: fn(&StageDifference) -> Answer,
}

/// All rules; those that know a cause by its name come first.
pub const RULES: &[Rule] = &[
    copy_up::RULE,
    reopened_files::RULE,
    threads::RULE,
    kernel_lock::RULE,
    grace_period::RULE,
    disk::RULE,
    namespaces::RULE,
    computing::RULE,
    cpu_wait::RULE,
    file_system::RULE,
    more_calls::RULE,
    slower_calls::RULE,
];

/// The parts of a phase that differ, those with the largest difference first.
fn parts_of(stage: &StageDifference, phase: Phase) -> Vec<&PartDifference> {
    differing(stage)
        .into_iter()
        .filter(|part| part.phase == phase)
        .collect()
}

/// The parts that differ, those with the largest difference first.
fn differing(stage: &StageDifference) -> Vec<&PartDifference> {
    let mut parts = stage.largest_parts();
    parts.retain(|part| part.figures.difference.value_ns != 0);
    parts
}

/// The call of a part, for a sentence.
fn call_of(part: &PartDifference) -> &str {
    part.syscall.as_deref().unwrap_or("no system call")
}

//! The rules, one cause to a file.

mod computing;
mod copy_up;
mod cpu_wait;
mod disk;
mod file_system;
mod grace_period;
mod kernel_lock;
mod more_calls;
mod named_cause;
mod namespaces;
mod reopened_files;
mod slower_calls;
mod threads;

use crate::report::finding::Finding;
use crate::report::{Actor, PartDifference, StageDifference};
use analysis::report::CauseRow;
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
    /// Looks for it in a stage of a comparison.
    pub apply: fn(&StageDifference) -> Answer,
    /// What a process does or waits for, in a recording that is compared with nothing.
    pub single: Single,
}

/// The predicate of a sentence about a row of a critical path, with `{name}` for each piece of
/// evidence ([`single::of_run`](crate::explain::single::of_run)); nothing if the row is another rule's.
pub type Single = fn(&CauseRow) -> Option<String>;

/// Of a cause that only a comparison shows.
fn never(_: &CauseRow) -> Option<String> {
    None
}

/// ` in {call}`, where there is a call that the part does not name already.
fn in_call(row: &CauseRow) -> &'static str {
    match row.syscall.as_deref() {
        Some(call) if call != row.part => " in {call}",
        Some(_) | None => "",
    }
}

/// `: {cause}`, where there is one.
fn with_cause(row: &CauseRow) -> &'static str {
    if row.cause.is_empty() {
        ""
    } else {
        ": {cause}"
    }
}

/// ` ({part})`, where there is one.
fn in_part(row: &CauseRow) -> &'static str {
    if row.part.is_empty() { "" } else { " ({part})" }
}

/// All rules; those that know a cause by its name come first.
pub const RULES: &[Rule] = &[
    named_cause::RULE,
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

/// The parts of roles that differ, those with the largest difference first; what engines do is told as a whole
/// ([`super::work`]).
fn differing(stage: &StageDifference) -> Vec<&PartDifference> {
    let mut parts = stage.largest_parts();
    parts.retain(|part| part.figures.difference.value_ns != 0 && part.role != Actor::Engine);
    parts
}

/// The call of a part, for a sentence.
fn call_of(part: &PartDifference) -> &str {
    part.syscall.as_deref().unwrap_or("no system call")
}

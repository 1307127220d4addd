//! More of a system call.

use super::{Answer, Rule, call_of, differing};
use crate::explain::Draft;
use crate::report::finding::Evidence;
use crate::report::{PartDifference, StageDifference};
use analysis::profile::Counted;

pub(super) const RULE: Rule = Rule {
    name: "more-calls",
    cause: "makes more system calls",
    apply,
};

fn apply(stage: &StageDifference) -> Answer {
    let parts = differing(stage).into_iter();
    let findings = parts.filter(|part| is_about_count(part)).map(|part| {
        Draft::new(
            RULE.name,
            stage,
            "the {role} makes {count_b} calls of {call} per run on the critical path instead of \
             {count_a}: {time_b} instead of {time_a}",
        )
        .with(Evidence::name("role", part.role.name()))
        .with(Evidence::name("call", call_of(part)))
        .figures(&part.figures)
        .explains(part)
        .finish()
    });
    Answer::of(
        findings.collect(),
        "no number of calls differs more than their price",
    )
}

/// Whether more calls make more of the difference than slower ones.
pub(super) fn is_about_count(part: &PartDifference) -> bool {
    let effects = part.figures.effects;
    part.counted == Counted::Calls && effects.count_ns.abs() >= effects.cost_ns.abs()
}

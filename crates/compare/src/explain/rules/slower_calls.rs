//! System calls that take longer.

use super::more_calls::is_about_count;
use super::{Answer, Rule, call_of, differing, never};
use crate::explain::Draft;
use crate::report::finding::Evidence;
use crate::report::{PartDifference, StageDifference};
use analysis::profile::Counted;

pub(super) const RULE: Rule = Rule {
    name: "slower-calls",
    cause: "makes system calls that take longer each",
    apply,
    single: never,
};

fn apply(stage: &StageDifference) -> Answer {
    let parts = differing(stage).into_iter();
    let findings = parts.filter(|part| is_slower(part)).map(|part| {
        Draft::new(
            RULE.name,
            stage,
            "one {call} of the {role} takes {cost_b} on the critical path instead of {cost_a}: {time_b} \
             per run instead of {time_a}",
        )
        .with(Evidence::name("role", part.role.name()))
        .with(Evidence::name("call", call_of(part)))
        .figures(&part.figures)
        .explains(part)
        .finish()
    });
    Answer::of(
        findings.collect(),
        "no price of a call differs more than its number",
    )
}

/// Whether slower calls make more of the difference than more of them.
fn is_slower(part: &PartDifference) -> bool {
    part.counted == Counted::Calls && !is_about_count(part)
}

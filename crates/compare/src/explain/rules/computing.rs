//! User mode: more programs, or programs that compute longer.

use super::{Answer, Rule, parts_of};
use crate::explain::Draft;
use crate::report::StageDifference;
use crate::report::finding::Evidence;
use trace::phase::Phase;

pub(super) const RULE: Rule = Rule {
    name: "computing",
    cause: "computes in user mode",
    apply,
};

fn apply(stage: &StageDifference) -> Answer {
    let parts = parts_of(stage, Phase::User).into_iter();
    let findings = parts.map(|part| {
        let effects = part.figures.effects;
        let sentence = if effects.count_ns.abs() >= effects.cost_ns.abs() {
            "the {role} computes {time_b} in user mode instead of {time_a}, in {count_b} processes \
             instead of {count_a}"
        } else {
            "a process of the {role} computes {cost_b} in user mode instead of {cost_a}: {time_b} of \
             a run instead of {time_a}"
        };
        Draft::new(RULE.name, stage, sentence)
            .with(Evidence::name("role", part.role.name()))
            .figures(&part.figures)
            .try_this("the start of a program is user time too: linking, and its language's runtime")
            .explains(part)
            .finish()
    });
    Answer::of(findings.collect(), "no time in user mode differs")
}

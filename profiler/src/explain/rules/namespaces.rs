//! Making and entering namespaces.

use super::{Answer, Rule, call_of, parts_of};
use crate::explain::Draft;
use crate::model::comparison::StageDifference;
use crate::model::finding::Evidence;
use crate::model::phase::Phase;

pub(super) const RULE: Rule = Rule {
    name: "namespaces",
    cause: "makes or enters namespaces",
    apply,
};

fn apply(stage: &StageDifference) -> Answer {
    let parts = parts_of(stage, Phase::Namespaces).into_iter();
    let findings = parts.map(|part| {
        Draft::new(
            RULE.name,
            stage,
            "the {role} spends {time_b} on namespaces ({kinds}, in {call}) instead of {time_a}, in \
             {count_b} calls of a run instead of {count_a}",
        )
        .with(Evidence::name("role", part.role.name()))
        .with(Evidence::name("kinds", &part.subphase))
        .with(Evidence::name("call", call_of(part)))
        .figures(&part.figures)
        .try_this("take namespaces from a pool, or leave out those that are not needed")
        .explains(part)
        .finish()
    });
    Answer::of(findings.collect(), "no time for namespaces differs")
}

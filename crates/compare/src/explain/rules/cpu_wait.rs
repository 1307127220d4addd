//! Waits for a CPU.

use super::{Answer, Rule};
use crate::explain::Draft;
use crate::report::finding::Evidence;
use crate::report::{PartDifference, StageDifference};
use trace::phase::Phase;

pub(super) const RULE: Rule = Rule {
    name: "cpu-wait",
    cause: "waits for a CPU",
    apply,
};

fn apply(stage: &StageDifference) -> Answer {
    let groups = stage
        .groups
        .iter()
        .filter(|group| group.phase == Phase::Runqueue && group.difference.value_ns != 0);
    let findings = groups.map(|group| {
        let parts: Vec<&PartDifference> = group.parts.iter().collect();
        let count = |side: fn(&PartDifference) -> u64| parts.iter().map(|part| side(part)).sum();
        Draft::new(
            RULE.name,
            stage,
            "the {role} waits {time_b} for a CPU instead of {time_a}, {count_b} times per run \
             instead of {count_a}",
        )
        .with(Evidence::name("role", group.role.name()))
        .with(Evidence::duration("time_a", group.a_ns))
        .with(Evidence::duration("time_b", group.b_ns))
        .with(Evidence::milli("count_a", count(|part| part.figures.a.count_milli)))
        .with(Evidence::milli("count_b", count(|part| part.figures.b.count_milli)))
        .try_this(
            "look for other load, for the CPU quota of the container, and for threads that wake one \
             another",
        )
        .about(&parts)
        .amounts_to(group.difference)
        .finish()
    });
    Answer::of(findings.collect(), "no wait for a CPU differs")
}

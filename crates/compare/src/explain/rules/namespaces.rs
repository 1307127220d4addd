//! Making and entering namespaces.

use super::{Answer, Rule, call_of, in_call, in_part};
use crate::explain::Draft;
use crate::report::finding::{Evidence, Finding};
use crate::report::{GroupDifference, PartDifference, StageDifference};
use analysis::report::CauseRow;
use trace::phase::Phase;

pub(super) const RULE: Rule = Rule {
    name: "namespaces",
    cause: "makes or enters namespaces",
    apply,
    single,
};

fn single(row: &CauseRow) -> Option<String> {
    let is_namespaces = row.phase == Phase::Namespaces;
    is_namespaces.then(|| "spends {time} on namespaces".to_owned() + in_call(row) + in_part(row))
}

fn apply(stage: &StageDifference) -> Answer {
    let groups = stage.groups.iter();
    let differs = |group: &&GroupDifference| group.difference.value_ns != 0;
    let findings = groups
        .filter(|group| group.phase == Phase::Namespaces)
        .filter(differs)
        .map(|group| of_group(stage, group));
    Answer::of(findings.collect(), "no time for namespaces differs")
}

/// One side may make in one call what the other makes in several: they are held together.
fn of_group(stage: &StageDifference, group: &GroupDifference) -> Finding {
    let parts: Vec<&PartDifference> = group.parts.iter().collect();
    let count = |side: fn(&PartDifference) -> u64| parts.iter().map(|part| side(part)).sum();
    let largest = parts.first().map(|part| {
        let kinds = [part.subphase.as_str(), "in", call_of(part)];
        kinds.join(" ")
    });
    Draft::new(
        RULE.name,
        stage,
        "the {role} spends {time_b} on namespaces instead of {time_a}, in {count_b} calls per run \
         instead of {count_a}; what differs most is {largest}",
    )
    .with(Evidence::name("role", group.role.name()))
    .with(Evidence::duration("time_a", group.a_ns))
    .with(Evidence::duration("time_b", group.b_ns))
    .with(Evidence::milli(
        "count_a",
        count(|part| part.figures.a.count_milli),
    ))
    .with(Evidence::milli(
        "count_b",
        count(|part| part.figures.b.count_milli),
    ))
    .with(Evidence::name("largest", &largest.unwrap_or_default()))
    .try_this("take namespaces from a pool, or leave out those that are not needed")
    .about(&parts)
    .amounts_to(group.difference)
    .finish()
}

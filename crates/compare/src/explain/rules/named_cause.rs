//! A wait or work of which more is known than phase and call: the file of a lock and who held it, the
//! time limit of a wait, the quota of a control group.

use super::{Answer, Rule, differing};
use crate::explain::Draft;
use crate::report::finding::{Evidence, Finding};
use crate::report::{PartDifference, StageDifference};
use analysis::report::CauseRow;
use trace::phase::Phase;

pub(super) const RULE: Rule = Rule {
    name: "named-cause",
    cause: "waits for or works on something that has a name",
    apply,
    single,
};

fn single(row: &CauseRow) -> Option<String> {
    // What is waited for says more than the work that needs it.
    let is_wait = matches!(row.phase, Phase::Locks | Phase::Rcu | Phase::Disk);
    (!row.cause.is_empty() && !is_wait).then(|| "{time}: {cause}".to_owned())
}

fn apply(stage: &StageDifference) -> Answer {
    let named = differing(stage)
        .into_iter()
        .filter(|part| !part.cause.is_empty());
    // One cause has as many parts as phases and calls that it shows in; those of the largest come first.
    let mut causes: Vec<Vec<&PartDifference>> = Vec::new();
    for part in named {
        let is_same = |own: &&mut Vec<&PartDifference>| {
            own.first()
                .is_some_and(|first| (first.role, &first.cause) == (part.role, &part.cause))
        };
        match causes.iter_mut().find(is_same) {
            Some(own) => own.push(part),
            None => causes.push(vec![part]),
        }
    }
    let findings = causes.iter().filter_map(|own| match own.as_slice() {
        [] => None,
        [part] => Some(finding(stage, part)),
        [first, ..] => Some(finding_of_many(stage, first, own)),
    });
    Answer::of(findings.collect(), "no part that differs has a named cause")
}

fn finding(stage: &StageDifference, part: &PartDifference) -> Finding {
    let effects = part.figures.effects;
    let sentence = if effects.cost_ns.abs() > effects.count_ns.abs() {
        "{cause}: one takes the {role} {cost_b} instead of {cost_a}, {time_b} of a run instead of \
         {time_a}"
    } else {
        "{cause}: {time_b} of a run of the {role} instead of {time_a}, {count_b} times instead of \
         {count_a}"
    };
    Draft::new(RULE.name, stage, sentence)
        .with(Evidence::name("role", part.role.name()))
        .with(Evidence::name("cause", &part.cause))
        .figures(&part.figures)
        .explains(part)
        .finish()
}

/// The times of one cause in several phases or calls add up; how often there was one, do not.
fn finding_of_many(
    stage: &StageDifference,
    first: &PartDifference,
    own: &[&PartDifference],
) -> Finding {
    let sum = |side: fn(&PartDifference) -> u64| own.iter().map(|part| side(part)).sum();
    let (time_a, time_b): (u64, u64) = (
        sum(|part| part.figures.a.path_ns),
        sum(|part| part.figures.b.path_ns),
    );
    let sentence = "{cause}: {time_b} of a run of the {role} instead of {time_a}, in all its calls";
    Draft::new(RULE.name, stage, sentence)
        .with(Evidence::name("role", first.role.name()))
        .with(Evidence::name("cause", &first.cause))
        .with(Evidence::duration("time_a", time_a))
        .with(Evidence::duration("time_b", time_b))
        .about(own)
        .amounts_to(own.iter().map(|part| part.figures.difference).sum())
        .finish()
}

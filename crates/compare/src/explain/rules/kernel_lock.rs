//! Waits for a kernel lock.

use super::{Answer, Rule, call_of, in_call, parts_of, with_cause};
use crate::explain::Draft;
use crate::report::StageDifference;
use crate::report::finding::Evidence;
use analysis::report::CauseRow;
use trace::phase::Phase;

pub(super) const RULE: Rule = Rule {
    name: "kernel-lock",
    cause: "waits for a kernel lock",
    apply,
    single,
};

fn single(row: &CauseRow) -> Option<String> {
    let is_lock = row.phase == Phase::Locks;
    is_lock.then(|| {
        "waits {time} for the kernel lock {part}".to_owned() + in_call(row) + with_cause(row)
    })
}

fn apply(stage: &StageDifference) -> Answer {
    let parts = parts_of(stage, Phase::Locks).into_iter();
    let findings = parts.map(|part| {
        Draft::new(
            RULE.name,
            stage,
            "the {role} waits {time_b} for the kernel lock {lock} in {call} instead of {time_a} \
             (waits per run: {count_b} instead of {count_a})",
        )
        .with(Evidence::name("role", part.role.name()))
        .with(Evidence::name("lock", &part.subphase))
        .with(Evidence::name("call", call_of(part)))
        .figures(&part.figures)
        .try_this("look who holds the lock meanwhile: other containers, or the same one's threads")
        .explains(part)
        .finish()
    });
    Answer::of(findings.collect(), "no wait for a kernel lock differs")
}

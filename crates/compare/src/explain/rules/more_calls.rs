//! More of a system call.

use super::{Answer, Rule, call_of, differing};
use crate::explain::Draft;
use crate::report::finding::Evidence;
use crate::report::{PartDifference, StageDifference};
use analysis::profile::Counted;
use analysis::report::CauseRow;
use trace::phase::Phase;

pub(super) const RULE: Rule = Rule {
    name: "more-calls",
    cause: "makes more system calls",
    apply,
    single,
};

/// Of a call, all that no other rule tells.
fn single(row: &CauseRow) -> Option<String> {
    row.syscall.as_ref()?;
    let predicate = match row.phase {
        Phase::Ipc => "waits {time}",
        _ => "spends {time}",
    };
    Some(predicate.to_owned() + " in {call}" + &kind(row))
}

/// ` ({phase}, {part})`
fn kind(row: &CauseRow) -> String {
    let is_said = row.part.is_empty() || row.syscall.as_deref() == Some(row.part.as_str());
    if is_said {
        " ({phase})".to_owned()
    } else {
        " ({phase}, {part})".to_owned()
    }
}

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

//! Waits for a grace period of RCU.

use super::{Answer, Rule, call_of, in_call, parts_of, with_cause};
use crate::explain::Draft;
use crate::report::StageDifference;
use crate::report::finding::Evidence;
use analysis::attribution::kernel;
use analysis::attribution::kernel::grace_period::{CGROUP_MOVES, UNMOUNTS};
use analysis::report::CauseRow;
use trace::phase::Phase;

pub(super) const RULE: Rule = Rule {
    name: "grace-period",
    cause: "waits for a grace period",
    apply,
    single,
};

fn single(row: &CauseRow) -> Option<String> {
    let is_grace_period = row.phase == Phase::Rcu;
    is_grace_period.then(|| {
        let waits = "waits {time} for grace periods that {part} asks for";
        waits.to_owned() + in_call(row) + with_cause(row)
    })
}

fn apply(stage: &StageDifference) -> Answer {
    let parts = parts_of(stage, Phase::Rcu).into_iter();
    let findings = parts.map(|part| {
        Draft::new(
            RULE.name,
            stage,
            "the {role} waits {time_b} for grace periods that {function} asks for in {call} instead \
             of {time_a} (waits per run: {count_b} instead of {count_a})",
        )
        .with(Evidence::name("role", part.role.name()))
        .with(Evidence::name("function", &part.subphase))
        .with(Evidence::name("call", call_of(part)))
        .figures(&part.figures)
        .try_this(advice(&part.subphase))
        .explains(part)
        .finish()
    });
    Answer::of(findings.collect(), "no wait for a grace period differs")
}

/// Advice that avoids the grace period that a function asks for.
fn advice(function: &str) -> &'static str {
    if kernel::has(CGROUP_MOVES, function) {
        "mount the cgroup hierarchy with favordynmods, or clone the process into its cgroup"
    } else if kernel::has(UNMOUNTS, function) {
        "unmount fewer mounts one by one, or leave them to the mount namespace"
    } else {
        ""
    }
}

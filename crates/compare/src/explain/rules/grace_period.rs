//! Waits for a grace period of RCU.

use super::{Answer, Rule, call_of, parts_of};
use crate::explain::Draft;
use crate::report::StageDifference;
use crate::report::finding::Evidence;
use trace::phase::Phase;

pub(super) const RULE: Rule = Rule {
    name: "grace-period",
    cause: "waits for a grace period",
    apply,
};

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

/// Advice that avoids the grace period that a function asks for (kernel/cgroup/cgroup.c and
/// fs/namespace.c, v6.18).
fn advice(function: &str) -> &'static str {
    match function {
        // Writing cgroup.procs takes cgroup_threadgroup_rwsem for write.
        "cgroup_procs_write_start" | "cgroup_attach_lock" | "cgroup_attach_task_all" => {
            "mount the cgroup hierarchy with favordynmods, or clone the process into its cgroup"
        }
        "namespace_unlock" => {
            "unmount fewer mounts one by one, or leave them to the mount namespace"
        }
        _ => "",
    }
}

//! Waits for a CPU, by reason.

use std::collections::BTreeMap;

use super::{Answer, Rule};
use crate::explain::Draft;
use crate::report::finding::{Evidence, Finding};
use crate::report::{Actor, GroupDifference, PartDifference, StageDifference};
use analysis::report::CauseRow;
use trace::phase::Phase;

pub(super) const RULE: Rule = Rule {
    name: "cpu-wait",
    cause: "waits for a CPU",
    apply,
    single,
};

fn single(row: &CauseRow) -> Option<String> {
    match (row.phase, row.part.as_str()) {
        (Phase::Throttled, _) => Some("is held back {time} by a CPU quota".to_owned()),
        (Phase::Runqueue, IDLE) => Some("waits {time} for a CPU though one is idle".to_owned()),
        (Phase::Runqueue, _) => Some("waits {time} for a CPU, {part}".to_owned()),
        _ => None,
    }
}

/// A reason that makes less than this part of its group's differences is not told by itself.
const SMALL: u64 = 20;
/// The reason for a wait while a CPU is idle (`analysis::attribution::cpu_wait`).
const IDLE: &str = "CPU idle";
/// The reason where the threads that are not tracked were not recorded (likewise).
const NOT_RECORDED: &str = "others not recorded";

fn apply(stage: &StageDifference) -> Answer {
    let groups = stage
        .groups
        .iter()
        .filter(|group| group.phase == Phase::Runqueue && group.role != Actor::Engine);
    let findings = groups.flat_map(|group| of_group(stage, group));
    Answer::of(findings.collect(), "no wait for a CPU differs")
}

fn of_group(stage: &StageDifference, group: &GroupDifference) -> Vec<Finding> {
    let mut by_reason: BTreeMap<&str, Vec<&PartDifference>> = BTreeMap::new();
    for part in &group.parts {
        by_reason.entry(&part.subphase).or_default().push(part);
    }
    let total_ns: u64 = by_reason.values().map(|parts| difference_ns(parts)).sum();
    by_reason
        .into_iter()
        .filter(|(_, parts)| difference_ns(parts) > 0)
        .filter(|(_, parts)| difference_ns(parts) * SMALL >= total_ns)
        .map(|(reason, parts)| finding(stage, group, (reason, &parts)))
        .collect()
}

fn difference_ns(parts: &[&PartDifference]) -> u64 {
    let difference_ns: i64 = parts
        .iter()
        .map(|part| part.figures.difference.value_ns)
        .sum();
    difference_ns.unsigned_abs()
}

fn finding(
    stage: &StageDifference,
    group: &GroupDifference,
    (reason, parts): (&str, &[&PartDifference]),
) -> Finding {
    let sum = |side: fn(&PartDifference) -> u64| parts.iter().map(|part| side(part)).sum();
    let (reason, advice) = match reason {
        IDLE => (
            "though one is idle",
            "look at where threads are placed (cpusets, affinity), and, in a virtual machine, at its \
             host",
        ),
        NOT_RECORDED => ("for an unknown reason", "record with --sched system"),
        behind => (
            behind,
            "look for other load, and for threads that wake one another",
        ),
    };
    Draft::new(
        RULE.name,
        stage,
        "the {role} waits {time_b} for a CPU {reason} instead of {time_a}, {count_b} times per run \
         instead of {count_a}",
    )
    .with(Evidence::name("role", group.role.name()))
    .with(Evidence::name("reason", reason))
    .with(Evidence::duration(
        "time_a",
        sum(|part| part.figures.a.path_ns),
    ))
    .with(Evidence::duration(
        "time_b",
        sum(|part| part.figures.b.path_ns),
    ))
    .with(Evidence::milli(
        "count_a",
        sum(|part| part.figures.a.count_milli),
    ))
    .with(Evidence::milli(
        "count_b",
        sum(|part| part.figures.b.count_milli),
    ))
    .try_this(advice)
    .about(parts)
    .amounts_to(parts.iter().map(|part| part.figures.difference).sum())
    .finish()
}

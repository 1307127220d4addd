//! Waits for block I/O.

use super::{Answer, Rule, call_of, in_call, in_part, parts_of, with_cause};
use crate::explain::Draft;
use crate::report::StageDifference;
use crate::report::finding::Evidence;
use analysis::report::CauseRow;
use trace::phase::Phase;

pub(super) const RULE: Rule = Rule {
    name: "disk",
    cause: "waits for a device",
    apply,
    single,
};

fn single(row: &CauseRow) -> Option<String> {
    let is_disk = row.phase == Phase::Disk;
    is_disk.then(|| {
        "waits {time} for a device".to_owned() + in_call(row) + in_part(row) + with_cause(row)
    })
}

fn apply(stage: &StageDifference) -> Answer {
    let parts = parts_of(stage, Phase::Disk).into_iter();
    let findings = parts.map(|part| {
        let effects = part.figures.effects;
        let sentence = if effects.cost_ns.abs() > effects.count_ns.abs() {
            "a wait of the {role} for the device in {call} takes {cost_b} instead of {cost_a}: \
             {time_b} per run instead of {time_a}"
        } else {
            "the {role} waits {count_b} times for the device in {call} instead of {count_a} times: \
             {time_b} per run instead of {time_a}"
        };
        Draft::new(RULE.name, stage, sentence)
            .with(Evidence::name("role", part.role.name()))
            .with(Evidence::name("call", call_of(part)))
            .figures(&part.figures)
            .try_this("look at the device and its file system's journal; hold the page cache alike")
            .explains(part)
            .finish()
    });
    Answer::of(findings.collect(), "no wait for a device differs")
}

//! The same call on another file system.

use super::{Answer, Rule, call_of, never, parts_of};
use crate::explain::Draft;
use crate::report::finding::Evidence;
use crate::report::{FileSystemDifference, PartDifference, StageDifference};
use trace::phase::Phase;

pub(super) const RULE: Rule = Rule {
    name: "file-system",
    cause: "works on another file system",
    apply,
    single: never,
};

fn apply(stage: &StageDifference) -> Answer {
    let phases = [Phase::Files, Phase::Storage];
    let parts = phases.iter().flat_map(|&phase| parts_of(stage, phase));
    let findings = parts.filter_map(|part| {
        let (a, b) = moved(part)?;
        let draft = Draft::new(
            RULE.name,
            stage,
            "one {call} of the {role} takes {cost_b} on {file_system_b} instead of {cost_a} on \
             {file_system_a}, {count_b} times per run instead of {count_a}",
        );
        let finding = draft
            .with(Evidence::name("role", part.role.name()))
            .with(Evidence::name("call", call_of(part)))
            .with(Evidence::name("file_system_a", &a.file_system))
            .with(Evidence::name("file_system_b", &b.file_system))
            .figures(&part.figures)
            .try_this("a bind mount or a copy has no file system in between")
            .explains(part)
            .finish();
        Some(finding)
    });
    Answer::of(
        findings.collect(),
        "no call moved from one file system to another",
    )
}

/// The file systems of A and of B, where each side has one, and they differ.
fn moved(part: &PartDifference) -> Option<(&FileSystemDifference, &FileSystemDifference)> {
    let only = |has: fn(&FileSystemDifference) -> bool| {
        let mut there = part.file_systems.iter().filter(|one| has(one));
        there.next().filter(|_| there.next().is_none())
    };
    let a = only(|one| one.figures.a.count_milli > 0)?;
    let b = only(|one| one.figures.b.count_milli > 0)?;
    let are_known = !a.file_system.is_empty() && !b.file_system.is_empty();
    (are_known && a.file_system != b.file_system).then_some((a, b))
}

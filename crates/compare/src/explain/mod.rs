//! The causes for which one side is slower than the other: sentences, each with the numbers that prove it.
//!
//! [`rules`] look at one stage of a comparison, one cause to a file. Each gives findings, or says that
//! it does not apply. The rules that know a cause by its name come before those that only tell more
//! from slower: a part of the critical path that one has explained is not explained again. What is
//! left is ranked: what is confirmed first, then by how much of the gap it explains.
//!
//! Where the sides have other processes for the same work ([`crate::division`]), what their engines do is told
//! work by work ([`work`]); the rules are for the containers.
//!
//! A [`claim`] is what somebody says of the two sides; it is compared with the comparison, and
//! confirmed, refuted, not on this kernel, or inconclusive.
//!
//! A rule states no number that is not in its evidence: its sentence is a template without digits,
//! in which the names of pieces of evidence stand ([`Draft`]).

pub mod claim;
mod draft;
pub mod pairs;
pub mod question;
pub mod rules;
mod setting;
pub mod single;
pub mod work;

use std::cmp::Reverse;
use std::collections::BTreeSet;

pub use draft::Draft;

use crate::report::claim::Claim;
use crate::report::finding::{Explanation, Finding, Judgement, PartName};
use crate::report::{Change, Comparison, StageDifference, Verdict, WallDifference, Warning};
use claim::ClaimError;
use rules::{Answer, RULES};

/// The share of the gap, in millionths, below which an explanation is no finding and a part is not
/// drawn: 1 %. It keeps reports short and is not measured; JSON has every part.
pub const SMALL_PPM: u64 = 10_000;

/// The explanation of a comparison, and the verdicts on claims about it.
///
/// # Errors
/// When a claim is about what the comparison does not have.
pub fn explanation(comparison: &Comparison, claims: &[Claim]) -> Result<Explanation, ClaimError> {
    let judged = claims.iter().map(|claim| claim::judge(comparison, claim));
    Ok(Explanation {
        findings: findings(comparison),
        claims: judged.collect::<Result<_, _>>()?,
    })
}

/// The names that a finding's `rule` may be.
#[cfg(feature = "schema")]
pub(crate) fn rule_names() -> Vec<&'static str> {
    let rules = RULES.iter().map(|rule| rule.name);
    let others = [single::OTHER, work::WORK, claim::CLAIM];
    rules.chain(others).collect()
}

/// The findings of all stages: those that are confirmed before those that may be noise, then those that
/// explain most time first.
pub fn findings(comparison: &Comparison) -> Vec<Finding> {
    findings_in(comparison, &|_| true)
}

/// [`findings`], of the stages that are asked for.
pub fn findings_in(comparison: &Comparison, is_asked: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let stages = comparison.stages.iter();
    let stages: Vec<&StageDifference> = stages.filter(|stage| is_asked(&stage.name)).collect();
    let mut found: Vec<Finding> = stages.iter().flat_map(|stage| of_rules(stage)).collect();
    if let Some(whole) = whole_of(comparison, &stages).filter(has_cause) {
        let works = work::findings(&stages, &whole);
        found.extend(works.into_iter().filter(is_worth_telling));
    }
    let is_unreliable = comparison.warnings.iter().any(Warning::is_against_times);
    for finding in &mut found {
        setting::tie(finding, &comparison.differing_axes);
        if is_unreliable && finding.judgement == Judgement::Confirmed {
            finding.judgement = Judgement::Inconclusive;
        }
    }
    // Stable: equals stay in the order of stages and rules.
    found.sort_by_key(rank);
    found
}

/// The findings of a stage. There is nothing to explain where the difference is noise, or where only
/// one side went through it.
pub fn of_stage(stage: &StageDifference) -> Vec<Finding> {
    let mut found = of_rules(stage);
    if has_cause(&stage.wall) {
        let works = work::findings(&[stage], &stage.wall);
        found.extend(works.into_iter().filter(is_worth_telling));
    }
    // Stable: equals stay in the order of rules.
    found.sort_by_key(rank);
    found
}

/// The wall times of some stages together; of fewer than there are, the sum of their differences.
fn whole_of(comparison: &Comparison, stages: &[&StageDifference]) -> Option<WallDifference> {
    if stages.len() == comparison.stages.len() {
        return comparison.whole().cloned();
    }
    let difference: Change = stages.iter().map(|stage| stage.wall.difference).sum();
    let verdict = match (difference.low_ns, difference.value_ns) {
        (None, _) => Verdict::TooFewRuns,
        (Some(_), _) if !difference.is_significant() => Verdict::Noise,
        (Some(_), value_ns) if value_ns > 0 => Verdict::Slower,
        (Some(_), _) => Verdict::Faster,
    };
    Some(WallDifference {
        a: None,
        b: None,
        difference,
        ratio: None,
        verdict,
    })
}

/// Noise has none; nor has what only one side went through.
const fn has_cause(wall: &WallDifference) -> bool {
    match wall.verdict {
        Verdict::Noise | Verdict::OneSided => false,
        Verdict::Slower | Verdict::Faster | Verdict::TooFewRuns => true,
    }
}

/// The findings of the rules, in their order.
fn of_rules(stage: &StageDifference) -> Vec<Finding> {
    if !has_cause(&stage.wall) {
        return Vec::new();
    }
    let mut explained: BTreeSet<PartName> = BTreeSet::new();
    let mut found = Vec::new();
    for rule in RULES {
        let Answer::Found(findings) = (rule.apply)(stage) else {
            continue;
        };
        let is_new = |finding: &Finding| {
            let parts = &finding.parts;
            parts.is_empty() || parts.iter().any(|part| !explained.contains(part))
        };
        let new: Vec<Finding> = findings.into_iter().filter(is_new).collect();
        explained.extend(new.iter().flat_map(|finding| finding.parts.clone()));
        found.extend(new.into_iter().filter(is_worth_telling));
    }
    found
}

/// What is told first has the least.
fn rank(finding: &Finding) -> (bool, Reverse<u64>) {
    let is_confirmed = finding.judgement == Judgement::Confirmed;
    let explained_ns = finding.explained.value_ns.unsigned_abs();
    (!is_confirmed, Reverse(explained_ns))
}

fn is_worth_telling(finding: &Finding) -> bool {
    let share = finding.share_ppm.map_or(0, i64::unsigned_abs);
    share >= SMALL_PPM
}

#[cfg(test)]
mod tests;

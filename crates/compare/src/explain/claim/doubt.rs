//! Reasons to doubt a claim: the warnings about the recordings that it is tested on.

use crate::report::claim::{Claim, ClaimTest};
use crate::report::finding::{Evidence, Finding, Judgement, Unit};
use crate::report::{Comparison, Warning};

/// Name of the evidence that lists the warnings which concern a claim.
pub const DOUBT: &str = "doubt";

/// A claim that was judged by its figures, with the warnings that concern them. Where one says that they
/// cannot be relied on, the claim is inconclusive.
pub(super) fn doubted(comparison: &Comparison, claim: &Claim, mut judged: Finding) -> Finding {
    let is_of_counts = is_of_counts(comparison, claim);
    let is_against = |warning: &&Warning| {
        if is_of_counts {
            warning.is_against_counts()
        } else {
            warning.is_against_times()
        }
    };
    let stage = claim.stage.as_deref();
    let concerns = |warning: &&Warning| {
        // Counts do not vary with what else the machine does.
        is_against(warning) || (!is_of_counts && warning.is_about(stage))
    };
    let warnings = comparison.warnings.iter();
    let mut kinds: Vec<&str> = warnings
        .clone()
        .filter(concerns)
        .map(Warning::kind)
        .collect();
    kinds.dedup();
    if !kinds.is_empty() {
        let doubt = Evidence::name(DOUBT, &kinds.join(", "));
        judged.evidence.push(doubt);
    }
    let is_decided = matches!(judged.judgement, Judgement::Confirmed | Judgement::Refuted);
    if is_decided && warnings.clone().any(|warning| is_against(&warning)) {
        judged.judgement = Judgement::Inconclusive;
    }
    judged
}

/// Whether a claim is about numbers of calls, not about times.
fn is_of_counts(comparison: &Comparison, claim: &Claim) -> bool {
    match &claim.test {
        ClaimTest::CallRatio { .. } | ClaimTest::CallsPerFile { .. } => true,
        ClaimTest::WallRatio(_) | ClaimTest::CostRatio { .. } | ClaimTest::Cause { .. } => false,
        ClaimTest::Measure { measure, .. } | ClaimTest::MeasureRatio { measure, .. } => {
            let mut measures = comparison.measures.iter();
            let found = measures.find(|found| found.name == *measure);
            let sides = found
                .iter()
                .flat_map(|found| found.a.iter().chain(&found.b));
            sides.map(|side| side.unit).any(|unit| unit == Unit::Milli)
        }
    }
}

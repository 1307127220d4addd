//! Claims compared with a comparison: confirmed, refuted, not on this kernel, or inconclusive.
//!
//! A ratio of times has an interval over runs: a claim about it is confirmed if all of the interval
//! lies within the claimed bounds, refuted if none of it does, and else inconclusive. Few runs make the
//! interval wider, and one alone has none. Numbers of calls are counted, not estimated, and are
//! compared with the bounds as they are; so a count that is the same in every run is conclusive. Whatever the
//! figures say, a claim is inconclusive where a warning says that they cannot be relied on; others that
//! concern it stand beside its verdict. What the host lacks is said by name, and nothing is judged.

mod doubt;
mod measured;

pub use self::doubt::DOUBT;
use super::Draft;
use super::of_stage;
use crate::report::claim::{Bounds, Claim, ClaimTest};
use crate::report::finding::{Evidence, Finding, Judgement};
use crate::report::{
    CallDifference, CallSide, Comparison, Figures, PartSide, Ratio, SideName, StageDifference,
    Verdict, WallDifference,
};
use analysis::apportion::mean;

/// Name of the rule that stands in findings about claims.
pub const CLAIM: &str = "claim";

/// The reasons for which a claim cannot be compared with a comparison.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ClaimError {
    /// The comparison has no such stage.
    #[error("no stage is named {found:?}; there are {known}")]
    UnknownStage {
        /// The name in the claim.
        found: String,
        /// The stages of the comparison.
        known: String,
    },
    /// The test is about one stage.
    #[error("the claim {0:?} names no stage, which its test needs; add one")]
    NoStage(String),
    /// Nothing of that name is measured.
    #[error("no measure is named {found:?}; there are {known}")]
    UnknownMeasure {
        /// The name in the claim.
        found: String,
        /// The measures.
        known: String,
    },
    /// Only one side has what is compared.
    #[error("{what} has no figure on {side:?}; record it on both sides")]
    OneSided {
        /// The subject.
        what: String,
        /// On which side.
        side: SideName,
    },
}

/// Compares a claim with a comparison.
///
/// # Errors
/// When the claim is about what the comparison does not have.
pub fn judge(comparison: &Comparison, claim: &Claim) -> Result<Finding, ClaimError> {
    Ok(doubt::doubted(
        comparison,
        claim,
        by_figures(comparison, claim)?,
    ))
}

/// The verdict of the figures alone.
fn by_figures(comparison: &Comparison, claim: &Claim) -> Result<Finding, ClaimError> {
    match &claim.test {
        ClaimTest::WallRatio(bounds) => wall_ratio(comparison, claim, *bounds),
        ClaimTest::CallRatio { calls, bounds } => {
            call_ratio(stage_of(comparison, claim)?, claim, calls, *bounds)
        }
        ClaimTest::CallsPerFile {
            side,
            calls,
            bounds,
        } => calls_per_file(stage_of(comparison, claim)?, claim, (*side, calls), *bounds),
        ClaimTest::CostRatio { call, bounds } => {
            cost_ratio(stage_of(comparison, claim)?, claim, call, *bounds)
        }
        ClaimTest::Measure {
            measure,
            side,
            bounds,
        } => measured::value(comparison, claim, (*side, measure), *bounds),
        ClaimTest::MeasureRatio { measure, bounds } => {
            measured::ratio(comparison, claim, measure, *bounds)
        }
        ClaimTest::Cause { rule, share } => {
            Ok(cause(stage_of(comparison, claim)?, claim, rule, *share))
        }
    }
}

fn stage_of<'c>(
    comparison: &'c Comparison,
    claim: &Claim,
) -> Result<&'c StageDifference, ClaimError> {
    let Some(name) = &claim.stage else {
        return Err(ClaimError::NoStage(claim.says.clone()));
    };
    let found = comparison.stages.iter().find(|stage| stage.name == *name);
    found.ok_or_else(|| {
        let known: Vec<&str> = comparison
            .stages
            .iter()
            .map(|stage| stage.name.as_str())
            .collect();
        ClaimError::UnknownStage {
            found: name.clone(),
            known: known.join(", "),
        }
    })
}

/// A claim about what the host lacks, and how.
pub fn not_here(claim: &Claim, missing: &[String]) -> Finding {
    let stage = claim.stage.as_deref().unwrap_or("all");
    let sentence = "{says}: this cannot be seen here, since {missing}";
    draft(claim, stage, sentence, Judgement::NotOnThisKernel)
        .with(Evidence::name("missing", &missing.join("; ")))
        .finish_judged()
}

/// A claim that nothing can be said of, and why.
pub fn undecided(claim: &Claim, why: &str) -> Finding {
    let stage = claim.stage.as_deref().unwrap_or("all");
    draft(claim, stage, "{says}: {why}", Judgement::Inconclusive)
        .with(Evidence::name("why", why))
        .finish_judged()
}

fn wall_ratio(
    comparison: &Comparison,
    claim: &Claim,
    bounds: Bounds,
) -> Result<Finding, ClaimError> {
    let wall: &WallDifference = match (&claim.stage, &comparison.total) {
        (None, Some(total)) => total,
        (None, None) | (Some(_), _) => &stage_of(comparison, claim)?.wall,
    };
    let ratio = wall.ratio.ok_or_else(|| ClaimError::OneSided {
        what: "the wall time".to_owned(),
        side: if wall.a.is_none() {
            SideName::A
        } else {
            SideName::B
        },
    })?;
    let judgement = of_ratio(ratio, bounds);
    let stage = claim.stage.as_deref().unwrap_or("all");
    let draft = draft(
        claim,
        stage,
        "{says}: B takes {ratio} as long as A",
        judgement,
    )
    .with(Evidence::ratio("ratio", ratio));
    Ok(bounded(draft, bounds).finish_judged())
}

/// The judgement of bounds on a ratio with an interval; without one nothing is known of how sure it is.
fn of_ratio(ratio: Ratio, bounds: Bounds) -> Judgement {
    match (ratio.low_ppm, ratio.high_ppm) {
        (Some(low), Some(high)) => within(low, high, bounds),
        (None, _) | (_, None) => Judgement::Inconclusive,
    }
}

/// The judgement of bounds on an interval, in millionths.
fn within(low: u64, high: u64, bounds: Bounds) -> Judgement {
    let least = bounds.at_least.map_or(0, ppm);
    let most = bounds.at_most.map_or(u64::MAX, ppm);
    if low >= least && high <= most {
        Judgement::Confirmed
    } else if high < least || low > most {
        Judgement::Refuted
    } else {
        Judgement::Inconclusive
    }
}

fn ppm(value: f64) -> u64 {
    (value * 1e6).round() as u64
}

fn call_ratio(
    stage: &StageDifference,
    claim: &Claim,
    calls: &[String],
    bounds: Bounds,
) -> Result<Finding, ClaimError> {
    let sum = |side: fn(&CallDifference) -> &CallSide| {
        sum_of(stage, calls, |row| side(row).per_run_milli)
    };
    let (a_milli, b_milli) = (sum(|row| &row.a), sum(|row| &row.b));
    if a_milli == 0 {
        return Err(ClaimError::OneSided {
            what: named(calls),
            side: SideName::A,
        });
    }
    let ratio_ppm = mean(u128::from(b_milli) * 1_000_000, a_milli);
    let draft = draft(
        claim,
        &stage.name,
        "{says}: B makes {count_b} calls of {calls} in a run, A {count_a}, {ratio} as many",
        within(ratio_ppm, ratio_ppm, bounds),
    )
    .with(Evidence::name("calls", &named(calls)))
    .with(Evidence::milli("count_a", a_milli))
    .with(Evidence::milli("count_b", b_milli))
    .with(Evidence::ppm("ratio", ratio_ppm));
    Ok(bounded(draft, bounds).finish_judged())
}

fn calls_per_file(
    stage: &StageDifference,
    claim: &Claim,
    (side, calls): (SideName, &[String]),
    bounds: Bounds,
) -> Result<Finding, ClaimError> {
    let (work, milli) = match side {
        SideName::A => (
            stage.work.a,
            sum_of(stage, calls, |row| row.a.per_run_milli),
        ),
        SideName::B => (
            stage.work.b,
            sum_of(stage, calls, |row| row.b.per_run_milli),
        ),
    };
    let files_milli = work.files_milli.filter(|&files| files > 0);
    let files_milli = files_milli.ok_or_else(|| ClaimError::OneSided {
        what: "the number of files".to_owned(),
        side,
    })?;
    let per_file_ppm = mean(u128::from(milli) * 1_000_000, files_milli);
    let draft = draft(
        claim,
        &stage.name,
        "{says}: {side} makes {per_file} calls of {calls} for each of {files} files",
        within(per_file_ppm, per_file_ppm, bounds),
    )
    .with(Evidence::name("side", side.letter()))
    .with(Evidence::name("calls", &named(calls)))
    .with(Evidence::milli("per_file", per_file_ppm / 1_000))
    .with(Evidence::milli("files", files_milli));
    Ok(bounded(draft, bounds).finish_judged())
}

fn cost_ratio(
    stage: &StageDifference,
    claim: &Claim,
    call: &str,
    bounds: Bounds,
) -> Result<Finding, ClaimError> {
    let mut parts = stage.largest_parts();
    parts.retain(|part| part.syscall.as_deref() == Some(call) && !part.phase.is_wait());
    let price_ns = |side: fn(&Figures) -> PartSide, name: SideName| {
        let sides = parts.iter().map(|part| side(&part.figures));
        price_ns(sides).ok_or_else(|| ClaimError::OneSided {
            what: call.to_owned(),
            side: name,
        })
    };
    let a_ns = price_ns(|figures| figures.a, SideName::A)?;
    let b_ns = price_ns(|figures| figures.b, SideName::B)?;
    let ratio_ppm = mean(u128::from(b_ns) * 1_000_000, a_ns);
    let mut differences = parts.iter().map(|part| part.figures.difference);
    let judgement = match within(ratio_ppm, ratio_ppm, bounds) {
        // Times vary: where the runs prove no difference, nothing is said.
        Judgement::Confirmed | Judgement::Refuted
            if !differences.any(|difference| difference.is_significant()) =>
        {
            Judgement::Inconclusive
        }
        judgement => judgement,
    };
    let draft = draft(
        claim,
        &stage.name,
        "{says}: one {call} takes {cost_b} on B and {cost_a} on A, {ratio} as long",
        judgement,
    )
    .with(Evidence::name("call", call))
    .with(Evidence::duration("cost_a", a_ns))
    .with(Evidence::duration("cost_b", b_ns))
    .with(Evidence::ppm("ratio", ratio_ppm));
    Ok(bounded(draft, bounds).finish_judged())
}

/// The time of one call on the critical path, nanoseconds; nothing if there is none, or it takes no
/// time.
fn price_ns(sides: impl Iterator<Item = PartSide>) -> Option<u64> {
    let sum = sides.fold((0_u128, 0_u64), |(time_ns, count_milli), side| {
        (
            time_ns + u128::from(side.path_ns),
            count_milli + side.count_milli,
        )
    });
    Some(mean(sum.0 * 1_000, sum.1)).filter(|&price_ns| price_ns > 0)
}

fn cause(stage: &StageDifference, claim: &Claim, rule: &str, share: f64) -> Finding {
    let found = of_stage(stage);
    let own = found.iter().filter(|finding| finding.rule == rule);
    let shares = own.clone().filter_map(|finding| finding.share_ppm);
    let share_ppm: i64 = shares.sum();
    let claimed_ppm = i64::try_from(ppm(share)).unwrap_or(i64::MAX);
    let is_sure = own
        .clone()
        .any(|finding| finding.judgement == Judgement::Confirmed);
    let is_gap_sure = stage.wall.difference.is_significant();
    let judgement = match (share_ppm >= claimed_ppm, is_sure, is_gap_sure) {
        (true, true, _) => Judgement::Confirmed,
        (false, _, true) => Judgement::Refuted,
        (true, false, _) | (false, _, false) => Judgement::Inconclusive,
    };
    let sentence = match stage.wall.verdict {
        Verdict::Noise => "{says}: a gap of {gap} is no more than noise, which has no cause",
        Verdict::Slower | Verdict::Faster | Verdict::TooFewRuns | Verdict::OneSided => {
            "{says}: the cause {rule} explains {share} of the gap of {gap}"
        }
    };
    draft(claim, &stage.name, sentence, judgement)
        .with(Evidence::name("rule", rule))
        .with(Evidence::share("share", share_ppm))
        .with(Evidence::share("claimed_share", claimed_ppm))
        .with(Evidence::difference("gap", stage.wall.difference))
        .finish_judged()
}

fn sum_of(
    stage: &StageDifference,
    calls: &[String],
    value: impl Fn(&CallDifference) -> u64,
) -> u64 {
    let rows = stage.calls.iter();
    let rows = rows.filter(|row| calls.is_empty() || calls.contains(&row.syscall));
    rows.map(value).sum()
}

fn named(calls: &[String]) -> String {
    if calls.is_empty() {
        "any kind".to_owned()
    } else {
        calls.join(", ")
    }
}

/// A sentence about a claim.
fn draft(claim: &Claim, stage: &str, sentence: &str, judgement: Judgement) -> Draft {
    Draft::judged(CLAIM, stage, sentence, judgement)
        .with(Evidence::name("says", &claim.says))
        .with(Evidence::name("source", &claim.source))
}

/// The bounds as evidence.
fn bounded(draft: Draft, bounds: Bounds) -> Draft {
    let ends = [("at_least", bounds.at_least), ("at_most", bounds.at_most)];
    ends.into_iter()
        .fold(draft, |draft, (name, end)| match end {
            Some(end) => draft.with(Evidence::ppm(name, ppm(end))),
            None => draft,
        })
}

#[cfg(test)]
mod tests;

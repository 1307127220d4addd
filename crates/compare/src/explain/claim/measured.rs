//! Claims about measures.

use super::{ClaimError, bounded, draft, of_ratio, within};
use crate::report::claim::{Bounds, Claim};
use crate::report::finding::{Evidence, Finding, Judgement, Unit};
use crate::report::measure::MeasureDifference;
use crate::report::{Comparison, SideName};

/// A measure of one side lies between bounds.
pub(super) fn value(
    comparison: &Comparison,
    claim: &Claim,
    (side, name): (SideName, &str),
    bounds: Bounds,
) -> Result<Finding, ClaimError> {
    let measure = measure_of(comparison, name)?;
    let own = match side {
        SideName::A => &measure.a,
        SideName::B => &measure.b,
    };
    let evidence = own.as_ref().ok_or_else(|| ClaimError::OneSided {
        what: format!("the measure {name:?}"),
        side,
    })?;
    let judgement = match (evidence.low, evidence.high) {
        (Some(low), Some(high)) => within(
            bound_ppm(low, evidence.unit),
            bound_ppm(high, evidence.unit),
            bounds,
        ),
        (None, _) | (_, None) => Judgement::Inconclusive,
    };
    let sentence = "{says}: {measure} is {value} on {side}";
    let draft = draft(claim, stage_of(claim), sentence, judgement)
        .with(Evidence::name("measure", name))
        .with(Evidence::name("side", side.letter()))
        .with(Evidence {
            name: "value".to_owned(),
            ..evidence.clone()
        });
    Ok(bounded(draft, bounds).finish_judged())
}

/// A measure of B over the same of A lies between bounds.
pub(super) fn ratio(
    comparison: &Comparison,
    claim: &Claim,
    name: &str,
    bounds: Bounds,
) -> Result<Finding, ClaimError> {
    let measure = measure_of(comparison, name)?;
    let one_sided = |side| ClaimError::OneSided {
        what: format!("the measure {name:?}"),
        side,
    };
    let a = measure.a.as_ref().ok_or_else(|| one_sided(SideName::A))?;
    let b = measure.b.as_ref().ok_or_else(|| one_sided(SideName::B))?;
    let ratio = measure.ratio.ok_or_else(|| one_sided(SideName::A))?;
    let judgement = of_ratio(ratio, bounds);
    let sentence = "{says}: {measure} is {value_b} on B and {value_a} on A, {ratio} as much";
    let named = |name: &str, evidence: &Evidence| Evidence {
        name: name.to_owned(),
        ..evidence.clone()
    };
    let draft = draft(claim, stage_of(claim), sentence, judgement)
        .with(Evidence::name("measure", name))
        .with(named("value_a", a))
        .with(named("value_b", b))
        .with(Evidence::ratio("ratio", ratio));
    Ok(bounded(draft, bounds).finish_judged())
}

fn measure_of<'c>(
    comparison: &'c Comparison,
    name: &str,
) -> Result<&'c MeasureDifference, ClaimError> {
    let mut measures = comparison.measures.iter();
    let found = measures.find(|measure| measure.name == name);
    found.ok_or_else(|| {
        let known = comparison.measures.iter();
        let known: Vec<&str> = known.map(|measure| measure.name.as_str()).collect();
        ClaimError::UnknownMeasure {
            found: name.to_owned(),
            known: known.join(", "),
        }
    })
}

fn stage_of(claim: &Claim) -> &str {
    claim.stage.as_deref().unwrap_or("all")
}

/// A value in millionths of what bounds are written in: of a millisecond for durations.
fn bound_ppm(value: i64, unit: Unit) -> u64 {
    let value = value.max(0).unsigned_abs();
    match unit {
        Unit::Milli => value.saturating_mul(1_000),
        Unit::DurationNs | Unit::DifferenceNs | Unit::Ppm | Unit::SharePpm | Unit::Name => value,
    }
}

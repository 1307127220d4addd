//! Findings: numbered sentences, each with what proves it and what to try.

use std::io;

use super::diff::interval;
use super::fit;
use super::ink::Ink;
use super::line::{Line, Page};
use super::quantity::{duration, number_milli, ratio, signed_duration, signed_share};
use compare::explain::claim::DOUBT;
use compare::explain::work::ALL_STAGES;
use compare::report::finding::{Evidence, Finding, Judgement, Unit};

/// Findings drawn of each stage.
const FINDINGS: usize = 5;
/// Columns of a number, and of what hangs below it.
const NUMBER: usize = 5;

/// Writes findings, stage by stage, without a heading; first the stage of the first finding.
pub(super) fn write_stages(page: &mut Page<'_>, findings: &[Finding]) -> io::Result<()> {
    let mut stages: Vec<&str> = Vec::new();
    for finding in findings {
        if !stages.contains(&finding.stage.as_str()) {
            stages.push(&finding.stage);
        }
    }
    for stage in stages {
        page.write(Line::new().gap(2).text(Ink::Strong, stage))?;
        let own = findings.iter().filter(|finding| finding.stage == stage);
        for (finding, number) in own.take(FINDINGS).zip(1..) {
            write_finding(page, finding, number, None)?;
        }
    }
    Ok(())
}

/// Writes what became of claims.
pub(super) fn write_claims(page: &mut Page<'_>, claims: &[Finding]) -> io::Result<()> {
    page.rule("claims", "")?;
    for (claim, number) in claims.iter().zip(1..) {
        write_claim(page, claim, number, &[])?;
    }
    Ok(())
}

/// Writes what became of a claim; `about` is what else must be said of it.
pub(super) fn write_claim(
    page: &mut Page<'_>,
    claim: &Finding,
    number: usize,
    about: &[&str],
) -> io::Result<()> {
    write_sentence(page, ("", claim), number)?;
    let source = claim.evidence("source").map(figure).unwrap_or_default();
    let interval = judged_evidence(claim).and_then(ends).unwrap_or_default();
    let doubt = doubt(claim);
    let verdict = [claim.judgement.name(), &interval, &doubt, &claim.stage];
    let facts = [&verdict, about, &[&source]].concat();
    let facts: Vec<&str> = facts.into_iter().filter(|fact| !fact.is_empty()).collect();
    write_below(page, judged(claim.judgement), &facts.join(" · "))
}

/// `mind wide spread, rules of thumb`: the warnings that concern a claim; empty if none does.
pub(crate) fn doubt(claim: &Finding) -> String {
    let doubt = claim
        .evidence(DOUBT)
        .and_then(|doubt| doubt.text.as_deref());
    doubt.map_or_else(String::new, |doubt| {
        format!("mind {}", doubt.replace('-', " "))
    })
}

/// The figure that a claim was judged by.
pub(crate) fn judged_evidence(claim: &Finding) -> Option<&Evidence> {
    ["ratio", "value"]
        .iter()
        .find_map(|name| claim.evidence(name))
}

/// `95 %: 1.20× … 1.40×`
pub(crate) fn ends(evidence: &Evidence) -> Option<String> {
    let end = |value: i64| {
        figure(&Evidence {
            value: Some(value),
            ..evidence.clone()
        })
    };
    let (low, high) = (evidence.low?, evidence.high?);
    Some(format!("95 %: {} … {}", end(low), end(high)))
}

/// Writes a finding: of the whole difference, in nanoseconds, with its stage and its share of that, or of
/// the gap of its stage.
pub(super) fn write_finding(
    page: &mut Page<'_>,
    finding: &Finding,
    number: usize,
    whole_ns: Option<i64>,
) -> io::Result<()> {
    let is_told = whole_ns.is_some() && finding.stage != ALL_STAGES;
    let stage = if is_told { finding.stage.as_str() } else { "" };
    write_sentence(page, (stage, finding), number)?;
    let mut facts = vec![finding.judgement.name().to_owned()];
    let explained = &finding.explained;
    let interval = interval(explained);
    let difference = signed_duration(explained.value_ns);
    facts.push(if interval.is_empty() {
        difference
    } else {
        format!("{difference} ({interval})")
    });
    let share = match whole_ns {
        Some(whole_ns) => share_ppm(explained.value_ns, whole_ns),
        None => finding.share_ppm,
    };
    facts.extend(share.map(|share| format!("{} of the gap", signed_share(share))));
    facts.push(finding.rule.clone());
    write_below(page, judged(finding.judgement), &facts.join(" · "))?;
    if finding.advice.is_empty() {
        return Ok(());
    }
    write_below(page, Ink::Dim, &format!("try: {}", finding.advice))
}

/// A part over the whole, in millionths; nothing of nothing.
fn share_ppm(part_ns: i64, whole_ns: i64) -> Option<i64> {
    let share = (i128::from(part_ns) * 1_000_000).checked_div(i128::from(whole_ns));
    share.and_then(|share| i64::try_from(share).ok())
}

/// The stage before the sentence, unless it is empty.
fn write_sentence(
    page: &mut Page<'_>,
    (stage, finding): (&str, &Finding),
    number: usize,
) -> io::Result<()> {
    let room = page.columns() - NUMBER;
    let mut label = format!("  {number}.");
    let mut text = sentence(finding);
    if !stage.is_empty() {
        text = format!("{stage}: {text}");
    }
    for line in fit::wrap(&fit::clean(&text), room) {
        let line = Line::new()
            .left(Ink::Dim, &label, NUMBER)
            .text(Ink::Plain, &line);
        page.write(line)?;
        label.clear();
    }
    Ok(())
}

fn write_below(page: &mut Page<'_>, ink: Ink, text: &str) -> io::Result<()> {
    for line in fit::wrap(&fit::clean(text), page.columns() - NUMBER) {
        page.write(Line::new().gap(NUMBER).text(ink, &line))?;
    }
    Ok(())
}

fn judged(judgement: Judgement) -> Ink {
    match judgement {
        Judgement::Confirmed => Ink::Good,
        Judgement::Refuted => Ink::Alarm,
        Judgement::NotOnThisKernel | Judgement::Inconclusive => Ink::Warning,
    }
}

/// The sentence of a finding, with its evidence in its places. A name without evidence stays as it
/// is.
pub(crate) fn sentence(finding: &Finding) -> String {
    let mut pieces = finding.sentence.split('{');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let Some((name, rest)) = piece.split_once('}') else {
            text = text + "{" + piece;
            continue;
        };
        match finding.evidence(name) {
            Some(evidence) => text.push_str(&figure(evidence)),
            None => text = text + "{" + name + "}",
        }
        text.push_str(rest);
    }
    text
}

/// A piece of evidence as people read it.
pub(crate) fn figure(evidence: &Evidence) -> String {
    let value = evidence.value.unwrap_or(0);
    match evidence.unit {
        Unit::DurationNs => duration(value.unsigned_abs()),
        Unit::DifferenceNs => signed_duration(value),
        Unit::Milli => number_milli(value.unsigned_abs()),
        Unit::Ppm => ratio(value.unsigned_abs()),
        Unit::SharePpm => signed_share(value),
        Unit::Name => evidence.text.clone().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use compare::report::Change;

    #[test]
    fn evidence_takes_its_places() {
        let finding = Finding {
            rule: "rule".into(),
            stage: "create".into(),
            sentence:
                "{who} waits {time}, {count} times, {ratio} as long, {share}: {gap}, {unknown} {"
                    .into(),
            evidence: vec![
                Evidence::name("who", "runtime"),
                Evidence::duration("time", 4_850_000),
                Evidence::milli("count", 2_500),
                Evidence::ppm("ratio", 2_000_000),
                Evidence::share("share", 250_000),
                Evidence::difference(
                    "gap",
                    Change {
                        value_ns: -1_000,
                        ..Change::default()
                    },
                ),
            ],
            judgement: Judgement::Confirmed,
            explained: Change::default(),
            share_ppm: None,
            advice: String::new(),
            parts: Vec::new(),
        };
        assert_eq!(
            sentence(&finding),
            "runtime waits 4.85 ms, 2.5 times, 2.00× as long, 25.0 %: −1.00 µs, {unknown} {"
        );
    }
}

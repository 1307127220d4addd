//! Claims with what became of them, and what they were judged by.

use compare::report::finding::{Evidence, Finding, Judgement};
use maud::{Markup, html};

use crate::text::finding::{doubt, ends, figure, judged_evidence, sentence};

/// A list of claims.
pub(super) fn claims(claims: &[Finding]) -> Markup {
    html! {
        ol.claims {
            @for one in claims { li { (claim(one, None)) } }
        }
    }
}

/// A claim; `about` is what it was tested on.
pub(super) fn claim(claim: &Finding, about: Option<&Markup>) -> Markup {
    let source = claim.evidence("source").map(figure);
    let interval = judged_evidence(claim).and_then(ends);
    html! {
        p.claim {
            span class={ "verdict " (claim.judgement.name()) } { (mark(claim.judgement)) " " (claim.judgement.name()) }
            " " span.sentence { (sentence(claim)) }
        }
        p.advice {
            @if let Some(interval) = interval { (interval) " · " }
            @let doubt = doubt(claim);
            @if !doubt.is_empty() { (doubt) " · " }
            @if !claim.stage.is_empty() { (claim.stage) " · " }
            @if let Some(about) = about { (about) " · " }
            @if let Some(source) = source { "source: " (source) }
        }
        (evidence(&claim.evidence))
    }
}

/// Tells verdicts apart without colour.
const fn mark(judgement: Judgement) -> &'static str {
    match judgement {
        Judgement::Confirmed => "✓",
        Judgement::Refuted => "✗",
        Judgement::NotOnThisKernel => "–",
        Judgement::Inconclusive => "?",
    }
}

fn evidence(all: &[Evidence]) -> Markup {
    html! {
        @if !all.is_empty() {
            details {
                summary { "evidence" }
                table.evidence {
                    tbody {
                        @for one in all {
                            tr {
                                th scope="row" { (one.name) }
                                td { (figure(one)) }
                                td { (ends(one).unwrap_or_default()) }
                            }
                        }
                    }
                }
            }
        }
    }
}

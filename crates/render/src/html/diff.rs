//! A comparison as a page: the answer, the gap step by step, both sides' stacks beside each other, and
//! tables.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use compare::report::finding::{Explanation, Finding};
use compare::report::{Comparison, PartDifference, Side, StageDifference};
use maud::{Markup, html};
use serde::Serialize;

use super::claims::claims;
use super::table::{Cell, change, table, text, time};
use super::{gap, shell, walls};
use crate::text::diff::difference::{AGAINST, WITH, by_direction};
use crate::text::finding::{doubt, sentence};
use crate::text::profile::units;
use crate::text::quantity::{signed_duration, signed_share};
use crate::text::warning;

const SCRIPTS: &[&str] = &[
    include_str!("../../assets/base.js"),
    include_str!("../../assets/address.js"),
    include_str!("../../assets/difference.js"),
    include_str!("../../assets/tables.js"),
    include_str!("../../assets/difference_main.js"),
];

/// Stacks, outermost frame first, with the mean time per run of A and of B in nanoseconds.
type Stacks = BTreeMap<Vec<String>, (u64, u64)>;

/// Writes the page.
///
/// # Errors
/// Those of `out`.
pub fn write_comparison(
    out: &mut dyn Write,
    comparison: &Comparison,
    explanation: &Explanation,
    stacks: &Stacks,
) -> io::Result<()> {
    let title = format!("ctrprof diff {} {}", comparison.a.name, comparison.b.name);
    let body = html! {
        (answer(&title, comparison, explanation))
        section id="gap" aria-labelledby="gap-title" {
            (shell::heading("gap", "The gap, step by step"))
            p.hint {
                "From the mean of A to the mean of B: each finding is a step, longer to the right. The steps add up exactly. Choosing one "
                "shows what it is about in the stacks below."
            }
            @if let Some(wall) = comparison.whole() {
                @let names = [&comparison.a, &comparison.b].map(|side| side.name.as_str());
                (gap::steps_of(names, wall, &explanation.findings, &|at, words| choice(&explanation.findings[at], at, &html! { (words) })))
            }
        }
        (picture())
        (tables(comparison))
    };
    let data = serde_json::to_string(&data(stacks))?;
    let page = shell::page(&title, &body, &data, SCRIPTS);
    out.write_all(page.into_string().as_bytes())
}

fn answer(title: &str, comparison: &Comparison, explanation: &Explanation) -> Markup {
    html! {
        header {
            h1 { (title) }
            (side("A", &comparison.a))
            (side("B", &comparison.b))
            @for axis in &comparison.differing_axes {
                p.facts { (axis.axis) ": A " (shown(axis.a.as_ref())) ", B " (shown(axis.b.as_ref())) }
            }
            (shell::parts(&[
                ("answer", "Answer"),
                ("gap", "The gap"),
                ("icicle", "Stacks"),
                ("tables", "Tables"),
            ]))
        }
        main id="answer" {
            @for one in &comparison.warnings {
                (shell::warning(one.is_grave(), &warning::sentence(one)))
            }
            (stages(comparison))
            (findings(&explanation.findings, whole_ns(comparison)))
            @if !explanation.claims.is_empty() {
                h3 { "Claims" }
                (claims(&explanation.claims))
            }
        }
    }
}

fn side(label: &str, side: &Side) -> Markup {
    let commands = side.recordings.first().map(|one| one.command.join(" "));
    html! {
        p.facts {
            strong { (label) } " " (side.name) " · " (side.recordings.len()) " " (units("recording", side.recordings.len() as u64))
            @if let Some(command) = commands { " · " (command) }
        }
    }
}

fn shown(value: Option<&String>) -> &str {
    value.map_or("-", String::as_str)
}

fn whole_ns(comparison: &Comparison) -> i64 {
    let whole = comparison.whole();
    whole.map_or(0, |wall| wall.difference.value_ns)
}

fn stages(comparison: &Comparison) -> Markup {
    let stages = comparison.stages.iter();
    let rows = stages.map(|stage| (stage.name.as_str(), &stage.wall));
    walls::table_of(rows, comparison.total.as_ref())
}

/// What makes B what it is, then what works against that; more than a few are folded.
fn findings(findings: &[Finding], whole_ns: i64) -> Markup {
    let ([with_title, against_title], [with, against]) = by_direction(findings, whole_ns);
    let position = |one: &Finding| {
        let mut all = findings.iter();
        all.position(|finding| std::ptr::eq(finding, one))
            .unwrap_or(0)
    };
    html! {
        @for (title, list, shown) in [(with_title, with, WITH), (against_title, against, AGAINST)] {
            @if !list.is_empty() {
                @let (first, rest) = list.split_at(list.len().min(shown));
                h3 { (title) }
                ol.findings {
                    @for finding in first { (one(finding, position(finding), whole_ns)) }
                }
                @if !rest.is_empty() {
                    details {
                        summary { (rest.len()) " more" }
                        ol.findings start=(first.len() + 1) {
                            @for finding in rest { (one(finding, position(finding), whole_ns)) }
                        }
                    }
                }
            }
        }
    }
}

fn one(finding: &Finding, position: usize, whole_ns: i64) -> Markup {
    let words = html! {
        span.stages { (finding.stage) ": " } (sentence(finding)) " "
        span.share { (share_of(finding.explained.value_ns, whole_ns)) }
        span.aside { " " (finding.judgement.name()) }
        @let doubt = doubt(finding);
        @if !doubt.is_empty() { span.aside { " · " (doubt) } }
    };
    html! {
        li {
            (choice(finding, position, &words))
            @if !finding.advice.is_empty() { p.advice { (finding.advice) } }
        }
    }
}

/// A finding; choosing it shows what it is about in the stacks.
fn choice(finding: &Finding, position: usize, words: &Markup) -> Markup {
    html! {
        @if finding.parts.is_empty() {
            (words)
        } @else {
            button.finding data-finding=(position) data-frames=(frames(finding)) aria-pressed="false" { (words) }
        }
    }
}

/// The outermost frames of the stacks that a finding is about, for the scripts: stacks tell no kinds and
/// causes apart.
fn frames(finding: &Finding) -> String {
    let frames = finding.parts.iter().map(|part| {
        let (role, phase) = (part.role.name(), part.phase.name());
        let outer = [
            Some(&*finding.stage),
            Some(role),
            Some(phase),
            part.syscall.as_deref(),
        ];
        outer.into_iter().flatten().collect::<Vec<&str>>()
    });
    let frames: BTreeSet<Vec<&str>> = frames.collect();
    // Texts cannot fail to be written.
    serde_json::to_string(&frames).unwrap_or_default()
}

/// A difference as a share of the whole one.
fn share_of(value_ns: i64, whole_ns: i64) -> String {
    let ppm = i128::from(value_ns) * 1_000_000;
    let ppm = ppm.checked_div(i128::from(whole_ns));
    ppm.map(|ppm| signed_share(i64::try_from(ppm).unwrap_or(0)))
        .unwrap_or_default()
}

fn picture() -> Markup {
    html! {
        section id="icicle" aria-labelledby="icicle-title" {
            (shell::heading("icicle", "Stacks of both sides"))
            noscript { p { "The picture needs JavaScript. The answer, the gap and the tables do not." } }
            p.hint {
                "Stage, role, phase, system call, kernel functions; A to the left, B to the right, on one scale. Orange takes longer in B, "
                "blue less. Click to zoom, Escape to go back."
            }
            div.bar id="icicle-bar" {}
            div.picture { canvas id="icicle-canvas" tabindex="0" role="img" aria-label="Stacks of both sides" {} }
            div.detail id="icicle-detail" aria-live="polite" {}
        }
    }
}

fn tables(comparison: &Comparison) -> Markup {
    html! {
        section id="tables" aria-labelledby="tables-title" {
            (shell::heading("tables", "Tables"))
            p.hint {
                "More: what B's number of them would take at A's time each, less A's. Slower: what A's number would take at B's time each, "
                "less A's. Both: the rest. The three add up to the difference."
            }
            p.bar { label { "Filter " input id="filter" type="search" autocomplete="off"; } }
            @for (index, stage) in comparison.stages.iter().enumerate() {
                details open[index == 0] {
                    summary { (stage.name) " " span.time { (signed_duration(stage.wall.difference.value_ns)) } }
                    (table("Where the gap goes", &["role", "phase", "kind", "call", "cause", "A", "B", "B − A", "more", "slower", "both"], &parts(stage)))
                }
            }
        }
    }
}

fn parts(stage: &StageDifference) -> Vec<Vec<Cell>> {
    let parts = stage.largest_parts().into_iter();
    parts.map(part).collect()
}

fn part(part: &PartDifference) -> Vec<Cell> {
    let figures = &part.figures;
    vec![
        text(part.role.name()),
        text(part.phase.name()),
        text(&part.subphase),
        text(part.syscall.as_deref().unwrap_or_default()),
        text(&part.cause),
        time(figures.a.path_ns),
        time(figures.b.path_ns),
        change(figures.difference.value_ns),
        change(figures.effects.count_ns),
        change(figures.effects.cost_ns),
        change(figures.effects.interaction_ns),
    ]
}

/// What the picture is drawn from.
#[derive(Serialize)]
struct Data<'a> {
    /// Frames as numbers into `texts`, the time of A, the time of B.
    stacks: Vec<(Vec<u32>, u64, u64)>,
    texts: Vec<&'a str>,
}

fn data(stacks: &Stacks) -> Data<'_> {
    let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
    let mut texts = Vec::new();
    let stacks = stacks.iter().map(|(frames, &(a_ns, b_ns))| {
        let frames = frames.iter().map(|frame| {
            *numbers.entry(frame).or_insert_with(|| {
                texts.push(frame.as_str());
                texts.len() as u32 - 1
            })
        });
        (frames.collect(), a_ns, b_ns)
    });
    let stacks = stacks.collect();
    Data { stacks, texts }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::sample;
    use compare::explain::explanation;

    #[test]
    fn names_never_become_markup() {
        let mut compared = sample::diff();
        compared.comparison.b.name = "</script><img src=x>".into();
        compared
            .stacks
            .insert(vec!["</script><img src=x>".into()], (1, 2));
        let explained = explanation(&compared.comparison, &[]).unwrap();
        let mut out = Vec::new();
        write_comparison(&mut out, &compared.comparison, &explained, &compared.stacks).unwrap();
        let page = String::from_utf8(out).unwrap();
        assert!(!page.contains("<img"));
        assert!(page.contains("&lt;img src=x") && page.contains("\\u003cimg"));
    }
}

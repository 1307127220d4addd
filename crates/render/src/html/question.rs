//! The answer to a question as a page: claims with what became of them, the figures of all sides, and each
//! comparison.

use std::io::{self, Write};

use compare::report::finding::{Evidence, Finding, Judgement};
use compare::report::measure::MeasureDifference;
use compare::report::question::{
    Predicted, QuestionCell, QuestionPair, QuestionReport, QuestionStage,
};
use compare::report::{FunctionDifference, WallDifference};
use maud::{Markup, html};

use super::claims::claim;
use super::table::{Cell, by, number, signed, table, text, time};
use super::{gap, shell, walls};
use crate::text::diff::measures::value;
use crate::text::finding::sentence;
use crate::text::header::host_facts;
use crate::text::profile::units;
use crate::text::quantity::{ratio, signed_duration};
use crate::text::question::sides;
use crate::text::warning;

const SCRIPTS: &[&str] = &[
    include_str!("../../assets/base.js"),
    include_str!("../../assets/tables.js"),
    include_str!("../../assets/tables_main.js"),
];

/// Writes the page.
///
/// # Errors
/// Those of `out`.
pub fn write_answer(out: &mut dyn Write, report: &QuestionReport) -> io::Result<()> {
    let title = format!("ctrprof explain {}", report.name);
    let body = html! {
        (head(report))
        (answer(report))
        (figures(report))
        @for (pair, number) in report.pairs.iter().zip(1..) {
            @if pair.missing.is_empty() { (comparison(report, pair, number)) }
        }
        (without_figures(report))
    };
    let page = shell::page(&title, &body, "{}", SCRIPTS);
    out.write_all(page.into_string().as_bytes())
}

fn head(report: &QuestionReport) -> Markup {
    let mut facts = host_facts(&report.host);
    facts.push(format!("level {}", report.level));
    let runs = units("run", u64::from(report.runs_asked));
    facts.push(format!("{} {runs} of each", report.runs_asked));
    let held = report.held.iter();
    let held: Vec<String> = held
        .map(|(axis, value)| format!("{axis} {value}"))
        .collect();
    html! {
        header {
            p.facts { "ctrprof explain " (report.name) }
            h1 { (report.asks) }
            @if !report.background.is_empty() { p { (report.background) } }
            p.facts { "Source: " (report.source) }
            p.facts { (facts.join(" · ")) }
            p.facts { "varied: " (report.varied.join(", ")) @if !held.is_empty() { " · the same: " (held.join(", ")) } }
            nav aria-label="Parts of the page" {
                a href="#answer" { "Answer" }
                a href="#figures" { "Figures" }
                @for (pair, number) in report.pairs.iter().zip(1..) {
                    @if pair.missing.is_empty() { a href=(anchor(number)) { (sides(pair)) } }
                }
            }
        }
    }
}

fn anchor(number: usize) -> String {
    format!("#pair-{number}")
}

/// The claims of all pairs, with what became of them, and what replays predicted.
fn answer(report: &QuestionReport) -> Markup {
    let numbered = report.pairs.iter().zip(1..);
    let claims: Vec<(&Finding, &QuestionPair, usize)> = numbered
        .flat_map(|(pair, number)| pair.claims.iter().map(move |one| (one, pair, number)))
        .collect();
    let count = |judgement: Judgement| {
        let alike = claims.iter().filter(|(one, ..)| one.judgement == judgement);
        (alike.count(), judgement.name())
    };
    let counts = Judgement::ALL.iter().map(|&judgement| count(judgement));
    let counts = counts.filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts
        .map(|(count, name)| format!("{count} {name}"))
        .collect();
    html! {
        main id="answer" {
            @if !report.complete {
                (shell::warning(true, "not all runs are over: the same command without --no-run does the rest"))
            }
            h2 { "Claims" @if !counts.is_empty() { span.aside { " " (counts.join(", ")) } } }
            @if claims.is_empty() { p { "Nothing is claimed; the figures are what was asked for." } }
            ol.claims {
                @for (one, pair, number) in &claims {
                    li { (claim(one, Some(&html! { a href=(anchor(*number)) { (sides(pair)) } }))) }
                }
            }
            (predictions(report))
        }
    }
}

fn predictions(report: &QuestionReport) -> Markup {
    let asked = report.pairs.iter();
    let asked = asked.filter_map(|pair| Some((pair, pair.prediction.as_ref()?)));
    let rows = asked.map(|(pair, prediction)| {
        let figures = match &prediction.predicted {
            Some(Predicted {
                recorded_ns,
                predicted_ns,
                measured_ns,
                holds,
            }) => [
                time(*recorded_ns),
                time(*predicted_ns),
                time(*measured_ns),
                text(if *holds { "holds" } else { "misses" }),
            ],
            None => [text("-"), text("-"), text("-"), text(&prediction.refusal)],
        };
        let first = [text(&sides(pair)), text(&prediction.selectors.join(" "))];
        first.into_iter().chain(figures).collect()
    });
    let rows: Vec<Vec<Cell>> = rows.collect();
    html! {
        (table(
            "Predicted by replay, medians over runs; holds: within 10 % or 1 ms of what was measured",
            &["comparison", "what is left out", "recorded", "predicted", "measured", ""],
            &rows,
        ))
    }
}

/// The measures of each cell.
fn figures(report: &QuestionReport) -> Markup {
    let measured = report.cells.iter().filter(|cell| cell.runs > 0);
    let rows: Vec<Vec<Cell>> = measured.map(cell).collect();
    let measures = report.measures.iter().map(String::as_str);
    let titles: Vec<&str> = ["configuration", "runs", "failed"]
        .into_iter()
        .chain(measures)
        .collect();
    html! {
        section id="figures" aria-labelledby="figures-title" {
            (shell::heading("figures", "Figures"))
            p.bar { label { "Filter " input id="filter" type="search" autocomplete="off"; } }
            (table("What was measured, means over runs", &titles, &rows))
        }
    }
}

fn cell(cell: &QuestionCell) -> Vec<Cell> {
    let first = [text(&cell.name), number(cell.runs), number(cell.failed)];
    let measures = cell.measures.iter().map(|one| measured(one.as_ref()));
    first.into_iter().chain(measures).collect()
}

fn measured(evidence: Option<&Evidence>) -> Cell {
    let number = evidence.and_then(|evidence| evidence.value);
    signed(value(evidence), number.unwrap_or(0))
}

fn comparison(report: &QuestionReport, pair: &QuestionPair, number: usize) -> Markup {
    let id = format!("pair-{number}");
    let stages = pair.stages.iter();
    let stages = stages.map(|stage| (stage.name.as_str(), &stage.wall));
    html! {
        section id=(id) aria-labelledby=(format!("{id}-title")) {
            (shell::heading(&id, &sides(pair)))
            p.facts { "A: " (pair.names.a) ", B: " (pair.names.b) }
            @for one in &pair.warnings {
                (shell::warning(one.is_grave(), &warning::sentence(one)))
            }
            (walls::table_of(stages, pair.total.as_ref()))
            @if let Some(wall) = whole(pair) { (steps(pair, wall)) }
            (table("Measures", &["measure", "A", "B", "ratio"], &measures(&pair.measures)))
            @for stage in pair.stages.iter().filter(|stage| stage.is_asked) { (functions(stage)) }
            p.hint {
                "ctrprof explain " (report.name) " --no-run --pair " (number) " --html FILE has all of it: stacks of both sides, and where "
                "the gap goes."
            }
        }
    }
}

/// All stages together, or the only one.
fn whole(pair: &QuestionPair) -> Option<&WallDifference> {
    let only = pair.stages.first().map(|stage| &stage.wall);
    pair.total.as_ref().or(only)
}

/// The gap step by step, if any rule explains some of it. The findings are of the stages that are asked for.
fn steps(pair: &QuestionPair, wall: &WallDifference) -> Markup {
    let names = [&pair.names.a, &pair.names.b].map(String::as_str);
    html! {
        @if pair.findings.is_empty() {
            p.hint { "No rule explains a difference here." }
        } @else {
            h3 { "The gap, step by step" }
            (gap::steps_of(names, wall, &pair.findings, &|_, words| html! { (words) }))
            details {
                summary { "advice and evidence" }
                ol.findings {
                    @for finding in &pair.findings {
                        li {
                            (finding.stage) ": " (sentence(finding)) " "
                            span.share { (signed_duration(finding.explained.value_ns)) }
                            span.aside { " " (finding.judgement.name()) ", rule " (finding.rule) }
                            @if !finding.advice.is_empty() { p.advice { (finding.advice) } }
                        }
                    }
                }
            }
        }
    }
}

fn measures(measures: &[MeasureDifference]) -> Vec<Vec<Cell>> {
    let rows = measures.iter().map(|one| {
        let found = one.ratio.map(|found| found.value_ppm);
        vec![
            text(&one.name),
            measured(one.a.as_ref()),
            measured(one.b.as_ref()),
            by(found.map(ratio).unwrap_or_default(), found.unwrap_or(0)),
        ]
    });
    rows.collect()
}

fn functions(stage: &QuestionStage) -> Markup {
    let rows = stage.functions.iter().map(|one: &FunctionDifference| {
        let sign = if one.is_significant {
            "more than chance"
        } else {
            ""
        };
        vec![
            text(&one.function),
            text(&one.syscall),
            number(one.a.samples),
            number(one.b.samples),
            time(one.a.blocked_ns),
            time(one.b.blocked_ns),
            text(sign),
        ]
    });
    let rows: Vec<Vec<Cell>> = rows.collect();
    let titles = [
        "function",
        "in",
        "samples of A",
        "of B",
        "blocked A",
        "blocked B",
        "",
    ];
    table(
        &format!("Kernel functions of {}", stage.name),
        &titles,
        &rows,
    )
}

/// Cells without figures, and why.
fn without_figures(report: &QuestionReport) -> Markup {
    let without = report.cells.iter().filter(|cell| cell.runs == 0);
    let rows = without.map(|cell| {
        let why = match (cell.lacking.as_slice(), cell.failure.as_str()) {
            ([], "") => "not run".to_owned(),
            ([], failure) => failure.to_owned(),
            (lacking, _) => lacking.join("; "),
        };
        vec![text(&cell.name), text(&why)]
    });
    let rows: Vec<Vec<Cell>> = rows.collect();
    html! {
        @if !rows.is_empty() {
            section id="without" aria-labelledby="without-title" {
                (shell::heading("without", "Without figures"))
                (table("", &["configuration", "why"], &rows))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::sample;

    fn page(report: &QuestionReport) -> String {
        let mut out = Vec::new();
        write_answer(&mut out, report).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_claim_has_its_verdict_and_every_cell_its_figures_or_why_not() {
        let report = sample::question::question();
        let page = page(&report);
        let claims: usize = report.pairs.iter().map(|pair| pair.claims.len()).sum();
        assert!(claims > 2, "{claims}");
        assert_eq!(page.matches("class=\"verdict ").count(), claims);
        for cell in &report.cells {
            assert!(page.contains(&cell.name), "{}", cell.name);
        }
        assert!(page.contains("this kernel has no aufs"));
        assert!(page.contains("cannot be replayed"), "no refusal");
    }

    #[test]
    fn names_never_become_markup() {
        let mut report = sample::question::question();
        report.cells[0].name = "<img src=x>".into();
        report.pairs[0].names.a = "<img src=x>".into();
        let page = page(&report);
        assert!(!page.contains("<img") && page.contains("&lt;img src=x"));
    }
}

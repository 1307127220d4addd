//! The answer: how long, why, what would help, and whether to believe it.

use analysis::report::{Report, Run, StageReport};
use compare::report::diagnosis::{Diagnosis, Remedy};
use compare::report::finding::{Finding, PartName};
use maud::{Markup, html};

use super::shell;

use crate::text::finding::sentence;
use crate::text::header::{command_line, host_facts, level, run_title};
use crate::text::quantity::{duration, share};
use crate::text::recording_warning;

/// Findings that are shown at once; the others are folded.
const SHOWN: usize = 8;

/// The head of the page, and the answer for each run.
pub(super) fn answer(report: &Report, diagnosis: &Diagnosis) -> Markup {
    let mut facts = host_facts(&report.host);
    facts.push(level(report));
    let is_one_of_several = report.runs.len() > 1;
    html! {
        header {
            h1 { (command(report)) }
            p.facts { (facts.join(" · ")) }
            (shell::parts(&[
                ("answer", "Answer"),
                ("waterfall", "Waterfall"),
                ("icicle", "Phases"),
                ("tables", "Tables"),
                ("recording", "Recording"),
            ]))
        }
        main id="answer" {
            @for warning in &diagnosis.warnings {
                (shell::warning(warning.is_grave(), &recording_warning::sentence(warning)))
            }
            @for (index, run) in report.runs.iter().enumerate() {
                section.run data-run=(index) {
                    @if let Some(title) = run_title(run, is_one_of_several.then_some(index)) {
                        h2 { (title) " " span.time { (duration(run.wall_ns())) } }
                    }
                    (stages(run, index))
                    (findings(run, index, diagnosis.findings.get(index).map_or(&[], Vec::as_slice)))
                    (remedies(diagnosis.remedies.get(index).map_or(&[], Vec::as_slice)))
                }
            }
        }
    }
}

/// The command line that recorded it.
pub(super) fn command(report: &Report) -> String {
    let is_own = report.runs.iter().any(|run| !run.configuration.is_empty());
    command_line(&report.command, is_own)
}

/// Stages to scale.
fn stages(run: &Run, index: usize) -> Markup {
    let whole_ns = run.stages.iter().map(|stage| stage.wall_ns).sum::<u64>();
    let width = |stage: &StageReport| {
        format!(
            "flex-grow: {:.3}",
            stage.wall_ns as f64 * 100.0 / whole_ns.max(1) as f64
        )
    };
    html! {
        @if run.stages.is_empty() {
            p { "No stage was recorded." }
        }
        ol.stages {
            @for stage in &run.stages {
                li style=(width(stage)) {
                    button.stage data-run=(index) data-stage=(stage.name) data-start=(stage.start_ns) {
                        span.name { (stage.name) } " " span.time { (duration(stage.wall_ns)) }
                    }
                }
            }
        }
    }
}

fn findings(run: &Run, index: usize, findings: &[Finding]) -> Markup {
    let (shown, folded) = findings.split_at(findings.len().min(SHOWN));
    html! {
        @if !findings.is_empty() {
            h3 { "Why" }
            ol.findings {
                @for finding in shown { (one(run, index, finding)) }
            }
        }
        @if !folded.is_empty() {
            details {
                summary { (folded.len()) " more" }
                ol.findings start=(shown.len() + 1) {
                    @for finding in folded { (one(run, index, finding)) }
                }
            }
        }
    }
}

/// A finding; choosing it shows what it is about in the pictures.
fn one(run: &Run, index: usize, finding: &Finding) -> Markup {
    let stages = finding
        .evidence("stages")
        .and_then(|one| one.text.as_deref());
    // What is of several stages is of all that have those parts.
    let only = stages.is_none().then_some(finding.stage.as_str());
    let stages = stages.unwrap_or(&finding.stage);
    let part = share(finding.explained.value_ns.unsigned_abs(), run.wall_ns());
    html! {
        li {
            button.finding data-run=(index) data-stage=[only] data-parts=(parts(&finding.parts)) aria-pressed="false" {
                @if run.stages.len() > 1 { span.stages { (stages) ": " } }
                span.sentence { (sentence(finding)) }
                " " span.share { (part) }
            }
            @if !finding.advice.is_empty() { p.advice { (finding.advice) } }
        }
    }
}

/// The parts of the critical path that a finding explains, for the scripts.
fn parts(parts: &[PartName]) -> String {
    let list: Vec<[&str; 5]> = parts
        .iter()
        .map(|part| {
            let call = part.syscall.as_deref().unwrap_or_default();
            let (role, phase) = (part.role.name(), part.phase.name());
            [role, phase, &part.subphase, call, &part.cause]
        })
        .collect();
    // Arrays of texts cannot fail to be written.
    serde_json::to_string(&list).unwrap_or_default()
}

fn remedies(remedies: &[Remedy]) -> Markup {
    html! {
        @if !remedies.is_empty() {
            h3 { "What would help" span.aside { " (replayed: ctrprof what-if)" } }
            ul.remedies {
                @for remedy in remedies {
                    li {
                        (remedy.text) ": " span.time { (duration(remedy.recorded_ns)) " → " (duration(remedy.replayed_ns)) }
                    }
                }
            }
        }
    }
}

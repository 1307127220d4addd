//! The causes for which one recording takes as long as it does: sentences by the rules that comparisons
//! have, about the largest rows of the critical paths of a run.

mod cause;
mod remedies;
mod remedy;

use self::cause::{Cause, causes};
use super::draft::Draft;
use super::rules::RULES;
use crate::report::diagnosis::{Diagnosis, RecordingWarning};
use crate::report::finding::{Evidence, Finding};
use analysis::functions::tree::NO_SYMBOLS;
use analysis::report::{CauseRow, Report, Run};
pub use remedies::Replay;

/// Name of the rule for what no other tells.
pub const OTHER: &str = "other-work";

/// The share of a run, in millionths, below which a cause is no finding: 1 %. It keeps reports short
/// and is not measured; the causes of a stage are all in the report.
const SMALL_PPM: i64 = 10_000;

/// What a recording says by itself, with the reasons to doubt it ([`crate::advice::recording`]); `replay` says
/// how long a run would have taken.
pub fn diagnosis(
    report: &Report,
    warnings: Vec<RecordingWarning>,
    replay: &Replay<'_>,
) -> Diagnosis {
    Diagnosis {
        warnings,
        findings: report.runs.iter().map(of_run).collect(),
        remedies: remedies::of_runs(report, replay),
    }
}

/// The findings of a run, over all its stages, those with most time on the critical path first: what has
/// one cause is one, whatever its stages. The time of ctrprof's own probes is none.
pub fn of_run(run: &Run) -> Vec<Finding> {
    let total_ns = run.wall_ns();
    let stages = run.stages.len();
    let mut found: Vec<Finding> = causes(run)
        .iter()
        .filter_map(|cause| finding(cause, stages, total_ns))
        .filter(|finding| finding.share_ppm >= Some(SMALL_PPM))
        .collect();
    // Stable: equals stay in the order of stages.
    found.sort_by_key(|finding| std::cmp::Reverse(finding.explained.value_ns));
    found
}

fn finding(cause: &Cause<'_>, stages: usize, total_ns: u64) -> Option<Finding> {
    let row = cause.main()?;
    let (rule, predicate) = predicate(row);
    let files = row.files.map_or("", |_| " ({files} files)");
    let sentence = format!("{{process}} ({{role}}) {predicate}{files}");
    let call = row.syscall.as_deref().unwrap_or_default();
    let milli = |name: &str, count: u64| Evidence::milli(name, count.saturating_mul(1_000));
    let time_ns = cause.critical_path_ns();
    let mut draft = Draft::single(rule, cause.stage(), cause.rows(), (time_ns, total_ns))
        .with(Evidence::name("stages", &cause.stage_names(stages)))
        .with(Evidence::name("process", &row.comm))
        .with(Evidence::name("role", row.role.name()))
        .with(Evidence::name("phase", row.phase.name()))
        .with(Evidence::name("part", &row.part))
        .with(Evidence::name("call", call))
        .with(Evidence::name("cause", &row.cause))
        .with(Evidence::duration("time", time_ns))
        .with(milli("pieces", cause.pieces()));
    if let Some(files) = row.files {
        draft = draft.with(milli("files", files));
    }
    Some(with_functions(draft, sentence, cause.functions()).finish_judged())
}

/// The first rule that knows a row, and what it says.
fn predicate(row: &CauseRow) -> (&'static str, String) {
    let known = RULES
        .iter()
        .find_map(|rule| Some((rule.name, (rule.single)(row)?)));
    known.unwrap_or_else(|| {
        let part = if row.part.is_empty() { "" } else { ", {part}" };
        (OTHER, format!("spends {{time}} on {{phase}}{part}"))
    })
}

/// Names of the pieces of evidence of a function.
struct Names {
    function: &'static str,
    samples: &'static str,
    sentence: &'static str,
}

/// Of each function that is told.
const TOLD: &[Names] = &[
    Names {
        function: "function",
        samples: "samples",
        sentence: "; most in {function} ({samples} of {all_samples} samples)",
    },
    Names {
        function: "second_function",
        samples: "second_samples",
        sentence: ", {second_function} ({second_samples})",
    },
    Names {
        function: "third_function",
        samples: "third_samples",
        sentence: ", {third_function} ({third_samples})",
    },
];

/// A function with fewer is not named: another recording would name another.
const LEAST_SAMPLES: u64 = 3;

/// Of programs without symbols.
const UNNAMED: &str = "; {samples} of {all_samples} samples are in programs without symbols";

fn with_functions(draft: Draft, sentence: String, told: (Vec<(&str, u64)>, u64)) -> Draft {
    let (functions, all) = told;
    if functions.is_empty() {
        return draft.says(&sentence);
    }
    let milli = |name: &str, samples: u64| Evidence::milli(name, samples.saturating_mul(1_000));
    let mut sentence = sentence;
    let mut draft = draft.with(milli("all_samples", all));
    let sure = functions
        .iter()
        .filter(|&&(_, samples)| samples >= LEAST_SAMPLES);
    for (&(name, samples), names) in sure.zip(TOLD) {
        if name == NO_SYMBOLS {
            let is_first = names.function == TOLD[0].function;
            if is_first {
                sentence.push_str(UNNAMED);
                draft = draft.with(milli(names.samples, samples));
            }
            break;
        }
        sentence.push_str(names.sentence);
        draft = draft
            .with(Evidence::name(names.function, name))
            .with(milli(names.samples, samples));
    }
    draft.says(&sentence)
}

#[cfg(test)]
mod tests;

//! User mode: more programs, or programs that compute longer, and in which functions.

use super::{Answer, Rule, parts_of};
use crate::explain::Draft;
use crate::report::finding::{Evidence, Finding};
use crate::report::{PartDifference, StageDifference, UserFunctionDifference};
use analysis::functions::tree::NO_SYMBOLS;
use analysis::report::CauseRow;
use trace::phase::Phase;

pub(super) const RULE: Rule = Rule {
    name: "computing",
    cause: "computes in user mode",
    apply,
    single,
};

fn single(row: &CauseRow) -> Option<String> {
    (row.phase == Phase::User).then(|| "computes {time} in user mode".to_owned())
}

/// A function is named if it has at least this share of the difference, one in so many parts.
const ONE_IN: u64 = 5;

/// What to try by subsystem (`analysis::functions::subsystem`).
const ADVICE: &[(&str, &str)] = &[
    (
        "libseccomp",
        "the seccomp filter is compiled at each start: a profile with fewer rules, or none, takes \
         less",
    ),
    (
        "package initialisers",
        "initialisers of packages run whenever the program starts, whatever it is asked for: each \
         execution of it pays them again",
    ),
    (
        "dynamic linking",
        "fewer or static libraries, or fewer executions of the program",
    ),
    (
        "Go garbage collector",
        "GOGC and GOMEMLIMIT say how often the collector runs",
    ),
];

fn apply(stage: &StageDifference) -> Answer {
    let parts = parts_of(stage, Phase::User).into_iter();
    let findings = parts.map(|part| finding(stage, part));
    Answer::of(findings.collect(), "no time in user mode differs")
}

fn finding(stage: &StageDifference, part: &PartDifference) -> Finding {
    let effects = part.figures.effects;
    let sentence = if effects.count_ns.abs() >= effects.cost_ns.abs() {
        "the {role} computes {time_b} in user mode instead of {time_a}, in {count_b} processes \
         instead of {count_a}"
    } else {
        "a process of the {role} computes {cost_b} in user mode instead of {cost_a}: {time_b} of \
         a run instead of {time_a}"
    };
    let functions = functions_of(stage, part);
    let sentence = sentence.to_owned() + &told(&functions);
    let draft = Draft::new(RULE.name, stage, &sentence)
        .with(Evidence::name("role", part.role.name()))
        .figures(&part.figures)
        .try_this(advice(functions.first().copied()))
        .explains(part);
    let functions = functions.into_iter().zip(EVIDENCE);
    functions.fold(draft, with_function).finish()
}

/// Names of the pieces of evidence of each function that is told.
struct Names {
    function: &'static str,
    part: &'static str,
    samples: [&'static str; 2],
    estimates: [&'static str; 2],
    sentence: &'static str,
}

const EVIDENCE: &[Names] = &[
    Names {
        function: "user_function",
        part: "function_part",
        samples: ["samples_a", "samples_b"],
        estimates: ["estimate_a", "estimate_b"],
        sentence: "; most in {user_function}: {estimate_b} instead of {estimate_a}, by {samples_b} samples \
                   instead of {samples_a}",
    },
    Names {
        function: "second_function",
        part: "second_function_part",
        samples: ["second_samples_a", "second_samples_b"],
        estimates: ["second_estimate_a", "second_estimate_b"],
        sentence: "; then in {second_function}: {second_estimate_b} instead of \
                   {second_estimate_a}, by {second_samples_b} samples instead of {second_samples_a}",
    },
];

/// The functions of a part's role that differ as the part does, the largest first.
fn functions_of<'s>(
    stage: &'s StageDifference,
    part: &PartDifference,
) -> Vec<&'s UserFunctionDifference> {
    let whole_ns = part.figures.difference.value_ns;
    let rows = stage.user_functions.iter().filter(|row| {
        row.role == part.role
            && row.function != NO_SYMBOLS
            && row.difference_ns.signum() == whole_ns.signum()
            && row.difference_ns.unsigned_abs() >= whole_ns.unsigned_abs() / ONE_IN
    });
    rows.take(EVIDENCE.len()).collect()
}

fn told(functions: &[&UserFunctionDifference]) -> String {
    let names = functions.iter().zip(EVIDENCE);
    names.map(|(_, names)| names.sentence).collect()
}

fn with_function(draft: Draft, (row, names): (&UserFunctionDifference, &Names)) -> Draft {
    let name = if row.part.is_empty() || row.part == row.function {
        row.function.clone()
    } else {
        format!("{} ({})", row.function, row.part)
    };
    draft
        .with(Evidence::name(names.function, &name))
        .with(Evidence::name(names.part, &row.part))
        .with(Evidence::milli(names.samples[0], row.a.samples * 1_000))
        .with(Evidence::milli(names.samples[1], row.b.samples * 1_000))
        .with(Evidence::duration(names.estimates[0], row.a.estimated_ns))
        .with(Evidence::duration(names.estimates[1], row.b.estimated_ns))
}

fn advice(function: Option<&UserFunctionDifference>) -> &'static str {
    let Some(function) = function else {
        return "the start of a program is user time too: linking, and its language's runtime";
    };
    let known = ADVICE.iter().find(|(name, _)| function.function == *name);
    known.map_or(
        "folded stacks of both sides show who calls it (--format folded)",
        |(_, advice)| advice,
    )
}

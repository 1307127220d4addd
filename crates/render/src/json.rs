//! A report as JSON: docs/report.schema.json, explained by docs/report-json.md; a comparison:
//! docs/diff.schema.json, explained by docs/diff-json.md.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::text::finding::sentence;
use super::text::profile;
use super::text::recording_warning;
use super::text::warning;
use crate::doctor::report::DoctorReport;
use analysis::report::Report;
use analysis::report::path::StagePath;
use analysis::what_if::answer::Answer;
use compare::profile::report::{
    CallRow, ErrorRow, Order, ProfileAxis, ProfileReport, ProfileSide, RepeatedRow, Unit,
};
use compare::profile::warning::ProfileWarning;
use compare::report::diagnosis::{Diagnosis, RecordingWarning, Remedy};
use compare::report::finding::{Explanation, Finding};
use compare::report::measure::MeasureDifference;
use compare::report::question::{
    PairNames, Prediction, QuestionReport, QuestionStage, QuestionSummary,
};
use compare::report::{AxisDifference, Comparison, Side, StageDifference, WallDifference, Warning};
use setup::bench::{BenchReport, PlanReport};
use study::report::StudyReport;
use trace::role::Role;

/// How JSON is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// On one line: for programs.
    Compact,
    /// A line for each value: for people.
    Indented,
}

/// Writes a report as JSON, all times as whole nanoseconds.
///
/// # Errors
/// Those of `out`.
pub fn write_report(
    out: &mut dyn Write,
    report: &Report,
    diagnosis: &Diagnosis,
    layout: Layout,
) -> io::Result<()> {
    let warnings = diagnosis.warnings.iter();
    let warnings = warnings.map(|warning| RecordingWarningDocument {
        warning,
        sentence: recording_warning::sentence(warning),
    });
    let runs = diagnosis.findings.iter().zip(0..);
    let findings = runs.flat_map(|(findings, run)| {
        let findings = documents(findings).into_iter();
        findings.map(move |finding| RunFindingDocument { run, finding })
    });
    let runs = diagnosis.remedies.iter().zip(0..);
    let remedies = runs.flat_map(|(remedies, run)| {
        let remedies = remedies.iter();
        remedies.map(move |remedy| RunRemedyDocument { run, remedy })
    });
    let document = ReportDocument {
        report,
        warnings: warnings.collect(),
        findings: findings.collect(),
        remedies: remedies.collect(),
    };
    write(out, &document, layout)
}

/// The report of ctrprof on a recording.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(title = "ctrprof report"))]
pub(crate) struct ReportDocument<'a> {
    #[serde(flatten)]
    report: &'a Report,
    /// Reasons to doubt a figure, gravest first.
    warnings: Vec<RecordingWarningDocument<'a>>,
    /// What takes the time of each run, as sentences: run by run, most time first. `explained` is that
    /// time, `share_ppm` its share of all stages of the run.
    findings: Vec<RunFindingDocument<'a>>,
    /// What would help, with what it would save: run by run, most first. Of several runs of one
    /// configuration it is told of the one nearest to the median.
    remedies: Vec<RunRemedyDocument<'a>>,
}

/// A reason to doubt a figure.
#[derive(Serialize)]
#[cfg_attr(
    test,
    derive(schemars::JsonSchema),
    schemars(rename = "recording_warning")
)]
struct RecordingWarningDocument<'a> {
    #[serde(flatten)]
    warning: &'a RecordingWarning,
    /// The fact and the advice.
    sentence: String,
}

/// A sentence about a run.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "finding"))]
struct RunFindingDocument<'a> {
    /// Index of the run.
    run: u64,
    #[serde(flatten)]
    finding: FindingDocument<'a>,
}

/// Something that would make a run shorter.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "remedy"))]
struct RunRemedyDocument<'a> {
    /// Index of the run.
    run: u64,
    #[serde(flatten)]
    remedy: &'a Remedy,
}

/// Writes what would have been as JSON (docs/what-if.md), all times as whole nanoseconds.
///
/// # Errors
/// Those of `out`.
pub fn write_what_if(out: &mut dyn Write, answer: &Answer, layout: Layout) -> io::Result<()> {
    write(out, answer, layout)
}

/// Writes a comparison as JSON (docs/diff.schema.json, explained by docs/diff-json.md), all times as
/// whole nanoseconds.
///
/// # Errors
/// Those of `out`.
pub fn write_comparison(
    out: &mut dyn Write,
    comparison: &Comparison,
    explanation: &Explanation,
    layout: Layout,
) -> io::Result<()> {
    let document = ComparisonDocument {
        schema: comparison.schema,
        a: &comparison.a,
        b: &comparison.b,
        differing_axes: &comparison.differing_axes,
        by_work: comparison.by_work,
        warnings: warnings(&comparison.warnings),
        total: comparison.total.as_ref(),
        measures: &comparison.measures,
        stages: &comparison.stages,
        findings: documents(&explanation.findings),
        claims: documents(&explanation.claims),
    };
    write(out, &document, layout)
}

pub(super) fn documents(findings: &[Finding]) -> Vec<FindingDocument<'_>> {
    let documents = findings.iter().map(|finding| FindingDocument {
        text: sentence(finding),
        finding,
    });
    documents.collect()
}

/// The comparison of one side with another.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(title = "ctrprof diff"))]
pub(crate) struct ComparisonDocument<'a> {
    /// Version of this schema.
    #[cfg_attr(test, schemars(extend("const" = compare::report::SCHEMA_VERSION)))]
    schema: u32,
    /// The base of the comparison.
    a: &'a Side,
    /// The side that is compared with the base: every difference is that of `b` less that of `a`.
    b: &'a Side,
    /// The axes in which the configurations differ.
    differing_axes: &'a [AxisDifference],
    /// Whether times are compared by what is done, since other processes do it on either side.
    by_work: bool,
    /// Reasons to doubt a figure, gravest first.
    warnings: Vec<WarningDocument<'a>>,
    /// All stages together, over the runs that went through all of them; null if there is but one
    /// stage.
    total: Option<&'a WallDifference>,
    /// The measures that the file of `--claims` asks for, in its order (docs/claims.md).
    measures: &'a [MeasureDifference],
    /// The stages that either side went through, in the order of a lifecycle.
    stages: &'a [StageDifference],
    /// The causes of the gaps, those that explain most time first.
    findings: Vec<FindingDocument<'a>>,
    /// The verdicts on the claims in the file of `--claims` (docs/claims.md).
    claims: Vec<FindingDocument<'a>>,
}

fn warnings(warnings: &[Warning]) -> Vec<WarningDocument<'_>> {
    let documents = warnings.iter().map(|warning| WarningDocument {
        warning,
        sentence: warning::sentence(warning),
    });
    documents.collect()
}

/// A reason to doubt a figure, with what helps.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "warning"))]
struct WarningDocument<'a> {
    #[serde(flatten)]
    warning: &'a Warning,
    /// The fact and the advice.
    sentence: String,
}

/// A sentence that explains a difference.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "finding"))]
pub(super) struct FindingDocument<'a> {
    /// The sentence as people read it.
    text: String,
    #[serde(flatten)]
    finding: &'a Finding,
}

/// Writes several sides beside each other as JSON (docs/profile.schema.json, explained by
/// docs/profile.md), all times as whole nanoseconds.
///
/// # Errors
/// Those of `out`.
pub fn write_profile(
    out: &mut dyn Write,
    report: &ProfileReport,
    layout: Layout,
) -> io::Result<()> {
    let warnings = report.warnings.iter().map(|warning| SidesWarningDocument {
        warning,
        sentence: profile::warning::sentence(warning, report),
    });
    let document = ProfileDocument {
        schema: report.schema,
        unit: &report.unit,
        roles: &report.roles,
        stages: &report.stages,
        order: report.order,
        configuration: &report.configuration,
        differing_axes: &report.differing_axes,
        warnings: warnings.collect(),
        sides: &report.sides,
        calls: &report.calls,
        errors: &report.errors,
        repeated: &report.repeated,
    };
    write(out, &document, layout)
}

/// Several sides beside each other: what each does for a unit of its work. Whatever has a figure for
/// each side has them in the order of `sides`.
#[derive(Serialize)]
#[cfg_attr(
    test,
    derive(schemars::JsonSchema),
    schemars(title = "ctrprof profile")
)]
pub(crate) struct ProfileDocument<'a> {
    /// Version of this schema.
    #[cfg_attr(test, schemars(extend("const" = compare::profile::report::SCHEMA_VERSION)))]
    schema: u32,
    /// The unit of work that calls are divided by.
    unit: &'a Unit,
    /// The roles whose calls are counted.
    roles: &'a [Role],
    /// The stages whose calls are counted, in the order of a lifecycle.
    stages: &'a [String],
    /// By what rows are sorted.
    order: Order,
    /// The configuration that all sides have in common, by name of the axis.
    configuration: &'a BTreeMap<String, String>,
    /// The axes in which the sides differ.
    differing_axes: &'a [ProfileAxis],
    /// Reasons to doubt a figure, gravest first.
    warnings: Vec<SidesWarningDocument<'a>>,
    /// The sides.
    sides: &'a [ProfileSide],
    /// A row for each system call, those that differ most first.
    calls: &'a [CallRow],
    /// A row for each error of each system call, those that differ most first.
    errors: &'a [ErrorRow],
    /// A row for each path or address that a run gives to a call more than once, and at least every
    /// other unit of a side: the 32 that differ most.
    repeated: &'a [RepeatedRow],
}

/// A reason to doubt a figure, with what helps.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "warning"))]
struct SidesWarningDocument<'a> {
    #[serde(flatten)]
    warning: &'a ProfileWarning,
    /// The fact and the advice.
    sentence: String,
}

/// Writes critical paths as JSON, all times as whole nanoseconds.
///
/// # Errors
/// Those of `out`.
pub fn write_paths(out: &mut dyn Write, paths: &[StagePath], layout: Layout) -> io::Result<()> {
    write(out, paths, layout)
}

/// Writes what `doctor` found as JSON.
///
/// # Errors
/// Those of `out`.
pub fn write_doctor(out: &mut dyn Write, doctor: &DoctorReport, layout: Layout) -> io::Result<()> {
    write(out, doctor, layout)
}

/// Writes what a bench measured as JSON, all times as whole nanoseconds.
///
/// # Errors
/// Those of `out`.
pub fn write_bench(out: &mut dyn Write, bench: &BenchReport, layout: Layout) -> io::Result<()> {
    write(out, bench, layout)
}

/// Writes the answer to a question as JSON (docs/explain.md), all times as whole nanoseconds.
///
/// # Errors
/// Those of `out`.
pub fn write_answer(
    out: &mut dyn Write,
    report: &QuestionReport,
    layout: Layout,
) -> io::Result<()> {
    let pairs = report.pairs.iter().map(|pair| PairDocument {
        a: pair.a,
        b: pair.b,
        names: &pair.names,
        missing: &pair.missing,
        warnings: warnings(&pair.warnings),
        total: pair.total.as_ref(),
        stages: &pair.stages,
        measures: &pair.measures,
        prediction: pair.prediction.as_ref(),
        findings: documents(&pair.findings),
        claims: documents(&pair.claims),
    });
    let document = AnswerDocument {
        report,
        pairs: pairs.collect(),
    };
    write(out, &document, layout)
}

/// The answer to a question.
#[derive(Serialize)]
struct AnswerDocument<'a> {
    #[serde(flatten)]
    report: &'a QuestionReport,
    pairs: Vec<PairDocument<'a>>,
}

/// Two cells, compared, sentences also as people read them.
#[derive(Serialize)]
struct PairDocument<'a> {
    a: usize,
    b: usize,
    names: &'a PairNames,
    missing: &'a str,
    warnings: Vec<WarningDocument<'a>>,
    total: Option<&'a WallDifference>,
    stages: &'a [QuestionStage],
    measures: &'a [MeasureDifference],
    prediction: Option<&'a Prediction>,
    findings: Vec<FindingDocument<'a>>,
    claims: Vec<FindingDocument<'a>>,
}

/// Writes the questions of the catalogue as JSON.
///
/// # Errors
/// Those of `out`.
pub fn write_questions(
    out: &mut dyn Write,
    questions: &[QuestionSummary],
    layout: Layout,
) -> io::Result<()> {
    write(out, questions, layout)
}

/// Writes what a bench would do as JSON, all times as whole nanoseconds.
///
/// # Errors
/// Those of `out`.
pub fn write_plan(out: &mut dyn Write, plan: &PlanReport, layout: Layout) -> io::Result<()> {
    write(out, plan, layout)
}

/// Writes what becomes of the study's orderings as JSON (docs/compare-study.md), all times as whole
/// nanoseconds, all ratios as millionths.
///
/// # Errors
/// Those of `out`.
pub fn write_study(out: &mut dyn Write, report: &StudyReport, layout: Layout) -> io::Result<()> {
    write(out, report, layout)
}

/// Writes a value and the end of a line.
pub(super) fn write<T: Serialize + ?Sized>(
    out: &mut dyn Write,
    value: &T,
    layout: Layout,
) -> io::Result<()> {
    match layout {
        Layout::Compact => serde_json::to_writer(&mut *out, value)?,
        Layout::Indented => serde_json::to_writer_pretty(&mut *out, value)?,
    }
    writeln!(out)
}

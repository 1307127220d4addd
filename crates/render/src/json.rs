//! A report as JSON: docs/report.schema.json, explained by docs/report-json.md; a comparison:
//! docs/diff.schema.json, explained by docs/diff-json.md.

use std::io::{self, Write};

use serde::Serialize;

use super::text::finding::sentence;
use super::text::warning;
use crate::doctor::report::DoctorReport;
use analysis::report::Report;
use analysis::report::path::StagePath;
use compare::report::finding::{Explanation, Finding};
use compare::report::measure::MeasureDifference;
use compare::report::question::{PairNames, QuestionReport, QuestionStage, QuestionSummary};
use compare::report::{AxisDifference, Comparison, Side, StageDifference, WallDifference, Warning};
use setup::bench::{BenchReport, PlanReport};
use study::report::StudyReport;

/// Writes a report as JSON, indented, all times as whole nanoseconds.
///
/// # Errors
/// Those of `out`.
pub fn write_report(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    write_pretty(out, report)
}

/// Writes a comparison as JSON (docs/diff.schema.json, explained by docs/diff-json.md), indented, all
/// times as whole nanoseconds.
///
/// # Errors
/// Those of `out`.
pub fn write_comparison(
    out: &mut dyn Write,
    comparison: &Comparison,
    explanation: &Explanation,
) -> io::Result<()> {
    let document = ComparisonDocument {
        schema: comparison.schema,
        a: &comparison.a,
        b: &comparison.b,
        differing_axes: &comparison.differing_axes,
        warnings: warnings(&comparison.warnings),
        total: comparison.total.as_ref(),
        measures: &comparison.measures,
        stages: &comparison.stages,
        findings: documents(&explanation.findings),
        claims: documents(&explanation.claims),
    };
    write_pretty(out, &document)
}

fn documents(findings: &[Finding]) -> Vec<FindingDocument<'_>> {
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
    /// Reasons to doubt a figure, gravest first.
    warnings: Vec<WarningDocument<'a>>,
    /// All stages together, over the runs that went through all of them; null if there is but one
    /// stage.
    total: Option<&'a WallDifference>,
    /// The measures that the file of `--claims` asks for, in its order (docs/claims.md).
    measures: &'a [MeasureDifference],
    /// The stages that either side went through, in the order of a lifecycle.
    stages: &'a [StageDifference],
    /// The causes of the gaps; within a stage, those that explain most come first.
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
struct FindingDocument<'a> {
    /// The sentence as people read it.
    text: String,
    #[serde(flatten)]
    finding: &'a Finding,
}

/// Writes critical paths as JSON, indented, all times as whole nanoseconds.
///
/// # Errors
/// Those of `out`.
pub fn write_paths(out: &mut dyn Write, paths: &[StagePath]) -> io::Result<()> {
    write_pretty(out, paths)
}

/// Writes what `doctor` found as JSON, indented.
///
/// # Errors
/// Those of `out`.
pub fn write_doctor(out: &mut dyn Write, doctor: &DoctorReport) -> io::Result<()> {
    write_pretty(out, doctor)
}

/// Writes what a bench measured as JSON, indented, all times as whole nanoseconds.
///
/// # Errors
/// Those of `out`.
pub fn write_bench(out: &mut dyn Write, bench: &BenchReport) -> io::Result<()> {
    write_pretty(out, bench)
}

/// Writes the answer to a question as JSON (docs/explain.md), indented, all times as whole nanoseconds.
///
/// # Errors
/// Those of `out`.
pub fn write_answer(out: &mut dyn Write, report: &QuestionReport) -> io::Result<()> {
    let pairs = report.pairs.iter().map(|pair| PairDocument {
        a: pair.a,
        b: pair.b,
        names: &pair.names,
        missing: &pair.missing,
        warnings: warnings(&pair.warnings),
        total: pair.total.as_ref(),
        stages: &pair.stages,
        measures: &pair.measures,
        findings: documents(&pair.findings),
        claims: documents(&pair.claims),
    });
    let document = AnswerDocument {
        report,
        pairs: pairs.collect(),
    };
    write_pretty(out, &document)
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
    findings: Vec<FindingDocument<'a>>,
    claims: Vec<FindingDocument<'a>>,
}

/// Writes the questions of the catalogue as JSON, indented.
///
/// # Errors
/// Those of `out`.
pub fn write_questions(out: &mut dyn Write, questions: &[QuestionSummary]) -> io::Result<()> {
    write_pretty(out, questions)
}

/// Writes what a bench would do as JSON, indented, all times as whole nanoseconds.
///
/// # Errors
/// Those of `out`.
pub fn write_plan(out: &mut dyn Write, plan: &PlanReport) -> io::Result<()> {
    write_pretty(out, plan)
}

/// Writes what becomes of the study's orderings as JSON (docs/compare-study.md), indented, all times as
/// whole nanoseconds, all ratios as millionths.
///
/// # Errors
/// Those of `out`.
pub fn write_study(out: &mut dyn Write, report: &StudyReport) -> io::Result<()> {
    write_pretty(out, report)
}

fn write_pretty<T: Serialize + ?Sized>(out: &mut dyn Write, value: &T) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}

//! What a bench measured as comma-separated values (RFC 4180, lines ended as in text files), for
//! spreadsheets and statistics programs: a row for each stage of each configuration and workload.

use std::io::{self, Write};

use crate::model::bench::{BenchReport, CellReport, ObserverStage, StageStatistics};

/// Names of the columns. docs/bench.md describes them.
const COLUMNS: &[&str] = &[
    "configuration",
    "workload",
    "label",
    "failed",
    "stage",
    "runs",
    "best_runs",
    "best_mean_ns",
    "mean_ns",
    "median_ns",
    "median_low_ns",
    "median_high_ns",
    "min_ns",
    "low_whisker_ns",
    "p25_ns",
    "p75_ns",
    "high_whisker_ns",
    "max_ns",
    "outliers_ns",
    "tracing_pairs",
    "tracing_added_ns",
    "tracing_added_low_ns",
    "tracing_added_high_ns",
];

/// Writes what a bench measured. A cell of which no run succeeded has one row, without a stage.
///
/// # Errors
/// Those of `out`.
pub fn write_bench(out: &mut dyn Write, bench: &BenchReport) -> io::Result<()> {
    writeln!(out, "{}", COLUMNS.join(","))?;
    for report in &bench.cells {
        for stage in &report.stages {
            let mut observer = report.observer.iter();
            let observer = observer.find(|other| other.name == stage.name);
            write_row(out, report, stage_fields(stage), observer)?;
        }
        if report.stages.is_empty() {
            let nothing = ["", "0"].map(str::to_owned).into();
            write_row(out, report, nothing, None)?;
        }
    }
    Ok(())
}

fn write_row(
    out: &mut dyn Write,
    report: &CellReport,
    stage: Vec<String>,
    observer: Option<&ObserverStage>,
) -> io::Result<()> {
    let cell = &report.cell;
    let mut fields = vec![
        quoted(&cell.configuration),
        quoted(&cell.workload),
        quoted(&cell.label),
        report.failed.to_string(),
    ];
    fields.extend(stage);
    if let Some(observer) = observer {
        // Behind the figures of the stage, whose fields are all there then.
        fields.extend([
            observer.pairs.to_string(),
            observer.added_ns.to_string(),
            observer.added_interval.low_ns.to_string(),
            observer.added_interval.high_ns.to_string(),
        ]);
    }
    fields.resize(COLUMNS.len(), String::new());
    writeln!(out, "{}", fields.join(","))
}

fn stage_fields(stage: &StageStatistics) -> Vec<String> {
    let outliers: Vec<String> = stage.outliers_ns.iter().map(u64::to_string).collect();
    vec![
        stage.name.clone(),
        stage.runs.to_string(),
        stage.best_runs.to_string(),
        stage.best_mean_ns.to_string(),
        stage.mean_ns.to_string(),
        stage.median_ns.to_string(),
        stage.median_interval.low_ns.to_string(),
        stage.median_interval.high_ns.to_string(),
        stage.min_ns.to_string(),
        stage.low_whisker_ns.to_string(),
        stage.p25_ns.to_string(),
        stage.p75_ns.to_string(),
        stage.high_whisker_ns.to_string(),
        stage.max_ns.to_string(),
        outliers.join(" "),
    ]
}

/// A field, in quotation marks where it holds what would end it.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

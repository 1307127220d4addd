//! The statistics of a bench as comma-separated values (RFC 4180, lines ended as in text files),
//! for spreadsheets and statistics programs: a row for each stage of each configuration and
//! workload; what becomes of a study's orderings, a row for each; and system calls of several sides.

use std::io::{self, Write};

use analysis::report::{PhasePart, Report, StageReport};
use compare::profile::report::ProfileReport;
use setup::bench::{BenchReport, CellReport, ObserverStage, StageStatistics};
use study::report::StudyReport;
use trace::phase::Phase;

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

/// Names of the columns of a recording. docs/guide/viewers.md describes them.
const REPORT_COLUMNS: &[&str] = &[
    "run",
    "container",
    "stage",
    "start_ns",
    "wall_ns",
    "phase",
    "part",
    "critical_path_ns",
    "thread_ns",
    "count",
];

/// Names of the columns of a comparison with the study. docs/compare-study.md describes them.
const STUDY_COLUMNS: &[&str] = &[
    "axis",
    "stage",
    "faster",
    "faster_workload",
    "faster_published_ns",
    "faster_measured_ns",
    "faster_runs",
    "slower",
    "slower_workload",
    "slower_published_ns",
    "slower_measured_ns",
    "slower_runs",
    "published_ppm",
    "published_noise_ppm",
    "measured_ppm",
    "measured_low_ppm",
    "measured_high_ppm",
    "verdict",
    "doubts",
];

/// Names of the columns of several sides beside each other. docs/profile.md describes them.
const PROFILE_COLUMNS: &[&str] = &[
    "side",
    "runs",
    "unit",
    "units",
    "syscall",
    "difference_milli",
    "difference_ns",
    "only",
    "count",
    "per_unit_milli",
    "errors",
    "errors_by_name",
    "time_ns",
    "each_ns",
    "each_cpu_ns",
];

/// Writes a row for each system call of each side, also for those that it does not make.
///
/// # Errors
/// Those of `out`.
pub fn write_profile(out: &mut dyn Write, report: &ProfileReport) -> io::Result<()> {
    writeln!(out, "{}", PROFILE_COLUMNS.join(","))?;
    for row in &report.calls {
        for (index, (cell, side)) in (0..).zip(row.sides.iter().zip(&report.sides)) {
            let errors = report.errors.iter();
            let errors = errors.filter(|error| error.syscall == row.syscall);
            let errors: Vec<String> = errors
                .filter_map(|error| {
                    let count = error.sides.get(index)?.count;
                    (count > 0).then(|| format!("{}={count}", error.error))
                })
                .collect();
            let fields = [
                quoted(&side.name),
                side.runs.to_string(),
                report.unit.name.clone(),
                side.units.to_string(),
                row.syscall.clone(),
                row.difference_milli.to_string(),
                row.difference_ns.to_string(),
                u8::from(row.only == Some(index as u64)).to_string(),
                cell.count.to_string(),
                cell.per_unit_milli.to_string(),
                cell.errors.to_string(),
                errors.join(" "),
                cell.time_ns.to_string(),
                cell.each_ns.to_string(),
                cell.each_cpu_ns.to_string(),
            ];
            writeln!(out, "{}", fields.join(","))?;
        }
    }
    Ok(())
}

/// Writes a row for each part of each phase of each stage. The rows of a stage add up to it.
///
/// # Errors
/// Those of `out`.
pub fn write_report(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    writeln!(out, "{}", REPORT_COLUMNS.join(","))?;
    for (run, number) in report.runs.iter().zip(1_u64..) {
        let container = run.container.as_ref();
        let container = container.map(|one| one.name.as_deref().unwrap_or(&one.id));
        for stage in &run.stages {
            for (phase, part) in parts(stage) {
                let path_ns = part.critical_path_ns.map(|ns| ns.to_string());
                let fields = [
                    number.to_string(),
                    quoted(container.unwrap_or_default()),
                    stage.name.clone(),
                    stage.start_ns.to_string(),
                    stage.wall_ns.to_string(),
                    phase.name().to_owned(),
                    quoted(&part.name),
                    path_ns.unwrap_or_default(),
                    part.thread_ns.to_string(),
                    part.count.to_string(),
                ];
                writeln!(out, "{}", fields.join(","))?;
            }
        }
    }
    Ok(())
}

/// The parts of all phases of a stage.
fn parts(stage: &StageReport) -> impl Iterator<Item = (Phase, &PhasePart)> {
    let phases = stage.phases.iter();
    phases.flat_map(|phase| phase.parts.iter().map(|part| (phase.phase, part)))
}

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

/// Writes the study's orderings that were compared, a row for each.
///
/// # Errors
/// Those of `out`.
pub fn write_study(out: &mut dyn Write, report: &StudyReport) -> io::Result<()> {
    writeln!(out, "{}", STUDY_COLUMNS.join(","))?;
    for ordering in &report.orderings {
        let end = |ppm: Option<u64>| ppm.map(|ppm| ppm.to_string()).unwrap_or_default();
        let doubts: Vec<&str> = ordering.doubts.iter().map(|doubt| doubt.name()).collect();
        let mut fields = vec![
            ordering.axis.name().to_owned(),
            ordering.stage.name().to_owned(),
        ];
        for side in [&ordering.faster, &ordering.slower] {
            fields.extend([
                quoted(&side.configuration.to_string()),
                quoted(&side.workload),
                side.published_ns.to_string(),
                side.measured_ns.to_string(),
                side.runs.to_string(),
            ]);
        }
        fields.extend([
            ordering.published_ppm.to_string(),
            ordering.published_noise_ppm.to_string(),
            ordering.measured_ppm.to_string(),
            end(ordering.measured_low_ppm),
            end(ordering.measured_high_ppm),
            ordering.verdict.name().to_owned(),
            doubts.join(" "),
        ]);
        writeln!(out, "{}", fields.join(","))?;
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

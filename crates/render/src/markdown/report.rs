//! One recording: the answer, then the phases of each stage.

use std::io::{self, Write};

use analysis::report::{PhasePart, Report, Run};
use compare::report::diagnosis::Diagnosis;

use super::{escaped, head, row};
use crate::text::finding::sentence;
use crate::text::header::{host_facts, run_title};
use crate::text::quantity::{duration, grouped, share};
use crate::text::recording_warning;

/// Findings that are told of a run, and the share of a stage, in millionths, from which a part of a phase is
/// told: for length.
const FINDINGS: usize = 8;
const LEAST_PPM: u64 = 10_000;

/// Writes each run: its stages, what takes its time, what would help, and its phases.
///
/// # Errors
/// Those of `out`.
pub fn write_report(out: &mut dyn Write, report: &Report, diagnosis: &Diagnosis) -> io::Result<()> {
    writeln!(out, "**{}**\n", escaped(&report.command.join(" ")))?;
    writeln!(out, "{}\n", escaped(&host_facts(&report.host).join(" · ")))?;
    for warning in &diagnosis.warnings {
        let strong = if warning.is_grave() { "**" } else { "" };
        let text = escaped(&recording_warning::sentence(warning));
        writeln!(out, "- {strong}{text}{strong}")?;
    }
    if !diagnosis.warnings.is_empty() {
        writeln!(out)?;
    }
    for (index, run) in report.runs.iter().enumerate() {
        writeln!(out, "## {}\n", escaped(&title(report, index, run)))?;
        write_stages(out, run)?;
        write_findings(out, diagnosis, index, run)?;
        write_remedies(out, diagnosis, index)?;
        write_phases(out, run)?;
    }
    Ok(())
}

fn title(report: &Report, index: usize, run: &Run) -> String {
    let number = (report.runs.len() > 1).then_some(index);
    match run_title(run, number) {
        Some(title) => format!("{title}, {}", duration(run.wall_ns())),
        None => duration(run.wall_ns()),
    }
}

fn write_stages(out: &mut dyn Write, run: &Run) -> io::Result<()> {
    if run.stages.is_empty() {
        return writeln!(out, "No stage was recorded.\n");
    }
    head(out, &["stage", "time"].map(str::to_owned))?;
    for stage in &run.stages {
        row(out, &[escaped(&stage.name), duration(stage.wall_ns)])?;
    }
    writeln!(out)
}

fn write_findings(
    out: &mut dyn Write,
    diagnosis: &Diagnosis,
    index: usize,
    run: &Run,
) -> io::Result<()> {
    let findings = diagnosis.findings.get(index).map_or(&[][..], Vec::as_slice);
    if findings.is_empty() {
        return Ok(());
    }
    writeln!(out, "### Why\n")?;
    for (finding, number) in findings.iter().zip(1..).take(FINDINGS) {
        let stages = finding.evidence("stages");
        let stages = stages.and_then(|one| one.text.as_deref());
        let part = share(finding.explained.value_ns.unsigned_abs(), run.wall_ns());
        writeln!(
            out,
            "{number}. {}: {} ({part})",
            escaped(stages.unwrap_or(&finding.stage)),
            escaped(&sentence(finding))
        )?;
    }
    writeln!(out)
}

fn write_remedies(out: &mut dyn Write, diagnosis: &Diagnosis, index: usize) -> io::Result<()> {
    let remedies = diagnosis.remedies.get(index).map_or(&[][..], Vec::as_slice);
    if remedies.is_empty() {
        return Ok(());
    }
    writeln!(out, "### What would help (replayed)\n")?;
    for remedy in remedies {
        writeln!(
            out,
            "- {}: {} → {}",
            escaped(&remedy.text),
            duration(remedy.recorded_ns),
            duration(remedy.replayed_ns)
        )?;
    }
    writeln!(out)
}

fn write_phases(out: &mut dyn Write, run: &Run) -> io::Result<()> {
    for stage in run.stages.iter().filter(|stage| !stage.phases.is_empty()) {
        writeln!(
            out,
            "### Phases of {}, {}\n",
            escaped(&stage.name),
            duration(stage.wall_ns)
        )?;
        let titles = ["phase", "on critical path", "share", "thread time", "count"];
        head(out, &titles.map(str::to_owned))?;
        for phase in &stage.phases {
            let name = format!("**{}**", phase.phase.name());
            let times = (phase.critical_path_ns, phase.thread_ns);
            row(out, &cells(name, times, phase.count, stage.wall_ns))?;
            let parts = phase.parts.iter();
            for part in parts.filter(|part| is_told(part, stage.wall_ns)) {
                let name = format!("· {}", escaped(&part.name));
                let times = (part.critical_path_ns, part.thread_ns);
                row(out, &cells(name, times, part.count, stage.wall_ns))?;
            }
        }
        writeln!(out)?;
    }
    Ok(())
}

fn is_told(part: &PhasePart, wall_ns: u64) -> bool {
    let path_ns = part.critical_path_ns.unwrap_or(0);
    !part.name.is_empty()
        && u128::from(path_ns) * 1_000_000 >= u128::from(wall_ns) * u128::from(LEAST_PPM)
}

fn cells(
    name: String,
    (critical_path_ns, thread_ns): (Option<u64>, u64),
    count: u64,
    wall_ns: u64,
) -> [String; 5] {
    let path = critical_path_ns.map(duration).unwrap_or_default();
    let part = critical_path_ns
        .map(|ns| share(ns, wall_ns))
        .unwrap_or_default();
    [name, path, part, duration(thread_ns), grouped(count)]
}

//! The first screen of a report: how long, why, and whether to believe it; in 24 lines where there is
//! one container.

use std::io;

use super::Detail;
use super::finding::sentence;
use super::fit;
use super::header;
use super::ink::Ink;
use super::line::{Line, Page};
use super::quantity::{duration, grouped, share};
use super::recording_warning;
use super::remedies;
use super::stage::write_more;
use analysis::report::{Aggregate, CommandKind, CommandRow, Report, Run, StageReport};
use compare::report::diagnosis::Diagnosis;
use compare::report::finding::Finding;
use trace::role::Role;

/// Lines of the screen, the prompt's among them.
const SCREEN: usize = 24;
/// Findings of a run that are told however long the rest is, and at most.
const LEAST_FINDINGS: usize = 3;
const MOST_FINDINGS: usize = 8;
/// Remedies that are told however long the rest is, and at most.
const LEAST_REMEDIES: usize = 2;
const MOST_REMEDIES: usize = 4;
/// Lines of a sentence; its end goes where it has more.
const SENTENCE_LINES: usize = 3;
/// Containers told by themselves, at most.
const CONTAINERS: usize = 8;
/// Columns of a number, of a share, and of the name of a stage.
const NUMBER: usize = 5;
const SHARE: usize = 9;
const STAGE: usize = 12;
const TIME: usize = 10;
const QUARTILES: usize = 24;

/// Writes the answer.
pub(super) fn write(
    page: &mut Page<'_>,
    report: &Report,
    diagnosis: &Diagnosis,
    detail: Detail,
) -> io::Result<()> {
    header::write(page, report, whole_ns(report))?;
    recording_warning::write(page, &diagnosis.warnings)?;
    if report.runs.iter().all(|run| run.stages.is_empty()) {
        page.blank()?;
        return page.write(Line::new().text(Ink::Warning, "no stage was recorded"));
    }
    if report.aggregates.iter().any(is_of_one_configuration) {
        for aggregate in report
            .aggregates
            .iter()
            .filter(|one| is_of_one_configuration(one))
        {
            write_aggregate(page, aggregate, report, diagnosis)?;
        }
    } else {
        write_runs(page, report, diagnosis)?;
    }
    if detail == Detail::Full {
        return Ok(());
    }
    page.blank()?;
    let hint = "--full prints the tables of all stages, --stage NAME those of one";
    page.entry("  more", NUMBER + 3, Ink::Dim, hint)
}

/// How many remedies there is room for in so many lines, below the findings that are told in any case, each in
/// two lines, and four lines of heads and hints.
const fn remedies_in(lines: usize) -> usize {
    let left = lines.saturating_sub(2 * LEAST_FINDINGS + 4);
    if left < LEAST_REMEDIES {
        LEAST_REMEDIES
    } else if left > MOST_REMEDIES {
        MOST_REMEDIES
    } else {
        left
    }
}

/// Wall time of the whole command, where it was traced as such, and once.
fn whole_ns(report: &Report) -> Option<u64> {
    let is_command = |run: &&Run| {
        run.container.is_none() && run.stages.iter().any(|stage| stage.name == "command")
    };
    let mut commands = report.runs.iter().filter(is_command);
    let only = commands.next()?;
    commands.next().is_none().then(|| only.wall_ns())
}

/// Runs of one configuration have figures in common; containers of one script need not.
fn is_of_one_configuration(aggregate: &Aggregate) -> bool {
    !aggregate.configuration.is_empty()
}

/// Each container, or the command where there is none: its stage holds those of containers.
fn write_runs(page: &mut Page<'_>, report: &Report, diagnosis: &Diagnosis) -> io::Result<()> {
    let has_containers = report.runs.iter().any(|run| run.container.is_some());
    let told: Vec<(usize, &Run)> = report
        .runs
        .iter()
        .enumerate()
        .filter(|(_, run)| run.container.is_some() || !has_containers)
        .collect();
    let most = page.rows((MOST_FINDINGS / told.len().max(1)).max(1));
    for &(index, run) in told.iter().take(page.rows(CONTAINERS)) {
        write_stages(page, run, &report.roles)?;
        write_failures(page, run)?;
        write_causes(page, run, (diagnosis, index), most)?;
    }
    write_more(
        page,
        told.len(),
        CONTAINERS,
        "containers (--container NAME)",
    )
}

/// What takes the time of a run, and what would help.
fn write_causes(
    page: &mut Page<'_>,
    run: &Run,
    (diagnosis, index): (&Diagnosis, usize),
    most: usize,
) -> io::Result<()> {
    let findings = diagnosis.findings.get(index);
    let remedies = diagnosis.remedies.get(index).map_or(&[][..], Vec::as_slice);
    // Each container of several has its largest only.
    let most_remedies = page.top().unwrap_or_else(|| {
        let left = SCREEN.saturating_sub(page.lines());
        remedies_in(left).min(most)
    });
    let told = &remedies[..remedies.len().min(most_remedies)];
    write_findings(
        page,
        run,
        findings.map_or(&[], Vec::as_slice),
        (most, remedies::lines(told)),
    )?;
    remedies::write(page, told)
}

/// `container hello · e8b99e53556d     1.24 s`, then the stages and how long each took, and how much of each is
/// of the roles that are told of alone.
fn write_stages(page: &mut Page<'_>, run: &Run, roles: &[Role]) -> io::Result<()> {
    if let [only] = run.stages.as_slice()
        && run.container.is_none()
        && only.name == "command"
    {
        return write_roles(page, run, roles);
    }
    page.blank()?;
    if let Some(container) = &run.container {
        let title = header::container_line(container, run, page.columns() - TIME);
        let line = title.within(page.columns() - TIME);
        page.write(line.right(Ink::Strong, &duration(run.wall_ns()), TIME))?;
    }
    let stages = run.stages.iter();
    let stages = stages.map(|stage| format!("{} {}", stage.name, duration(stage.wall_ns)));
    page.facts("", 2, Ink::Plain, &stages.collect::<Vec<_>>())?;
    write_roles(page, run, roles)
}

/// `runtime alone: 14.3 ms of the critical path · create 12.1 ms · exec 2.20 ms`
fn write_roles(page: &mut Page<'_>, run: &Run, roles: &[Role]) -> io::Result<()> {
    if roles.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = roles.iter().copied().map(Role::name).collect();
    let on_path_ns = |stage: &StageReport| -> u64 {
        let phases = stage.phases.iter();
        phases.filter_map(|row| row.critical_path_ns).sum()
    };
    let whole_ns = run.stages.iter().map(on_path_ns).sum();
    let whole = format!(
        "{} alone: {} of the critical path",
        names.join(", "),
        duration(whole_ns)
    );
    let has_several = run.stages.len() > 1;
    let stages = run.stages.iter().filter(|_| has_several);
    let stages = stages.map(|stage| format!("{} {}", stage.name, duration(on_path_ns(stage))));
    let facts: Vec<String> = std::iter::once(whole).chain(stages).collect();
    page.facts("", 2, Ink::Warning, &facts)
}

/// The commands of a run that failed; a program that a request ended did not.
fn write_failures(page: &mut Page<'_>, run: &Run) -> io::Result<()> {
    for stage in &run.stages {
        let is_ended = ["stop", "kill", "remove"].contains(&stage.name.as_str());
        let is_told =
            |row: &&CommandRow| has_failed(row) && !(is_ended && row.kind == CommandKind::Program);
        for row in stage.commands.iter().filter(is_told) {
            let status = row.exit_status.unwrap_or(0);
            let text = format!("exit status {status} · {}: {}", stage.name, row.command);
            let text = fit::elide_end(&fit::clean(&text), page.columns() - STAGE);
            page.entry("  failed", STAGE, Ink::Alarm, &text)?;
        }
    }
    Ok(())
}

fn has_failed(row: &CommandRow) -> bool {
    row.exit_status.is_some_and(|status| status != 0)
}

fn write_findings(
    page: &mut Page<'_>,
    run: &Run,
    findings: &[Finding],
    (most, lines_below): (usize, usize),
) -> io::Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    page.blank()?;
    let room = page.columns() - SHARE;
    page.write(
        Line::new()
            .left(Ink::Dim, "  why (critical path)", room)
            .right(Ink::Dim, "share", SHARE),
    )?;
    let has_stages = run.stages.len() > 1;
    for (finding, number) in findings.iter().zip(1..).take(most) {
        let lines = wrapped(finding, has_stages, room);
        // Two more: a blank one, and that of what more there is.
        let is_full = page.lines() + lines.len() + lines_below + 2 >= SCREEN;
        if number > LEAST_FINDINGS && is_full && page.top().is_none() {
            break;
        }
        write_finding(page, finding, number, &lines, run.wall_ns())?;
    }
    Ok(())
}

/// The sentence of a finding, its stage before it, in lines.
fn wrapped(finding: &Finding, has_stages: bool, room: usize) -> Vec<String> {
    let mut text = sentence(finding);
    if has_stages {
        let stages = finding
            .evidence("stages")
            .and_then(|one| one.text.as_deref());
        text = format!("{}: {text}", stages.unwrap_or(&finding.stage));
    }
    let mut lines = fit::wrap(&fit::clean(&text), room - NUMBER);
    if lines.len() > SENTENCE_LINES {
        lines.truncate(SENTENCE_LINES);
        if let Some(last) = lines.last_mut() {
            *last = fit::elide_end(&format!("{last} …"), room - NUMBER);
        }
    }
    lines
}

fn write_finding(
    page: &mut Page<'_>,
    finding: &Finding,
    number: usize,
    lines: &[String],
    whole_ns: u64,
) -> io::Result<()> {
    let room = page.columns() - SHARE - NUMBER;
    let mut label = format!("  {number}.");
    let mut figure = share(finding.explained.value_ns.unsigned_abs(), whole_ns);
    let ink = finding
        .parts
        .first()
        .map_or(Ink::Plain, |part| Ink::Phase(part.phase));
    for text in lines {
        let line = Line::new()
            .left(Ink::Dim, &label, NUMBER)
            .left(ink, text, room)
            .right(Ink::Strong, &figure, SHARE);
        page.write(line)?;
        label.clear();
        figure.clear();
    }
    Ok(())
}

/// All runs of a configuration: each stage's median and quartiles, and the findings of the run nearest to
/// the median.
fn write_aggregate(
    page: &mut Page<'_>,
    aggregate: &Aggregate,
    report: &Report,
    diagnosis: &Diagnosis,
) -> io::Result<()> {
    page.blank()?;
    let runs = format!("{} runs", grouped(aggregate.runs));
    let has_quartiles = page.columns() >= 2 + STAGE + TIME + QUARTILES;
    page.write(
        Line::new()
            .gap(2)
            .left(Ink::Strong, &runs, STAGE)
            .right(Ink::Dim, "median", TIME)
            .right_if(has_quartiles, Ink::Dim, "quartiles", QUARTILES),
    )?;
    let stages = aggregate.stages.iter();
    let rows = stages.map(|stage| (stage.name.as_str(), &stage.wall));
    for (name, wall) in rows.chain([("all stages", &aggregate.wall)]) {
        let quartiles = format!("{} – {}", duration(wall.p25_ns), duration(wall.p75_ns));
        page.write(
            Line::new()
                .gap(2)
                .left(Ink::Plain, name, STAGE)
                .right(Ink::Strong, &duration(wall.median_ns), TIME)
                .right_if(has_quartiles, Ink::Dim, &quartiles, QUARTILES),
        )?;
    }
    let Some((index, run)) = usize::try_from(aggregate.median_run)
        .ok()
        .and_then(|index| Some((index, report.runs.get(index)?)))
    else {
        return Ok(());
    };
    page.blank()?;
    let text = format!(
        "run {} of {}, the nearest to the median: {}",
        index + 1,
        report.runs.len(),
        duration(run.wall_ns())
    );
    page.entry("", 2, Ink::Plain, &text)?;
    write_roles(page, run, &report.roles)?;
    let most = page.rows(MOST_FINDINGS);
    write_causes(page, run, (diagnosis, index), most)
}

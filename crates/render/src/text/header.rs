//! The head of a report: command, host, and reasons to doubt a figure.

use std::collections::BTreeMap;
use std::io;

use super::fit;
use super::ink::Ink;
use super::line::{Line, Page};
use super::quantity::{grouped, share};
use analysis::report::{ContainerIdentity, Report, Run};
use trace::manifest::Host;

/// Columns of a label.
pub(crate) const LABEL: usize = 13;

/// Writes the header of a report.
pub(super) fn write(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    let room = page.columns() - "ctrprof  ".len();
    let command = fit::elide_middle(&fit::clean(&shown_command(&report.command)), room);
    page.write(
        Line::new()
            .text(Ink::Dim, "ctrprof  ")
            .text(Ink::Strong, &command),
    )?;
    let mut facts = host_facts(&report.host);
    facts.push(level(report));
    page.facts("", 0, Ink::Dim, &facts)?;
    write_warnings(page, report)
}

/// How closely it was looked at.
pub(super) fn level(report: &Report) -> String {
    format!("level {}", or_unknown(&report.level))
}

/// The facts about the machine, piece by piece.
pub(crate) fn host_facts(host: &Host) -> Vec<String> {
    let mut facts = vec![format!("kernel {}", or_unknown(&host.kernel))];
    if !host.machine.is_empty() {
        facts.push(host.machine.clone());
    }
    match host.cpus {
        0 => {}
        1 => facts.push("1 CPU".into()),
        cpus => facts.push(format!("{cpus} CPUs")),
    }
    if !host.cgroup.is_empty() {
        facts.push(format!("cgroup {}", host.cgroup));
    }
    facts
}

fn or_unknown(text: &str) -> &str {
    if text.is_empty() { "unknown" } else { text }
}

/// The command as one would type it: arguments with blanks or signs of the shell in quotes.
pub(super) fn shown_command(arguments: &[String]) -> String {
    let quoted: Vec<String> = arguments.iter().map(|argument| quote(argument)).collect();
    quoted.join(" ")
}

fn quote(argument: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:=,@%+".contains(c);
    if !argument.is_empty() && argument.chars().all(is_plain) {
        argument.to_owned()
    } else {
        format!("'{}'", argument.replace('\'', r"'\''"))
    }
}

/// Writes what makes the figures less than whole.
fn write_warnings(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    if let Some(reason) = &report.interrupted {
        let text = format!("{reason}; the recording ends early, its last stage may be cut");
        page.entry("interrupted", LABEL, Ink::Warning, &text)?;
    }
    let records = &report.records;
    if records.lost > 0 {
        let text = format!(
            "{} of {} records ({}): times and counts are too low, see the end of this report",
            grouped(records.lost),
            grouped(records.sent),
            share(records.lost, records.sent),
        );
        page.entry("LOST", LABEL, Ink::Alarm, &text)?;
    }
    Ok(())
}

/// Writes what a run is, where there is anything to say.
pub(super) fn write_run(page: &mut Page<'_>, run: &Run) -> io::Result<()> {
    if let Some(container) = &run.container {
        page.write(Line::new().line(container_line(container, run, page.columns())))?;
    }
    write_configuration(page, &run.configuration)?;
    if run.configuration.is_empty() && run.container.is_none() {
        return Ok(());
    }
    page.blank()
}

/// `container hello · e8b99e53556d · stages inferred`
fn container_line(container: &ContainerIdentity, run: &Run, columns: usize) -> Line {
    /// Characters of an id that are enough to tell it from others, as engines print it.
    const SHORT_ID: usize = 12;
    let short: String = container.id.chars().take(SHORT_ID).collect();
    let mut facts: Vec<&str> = container.name.as_deref().into_iter().collect();
    if !short.is_empty() && container.name.as_deref() != Some(short.as_str()) {
        facts.push(&short);
    }
    if run.stages.iter().any(|stage| stage.inferred) {
        facts.push("stages inferred");
    }
    let room = columns.saturating_sub("container  ".len());
    Line::new().text(Ink::Dim, "container  ").text(
        Ink::Strong,
        &fit::elide_end(&fit::clean(&facts.join(" · ")), room),
    )
}

/// Writes what was run, axis by axis.
pub(super) fn write_configuration(
    page: &mut Page<'_>,
    configuration: &BTreeMap<String, String>,
) -> io::Result<()> {
    if configuration.is_empty() {
        return Ok(());
    }
    let axes: Vec<String> = configuration
        .iter()
        .map(|(axis, value)| format!("{axis} {value}"))
        .collect();
    page.facts("", 0, Ink::Plain, &axes)
}

//! The head of a report: command, host, and reasons to doubt a figure.

use std::collections::BTreeMap;
use std::io;

use super::fit;
use super::ink::Ink;
use super::line::{Line, Page};
use super::quantity::duration;
use analysis::report::{ContainerIdentity, Report, Run};
use trace::manifest::Host;

/// Columns of a label.
pub(crate) const LABEL: usize = 13;

/// Writes the command and, where it is known, how long it took; then the machine.
pub(super) fn write(page: &mut Page<'_>, report: &Report, whole_ns: Option<u64>) -> io::Result<()> {
    const TIME: usize = 10;
    let room = page.columns() - "ctrprof  ".len() - TIME;
    page.write(
        Line::new()
            .text(Ink::Dim, "ctrprof  ")
            .left(Ink::Strong, &shown_command(&report.command), room)
            .right(
                Ink::Strong,
                &whole_ns.map(duration).unwrap_or_default(),
                TIME,
            ),
    )?;
    let mut facts = host_facts(&report.host);
    facts.push(level(report));
    page.facts("", 0, Ink::Dim, &facts)
}

/// How closely it was looked at.
pub(crate) fn level(report: &Report) -> String {
    format!("level {}", or_unknown(&report.level))
}

/// The name of a run; of the command that holds those of containers, what it is.
pub(crate) fn run_title(run: &Run, index: Option<usize>) -> Option<String> {
    let container = run.container.as_ref().map(|container| {
        match container.name.as_deref().unwrap_or(&container.id) {
            "" => "container without a name".to_owned(),
            name => format!("container {name}"),
        }
    });
    let number = index.map(|index| format!("run {}", index + 1));
    let is_command = run.stages.iter().any(|stage| stage.name == "command");
    let what = container.or_else(|| is_command.then(|| "the whole command".to_owned()));
    let parts: Vec<String> = number.into_iter().chain(what).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
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

/// The command line that recorded: that of a container which ctrprof took through its life is one of
/// ctrprof's own.
pub(crate) fn command_line(command: &[String], is_own: bool) -> String {
    let command = command.join(" ");
    match (is_own, command.is_empty()) {
        (true, _) => format!("ctrprof {command}"),
        (false, false) => format!("ctrprof trace -- {command}"),
        (false, true) => "ctrprof trace".to_owned(),
    }
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

/// Writes whose run it is, where that is known.
pub(super) fn write_container(page: &mut Page<'_>, run: &Run) -> io::Result<()> {
    let Some(container) = &run.container else {
        return Ok(());
    };
    page.write(container_line(container, run, page.columns()))?;
    page.blank()
}

/// Writes what was run, each configuration once.
pub(super) fn write_configurations(page: &mut Page<'_>, runs: &[Run]) -> io::Result<()> {
    let mut written: Vec<&BTreeMap<String, String>> = vec![&EMPTY];
    for run in runs {
        if written.contains(&&run.configuration) {
            continue;
        }
        page.blank()?;
        page.rule("configuration", "")?;
        write_configuration(page, &run.configuration)?;
        written.push(&run.configuration);
    }
    Ok(())
}

/// Of a command.
static EMPTY: BTreeMap<String, String> = BTreeMap::new();

/// As much of an id as is enough to tell it from others, as engines print it. Names that bare runtimes
/// were given stay whole.
fn short_id(id: &str) -> &str {
    const SHORT_ID: usize = 12;
    let is_generated = id.len() > SHORT_ID && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_generated { &id[..SHORT_ID] } else { id }
}

/// `container hello · e8b99e53556d · stages inferred`
pub(super) fn container_line(container: &ContainerIdentity, run: &Run, columns: usize) -> Line {
    let short = short_id(&container.id);
    let mut facts: Vec<&str> = container.name.as_deref().into_iter().collect();
    if facts.is_empty() && short.is_empty() {
        facts.push("without a name");
    }
    if !short.is_empty() && container.name.as_deref() != Some(short) {
        facts.push(short);
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

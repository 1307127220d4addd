//! How the figures came about: probes, losses, and what observing cost.

use std::collections::BTreeMap;
use std::io;

use super::header::{LABEL, host_facts, level};
use super::ink::Ink;
use super::line::Page;
use super::quantity::{duration, grouped, milli, share};
use analysis::report::path::{StagePath, heuristic_totals};
use analysis::report::{ObserverEstimate, RecordCounts, Report};
use trace::manifest::ProbeState;

/// Names of probes written out for one reason.
const NAMED_PROBES: usize = 4;

/// Writes the footer of a report.
pub(crate) fn write(page: &mut Page<'_>, report: &Report, paths: &[StagePath]) -> io::Result<()> {
    page.rule("recording", "")?;
    write_host(page, report)?;
    write_records(page, &report.records)?;
    write_probes(page, &report.probes)?;
    write_heuristics(page, report, paths)?;
    write_observer(page, report)?;
    match report.fault_samples {
        0 => Ok(()),
        samples => {
            let text = format!(
                "time in user mode is estimated by {} samples",
                grouped(samples)
            );
            page.entry("  faults", LABEL, Ink::Plain, &text)
        }
    }
}

/// The machine, how busy it was, and how closely it was looked at.
fn write_host(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    let mut facts = host_facts(&report.host);
    facts.push(format!("load {}", milli(report.host.load_milli)));
    facts.push(level(report));
    page.facts("  host", LABEL, Ink::Plain, &facts)
}

fn write_records(page: &mut Page<'_>, records: &RecordCounts) -> io::Result<()> {
    let text = format!(
        "{} sent = {} received + {} lost",
        grouped(records.sent),
        grouped(records.received),
        grouped(records.lost)
    );
    if records.lost == 0 {
        page.entry("  records", LABEL, Ink::Plain, &text)?;
    } else {
        page.entry("  records", LABEL, Ink::Alarm, &text)?;
        page.entry("", LABEL, Ink::Alarm, &losses(records))?;
    }
    let slips = [
        (
            records.storage_failures,
            "task storage could not be had: those calls are missing",
        ),
        (
            records.missed_runs,
            "a probe was skipped while it ran: those events are missing",
        ),
        (
            records.imputed_switches,
            "a switch was missed and put in by inference",
        ),
    ];
    for (number, meaning) in slips.into_iter().filter(|&(number, _)| number > 0) {
        page.entry(
            "",
            LABEL,
            Ink::Warning,
            &format!("{} × {meaning}", grouped(number)),
        )?;
    }
    Ok(())
}

/// The losses, by kind, and the remedy.
fn losses(records: &RecordCounts) -> String {
    let kinds: Vec<String> = records
        .lost_by_kind
        .iter()
        .filter(|&(_, &number)| number > 0)
        .map(|(kind, &number)| format!("{kind} {}", grouped(number)))
        .collect();
    let kinds = if kinds.is_empty() {
        String::new()
    } else {
        format!("({}) ", kinds.join(", "))
    };
    format!(
        "{} of all records lost {kinds}- record again with larger buffers or at level summary",
        share(records.lost, records.sent)
    )
}

fn write_probes(page: &mut Page<'_>, probes: &[ProbeState]) -> io::Result<()> {
    let attached: Vec<&ProbeState> = probes.iter().filter(|probe| is_attached(probe)).collect();
    let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
    for probe in &attached {
        *kinds.entry(&probe.kind).or_default() += 1;
    }
    let kinds: Vec<String> = kinds
        .iter()
        .map(|(kind, number)| format!("{number} {kind}"))
        .collect();
    let mut text = format!("{} of {} ran", attached.len(), probes.len());
    if !kinds.is_empty() {
        text = format!("{text}: {}", kinds.join(", "));
    }
    page.entry("  probes", LABEL, Ink::Plain, &text)?;
    for (reason, names) in unavailable(probes) {
        page.entry(
            "",
            LABEL,
            Ink::Warning,
            &format!("without {}: {reason}", listed(&names)),
        )?;
    }
    Ok(())
}

fn is_attached(probe: &ProbeState) -> bool {
    probe.state == "attached"
}

/// Probes that could not run, by reason, reasons in the order of their first probe.
fn unavailable(probes: &[ProbeState]) -> Vec<(&str, Vec<&str>)> {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for probe in probes.iter().filter(|probe| !is_attached(probe)) {
        match reasons
            .iter_mut()
            .find(|(reason, _)| *reason == probe.reason)
        {
            Some((_, names)) => names.push(&probe.name),
            None => reasons.push((&probe.reason, vec![&probe.name])),
        }
    }
    reasons
}

/// The first names, and how many more there are.
fn listed(names: &[&str]) -> String {
    let shown = names
        .iter()
        .take(NAMED_PROBES)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    match names.len().saturating_sub(NAMED_PROBES) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// How much of the critical paths is plausible rather than proven.
fn write_heuristics(page: &mut Page<'_>, report: &Report, paths: &[StagePath]) -> io::Result<()> {
    let segments: usize = paths.iter().map(|path| path.segments.len()).sum();
    if segments == 0 {
        return Ok(());
    }
    let mut text = format!("{} segments", grouped(segments as u64));
    let rules = rules(paths);
    if !rules.is_empty() {
        text = format!("{text}, some by rule of thumb: {rules}");
    }
    page.entry("  path", LABEL, Ink::Plain, &text)?;
    if report.level == "summary" {
        let note = "short calls were added up: when they were is known to a slice of time";
        page.entry("", LABEL, Ink::Warning, note)?;
    }
    Ok(())
}

/// Explains the tildes in a list of segments, if there are any.
pub(super) fn write_rules(page: &mut Page<'_>, paths: &[StagePath]) -> io::Result<()> {
    let rules = rules(paths);
    if rules.is_empty() {
        return Ok(());
    }
    page.blank()?;
    page.entry("~", 2, Ink::Dim, &format!("by rule of thumb: {rules}"))
}

/// The rules of thumb that were used, how often, and for how long.
fn rules(paths: &[StagePath]) -> String {
    let rules: Vec<String> = heuristic_totals(paths)
        .into_iter()
        .map(|(rule, count, total_ns)| {
            let count = grouped(count as u64);
            format!("{} {count} ({})", rule.name(), duration(total_ns))
        })
        .collect();
    rules.join(", ")
}

fn write_observer(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    let observer = &report.observer;
    let each = format!(
        "{} for a tracked call, {} for others",
        duration(observer.tracked_syscall_ns),
        duration(observer.untracked_syscall_ns)
    );
    // A recovered recording: how often probes ran went with the programs.
    let text = if observer.total_ns == 0 && observer.own_cpu_ns == 0 {
        format!("the total time of the probes is not known ({each})")
    } else {
        format!(
            "probes took about {} ({each}), ctrprof itself {} of CPU",
            duration(observer.total_ns),
            duration(observer.own_cpu_ns)
        )
    };
    page.entry("  observer", LABEL, Ink::Plain, &text)?;
    match &report.observer_estimate {
        Some(estimate) => page.entry("", LABEL, Ink::Plain, &taken_out(estimate)),
        None => Ok(()),
    }
}

/// How accurate the time of the phase is.
fn taken_out(estimate: &ObserverEstimate) -> String {
    format!(
        "phase observer, taken out of all others: the calibrated cost of a call times {}, by {} \
         samples, ± {}",
        milli((estimate.scale_ppm / 1000) as u32),
        grouped(estimate.samples),
        share(estimate.error_ppm, 1_000_000)
    )
}

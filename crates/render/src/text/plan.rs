//! The plan of a bench, whole: each configuration with its workloads and runs, or the reason why it
//! is impossible here.

use std::io::{self, Write};

use super::header::host_facts;
use super::ink::Ink;
use super::line::{Line, Page};
use super::quantity::{duration, grouped};
use crate::Style;
use setup::bench::{ImpossibleCell, PlanCell, PlanReport, WorkloadLabel};
use setup::size::Size;

/// Columns before what belongs to a configuration.
const INDENT: usize = 4;

/// Writes a plan.
///
/// # Errors
/// Those of `out`.
pub fn write_plan(out: &mut dyn Write, plan: &PlanReport, style: Style) -> io::Result<()> {
    let page = &mut Page::new(out, style);
    page.write(
        Line::new()
            .text(Ink::Dim, "ctrprof plan  ")
            .text(Ink::Strong, &plan.title),
    )?;
    let mut facts = host_facts(&plan.host);
    facts.push(format!("{} runs", plan.runs));
    facts.push(format!("{} to warm up", plan.warmups));
    facts.push(plan.mode.name().to_owned());
    facts.push(format!("cache {}", plan.cache));
    facts.push(format!("seed {}", plan.seed));
    page.facts("", 0, Ink::Dim, &facts)?;
    write_possible(page, plan)?;
    write_impossible(page, plan)
}

fn write_possible(page: &mut Page<'_>, plan: &PlanReport) -> io::Result<()> {
    let groups = runs_of(&plan.cells, |a, b| {
        a.cell.configuration == b.cell.configuration
    });
    let left: u64 = plan.cells.iter().map(|cell| cell.left).sum();
    page.blank()?;
    let title = format!("{} configurations can be run", groups.len());
    let figure = format!(
        "{} runs, about {}",
        grouped(left),
        duration(plan.estimate_ns)
    );
    page.rule(&title, &figure)?;
    for cells in groups {
        write_configuration(page, cells)?;
    }
    Ok(())
}

fn write_configuration(page: &mut Page<'_>, cells: &[PlanCell]) -> io::Result<()> {
    let Some(first) = cells.first() else {
        return Ok(());
    };
    let left: u64 = cells.iter().map(|cell| cell.left).sum();
    let done: u64 = cells.iter().map(|cell| cell.done).sum();
    let estimate_ns = cells.iter().map(|cell| cell.estimate_ns).sum();
    let mut facts = names(&first.cell.label);
    facts.push(format!("{} runs", grouped(left)));
    if done > 0 {
        facts.push(format!("{} done", grouped(done)));
    }
    if left > 0 {
        facts.push(format!("about {}", duration(estimate_ns)));
    }
    page.write(Line::new().text(Ink::Strong, &first.cell.configuration))?;
    page.facts("", INDENT, Ink::Dim, &facts)?;
    let workloads = workloads(cells.iter().map(|cell| cell.cell.workload.as_str()));
    page.facts("", INDENT, Ink::Plain, &workloads)
}

/// The name that the matrix's source has for a configuration, if any.
fn names(label: &str) -> Vec<String> {
    let labels = [label].into_iter().filter(|label| !label.is_empty());
    labels.map(str::to_owned).collect()
}

/// Workloads, the sizes of each together: `io-read xs sm md`.
fn workloads<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut workloads: Vec<(String, String)> = Vec::new();
    for label in names.map(WorkloadLabel::from) {
        let size = label.size.map_or("", Size::name);
        let name = label.name;
        match workloads.last_mut() {
            Some((last, text)) if *last == name => *text = format!("{text} {size}"),
            Some(_) | None => {
                let text = format!("{name} {size}");
                workloads.push((name, text));
            }
        }
    }
    workloads
        .into_iter()
        .map(|(_, text)| text.trim_end().to_owned())
        .collect()
}

fn write_impossible(page: &mut Page<'_>, plan: &PlanReport) -> io::Result<()> {
    if plan.impossible.is_empty() {
        return Ok(());
    }
    let configurations = runs_of(&plan.impossible, |a, b| {
        a.cell.configuration == b.cell.configuration
    });
    page.blank()?;
    let title = format!(
        "{} configurations are impossible here",
        configurations.len()
    );
    page.rule(&title, "")?;
    for cells in configurations {
        let Some(first) = cells.first() else {
            continue;
        };
        page.write(Line::new().text(Ink::Strong, &first.cell.configuration))?;
        if !first.cell.label.is_empty() {
            page.facts("", INDENT, Ink::Dim, &names(&first.cell.label))?;
        }
        for cells in runs_of(cells, |a, b| a.reasons == b.reasons) {
            write_reasons(page, cells)?;
        }
    }
    Ok(())
}

/// Writes the reasons for which some workloads of a configuration cannot be run.
fn write_reasons(page: &mut Page<'_>, cells: &[ImpossibleCell]) -> io::Result<()> {
    let workloads = workloads(cells.iter().map(|cell| cell.cell.workload.as_str()));
    page.facts("", INDENT, Ink::Plain, &workloads)?;
    let reasons = cells.first().map_or(&[][..], |cell| &cell.reasons);
    for reason in reasons {
        page.entry("    ✗", INDENT + 2, Ink::Warning, reason)?;
    }
    Ok(())
}

/// `items` cut into runs of neighbours that are alike.
fn runs_of<T>(items: &[T], is_alike: impl Fn(&T, &T) -> bool) -> Vec<&[T]> {
    items.chunk_by(is_alike).collect()
}

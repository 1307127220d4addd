//! Orderings: one by one, by pair of values, and why some cannot be told.

use std::io;

use super::super::ink::Ink;
use super::super::line::{Line, Page};
use super::super::quantity::{grouped, ratio};
use study::design::StudyAxis;
use study::report::{Doubt, StudyOrdering, StudyReport, StudySide, StudyVerdict};

/// Columns of a workload, of a stage, of a ratio and of an interval, gaps included.
const WORKLOAD: usize = 15;
const STAGE: usize = 10;
const RATIO: usize = 9;
const INTERVAL: usize = 20;
/// Columns of an axis, of a pair of values, and of a count.
const AXIS: usize = 11;
const PAIR: usize = 30;
const COUNT: usize = 9;

/// Writes the orderings with one verdict, those of the same two configurations together.
pub(super) fn write(
    page: &mut Page<'_>,
    report: &StudyReport,
    verdict: StudyVerdict,
) -> io::Result<()> {
    let orderings = report.orderings.iter();
    let orderings: Vec<&StudyOrdering> = orderings
        .filter(|ordering| ordering.verdict == verdict)
        .collect();
    if orderings.is_empty() {
        return Ok(());
    }
    page.blank()?;
    page.rule(title(verdict), &grouped(orderings.len() as u64))?;
    page.write(
        Line::new()
            .gap(4)
            .left(Ink::Dim, "", WORKLOAD)
            .left(Ink::Dim, "", STAGE)
            .right(Ink::Dim, "study", RATIO)
            .right(Ink::Dim, "here", RATIO)
            .right(Ink::Dim, "95 % interval", INTERVAL)
            .gap(2)
            .text(
                Ink::Dim,
                if verdict == StudyVerdict::CannotTell {
                    "not told by"
                } else {
                    ""
                },
            ),
    )?;
    let mut previous = None;
    for ordering in orderings {
        let sides = heading(ordering);
        if previous.as_ref() != Some(&sides) {
            let (axis, text) = &sides;
            let room = page.columns().saturating_sub(2 + AXIS);
            page.write(Line::new().gap(2).left(Ink::Dim, axis.name(), AXIS).left(
                Ink::Strong,
                text,
                room,
            ))?;
            previous = Some(sides);
        }
        write_ordering(page, ordering)?;
    }
    Ok(())
}

const fn title(verdict: StudyVerdict) -> &'static str {
    match verdict {
        StudyVerdict::Agree => "agree",
        StudyVerdict::Disagree => "disagree",
        StudyVerdict::CannotTell => "cannot tell",
    }
}

/// The axis and values that the orderings below it have in common.
fn heading(ordering: &StudyOrdering) -> (StudyAxis, String) {
    let (faster, slower) = (&ordering.faster, &ordering.slower);
    let text = match ordering.axis {
        StudyAxis::Size | StudyAxis::Operation => format!(
            "{} → {} · {}",
            faster.workload, slower.workload, faster.configuration
        ),
        StudyAxis::Stack => format!("{} → {}", faster.configuration, slower.configuration),
        StudyAxis::Manager
        | StudyAxis::Image
        | StudyAxis::Runtime
        | StudyAxis::Storage
        | StudyAxis::Rootless => format!(
            "{} → {} · {}",
            faster.value(ordering.axis),
            slower.value(ordering.axis),
            others(ordering.axis, faster)
        ),
    };
    (ordering.axis, text)
}

/// The values that both sides have.
fn others(axis: StudyAxis, side: &StudySide) -> String {
    let configuration = &side.configuration;
    let rootless = if configuration.rootless {
        "rootless"
    } else {
        ""
    };
    let values = [
        (StudyAxis::Manager, configuration.manager.as_str()),
        (StudyAxis::Image, &configuration.image),
        (StudyAxis::Runtime, &configuration.runtime),
        (StudyAxis::Storage, &configuration.storage),
        (StudyAxis::Rootless, rootless),
    ];
    let values = values
        .into_iter()
        .filter(|(of, value)| *of != axis && !value.is_empty());
    values.map(|(_, value)| value).collect::<Vec<_>>().join(" ")
}

fn write_ordering(page: &mut Page<'_>, ordering: &StudyOrdering) -> io::Result<()> {
    let workload = match ordering.axis {
        StudyAxis::Size | StudyAxis::Operation => "",
        StudyAxis::Manager
        | StudyAxis::Stack
        | StudyAxis::Image
        | StudyAxis::Runtime
        | StudyAxis::Storage
        | StudyAxis::Rootless => &ordering.faster.workload,
    };
    let ink = match ordering.verdict {
        StudyVerdict::Agree => Ink::Good,
        StudyVerdict::Disagree => Ink::Warning,
        StudyVerdict::CannotTell => Ink::Dim,
    };
    let doubts: Vec<&str> = ordering.doubts.iter().map(|doubt| short(*doubt)).collect();
    page.write(
        Line::new()
            .gap(4)
            .left(Ink::Plain, workload, WORKLOAD)
            .left(Ink::Plain, ordering.stage.name(), STAGE)
            .right(Ink::Plain, &ratio(ordering.published_ppm), RATIO)
            .right(ink, &ratio(ordering.measured_ppm), RATIO)
            .right(Ink::Dim, &interval(ordering), INTERVAL)
            .gap(2)
            .text(Ink::Dim, &doubts.join(", ")),
    )
}

fn interval(ordering: &StudyOrdering) -> String {
    match (ordering.measured_low_ppm, ordering.measured_high_ppm) {
        (Some(low_ppm), Some(high_ppm)) => format!("{} … {}", ratio(low_ppm), ratio(high_ppm)),
        (None, _) | (_, None) => String::new(),
    }
}

/// Whose figures do not tell.
const fn short(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::PublishedNoise => "study",
        Doubt::MeasuredNoise => "here",
        Doubt::FewRuns => "few runs",
    }
}

/// Writes the pairs of values that both order alike, stage by stage.
pub(super) fn write_pairs(page: &mut Page<'_>, report: &StudyReport) -> io::Result<()> {
    if report.all.agree == 0 {
        return Ok(());
    }
    page.blank()?;
    page.rule("agree", &grouped(report.all.agree))?;
    page.write(
        Line::new()
            .gap(2)
            .left(Ink::Dim, "axis", AXIS)
            .left(Ink::Dim, "faster → slower", PAIR)
            .left(Ink::Dim, "stage", STAGE)
            .right(Ink::Dim, "agree", COUNT)
            .right(Ink::Dim, "study", RATIO)
            .right(Ink::Dim, "here", RATIO),
    )?;
    for row in report.pairs.iter().filter(|row| row.counts.agree > 0) {
        let shown = |ppm: Option<u64>| ppm.map(ratio).unwrap_or_default();
        let told = row.counts.agree + row.counts.disagree;
        let agree = format!("{} of {}", grouped(row.counts.agree), grouped(told));
        page.write(
            Line::new()
                .gap(2)
                .left(Ink::Dim, row.axis.name(), AXIS)
                .left(
                    Ink::Plain,
                    &format!("{} → {}", row.faster, row.slower),
                    PAIR,
                )
                .left(Ink::Plain, row.stage.name(), STAGE)
                .right(Ink::Plain, &agree, COUNT)
                .right(Ink::Dim, &shown(row.published_ppm), RATIO)
                .right(Ink::Dim, &shown(row.measured_ppm), RATIO),
        )?;
    }
    Ok(())
}

/// Writes how many cannot be told for which reasons.
pub(super) fn write_doubts(page: &mut Page<'_>, report: &StudyReport) -> io::Result<()> {
    if report.all.cannot_tell == 0 {
        return Ok(());
    }
    page.blank()?;
    page.rule("cannot tell", &grouped(report.all.cannot_tell))?;
    for entry in &report.not_told {
        let why: Vec<&str> = entry.doubts.iter().map(|doubt| long(*doubt)).collect();
        let count = format!("  {}", grouped(entry.orderings));
        page.entry(&count, AXIS, Ink::Plain, &why.join("; "))?;
    }
    page.entry("", 2, Ink::Dim, "--all lists them")
}

const fn long(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::PublishedNoise => "the study's figures are no further apart than its noise",
        Doubt::MeasuredNoise => "the measured interval holds 1",
        Doubt::FewRuns => "too few runs",
    }
}

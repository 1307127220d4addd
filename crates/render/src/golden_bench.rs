//! Snapshots of reports and plans of benches, and that no line is longer than it may be.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use insta::assert_snapshot;
use proptest::prelude::*;

use super::golden::checked;
use super::sample::bench::{bench, plan};
use super::text::bench::write_bench;
use super::text::plan::write_plan;
use super::{Style, csv};
use setup::bench::{BenchReport, PlanReport};

const COLOUR: Style = Style {
    colour: true,
    width: 80,
};

fn drawn(report: &BenchReport, style: Style) -> String {
    let mut out = Vec::new();
    write_bench(&mut out, report, style).unwrap();
    checked(out, style)
}

fn planned(report: &PlanReport, style: Style) -> String {
    let mut out = Vec::new();
    write_plan(&mut out, report, style).unwrap();
    checked(out, style)
}

#[test]
fn bench_plain() {
    assert_snapshot!(drawn(&bench(), Style::PLAIN));
}

#[test]
fn bench_colour() {
    assert_snapshot!(drawn(&bench(), COLOUR));
}

#[test]
fn bench_csv() {
    let mut out = Vec::new();
    csv::write_bench(&mut out, &bench()).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert_snapshot!(text);
}

#[test]
fn plan_plain() {
    assert_snapshot!(planned(&plan(), Style::PLAIN));
}

/// The columns that come of a line of values without quotation marks.
#[test]
fn every_row_has_as_many_columns_as_the_head() {
    let mut report = bench();
    for cell in &mut report.cells {
        cell.cell.label.clear();
    }
    let mut out = Vec::new();
    csv::write_bench(&mut out, &report).unwrap();
    let text = String::from_utf8(out).unwrap();
    let columns = text.lines().next().map(|head| head.split(',').count());
    assert!(
        text.lines()
            .all(|row| Some(row.split(',').count()) == columns)
    );
}

proptest! {
    #[test]
    fn names_from_outside_stay_inside_the_line(
        name in "\\PC{0,60}|[\\x00-\\x20]{1,9}",
        number: u64,
        columns in 0_usize..200,
        colour: bool,
    ) {
        let mut report = bench();
        report.title.clone_from(&name);
        let cell = &mut report.cells[1];
        cell.cell.configuration.clone_from(&name);
        cell.cell.label.clone_from(&name);
        cell.runs = number;
        cell.failed = number;
        cell.failures[0].message.clone_from(&name);
        cell.stages[0].name.clone_from(&name);
        cell.stages[0].median_ns = number;
        let mut plan = plan();
        plan.title.clone_from(&name);
        plan.cells[2].cell.label.clone_from(&name);
        plan.cells[2].left = number / 3;
        plan.estimate_ns = number;
        plan.impossible[0].reasons[0] = name;
        let style = Style { colour, width: columns };
        drawn(&report, style);
        planned(&plan, style);
    }
}

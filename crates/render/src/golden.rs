//! Snapshots of what real recordings seldom give: colours, wide pages, losses, doubts; and that no
//! line is longer than it may be. What a real one gives is in `profiler/tests/golden.rs`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use insta::assert_snapshot;
use proptest::prelude::*;

use super::doctor::write_doctor;
use super::text::diff::write_comparison;
use super::text::fit::width;
use super::text::path::{PathOrder, write_paths};
use super::text::{Detail, write_report};
use super::{Style, sample};
use crate::doctor::report::DoctorReport;
use analysis::report::Report;
use analysis::report::path::StagePath;
use compare::explain::explanation;
use compare::report::{Comparison, WallDifference};

const COLOUR: Style = Style {
    colour: true,
    width: 80,
};

/// The report as text.
fn drawn(report: &Report, style: Style) -> String {
    drawn_with(report, &[], style)
}

/// The report as text, with critical paths.
fn drawn_with(report: &Report, paths: &[StagePath], style: Style) -> String {
    let mut out = Vec::new();
    let diagnosis = sample::diagnosis(report);
    write_report(
        &mut out,
        (report, paths),
        &diagnosis,
        Detail::Full.into(),
        style,
    )
    .unwrap();
    checked(out, style)
}

/// A critical path as text.
fn listed(path: StagePath, order: PathOrder, limit: usize, style: Style) -> String {
    let mut out = Vec::new();
    write_paths(&mut out, &[path], order, limit, style).unwrap();
    checked(out, style)
}

/// The text of `doctor`.
fn examined(doctor: &DoctorReport, style: Style) -> String {
    let mut out = Vec::new();
    write_doctor(&mut out, doctor, style).unwrap();
    checked(out, style)
}

/// A comparison as text, whole.
fn compared(comparison: &Comparison, style: Style) -> String {
    compared_in(comparison, Detail::Full, style)
}

fn compared_in(comparison: &Comparison, detail: Detail, style: Style) -> String {
    let mut out = Vec::new();
    let has_both = |wall: &WallDifference| wall.a.is_some() && wall.b.is_some();
    let claims = match comparison.stages.first() {
        Some(stage) if has_both(&stage.wall) => sample::claims(),
        Some(_) | None => Vec::new(),
    };
    let explanation = explanation(comparison, &claims).unwrap();
    write_comparison(&mut out, comparison, &explanation, detail, style).unwrap();
    checked(out, style)
}

/// The text, escape sequences visible as ␛. Fails if a line is too wide.
pub(super) fn checked(out: Vec<u8>, style: Style) -> String {
    let text = String::from_utf8(out).unwrap();
    for line in text.lines() {
        let line = without_escapes(line);
        assert!(
            width(&line) <= style.columns(),
            "{} columns: {line}",
            width(&line)
        );
        assert!(!line.ends_with(' '), "blank at the end: {line}");
    }
    assert!(
        style.colour || !text.contains('\u{1b}'),
        "escape sequence without colour"
    );
    text.replace('\u{1b}', "␛")
}

/// `line` without its escape sequences for colours.
fn without_escapes(line: &str) -> String {
    let mut pieces = line.split("\u{1b}[");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| text + piece.split_once('m').unwrap().1)
}

/// The first screen.
fn answered(report: &Report, style: Style) -> String {
    let mut out = Vec::new();
    let diagnosis = sample::diagnosis(report);
    write_report(
        &mut out,
        (report, &[]),
        &diagnosis,
        Detail::Answer.into(),
        style,
    )
    .unwrap();
    checked(out, style)
}

#[test]
fn answers_of_one_container_fit_a_screen() {
    let answer = answered(&sample::container(), Style::PLAIN);
    assert!(answer.lines().count() <= 24, "{answer}");
    assert_snapshot!(answer);
}

#[test]
fn answer_with_losses_colour() {
    let report = sample::with_unavailable_probes(sample::with_losses(sample::container()));
    assert_snapshot!(answered(&report, COLOUR));
}

#[test]
fn answer_of_several_runs() {
    assert_snapshot!(answered(&sample::several(), Style::PLAIN));
}

#[test]
fn answer_of_nothing() {
    assert_snapshot!(answered(&sample::empty(), Style::PLAIN));
}

#[test]
fn answer_of_a_comparison() {
    let comparison = sample::diff().comparison;
    assert_snapshot!(compared_in(&comparison, Detail::Answer, Style::PLAIN));
}

#[test]
fn command_plain() {
    assert_snapshot!(drawn(&sample::command(), Style::PLAIN));
}

#[test]
fn command_colour() {
    assert_snapshot!(drawn(&sample::command(), COLOUR));
}

#[test]
fn stages_with_critical_path_colour() {
    assert_snapshot!(drawn(&sample::container(), COLOUR));
}

#[test]
fn stages_wide() {
    assert_snapshot!(drawn(
        &sample::container(),
        Style {
            colour: false,
            width: 120
        }
    ));
}

#[test]
fn losses_and_unavailable_probes_colour() {
    let report = sample::with_unavailable_probes(sample::with_losses(sample::command()));
    assert_snapshot!(drawn(&report, COLOUR));
}

#[test]
fn losses_and_unavailable_probes_plain() {
    let report = sample::with_unavailable_probes(sample::with_losses(sample::command()));
    assert_snapshot!(drawn(&report, Style::PLAIN));
}

#[test]
fn interrupted_plain() {
    let report = Report {
        interrupted: Some("stopped by SIGINT".into()),
        ..sample::command()
    };
    assert_snapshot!(drawn(&report, Style::PLAIN));
}

#[test]
fn empty_plain() {
    assert_snapshot!(drawn(&sample::empty(), Style::PLAIN));
}

/// The sample with the one stage that has a path.
fn start_alone() -> Report {
    let mut report = sample::container();
    report.runs[0].stages.retain(|stage| stage.name == "start");
    report
}

#[test]
fn waterfall_plain() {
    assert_snapshot!(drawn_with(&start_alone(), &[sample::path()], Style::PLAIN));
}

#[test]
fn waterfall_colour() {
    assert_snapshot!(drawn_with(&start_alone(), &[sample::path()], COLOUR));
}

#[test]
fn path_in_order_plain() {
    assert_snapshot!(listed(sample::path(), PathOrder::Time, 99, Style::PLAIN));
}

#[test]
fn path_longest_first_colour() {
    assert_snapshot!(listed(sample::path(), PathOrder::Longest, 6, COLOUR));
}

#[test]
fn doctor_plain() {
    assert_snapshot!(examined(&sample::doctor(), Style::PLAIN));
}

#[test]
fn doctor_colour() {
    assert_snapshot!(examined(&sample::doctor(), COLOUR));
}

#[test]
fn doctor_unfit_plain() {
    assert_snapshot!(examined(&sample::unfit_doctor(), Style::PLAIN));
}

proptest! {
    #[test]
    fn names_from_outside_stay_inside_the_line(
        name in "\\PC{0,60}|[\\x00-\\x20]{1,9}",
        number: u64,
        columns in 0_usize..200,
        colour: bool,
    ) {
        let mut report = sample::with_losses(sample::container());
        report.command.push(name.clone());
        report.records.lost_by_kind.insert(name.clone(), number);
        let stage = &mut report.runs[0].stages[1];
        stage.name.clone_from(&name);
        stage.wall_ns = number;
        stage.processes[0].comm.clone_from(&name);
        stage.processes[0].syscalls = number / 2;
        stage.syscalls[0].name.clone_from(&name);
        stage.syscalls[0].count = number;
        stage.locks[0].name.clone_from(&name);
        stage.phases[1].parts[0].name = name;
        let mut path = sample::path();
        path.segments[7].comm.clone_from(&report.command[6]);
        path.segments[7].detail.clone_from(&report.command[6]);
        path.segments[7].tid = u32::MAX;
        let style = Style { colour, width: columns };
        drawn_with(&report, std::slice::from_ref(&path), style);
        listed(path, PathOrder::Longest, 99, style);
    }
}

/// The narrowest page.
const NARROW: Style = Style {
    colour: false,
    width: Style::MIN_WIDTH,
};

#[test]
fn narrow_reports_shorten_names_and_keep_the_figure_that_matters() {
    let path = sample::path();
    let drawn = drawn_with(&sample::container(), std::slice::from_ref(&path), NARROW);
    assert_snapshot!(drawn);
}

#[test]
fn narrow_comparison() {
    assert_snapshot!(compared(&sample::diff().comparison, NARROW));
}

/// The waterfall and the overview have the same signs with colour as without.
#[test]
fn nothing_is_told_by_colour_alone() {
    let path = sample::path();
    let report = sample::container();
    let of = |colour| {
        let style = Style { colour, width: 100 };
        let text = drawn_with(&report, std::slice::from_ref(&path), style);
        without_escapes(&text.replace('␛', "\u{1b}"))
    };
    assert_eq!(of(true), of(false));
}

#[test]
fn several_runs_plain() {
    assert_snapshot!(drawn(&sample::several(), Style::PLAIN));
}

#[test]
fn diff_colour() {
    assert_snapshot!(compared(&sample::diff().comparison, COLOUR));
}

#[test]
fn diff_wide() {
    let style = Style {
        colour: false,
        width: 120,
    };
    assert_snapshot!(compared(&sample::diff().comparison, style));
}

#[test]
fn diff_doubtful_plain() {
    assert_snapshot!(compared(&sample::doubtful_diff().comparison, Style::PLAIN));
}

#[test]
fn diff_empty_plain() {
    assert_snapshot!(compared(&sample::empty_diff().comparison, Style::PLAIN));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn comparisons_stay_inside_the_line_too(
        name in "\\PC{0,60}|[\\x00-\\x20]{1,9}",
        number: u64,
        difference: i64,
        columns in 0_usize..200,
        colour: bool,
    ) {
        let mut comparison = sample::doubtful_diff().comparison;
        comparison.a.name.clone_from(&name);
        let stage = &mut comparison.stages[0];
        stage.name.clone_from(&name);
        stage.wall.difference.value_ns = difference;
        let group = &mut stage.groups[0];
        (group.a_ns, group.share_ppm) = (number, Some(difference));
        let part = &mut group.parts[0];
        let figures = &mut part.figures;
        (figures.a.count_milli, figures.effects.cost_ns) = (number, difference);
        figures.share_ppm = Some(difference);
        part.file_systems[0].file_system.clone_from(&name);
        let call = &mut stage.calls[0];
        (call.a.per_run_milli, call.a.errors, call.a.p99_ns) = (number, number, number);
        call.syscall = name;
        compared(&comparison, Style { colour, width: columns });
    }
}

//! Snapshots of answers to questions, and that no line is longer than it may be.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::LazyLock;

use insta::assert_snapshot;
use proptest::prelude::*;

use super::Style;
use super::golden::checked;
use super::sample::question::question;
use super::text::question::{write_answer, write_list};
use compare::report::question::{QuestionReport, QuestionSummary};

const COLOUR: Style = Style {
    colour: true,
    width: 80,
};

/// It takes most of a second to make.
static QUESTION: LazyLock<QuestionReport> = LazyLock::new(question);

fn drawn(report: &QuestionReport, style: Style) -> String {
    let mut out = Vec::new();
    write_answer(&mut out, report, style).unwrap();
    checked(out, style)
}

#[test]
fn answer_plain() {
    assert_snapshot!(drawn(&question(), Style::PLAIN));
}

#[test]
fn answer_colour() {
    assert_snapshot!(drawn(&question(), COLOUR));
}

#[test]
fn list_plain() {
    let summary = |name: &str, asks: &str| QuestionSummary {
        name: name.into(),
        asks: asks.into(),
    };
    let questions = [
        summary(
            "bind-vs-union",
            "Are bind mounts faster than a union file system?",
        ),
        summary(
            "tar-alpine-vs-centos",
            "Why does extracting an archive of many small files take twice as long in Alpine as in CentOS?",
        ),
    ];
    let mut out = Vec::new();
    write_list(&mut out, &questions, Style::PLAIN).unwrap();
    assert_snapshot!(checked(out, Style::PLAIN));
}

#[test]
fn nothing_measured_is_drawn_too() {
    let mut report = question();
    report.pairs.clear();
    report.cells.retain(|cell| cell.runs == 0);
    let text = drawn(&report, Style::PLAIN);
    assert!(
        text.contains("without figures") && !text.contains("verdicts"),
        "{text}"
    );
}

proptest! {
    #[test]
    fn lines_end_at_the_edge(
        name in "\\PC{0,60}",
        measures in proptest::collection::vec("\\PC{0,30}", 2),
        width in 60_usize..160,
    ) {
        let mut report = QUESTION.clone();
        report.cells[0].name = name;
        report.measures = measures;
        drawn(&report, Style { colour: false, width });
    }
}

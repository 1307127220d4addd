//! Snapshots of several sides beside each other, and that no line is longer than it may be.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use insta::assert_snapshot;
use proptest::prelude::*;

use super::golden::checked;
use super::sample::profile::{doubtful, images};
use super::text::profile::write_profile;
use super::{Style, csv, markdown};
use compare::profile::report::ProfileReport;

const COLOUR: Style = Style {
    colour: true,
    width: 80,
};

fn drawn(report: &ProfileReport, style: Style) -> String {
    let mut out = Vec::new();
    write_profile(&mut out, report, 24, style).unwrap();
    checked(out, style)
}

#[test]
fn profile_plain() {
    assert_snapshot!(drawn(&images(), Style::PLAIN));
}

#[test]
fn profile_colour() {
    assert_snapshot!(drawn(&images(), COLOUR));
}

#[test]
fn profile_of_many_doubtful_sides_plain() {
    assert_snapshot!(drawn(&doubtful(), Style::PLAIN));
}

#[test]
fn profile_csv() {
    let mut out = Vec::new();
    csv::write_profile(&mut out, &images()).unwrap();
    assert_snapshot!(String::from_utf8(out).unwrap());
}

#[test]
fn profile_markdown() {
    let mut out = Vec::new();
    markdown::write_profile(&mut out, &images()).unwrap();
    assert_snapshot!(String::from_utf8(out).unwrap());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn names_from_outside_stay_inside_the_line(
        name in "\\PC{0,60}|[\\x00-\\x20]{1,9}",
        number: u64,
        columns in 0_usize..200,
        colour: bool,
    ) {
        let mut report = images();
        report.sides[0].name.clone_from(&name);
        report.repeated[0].text.clone_from(&name);
        report.calls[0].syscall.clone_from(&name);
        report.calls[0].sides[0].per_unit_milli = number / 2;
        report.configuration.insert("storage".into(), name.clone());
        drawn(&report, Style { colour, width: columns });
        let mut out = Vec::new();
        markdown::write_profile(&mut out, &report).unwrap();
        let text = String::from_utf8(out).unwrap();
        prop_assert!(text.lines().all(|line| !line.chars().any(char::is_control)));
    }
}

//! Snapshots of a comparison with a study, and that no line is longer than it may be.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use insta::assert_snapshot;
use proptest::prelude::*;
use serde_json::Value;

use super::golden::checked;
use super::sample::study::study;
use super::text::study::{Listing, write_study};
use super::{Style, csv, json};
use study::compare_study;
use study::design::StudyAxis;
use study::fixture::{Fixture, published};
use study::notice::StudyNotice;
use study::report::{AsideReason, Doubt, Missing, StudyReport, StudyVerdict};

const PAGE: &str = include_str!("../../../docs/compare-study.md");
const COLOUR: Style = Style {
    colour: true,
    width: 80,
};

fn drawn(report: &StudyReport, listing: Listing, style: Style) -> String {
    let mut out = Vec::new();
    write_study(&mut out, report, listing, style).unwrap();
    checked(out, style)
}

#[test]
fn study_plain() {
    assert_snapshot!(drawn(&study(), Listing::Short, Style::PLAIN));
}

#[test]
fn study_colour() {
    assert_snapshot!(drawn(&study(), Listing::Short, COLOUR));
}

#[test]
fn study_all_plain() {
    assert_snapshot!(drawn(&study(), Listing::All, Style::PLAIN));
}

#[test]
fn study_nothing_compared_plain() {
    let creates = [
        ("docker,alpine,crun,vfs,0", 100),
        ("docker,alpine,runc,vfs,0", 200),
    ];
    let bench = Fixture::new().cell(creates[0].0, 1);
    let report = compare_study(&published(&creates), &[bench.bench()]);
    assert_snapshot!(drawn(&report, Listing::Short, Style::PLAIN));
}

#[test]
fn study_csv() {
    let mut out = Vec::new();
    csv::write_study(&mut out, &study()).unwrap();
    let text = String::from_utf8(out).unwrap();
    let head = text.lines().next().unwrap().split(',').count();
    assert!(text.lines().all(|row| row.split(',').count() == head));
    assert_snapshot!(text);
}

/// The names of all fields of `value`: those of objects in lists and objects after the field that
/// holds them.
fn fields(value: &Value, above: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => {
            for item in items {
                fields(item, above, found);
            }
        }
        Value::Object(object) => {
            for (name, value) in object {
                // Keys that are names of configurations.
                if above == "cells" {
                    continue;
                }
                found.insert(if above.is_empty() {
                    name.clone()
                } else {
                    format!("{above}.{name}")
                });
                fields(value, name, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn the_page_explains_every_field_and_no_other() {
    let mut out = Vec::new();
    json::write_study(&mut out, &study(), json::Layout::Compact).unwrap();
    let value: Value = serde_json::from_slice(&out).unwrap();
    let mut found = BTreeSet::new();
    fields(&value, "", &mut found);
    // Those of a host are those of a report, those of notices depend on their kind.
    found.retain(|name| !name.starts_with("host."));
    let notices = |name: &String| name.starts_with("notices.") && name != "notices.kind";
    found.retain(|name| !notices(name));
    // Both sides have the same fields.
    let sides = found.iter().filter_map(|name| {
        name.strip_prefix("slower.")
            .map(|field| format!("faster.{field}"))
    });
    let sides: Vec<String> = sides.collect();
    assert!(sides.iter().all(|name| found.contains(name)));
    found.retain(|name| !name.starts_with("slower."));
    let (_, json) = PAGE.split_once("## JSON").unwrap();
    let rows = json
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let explained: BTreeSet<String> = rows.map(|(name, _)| name.to_owned()).collect();
    assert_eq!(explained, found);
}

#[test]
fn the_page_names_every_value() {
    let missing = [
        Missing::NoCounterpart,
        Missing::Impossible(String::new()),
        Missing::Failed(String::new()),
        Missing::Ambiguous,
        Missing::NotRun,
        Missing::NotAsked,
        Missing::Apart,
        Missing::NoStage,
    ];
    let missing = missing.map(|why| serde_json::to_value(why).unwrap()["reason"].clone());
    let aside = AsideReason::ALL.iter();
    let aside = aside.map(|why| serde_json::to_value(why).unwrap());
    let names = missing.into_iter().chain(aside);
    let names = names.map(|name| name.as_str().unwrap().to_owned());
    let kinds = StudyNotice::KINDS.iter().copied();
    let named = kinds
        .chain(StudyAxis::ALL.iter().map(|axis| axis.name()))
        .chain(StudyVerdict::ALL.iter().map(|verdict| verdict.name()))
        .chain(Doubt::ALL.iter().map(|doubt| doubt.name()));
    for name in names.chain(named.map(str::to_owned)) {
        assert!(PAGE.contains(&format!("`{name}`")), "{name}");
    }
}

#[test]
fn the_page_names_every_column() {
    let mut out = Vec::new();
    csv::write_study(&mut out, &study()).unwrap();
    let text = String::from_utf8(out).unwrap();
    for column in text.lines().next().unwrap().split(',') {
        assert!(PAGE.contains(&format!("`{column}`")), "{column}");
    }
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
        let mut report = study();
        report.benches[0].directory.clone_from(&name);
        report.set_aside[0].configuration.clone_from(&name);
        report.set_aside[0].label.clone_from(&name);
        report.set_aside[0].workloads.push(name.clone());
        let ordering = &mut report.orderings[0];
        ordering.faster.configuration.manager.clone_from(&name);
        (ordering.published_ppm, ordering.measured_ppm) = (number, number);
        report.summary[0].counts.agree = number / 4;
        report.pairs[0].counts.agree = number / 4;
        report.pairs[0].faster.clone_from(&name);
        report.not_measured[0].orderings = number;
        report.not_measured[0].cells.insert(name.clone(), 1);
        report.not_measured[0].why = Missing::Failed(name.clone());
        report.notices.push(StudyNotice::Warned { runs: number, most_frequent: name });
        let style = Style { colour, width: columns };
        drawn(&report, Listing::Short, style);
        drawn(&report, Listing::All, style);
    }
}

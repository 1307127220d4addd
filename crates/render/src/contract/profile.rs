//! That the JSON of several sides is what docs/profile.schema.json and docs/profile.md promise.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{check_exact, documentation, each_object, page_fields, violations};
use crate::json::{Layout, write_profile};
use crate::sample;
use compare::profile::report::ProfileReport;
use compare::profile::warning::ProfileWarning;

const PAGE: &str = include_str!("../../../../docs/profile.md");

fn schema() -> Value {
    serde_json::from_str(documentation::PROFILE).unwrap()
}

fn written(report: &ProfileReport) -> Value {
    let mut out = Vec::new();
    write_profile(&mut out, report, Layout::Indented).unwrap();
    serde_json::from_slice(&out).unwrap()
}

fn broken(value: &Value) -> Vec<String> {
    let schema = schema();
    violations(&schema, &schema, value, "$")
}

#[test]
fn profiles_keep_the_schema() {
    for report in [sample::profile::images(), sample::profile::doubtful()] {
        assert_eq!(broken(&written(&report)), Vec::<String>::new());
    }
}

#[test]
fn the_schema_rejects_what_is_not_a_profile() {
    let spoil = |change: fn(&mut Value)| {
        let mut value = written(&sample::profile::images());
        change(&mut value);
        broken(&value)
    };
    for change in [
        |profile: &mut Value| profile["schema"] = json!(2),
        |profile: &mut Value| profile["extra"] = json!(1),
        |profile: &mut Value| profile["unit"]["source"] = json!("guessed"),
        |profile: &mut Value| profile["calls"][0]["sides"][0]["count"] = json!(-1),
        |profile: &mut Value| profile["calls"][0]["only"] = json!("a"),
    ] {
        assert_eq!(spoil(change).len(), 1);
    }
}

#[test]
fn the_schema_is_exact() {
    check_exact(&schema());
}

#[test]
fn the_page_explains_every_field_and_every_warning() {
    let mut fields = BTreeSet::new();
    each_object(&schema(), |kind, object| {
        let dot = if kind.is_empty() { "" } else { "." };
        let own = object["properties"].as_object().unwrap().keys();
        fields.extend(own.map(|field| format!("{kind}{dot}{field}")));
    });
    let explained = page_fields(PAGE);
    let missing: Vec<&String> = fields.difference(&explained).collect();
    assert_eq!(missing, Vec::<&String>::new());
    for kind in ProfileWarning::KINDS {
        assert!(PAGE.contains(&format!("`{kind}`")), "{kind}");
    }
    let mut out = Vec::new();
    crate::csv::write_profile(&mut out, &sample::profile::images()).unwrap();
    let text = String::from_utf8(out).unwrap();
    let mut rows = text.lines();
    let columns: Vec<&str> = rows.next().unwrap().split(',').collect();
    assert!(rows.all(|row| row.split(',').count() == columns.len()));
    for column in columns {
        assert!(PAGE.contains(&format!("`{column}`")), "{column}");
    }
}

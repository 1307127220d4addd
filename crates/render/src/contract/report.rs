//! That the JSON of a report is what docs/report.schema.json and docs/report-json.md promise.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{check_exact, documentation, page_fields, violations};
use crate::doctor::report::DoctorReport;
use crate::json::{Layout, write_doctor, write_report};
use crate::sample;
use analysis::report::Report;

const PAGE: &str = include_str!("../../../../docs/report-json.md");

fn schema() -> Value {
    serde_json::from_str(documentation::REPORT).unwrap()
}

fn written(report: &Report) -> Value {
    let mut out = Vec::new();
    let diagnosis = sample::diagnosis(report);
    write_report(&mut out, report, &diagnosis, Layout::Compact).unwrap();
    serde_json::from_slice(&out).unwrap()
}

/// The schema's violations by a report.
fn broken(value: &Value) -> Vec<String> {
    let schema = schema();
    violations(&schema, &schema, value, "$")
}

#[test]
fn reports_keep_the_schema() {
    let interrupted = Report {
        interrupted: Some("stopped by SIGINT".into()),
        ..sample::command()
    };
    for report in [
        sample::empty(),
        sample::container(),
        sample::several(),
        sample::with_unavailable_probes(sample::with_losses(sample::command())),
        interrupted,
    ] {
        assert_eq!(broken(&written(&report)), Vec::<String>::new());
    }
}

#[test]
fn the_schema_rejects_what_is_not_a_report() {
    let spoil = |change: fn(&mut Value)| {
        let mut value = written(&sample::container());
        change(&mut value);
        broken(&value)
    };
    for change in [
        |report: &mut Value| report["schema"] = json!(2),
        |report: &mut Value| report["extra"] = json!(1),
        |report: &mut Value| report["host"]["cpus"] = json!(-1),
        |report: &mut Value| report["records"]["lost"] = json!(1.5),
        |report: &mut Value| report["probes"][0]["state"] = json!("asleep"),
        |report: &mut Value| report["runs"][0]["stages"][0]["phases"][0]["phase"] = json!("magic"),
        |report: &mut Value| {
            report["runs"][0]["stages"][0]
                .as_object_mut()
                .unwrap()
                .remove("wall_ns");
        },
    ] {
        assert_eq!(spoil(change).len(), 1);
    }
}

#[test]
fn the_schema_is_exact() {
    check_exact(&schema());
}

/// Paths of the fields, as the page writes them: `runs[].stages[].wall_ns`. Objects with free keys
/// (configuration, losses by kind) end a path.
fn schema_fields(root: &Value, rule: &Value, at: &str, fields: &mut BTreeSet<String>) {
    if let Some(name) = rule.get("$ref") {
        let name = name.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
        schema_fields(root, &root["$defs"][name], at, fields);
    }
    for choice in rule
        .get("anyOf")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        schema_fields(root, choice, at, fields);
    }
    if let Some(items) = rule.get("items") {
        schema_fields(root, items, &format!("{at}[]"), fields);
    }
    for (name, rule) in rule
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let at = if at.is_empty() {
            name.clone()
        } else {
            format!("{at}.{name}")
        };
        fields.insert(at.clone());
        schema_fields(root, rule, &at, fields);
    }
}

#[test]
fn the_page_explains_every_field_and_no_other() {
    let schema = schema();
    let mut fields = BTreeSet::new();
    schema_fields(&schema, &schema, "", &mut fields);
    assert_eq!(page_fields(PAGE), fields);
}

#[test]
fn a_report_survives_json() {
    let report = sample::several();
    let read: Report = serde_json::from_value(written(&report)).unwrap();
    assert_eq!(read, report);
}

#[test]
fn doctor_survives_json() {
    let mut out = Vec::new();
    write_doctor(&mut out, &sample::doctor(), Layout::Indented).unwrap();
    let read: DoctorReport = serde_json::from_slice(&out).unwrap();
    assert_eq!(read, sample::doctor());
    let value: Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(value["checks"][0]["state"], "ok");
}

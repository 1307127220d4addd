//! That the JSON of a report is what docs/report.schema.json and docs/report-json.md promise.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::json::{write_doctor, write_report};
use super::sample;
use crate::model::doctor::DoctorReport;
use crate::model::path::Heuristic;
use crate::model::phase::Phase;
use crate::model::report::Report;
use crate::model::role::Role;

const SCHEMA: &str = include_str!("../../../docs/report.schema.json");
const PAGE: &str = include_str!("../../../docs/report-json.md");

fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

fn written(report: &Report) -> Value {
    let mut out = Vec::new();
    write_report(&mut out, report).unwrap();
    serde_json::from_slice(&out).unwrap()
}

/// Where `value` breaks `rule`, for the words of JSON Schema (2020-12) that the schema uses. A word
/// that is not among them fails, lest it be taken for kept.
fn violations(root: &Value, rule: &Value, value: &Value, at: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (word, argument) in rule.as_object().unwrap() {
        match word.as_str() {
            "$schema" | "$id" | "$defs" | "title" | "description" => {}
            "$ref" => {
                let name = argument.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
                found.extend(violations(root, &root["$defs"][name], value, at));
            }
            "type" => {
                if !has_type(value, argument) {
                    found.push(format!("{at}: {value} is not of type {argument}"));
                }
            }
            "const" => {
                if value != argument {
                    found.push(format!("{at}: {value} is not {argument}"));
                }
            }
            "enum" => {
                if !argument.as_array().unwrap().contains(value) {
                    found.push(format!("{at}: {value} is none of {argument}"));
                }
            }
            "minimum" => {
                if value
                    .as_i64()
                    .is_some_and(|number| number < argument.as_i64().unwrap())
                {
                    found.push(format!("{at}: {value} is less than {argument}"));
                }
            }
            // Says nothing of what is no object, such as null.
            "required" if !value.is_object() => {}
            "required" => {
                for name in argument.as_array().unwrap() {
                    if value.get(name.as_str().unwrap()).is_none() {
                        found.push(format!("{at}: {name} is missing"));
                    }
                }
            }
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    found.extend(violations(root, argument, item, &format!("{at}[{index}]")));
                }
            }
            "properties" => {
                for (name, rule) in argument.as_object().unwrap() {
                    if let Some(value) = value.get(name) {
                        found.extend(violations(root, rule, value, &format!("{at}.{name}")));
                    }
                }
            }
            "additionalProperties" => {
                for (name, value) in value.as_object().into_iter().flatten() {
                    let at = format!("{at}.{name}");
                    if rule["properties"].get(name).is_some() {
                        continue;
                    }
                    if argument == &json!(false) {
                        found.push(format!("{at}: not in the schema"));
                    } else {
                        found.extend(violations(root, argument, value, &at));
                    }
                }
            }
            unknown => panic!("{at}: the schema's word {unknown} is not known to this test"),
        }
    }
    found
}

fn has_type(value: &Value, types: &Value) -> bool {
    let is = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "integer" => value.is_i64() || value.is_u64(),
        unknown => panic!("unknown type {unknown}"),
    };
    match types {
        Value::Array(names) => names.iter().any(|name| is(name.as_str().unwrap())),
        name => is(name.as_str().unwrap()),
    }
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

/// Every object of the schema allows its own properties only, and asks for all of them.
#[test]
fn the_schema_is_exact() {
    let schema = schema();
    let objects = schema["$defs"]
        .as_object()
        .unwrap()
        .values()
        .chain([&schema]);
    for object in objects.filter(|object| object.get("properties").is_some()) {
        assert_eq!(
            object["additionalProperties"],
            json!(false),
            "{}",
            object["title"]
        );
        let required: BTreeSet<&str> = object["required"]
            .as_array()
            .unwrap()
            .iter()
            .map(|name| name.as_str().unwrap())
            .collect();
        let properties: BTreeSet<&str> = object["properties"]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(required, properties, "{}", object["title"]);
    }
}

#[test]
fn the_schema_knows_every_phase_and_role() {
    let phases: Vec<&str> = Phase::ALL.iter().map(|phase| phase.name()).collect();
    assert_eq!(
        schema()["$defs"]["phase"]["properties"]["phase"]["enum"],
        json!(phases)
    );
    let rules: Vec<&str> = Heuristic::ALL.iter().map(|rule| rule.name()).collect();
    assert_eq!(
        schema()["$defs"]["heuristic"]["properties"]["name"]["enum"],
        json!(rules)
    );
    let roles: Vec<&str> = Role::ALL.iter().map(|role| role.name()).collect();
    assert_eq!(
        schema()["$defs"]["process"]["properties"]["role"]["enum"],
        json!(roles)
    );
    let row = &schema()["$defs"]["aggregate_row"]["properties"];
    assert_eq!(row["role"]["enum"], json!(roles));
    assert_eq!(row["phase"]["enum"], json!(phases));
}

/// Paths of the fields, as the page writes them: `runs[].stages[].wall_ns`. Objects with free keys
/// (configuration, losses by kind) end a path.
fn schema_fields(root: &Value, rule: &Value, at: &str, fields: &mut BTreeSet<String>) {
    if let Some(name) = rule.get("$ref") {
        let name = name.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
        schema_fields(root, &root["$defs"][name], at, fields);
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

/// The first column of the page's tables: each field in backquotes.
fn page_fields() -> BTreeSet<String> {
    PAGE.lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(field, _)| field.to_owned())
        .collect()
}

#[test]
fn the_page_explains_every_field_and_no_other() {
    let schema = schema();
    let mut fields = BTreeSet::new();
    schema_fields(&schema, &schema, "", &mut fields);
    assert_eq!(page_fields(), fields);
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
    write_doctor(&mut out, &sample::doctor()).unwrap();
    let read: DoctorReport = serde_json::from_slice(&out).unwrap();
    assert_eq!(read, sample::doctor());
    let value: Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(value["checks"][0]["state"], "ok");
}

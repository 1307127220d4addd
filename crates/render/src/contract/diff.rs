//! That the JSON of a comparison is what docs/diff.schema.json and docs/diff-json.md promise.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{check_exact, documentation, each_object, page_fields, violations};
use crate::json::{Layout, write_comparison};
use crate::sample;
use compare::explain::explanation;
use compare::report::Comparison;
use compare::report::claim::Claim;

const PAGE: &str = include_str!("../../../../docs/diff-json.md");

fn schema() -> Value {
    serde_json::from_str(documentation::DIFF).unwrap()
}

fn written(comparison: &Comparison) -> Value {
    written_with(comparison, &[])
}

fn written_with(comparison: &Comparison, claims: &[Claim]) -> Value {
    let mut out = Vec::new();
    let explanation = explanation(comparison, claims).unwrap();
    write_comparison(&mut out, comparison, &explanation, Layout::Compact).unwrap();
    serde_json::from_slice(&out).unwrap()
}

/// The schema's violations by a comparison.
fn broken(value: &Value) -> Vec<String> {
    let schema = schema();
    violations(&schema, &schema, value, "$")
}

#[test]
fn comparisons_keep_the_schema() {
    for compared in [
        sample::diff(),
        sample::doubtful_diff(),
        sample::empty_diff(),
    ] {
        assert_eq!(broken(&written(&compared.comparison)), Vec::<String>::new());
    }
    let with_claims = written_with(&sample::diff().comparison, &sample::claims());
    assert_eq!(with_claims["claims"][0]["judgement"], "confirmed");
    assert_eq!(with_claims["claims"][1]["judgement"], "refuted");
    assert_eq!(broken(&with_claims), Vec::<String>::new());
}

#[test]
fn the_schema_rejects_what_is_not_a_comparison() {
    let spoil = |change: fn(&mut Value)| {
        let mut value = written(&sample::diff().comparison);
        change(&mut value);
        broken(&value)
    };
    for change in [
        |diff: &mut Value| diff["schema"] = json!(2),
        |diff: &mut Value| diff["extra"] = json!(1),
        |diff: &mut Value| diff["stages"][0]["wall"]["verdict"] = json!("odd"),
        |diff: &mut Value| diff["stages"][0]["wall"]["difference"]["value_ns"] = json!(1.5),
        |diff: &mut Value| diff["stages"][0]["groups"][0]["parts"][0]["phase"] = json!("magic"),
        |diff: &mut Value| diff["stages"][0]["calls"][0]["a"]["count"] = json!(-1),
        |diff: &mut Value| {
            let group = diff["stages"][0]["groups"][0].as_object_mut().unwrap();
            group.remove("share_ppm");
        },
    ] {
        assert_eq!(spoil(change).len(), 1);
    }
}

#[test]
fn the_schema_is_exact() {
    check_exact(&schema());
}

/// The fields of the schema, as the page writes them: those of the whole as they are, those of each
/// kind of object below its name.
fn schema_fields() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    each_object(&schema(), |kind, object| {
        let dot = if kind.is_empty() { "" } else { "." };
        let fields = object["properties"].as_object().unwrap().keys();
        found.extend(fields.map(|field| format!("{kind}{dot}{field}")));
    });
    found
}

#[test]
fn the_page_explains_every_field_and_no_other() {
    assert_eq!(page_fields(PAGE), schema_fields());
}

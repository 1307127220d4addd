//! The schemas below docs/, derived from the types that are serialised.

use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, RestrictFormats};
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

use crate::json::{ComparisonDocument, ProfileDocument, ReportDocument};

pub(super) const REPORT: &str = include_str!("../../../../docs/report.schema.json");
pub(super) const PROFILE: &str = include_str!("../../../../docs/profile.schema.json");
pub(super) const DIFF: &str = include_str!("../../../../docs/diff.schema.json");

/// The schema of a type as it is serialised.
fn derived<T: JsonSchema>() -> String {
    let settings = SchemaSettings::draft2020_12()
        .for_serialize()
        .with_transform(RecursiveTransform(tidy))
        .with_transform(RestrictFormats::default());
    let schema = settings.into_generator().into_root_schema_for::<T>();
    let mut text = serde_json::to_string_pretty(&schema).unwrap();
    text.push('\n');
    text
}

/// Allows an object its own fields only, and makes one line of what is described in several.
fn tidy(schema: &mut Schema) {
    if schema.get("properties").is_some() {
        schema.insert("additionalProperties".into(), json!(false));
    }
    // Of fields that old recordings lack: reading them is not what is described.
    schema.remove("default");
    if let Some(Value::String(text)) = schema.get_mut("description") {
        *text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "renews a page when a developer asks for it"
)]
fn check_current(name: &str, found: &str, expected: &str) {
    if std::env::var_os("CTRPROF_BLESS").is_some_and(|value| value == "1") {
        let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs");
        std::fs::write(format!("{docs}/{name}"), expected).unwrap();
        return;
    }
    assert!(
        found == expected,
        "docs/{name} no longer matches the types; \
         run `CTRPROF_BLESS=1 cargo test -p render --lib documentation`, which rewrites it"
    );
}

#[test]
fn the_schema_of_reports_is_that_of_the_types() {
    check_current(
        "report.schema.json",
        REPORT,
        &derived::<ReportDocument<'_>>(),
    );
}

#[test]
fn the_schema_of_comparisons_is_that_of_the_types() {
    let expected = derived::<ComparisonDocument<'_>>();
    check_current("diff.schema.json", DIFF, &expected);
}

#[test]
fn the_schema_of_profiles_is_that_of_the_types() {
    let expected = derived::<ProfileDocument<'_>>();
    check_current("profile.schema.json", PROFILE, &expected);
}

#[test]
fn descriptions_are_there_and_link_to_no_source() {
    for text in [
        derived::<ReportDocument<'_>>(),
        derived::<ComparisonDocument<'_>>(),
        derived::<ProfileDocument<'_>>(),
    ] {
        assert!(!text.contains("[`"), "a link to Rust in a description");
        super::each_object(&serde_json::from_str(&text).unwrap(), |kind, object| {
            for (field, rule) in object["properties"].as_object().unwrap() {
                assert!(rule.get("description").is_some(), "{kind}.{field}");
            }
        });
    }
}

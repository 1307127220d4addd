//! That JSON is what its schema and its page under docs/ promise.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod diff;
mod documentation;
mod profile;
mod question;
mod report;

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Value, json};

use analysis::report::path::Heuristic;
use compare::report::Verdict;
use compare::report::finding::{Judgement, Unit};
use trace::phase::Phase;
use trace::role::Role;

/// Where `value` breaks `rule`, for the words of JSON Schema (2020-12) that the schema uses. A word
/// that is not among them fails, lest it be taken for kept.
fn violations(root: &Value, rule: &Value, value: &Value, at: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (word, argument) in rule.as_object().unwrap() {
        match word.as_str() {
            "$schema" | "$defs" | "title" | "description" => {}
            "$ref" => {
                let name = argument.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
                found.extend(violations(root, &root["$defs"][name], value, at));
            }
            "type" => {
                if !has_type(value, argument) {
                    found.push(format!("{at}: {value} is not of type {argument}"));
                }
            }
            "anyOf" | "oneOf" => {
                let fits = |rule: &&Value| violations(root, rule, value, at).is_empty();
                let fitting = argument.as_array().unwrap().iter().filter(fits).count();
                if fitting == 0 || (word == "oneOf" && fitting > 1) {
                    found.push(format!("{at}: {value} fits {fitting} of {word} {argument}"));
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

/// Checks every kind of object of a schema, given its name and its rule; the name of the whole is
/// empty.
fn each_object(schema: &Value, mut check: impl FnMut(&str, &Value)) {
    check("", schema);
    for (kind, rule) in schema["$defs"].as_object().unwrap() {
        if rule.get("properties").is_some() {
            check(kind, rule);
        }
    }
}

/// Checks that every object of a schema allows its own properties only, and asks for all of them.
fn check_exact(schema: &Value) {
    each_object(schema, |kind, object| {
        assert_eq!(object["additionalProperties"], json!(false), "{kind}");
        let required = object["required"].as_array().unwrap();
        let required: BTreeSet<&str> = required.iter().map(|name| name.as_str().unwrap()).collect();
        let properties = object["properties"].as_object().unwrap().keys();
        let properties: BTreeSet<&str> = properties.map(String::as_str).collect();
        assert_eq!(required, properties, "{kind}");
    });
}

/// Checks that values have the same names in JSON as elsewhere.
fn check_names<T: Copy + Serialize>(all: &[T], name: fn(T) -> &'static str) {
    for &value in all {
        assert_eq!(json!(value), json!(name(value)));
    }
}

#[test]
fn names_in_json_are_those_of_text() {
    check_names(Phase::ALL, Phase::name);
    check_names(Role::ALL, Role::name);
    check_names(Heuristic::ALL, Heuristic::name);
    check_names(Verdict::ALL, Verdict::name);
    check_names(Judgement::ALL, Judgement::name);
    check_names(Unit::ALL, Unit::name);
}

/// The first column of a page's tables: each field in backquotes.
fn page_fields(page: &str) -> BTreeSet<String> {
    page.lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(field, _)| field.to_owned())
        .collect()
}

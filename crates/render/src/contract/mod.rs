//! That JSON is what its schema and its page under docs/ promise.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod diff;
mod question;
mod report;

use std::collections::BTreeSet;

use serde_json::{Value, json};

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

/// Checks that every object of a schema allows its own properties only, and asks for all of them.
fn check_exact(schema: &Value) {
    let objects = schema["$defs"]
        .as_object()
        .unwrap()
        .values()
        .chain([schema]);
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

/// The first column of a page's tables: each field in backquotes.
fn page_fields(page: &str) -> BTreeSet<String> {
    page.lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(field, _)| field.to_owned())
        .collect()
}

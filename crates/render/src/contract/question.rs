//! That the JSON of an answer has the fields that docs/explain.md explains, and no others.

use std::collections::BTreeSet;

use serde_json::Value;

use super::page_fields;
use crate::json::{Layout, write_answer};
use crate::sample::question::question;

const PAGE: &str = include_str!("../../../../docs/explain.md");

/// The fields of the answer among the page's first columns: not the keys of files.
fn explained() -> BTreeSet<String> {
    let (_, answer) = PAGE.split_once("## The answer as JSON").unwrap();
    page_fields(answer)
}

fn fields(found: &mut BTreeSet<String>, prefix: &str, value: &Value) {
    let names = value.as_object().unwrap().keys();
    found.extend(names.map(|name| format!("{prefix}{name}")));
}

#[test]
fn the_page_explains_every_field_and_no_other() {
    let mut out = Vec::new();
    write_answer(&mut out, &question(), Layout::Compact).unwrap();
    let answer: Value = serde_json::from_slice(&out).unwrap();
    let mut found = BTreeSet::new();
    fields(&mut found, "", &answer);
    fields(&mut found, "cell.", &answer["cells"][0]);
    fields(&mut found, "pair.", &answer["pairs"][0]);
    let prediction = &answer["pairs"][0]["prediction"];
    fields(&mut found, "prediction.", prediction);
    fields(&mut found, "predicted.", &prediction["predicted"]);
    fields(&mut found, "stage.", &answer["pairs"][0]["stages"][0]);
    assert_eq!(explained(), found);
    let claim = &answer["pairs"][0]["claims"][0];
    assert_eq!(claim["judgement"], "confirmed");
    assert!(
        claim["text"]
            .as_str()
            .unwrap()
            .starts_with("a union file system takes")
    );
    let unseen = &answer["pairs"][2]["claims"][0];
    assert_eq!(unseen["judgement"], "not-on-this-kernel");
}

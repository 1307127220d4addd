//! A bench that is checked in, from the rows of its recordings to each format that is printed: the
//! embedded engine and crun take a container through its life, its root an overlay mount or a copy, one
//! run each. It was recorded in a guest: Linux 6.12, control groups of version 2, hooks on kernel
//! functions.
//!
//! `INSTA_UPDATE=always cargo test -p ctrprof --test golden` accepts changes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;

use insta::assert_snapshot;
use serde_json::Value;

const BENCH: &str = "overlay-vfs.bench";
const OVERLAY: &str =
    "overlay-vfs.bench/runs/embedded+crun+overlay+host+host-gnu+none+root/hello-world/01";
const VFS: &str = "overlay-vfs.bench/runs/embedded+crun+vfs+host+host-gnu+none+root/hello-world/01";

/// The standard output of ctrprof, which must succeed.
fn printed(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_ctrprof"))
        .args(arguments)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests"))
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

/// JSON on standard output, which is one line there, with a line for each value.
fn printed_indented(arguments: &[&str]) -> String {
    let compact = printed(arguments);
    assert_eq!(compact.lines().count(), 1);
    indented(compact.trim_end())
}

/// Compact JSON as serde_json writes it for people, its fields in the order that they have.
fn indented(compact: &str) -> String {
    let mut out = String::new();
    let (mut depth, mut is_text, mut is_escaped) = (0, false, false);
    let mut rest = compact.chars().peekable();
    let line = |out: &mut String, depth: usize| *out += &format!("\n{}", "  ".repeat(depth));
    while let Some(c) = rest.next() {
        let ends = |next: Option<&char>| matches!(next, Some('}' | ']'));
        match c {
            '{' | '[' if !is_text => {
                out.push(c);
                if ends(rest.peek()) {
                    out.extend(rest.next());
                } else {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            '}' | ']' if !is_text => {
                depth -= 1;
                line(&mut out, depth);
                out.push(c);
            }
            ',' if !is_text => {
                out.push(c);
                line(&mut out, depth);
            }
            ':' if !is_text => out += ": ",
            _ => out.push(c),
        }
        is_text ^= c == '"' && !is_escaped;
        is_escaped = is_text && c == '\\' && !is_escaped;
    }
    out
}

#[test]
fn report_markdown() {
    assert_snapshot!(printed(&["report", OVERLAY, "--format", "markdown"]));
}

#[test]
fn report_csv() {
    let text = printed(&["report", OVERLAY, "--format", "csv"]);
    let start = text.lines().take(20).collect::<Vec<_>>().join("\n");
    assert_snapshot!(start);
}

#[test]
fn report_text() {
    assert_snapshot!(printed(&["report", OVERLAY]));
}

#[test]
fn report_full() {
    assert_snapshot!(printed(&["report", OVERLAY, "--full"]));
}

#[test]
fn report_stage() {
    assert_snapshot!(printed(&["report", OVERLAY, "--stage", "stop"]));
}

#[test]
fn report_of_a_role() {
    let role = ["report", OVERLAY, "--role", "runtime"];
    assert_snapshot!(printed(
        &[&role[..], &["--stage", "start", "--top", "2"]].concat()
    ));
}

/// What is not to be printed: the status, and what is said.
fn refused(arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_ctrprof"))
        .args(arguments)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests"))
        .output()
        .unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn roles_that_are_none_or_not_there_are_refused_with_those_that_are() {
    let (status, said) = refused(&["report", OVERLAY, "--role", "boss"]);
    assert_eq!(status, Some(2), "{said}");
    assert!(said.contains("client, manager, shim, runtime"), "{said}");
    let (status, said) = refused(&["report", OVERLAY, "--role", "shim"]);
    assert_eq!(status, Some(2), "{said}");
    assert!(
        said.contains("no process of the role shim; this recording has"),
        "{said}"
    );
    let (status, said) = refused(&[
        "report",
        OVERLAY,
        "--role",
        "runtime",
        "--html",
        "page.html",
    ]);
    assert_eq!(status, Some(2), "{said}");
    let (status, said) = refused(&["report", OVERLAY, "--top", "3", "--format", "csv"]);
    assert_eq!(status, Some(2), "{said}");
}

#[test]
fn report_path() {
    assert_snapshot!(printed(&[
        "report", OVERLAY, "--path", "--order", "longest"
    ]));
}

#[test]
fn report_json() {
    assert_snapshot!(printed_indented(&["report", OVERLAY, "--format", "json"]));
}

#[test]
fn report_folded() {
    assert_snapshot!(printed(&["report", OVERLAY, "--format", "folded"]));
}

#[test]
fn diff_text() {
    assert_snapshot!(printed(&["diff", OVERLAY, VFS]));
}

#[test]
fn diff_full() {
    assert_snapshot!(printed(&["diff", OVERLAY, VFS, "--full"]));
}

#[test]
fn diff_json() {
    let printed = printed(&["diff", OVERLAY, VFS, "--format", "json"]);
    let mut comparison: Value = serde_json::from_str(&printed).unwrap();
    keep(&mut comparison["stages"], |stage| stage["name"] == "stop");
    keep(&mut comparison["findings"], |finding| {
        finding["stage"] == "stop"
    });
    let groups = comparison["stages"][0]["groups"].as_array_mut().unwrap();
    groups.truncate(2);
    assert_snapshot!(serde_json::to_string_pretty(&comparison).unwrap());
}

/// Leaves those elements of an array: all of them would be megabytes.
fn keep(array: &mut Value, is_kept: impl Fn(&Value) -> bool) {
    array.as_array_mut().unwrap().retain(is_kept);
}

#[test]
fn diff_folded() {
    assert_snapshot!(printed(&["diff", OVERLAY, VFS, "--format", "folded"]));
}

#[test]
fn profile_text() {
    assert_snapshot!(printed(&["profile", OVERLAY, VFS]));
}

#[test]
fn profile_of_all_roles_by_time() {
    assert_snapshot!(printed(&[
        "profile", BENCH, "--role", "all", "--stage", "create", "--sort", "time", "--top", "8",
    ]));
}

#[test]
fn profile_json() {
    let printed = printed(&["profile", OVERLAY, VFS, "--format", "json"]);
    let mut profile: Value = serde_json::from_str(&printed).unwrap();
    profile["calls"].as_array_mut().unwrap().truncate(2);
    assert_snapshot!(serde_json::to_string_pretty(&profile).unwrap());
}

#[test]
fn profile_csv() {
    assert_snapshot!(printed(&["profile", OVERLAY, VFS, "--format", "csv"]));
}

#[test]
fn profile_markdown() {
    assert_snapshot!(printed(&["profile", OVERLAY, VFS, "--format", "markdown"]));
}

#[test]
fn bench_text() {
    assert_snapshot!(printed(&["report", BENCH]));
}

#[test]
fn bench_json() {
    assert_snapshot!(printed_indented(&["report", BENCH, "--format", "json"]));
}

#[test]
fn bench_csv() {
    assert_snapshot!(printed(&["report", BENCH, "--format", "csv"]));
}

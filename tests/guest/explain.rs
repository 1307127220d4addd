//! A question that this kernel answers and the machine's own cannot, and the other way round.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use ctrprof_tests::ctrprof;
use ctrprof_tests::scratch::Scratch;
use ctrprof_tests::turn::alone;
use serde_json::Value;

/// The directory of results, which reach the machine for `ctrprof explain cgroup-v1-v2 --with`.
const RESULTS: &str = "/run/results/cgroup-v1-v2.bench";

#[test]
fn groups_of_version_2_are_measured_and_those_of_version_1_are_not_on_this_kernel() -> Result<()> {
    let _turn = alone();
    let folder = Scratch::new()?;
    let shown = ctrprof::command()?
        .args(["explain", "cgroup-v1-v2", "--show"])
        .output()?;
    ctrprof::succeeded(&shown)?;
    let question = String::from_utf8(shown.stdout)?.replace("runs = 15", "runs = 1\nwarmups = 0");
    let file = folder.path().join("cgroup-v1-v2.toml");
    fs::write(&file, question)?;
    let results = folder.path().join("results");
    let mut explain = ctrprof::command()?;
    explain.arg("explain").arg(&file).arg("-o").arg(&results);
    let output = explain.args(["--format", "json"]).output()?;
    ctrprof::succeeded(&output)?;
    let answer: Value = serde_json::from_slice(&output.stdout)?;
    for cell in answer["cells"].as_array().context("no cells")? {
        let name = cell["name"].as_str().context("no name")?;
        let reasons = cell["lacking"].as_array().map_or(0, Vec::len);
        if name.contains("v2") {
            assert_eq!((&cell["runs"], reasons), (&1.into(), 0), "{name}");
        } else {
            assert_eq!(cell["runs"], 0, "{name}");
            ensure!(reasons > 0, "no reason why {name} was not run");
        }
    }
    for pair in answer["pairs"].as_array().context("no pairs")? {
        for claim in pair["claims"].as_array().context("no claims")? {
            let is_missing = pair["missing"].as_str().is_some_and(|why| !why.is_empty());
            let is_unseen = claim["judgement"] == "not-on-this-kernel";
            assert_eq!(is_missing, is_unseen, "{claim}");
        }
    }
    let copied = Command::new("cp")
        .arg("-r")
        .args([results.as_path(), RESULTS.as_ref()])
        .status()?;
    ensure!(copied.success(), "the results could not be kept");
    Ok(())
}

//! `ctrprof explain` on the real kernel: it runs what is missing, says what cannot be seen here, and
//! what it counts is what strace counts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use anyhow::{Context, Result, ensure};
use ctrprof_tests::chroot::tar_calls_per_file;
use ctrprof_tests::ctrprof::{command, succeeded};
use ctrprof_tests::scratch::Scratch;
use ctrprof_tests::turn::{alone, beside_others};
use serde_json::Value;
use setup::image::ImageSource;
use setup::size::Size;

/// A question of a user's own, and where its recordings go.
struct Asked {
    folder: Scratch,
}

impl Asked {
    fn new(question: &str) -> Result<Self> {
        let folder = Scratch::new()?;
        fs::write(folder.path().join("question.toml"), question)?;
        fs::create_dir(folder.path().join("base"))?;
        Ok(Self { folder })
    }

    fn results(&self) -> PathBuf {
        self.folder.path().join("results")
    }

    fn explain(&self, options: &[&str]) -> Result<Output> {
        let mut explain = command()?;
        explain
            .arg("explain")
            .arg(self.folder.path().join("question.toml"))
            .arg("-o")
            .arg(self.results())
            .arg("--run-dir")
            .arg(self.folder.path().join("base"))
            .args(options);
        Ok(explain.output()?)
    }

    fn text(&self, options: &[&str]) -> Result<String> {
        let output = self.explain(options)?;
        succeeded(&output)?;
        Ok(String::from_utf8(output.stdout)?)
    }

    fn json(&self, options: &[&str]) -> Result<Value> {
        let text = self.text(&[options, &["--format", "json"]].concat())?;
        Ok(serde_json::from_str(&text)?)
    }

    fn recordings(&self) -> Result<usize> {
        let lines = fs::read_to_string(self.results().join("results.jsonl"))?;
        Ok(lines.lines().count())
    }
}

/// Two storages that every host has, and one that hardly any has.
const STORAGES: &str = r#"
asks = "does a deep copy cost more than an overlay?"
source = "nobody"

[matrix]
runs = 2
warmups = 0
workloads = "hello-world"

[[matrix.configurations]]
storage = ["overlay", "vfs", "zfs"]

[[measure]]
name = "create"
stage = "create"

[[measure]]
name = "mounts"
stage = "create"
of = { phase = "mounts" }
per = "stage"

[[compare]]
a = { storage = "overlay" }
b = { storage = ["vfs", "zfs"] }
stages = ["create"]

[[compare.claim]]
says = "it does"
source = "nobody"
stage = "create"
test.wall-ratio = { at-least = 1.0 }
"#;

#[test]
fn what_is_missing_is_run_and_what_cannot_be_seen_here_is_said() -> Result<()> {
    let _turn = alone();
    let asked = Asked::new(STORAGES)?;
    let plan = asked.text(&["--plan"])?;
    ensure!(plan.contains("can be run"), "{plan}");
    ensure!(!asked.results().exists(), "a plan runs nothing");
    let answer = asked.json(&[])?;
    assert_eq!(answer["complete"], true);
    let cells = answer["cells"].as_array().context("no cells")?;
    let names: Vec<&Value> = cells.iter().map(|cell| &cell["name"]).collect();
    assert_eq!(names, ["overlay", "vfs", "zfs"]);
    for cell in &cells[..2] {
        assert_eq!((&cell["runs"], &cell["failed"]), (&2.into(), &0.into()));
        ensure!(cell["measures"][0]["value"].as_u64() > Some(0), "{cell}");
        let directory = cell["directory"].as_str().context("no directory")?;
        ensure!(Path::new(directory).is_dir(), "{directory}");
    }
    // Two runs prove nothing.
    assert_eq!(answer["pairs"][0]["claims"][0]["judgement"], "inconclusive");
    let zfs = &answer["pairs"][1]["claims"][0];
    let lacking = cells[2]["lacking"].as_array().context("no reasons")?;
    if lacking.is_empty() {
        assert_eq!(zfs["judgement"], "inconclusive");
    } else {
        assert_eq!(zfs["judgement"], "not-on-this-kernel");
        let text = zfs["text"].as_str().unwrap_or_default();
        ensure!(text.contains("zfs"), "{text}");
    }
    let before = asked.recordings()?;
    let text = asked.text(&[])?;
    assert_eq!(asked.recordings()?, before, "runs were done again");
    for part in ["verdicts", "figures", "overlay → vfs", "2 of each"] {
        ensure!(text.contains(part), "no {part:?} in {text}");
    }
    Ok(())
}

#[test]
fn one_comparison_is_printed_whole() -> Result<()> {
    let _turn = alone();
    let asked = Asked::new(&STORAGES.replace("runs = 2", "runs = 1"))?;
    asked.json(&[])?;
    let text = asked.text(&["--no-run", "--pair", "1"])?;
    ensure!(
        text.contains("ctrprof  diff") && text.contains("critical path"),
        "{text}"
    );
    let folded = asked.text(&["--no-run", "--pair", "1", "--format", "folded"])?;
    ensure!(
        folded.lines().all(|line| line.split(';').count() > 1),
        "{folded}"
    );
    for (options, why) in [
        (
            &["--no-run", "--pair", "9"][..],
            "there is no pair 9; the question has 2",
        ),
        (&["--no-run", "--format", "folded"], "--pair N"),
    ] {
        let output = asked.explain(options)?;
        let said = String::from_utf8(output.stderr)?;
        ensure!(!output.status.success() && said.contains(why), "{said}");
    }
    Ok(())
}

#[test]
fn bad_questions_are_refused_with_the_remedy() -> Result<()> {
    let _turn = beside_others();
    for (change, to, why) in [
        (
            "storage = \"overlay\" }",
            "storage = \"aufs\" }",
            "chooses no cell",
        ),
        ("asks =", "ask =", "unknown field `ask`"),
        (
            "per = \"stage\"",
            "per = \"each\"\nwhat = \"count\"",
            "give it per",
        ),
        ("storage = [\"overlay\"", "store = [\"overlay\"", "no axis"),
    ] {
        let asked = Asked::new(&STORAGES.replacen(change, to, 1))?;
        let output = asked.explain(&["--no-run"])?;
        let said = String::from_utf8(output.stderr)?;
        ensure!(
            !output.status.success() && said.contains(why),
            "{why}: {said}"
        );
    }
    let output = command()?.args(["explain", "everything"]).output()?;
    let said = String::from_utf8(output.stderr)?;
    ensure!(
        said.contains("choose one of overlay-vs-aufs-read"),
        "{said}"
    );
    Ok(())
}

#[test]
fn every_question_of_the_catalogue_has_a_plan_here() -> Result<()> {
    let _turn = beside_others();
    let output = command()?
        .args(["explain", "--list", "--format", "json"])
        .output()?;
    succeeded(&output)?;
    let questions: Value = serde_json::from_slice(&output.stdout)?;
    let questions = questions.as_array().context("no list")?;
    ensure!(questions.len() >= 14, "{questions:?}");
    for question in questions {
        let name = question["name"].as_str().context("no name")?;
        let output = command()?
            .args(["explain", name, "--plan", "--format", "json"])
            .output()?;
        succeeded(&output).with_context(|| name.to_owned())?;
        let plan: Value = serde_json::from_slice(&output.stdout)?;
        let count = |list: &str| plan[list].as_array().map_or(0, Vec::len);
        ensure!(count("cells") + count("impossible") > 0, "{name}");
        for cell in plan["impossible"].as_array().into_iter().flatten() {
            ensure!(cell["reasons"][0].as_str().is_some(), "{cell}");
        }
    }
    Ok(())
}

/// The tar question, at sizes that take seconds: what a file more costs is what strace counts.
#[test]
fn calls_of_each_tar_are_those_that_strace_counts() -> Result<()> {
    let _turn = alone();
    let shown = command()?
        .args(["explain", "tar-alpine-vs-centos", "--show"])
        .output()?;
    succeeded(&shown)?;
    let question = String::from_utf8(shown.stdout)?;
    let workloads = question
        .lines()
        .find(|line| line.starts_with("workloads = "))
        .context("the question names no workloads")?;
    let quick = question
        .replace(
            workloads,
            "workloads = [\"io-write/sm\", \"io-write/md\"]\nwarmups = 0",
        )
        .replace("runs = 10", "runs = 1")
        .replace("io-write/lg", "io-write/md");
    let answer = Asked::new(&quick)?.json(&[])?;
    let measures = answer["measures"].as_array().context("no measures")?;
    let column = measures.iter().position(|name| name == "calls a file");
    let column = column.context("calls of a file are not measured")?;
    for source in [ImageSource::HostGnu, ImageSource::HostBusybox] {
        let calls = |size: Size| -> Result<f64> {
            let name = format!("{source} · io-write/{size}");
            let mut cells = answer["cells"].as_array().context("no cells")?.iter();
            let cell = cells
                .find(|cell| cell["name"] == name)
                .context(name.clone())?;
            let milli = cell["measures"][column]["value"].as_f64().context(name)?;
            Ok(milli / 1e3 * size.files() as f64)
        };
        let files = (Size::Md.files() - Size::Sm.files()) as f64;
        let counted = (calls(Size::Md)? - calls(Size::Sm)?) / files;
        let expected = tar_calls_per_file(&source)?;
        // Both read the archive in blocks, of which the last is not whole.
        ensure!(
            (counted - expected).abs() < 0.2,
            "{source}: {counted} calls a file; strace counts {expected}"
        );
    }
    Ok(())
}

//! Readers of exported files that are not ours, and what they say.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde::Deserialize;
use serde_json::Value;

use crate::chromium;

/// By stage and phase, or by stage and system call.
pub type ByStage = BTreeMap<String, BTreeMap<String, u64>>;

/// The questions that are asked of each format; nothing where it does not have the answer.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Answers {
    /// Time on the critical path by stage and phase, nanoseconds.
    pub times: Option<ByStage>,
    /// Calls of all threads by the stage in which they returned.
    pub calls: Option<ByStage>,
    /// First and last instant of each stage, on the recording's clock.
    pub bounds: Option<BTreeMap<String, [u64; 2]>>,
    /// Wake-ups of tracked threads.
    pub wakes: Option<u64>,
}

/// Adds a time, if there is any.
pub fn add(times: &mut ByStage, stage: &str, phase: &str, time_ns: u64) {
    if time_ns > 0 {
        let phases = times.entry(stage.to_owned()).or_default();
        *phases.entry(phase.to_owned()).or_default() += time_ns;
    }
}

/// What Perfetto's generated messages say of a trace.
pub fn perfetto(trace: &[u8]) -> Answers {
    answers(python("trace.py"), trace)
}

/// What DuckDB says of the tables of a recording, or of a file of comma-separated values.
pub fn duckdb(source: &Path) -> Answers {
    let mut python = python("tables.py");
    python.arg(source);
    answers(python, b"")
}

/// What the package pprof-format says of a profile.
pub fn pprof_format(profile: &[u8]) -> Answers {
    let mut node = Command::new("node");
    node.arg(script("pprof.cjs"))
        .env("NODE_PATH", tools("node/node_modules"));
    answers(node, profile)
}

/// What speedscope understands of a file: the times of each profile that it makes of it, by name.
pub fn speedscope(name: &str, file: &[u8]) -> BTreeMap<String, ByStage> {
    let folder = tempfile::tempdir().unwrap();
    let given = serde_json::json!({ "name": name, "bytes": file });
    let load = fs::read_to_string(script("speedscope.js")).unwrap();
    let loader = folder.path().join("load.js");
    fs::write(&loader, format!("const given = {given};\n{load}")).unwrap();
    let page = tools("node/node_modules/speedscope/dist/release/index.html");
    let address = format!("{}#localProfilePath={}", page.display(), loader.display());
    let exported: Value =
        serde_json::from_str(&chromium::text_of(&address, folder.path(), "result")).unwrap();
    let frames: Vec<&str> = list(&exported["shared"]["frames"])
        .map(|frame| frame["name"].as_str().unwrap())
        .collect();
    let profiles = list(&exported["profiles"]).map(|profile| {
        let name = profile["name"].as_str().unwrap().to_owned();
        (name, times(&frames, profile))
    });
    profiles.collect()
}

/// The times of a profile of frames that open and close.
fn times(frames: &[&str], profile: &Value) -> ByStage {
    let mut times = ByStage::new();
    let mut open: Vec<&str> = Vec::new();
    let mut last_ns = 0;
    for event in list(&profile["events"]) {
        let at_ns = event["at"].as_u64().unwrap();
        if let [stage, _, _, phase, ..] = open[..] {
            add(&mut times, stage, phase, at_ns - last_ns);
        } else {
            assert_eq!(at_ns, last_ns, "time of no phase in {open:?}");
        }
        last_ns = at_ns;
        let frame = frames[event["frame"].as_u64().unwrap() as usize];
        match event["type"].as_str() {
            Some("O") => open.push(frame),
            Some("C") => assert_eq!(open.pop(), Some(frame)),
            other => panic!("{other:?} is no event"),
        }
    }
    times
}

pub fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().unwrap().iter()
}

fn python(name: &str) -> Command {
    let mut python = Command::new("python3");
    python
        .arg(script(name))
        .env("PYTHONPATH", tools("python"))
        .env("PYTHONDONTWRITEBYTECODE", "1");
    python
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/readers")
        .join(name)
}

/// Something that `cargo xtask prepare` installs.
fn tools(path: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let path = target.join("tools").join(path);
    let is_there = path.exists();
    assert!(
        is_there,
        "no {}: run `cargo xtask prepare`, which installs the readers that this test needs",
        path.display()
    );
    path
}

fn answers(mut reader: Command, input: &[u8]) -> Answers {
    let output = given(&mut reader, input);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{reader:?}: {error}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Runs a reader that takes all of its input before it prints anything.
fn given(reader: &mut Command, input: &[u8]) -> Output {
    let mut child = reader
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("failed to start {reader:?}: {error}"));
    // A reader that fails early closes it; what it says then is in its output.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

//! Formats for other viewers, from the recording that is checked in: readers that are not ours find in each what
//! the report says, to the nanosecond.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod chromium;
mod readers;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use readers::{Answers, ByStage, add, duckdb, list, perfetto, pprof_format, speedscope};
use serde_json::Value;

const RECORDING: &str =
    "overlay-vfs.bench/runs/embedded+crun+overlay+host+host-gnu+none+root/hello-world/01";

fn printed(format: &str) -> Vec<u8> {
    printed_with(format, &[])
}

fn printed_with(format: &str, options: &[&str]) -> Vec<u8> {
    let output = Command::new(env!("CARGO_BIN_EXE_ctrprof"))
        .args(["report", RECORDING, "--format", format])
        .args(options)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests"))
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{format}: {error}");
    output.stdout
}

fn json(format: &str) -> Value {
    serde_json::from_slice(&printed(format)).unwrap()
}

/// By the report.
fn reported() -> Answers {
    let report = json("json");
    let (mut times, mut calls) = (ByStage::new(), ByStage::new());
    let mut bounds = Vec::new();
    for stage in list(&report["runs"][0]["stages"]) {
        let name = stage["name"].as_str().unwrap();
        for phase in list(&stage["phases"]) {
            let time_ns = phase["critical_path_ns"].as_u64().unwrap_or(0);
            add(&mut times, name, phase["phase"].as_str().unwrap(), time_ns);
        }
        for call in list(&stage["syscalls"]) {
            let count = call["count"].as_u64().unwrap();
            add(&mut calls, name, call["name"].as_str().unwrap(), count);
        }
        let [start_ns, wall_ns] = ["start_ns", "wall_ns"].map(|key| stage[key].as_u64().unwrap());
        bounds.push((name.to_owned(), [start_ns, start_ns + wall_ns]));
    }
    assert_eq!((times.len(), calls.len(), bounds.len()), (5, 5, 5));
    Answers {
        times: Some(times),
        calls: Some(calls),
        bounds: Some(bounds.into_iter().collect()),
        wakes: None,
    }
}

/// What the report says, of times alone.
fn reported_times() -> ByStage {
    reported().times.unwrap()
}

/// The tables themselves: what the report's counts are made of.
#[test]
fn tables() {
    let recording = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(RECORDING);
    let told = duckdb(&recording);
    assert!(told.wakes > Some(20), "{:?}", told.wakes);
    let known = Answers {
        times: None,
        wakes: told.wakes,
        ..reported()
    };
    assert_eq!(told, known);
}

#[test]
fn csv_by_duckdb() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.csv");
    std::fs::write(&file, printed("csv")).unwrap();
    let known = Answers {
        calls: None,
        ..reported()
    };
    assert_eq!(duckdb(&file), known);
}

#[test]
fn folded_by_speedscope() {
    let profiles = speedscope("report.folded", &printed("folded"));
    let times: Vec<ByStage> = profiles.into_values().collect();
    assert_eq!(times, [reported_times()]);
}

#[test]
fn speedscope_by_itself() {
    let (mut by_stack, mut in_order) = (ByStage::new(), ByStage::new());
    for (name, times) in speedscope("report.speedscope.json", &printed("speedscope")) {
        let (_, kind) = name.split_once(": critical path ").unwrap();
        match kind {
            "by stack" => by_stack.extend(times),
            "in order" => in_order.extend(times),
            other => panic!("{other}"),
        }
    }
    assert_eq!(by_stack, reported_times());
    assert_eq!(in_order, reported_times());
}

#[test]
fn pprof_by_speedscope() {
    let profiles = speedscope("report.pb.gz", &printed("pprof"));
    let times: Vec<ByStage> = profiles.into_values().collect();
    assert_eq!(times, [reported_times()]);
}

#[test]
fn pprof_by_pprof_format() {
    let known = Answers {
        times: Some(reported_times()),
        ..Answers::default()
    };
    assert_eq!(pprof_format(&printed("pprof")), known);
}

/// Wake-ups are held against those of the tables.
#[test]
fn perfetto_by_its_own_messages() {
    let recording = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(RECORDING);
    let known = Answers {
        wakes: duckdb(&recording).wakes,
        ..reported()
    };
    assert_eq!(perfetto(&printed("perfetto")), known);
}

/// Waits of all threads by those whom they are behind: kinds of a phase that one call can have many of.
#[test]
fn thread_time_keeps_kinds_apart() {
    let mut known = ByStage::new();
    for stage in list(&json("json")["runs"][0]["stages"]) {
        let mut phases = list(&stage["phases"]);
        let Some(waits) = phases.find(|phase| phase["phase"] == "runqueue") else {
            continue;
        };
        for part in list(&waits["parts"]) {
            let names = [&stage["name"], &part["name"]].map(|name| name.as_str().unwrap());
            let time_ns = part["thread_ns"].as_u64().unwrap();
            add(&mut known, names[0], names[1], time_ns);
        }
    }
    let file = printed_with("speedscope", &["--weight", "thread"]);
    let file: Value = serde_json::from_slice(&file).unwrap();
    let frames: Vec<&str> = list(&file["shared"]["frames"])
        .map(|frame| frame["name"].as_str().unwrap())
        .collect();
    let mut told = ByStage::new();
    for profile in list(&file["profiles"]) {
        for (sample, weight) in list(&profile["samples"]).zip(list(&profile["weights"])) {
            let stack = list(sample).map(|frame| frames[frame.as_u64().unwrap() as usize]);
            let stack: Vec<&str> = stack.collect();
            if let [stage, _, _, "runqueue", kind, ..] = stack[..] {
                add(&mut told, stage, kind, weight.as_u64().unwrap());
            }
        }
    }
    assert_eq!(told, known);
    assert!(known.values().any(|kinds| kinds.len() > 2), "{known:?}");
}

/// No registry has a reader of these; the writer is not ours (`fxprof-processed-profile`).
#[test]
fn firefox() {
    let file = json("firefox");
    let categories: Vec<&str> = list(&file["meta"]["categories"])
        .map(|category| category["name"].as_str().unwrap())
        .collect();
    let mut times = ByStage::new();
    for thread in list(&file["threads"]) {
        let samples = &thread["samples"];
        let of_frame = &thread["frameTable"]["category"];
        for (stack, weight) in list(&samples["stack"]).zip(list(&samples["weight"])) {
            let stack = stack.as_u64().unwrap() as usize;
            let frame = thread["stackTable"]["frame"][stack].as_u64().unwrap() as usize;
            let category = of_frame[frame].as_u64().unwrap() as usize;
            let time_ns = (weight.as_f64().unwrap() * 1e6).round() as u64;
            let stage = thread["name"].as_str().unwrap();
            add(&mut times, stage, categories[category], time_ns);
        }
    }
    assert_eq!(times, reported_times());
}

/// The attributes of each box of a picture.
fn boxes(picture: &str) -> Vec<BTreeMap<&str, &str>> {
    let boxes = picture.split("<rect ").skip(1);
    boxes
        .map(|one| {
            let (attributes, _) = one.split_once('>').unwrap();
            let attributes = attributes.split_terminator('"').collect::<Vec<_>>();
            let pairs = attributes.chunks_exact(2);
            pairs
                .map(|pair| (pair[0].trim().trim_end_matches('='), pair[1]))
                .collect()
        })
        .collect()
}

/// The pixels of the boxes that have this attribute.
fn width(boxes: &[BTreeMap<&str, &str>], is_one: impl Fn(&BTreeMap<&str, &str>) -> bool) -> f64 {
    let chosen = boxes.iter().filter(|one| is_one(one));
    chosen.map(|one| one["width"].parse::<f64>().unwrap()).sum()
}

#[test]
fn svg() {
    let picture = String::from_utf8(printed("svg")).unwrap();
    let boxes = boxes(&picture);
    let mut times = ByStage::new();
    for one in boxes.iter().filter(|one| one.contains_key("data-ns")) {
        let time_ns = one["data-ns"].parse().unwrap();
        add(&mut times, one["data-stage"], one["data-phase"], time_ns);
    }
    assert_eq!(times, reported_times());
    let stages = width(&boxes, |one| one.contains_key("data-wall-ns"));
    let pieces = width(&boxes, |one| one.contains_key("data-ns"));
    let pieces_drawn = boxes.iter().filter(|one| one.contains_key("data-ns"));
    // Each is rounded to a thousandth of a pixel at either end.
    let rounding = pieces_drawn.count() as f64 * 0.001;
    assert!((stages - pieces).abs() <= rounding, "{stages} {pieces}");
}

#[test]
fn svg_icicle() {
    let picture = String::from_utf8(printed("svg-icicle")).unwrap();
    let boxes = boxes(&picture);
    let mut times = ByStage::new();
    for one in boxes.iter().filter(|one| one.contains_key("data-kind")) {
        if let Some(phase) = one.get("data-phase") {
            let time_ns = one["data-ns"].parse().unwrap();
            add(&mut times, one["data-stage"], phase, time_ns);
        }
        let sums = one.get("data-sums").into_iter();
        for sum in sums.flat_map(|sums| sums.split(',')) {
            let (phase, time_ns) = sum.split_once(' ').unwrap();
            add(
                &mut times,
                one["data-stage"],
                phase,
                time_ns.parse().unwrap(),
            );
        }
    }
    assert_eq!(times, reported_times());
    let stages = width(&boxes, |one| one.get("data-kind") == Some(&"stage"));
    assert!((stages - 972.0).abs() < 0.001, "{stages}");
}

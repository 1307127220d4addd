//! Formats for other viewers, from the recording that is checked in: each says what the report says, to the
//! nanosecond.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::io::Read;
use std::process::Command;

use flate2::read::GzDecoder;
use serde_json::Value;

const RECORDING: &str =
    "overlay-vfs.bench/runs/embedded+crun+overlay+host+host-gnu+none+root/hello-world/01";

/// Time by stage and phase, nanoseconds.
type Times = BTreeMap<(String, String), u64>;

fn printed(format: &str) -> Vec<u8> {
    let output = Command::new(env!("CARGO_BIN_EXE_ctrprof"))
        .args(["report", RECORDING, "--format", format])
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

fn add(times: &mut Times, stage: &str, phase: &str, time_ns: u64) {
    if time_ns > 0 {
        *times
            .entry((stage.to_owned(), phase.to_owned()))
            .or_default() += time_ns;
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().unwrap().iter()
}

/// By the report.
fn reported() -> Times {
    let report = json("json");
    let mut times = Times::new();
    for stage in list(&report["runs"][0]["stages"]) {
        for phase in list(&stage["phases"]) {
            let names = (stage["name"].as_str(), phase["phase"].as_str());
            let time_ns = phase["critical_path_ns"].as_u64().unwrap_or(0);
            add(&mut times, names.0.unwrap(), names.1.unwrap(), time_ns);
        }
    }
    assert!(times.len() > 20, "{times:?}");
    times
}

#[test]
fn folded() {
    let mut times = Times::new();
    for line in String::from_utf8(printed("folded")).unwrap().lines() {
        let (stack, time_ns) = line.rsplit_once(' ').unwrap();
        let frames: Vec<&str> = stack.split(';').collect();
        add(&mut times, frames[0], frames[3], time_ns.parse().unwrap());
    }
    assert_eq!(times, reported());
}

#[test]
fn csv() {
    let text = String::from_utf8(printed("csv")).unwrap();
    let mut times = Times::new();
    for line in text.lines().skip(1) {
        // The name of a part may have commas, within quotes; what is before and behind it has none.
        let before: Vec<&str> = line.splitn(7, ',').collect();
        let mut behind = line.rsplit(',').skip(2);
        let time_ns = behind.next().unwrap().parse().unwrap_or(0);
        add(&mut times, before[2], before[5], time_ns);
    }
    assert_eq!(times, reported());
}

#[test]
fn speedscope() {
    let file = json("speedscope");
    let frames: Vec<(&str, &str)> = list(&file["shared"]["frames"])
        .map(|frame| {
            let kind = frame["file"].as_str().unwrap_or_default();
            (frame["name"].as_str().unwrap(), kind)
        })
        .collect();
    let (mut by_stack, mut in_order) = (Times::new(), Times::new());
    for profile in list(&file["profiles"]) {
        assert_eq!(profile["unit"], "nanoseconds");
        let is_in_order = profile["name"].as_str().unwrap().ends_with("in order");
        let times = if is_in_order {
            &mut in_order
        } else {
            &mut by_stack
        };
        for (sample, weight) in list(&profile["samples"]).zip(list(&profile["weights"])) {
            let stack = list(sample).map(|index| frames[index.as_u64().unwrap() as usize]);
            let stack: Vec<(&str, &str)> = stack.collect();
            assert_eq!((stack[0].1, stack[3].1), ("stage", "phase"));
            add(times, stack[0].0, stack[3].0, weight.as_u64().unwrap());
        }
    }
    assert_eq!(by_stack, reported());
    assert_eq!(in_order, reported());
}

#[test]
fn firefox() {
    let file = json("firefox");
    let categories: Vec<&str> = list(&file["meta"]["categories"])
        .map(|category| category["name"].as_str().unwrap())
        .collect();
    let mut times = Times::new();
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
    assert_eq!(times, reported());
}

/// A message of protocol buffers, field by field: the number of each, and its value or its bytes
/// (<https://protobuf.dev/programming-guides/encoding>).
struct Fields<'m>(&'m [u8]);

enum Wire<'m> {
    Number(u64),
    Bytes(&'m [u8]),
}

impl Fields<'_> {
    fn varint(&mut self) -> u64 {
        let mut value = 0;
        for shift in (0..).step_by(7) {
            let (&byte, rest) = self.0.split_first().unwrap();
            self.0 = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                break;
            }
        }
        value
    }
}

impl<'m> Iterator for Fields<'m> {
    type Item = (u64, Wire<'m>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let key = self.varint();
        let wire = match key & 7 {
            0 => Wire::Number(self.varint()),
            1 => {
                let (bytes, rest) = self.0.split_at(8);
                self.0 = rest;
                Wire::Bytes(bytes)
            }
            2 => {
                let length = self.varint() as usize;
                let (bytes, rest) = self.0.split_at(length);
                self.0 = rest;
                Wire::Bytes(bytes)
            }
            other => panic!("wire type {other}"),
        };
        Some((key >> 3, wire))
    }
}

fn messages(message: &[u8], field: u64) -> Vec<&[u8]> {
    Fields(message)
        .filter_map(|(number, wire)| match wire {
            Wire::Bytes(bytes) if number == field => Some(bytes),
            _ => None,
        })
        .collect()
}

fn number(message: &[u8], field: u64) -> Option<u64> {
    Fields(message).find_map(|(number, wire)| match wire {
        Wire::Number(value) if number == field => Some(value),
        _ => None,
    })
}

fn text(message: &[u8], field: u64) -> Option<&str> {
    let bytes = messages(message, field).first().copied()?;
    Some(std::str::from_utf8(bytes).unwrap())
}

#[test]
fn pprof() {
    let mut profile = Vec::new();
    GzDecoder::new(&printed("pprof")[..])
        .read_to_end(&mut profile)
        .unwrap();
    let strings = messages(&profile, 6);
    let named = |index: u64| std::str::from_utf8(strings[index as usize]).unwrap();
    let mut times = Times::new();
    for sample in messages(&profile, 2) {
        let labels = messages(sample, 3);
        let label = |key: &str| {
            let mut labels = labels.iter();
            let label = labels.find(|label| number(label, 1).map(named) == Some(key));
            named(number(label.unwrap(), 2).unwrap())
        };
        let mut value = Fields(messages(sample, 2)[0]);
        add(&mut times, label("stage"), label("phase"), value.varint());
    }
    assert_eq!(times, reported());
}

#[test]
fn perfetto() {
    const BEGINS: u64 = 1;
    const ENDS: u64 = 2;
    let trace = printed("perfetto");
    let mut stages: BTreeMap<u64, &str> = BTreeMap::new();
    let mut open: BTreeMap<u64, Vec<(u64, &str)>> = BTreeMap::new();
    let mut times = Times::new();
    for packet in messages(&trace, 1) {
        for track in messages(packet, 60) {
            let name = text(track, 2).unwrap_or_default();
            if let Some(stage) = name.strip_prefix("critical path of ") {
                stages.insert(number(track, 1).unwrap(), stage);
            }
        }
        for event in messages(packet, 11) {
            let (at_ns, track) = (number(packet, 8).unwrap(), number(event, 11).unwrap());
            let slices = open.entry(track).or_default();
            match number(event, 9) {
                Some(BEGINS) => {
                    let arguments = messages(event, 4);
                    let mut arguments = arguments.iter();
                    let phase = arguments.find(|one| text(one, 10) == Some("phase"));
                    slices.push((at_ns, phase.and_then(|one| text(one, 6)).unwrap_or("")));
                }
                Some(ENDS) => {
                    let (begun_ns, phase) = slices.pop().unwrap();
                    if let Some(stage) = stages.get(&track) {
                        add(&mut times, stage, phase, at_ns - begun_ns);
                    }
                }
                _ => {}
            }
        }
    }
    assert!(open.values().all(Vec::is_empty), "a slice does not end");
    assert_eq!(times, reported());
}

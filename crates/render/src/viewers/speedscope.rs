//! Profiles for speedscope: its own format, "sampled" profiles in nanoseconds
//! (<https://github.com/jlfwong/speedscope/wiki/Importing-from-custom-sources>).

use std::collections::HashMap;
use std::io::{self, Write};

use analysis::report::path::StagePath;
use analysis::stacks::{self, Frame, FrameKind, KernelFunctions};
use serde::Serialize;

use super::{Weight, title};

#[derive(Serialize)]
struct File<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    exporter: String,
    name: &'a str,
    shared: Shared,
    profiles: Vec<Profile>,
}

#[derive(Serialize)]
struct Shared {
    frames: Vec<SharedFrame>,
}

#[derive(Serialize)]
struct SharedFrame {
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    file: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Profile {
    #[serde(rename = "type")]
    kind: &'static str,
    name: String,
    unit: &'static str,
    start_value: u64,
    end_value: u64,
    samples: Vec<Vec<usize>>,
    weights: Vec<u64>,
}

/// Writes two profiles of each stage: its stacks, with functions by samples; and, where the time is that of
/// the critical path, its pieces in their order, which the time order of the viewer shows as they were.
///
/// # Errors
/// Those of `out`.
pub fn write(
    out: &mut dyn Write,
    (name, weight): (&str, Weight),
    paths: &[StagePath],
    kernel: &KernelFunctions<'_>,
) -> io::Result<()> {
    let mut frames = Frames::default();
    let mut profiles = Vec::new();
    for path in paths {
        let title = title(path, paths);
        let stacks = stacks::of_stage(path, kernel);
        let stacks = stacks
            .iter()
            .map(|stack| (stack.frames.as_slice(), stack.total_ns));
        profiles.push(frames.profile(format!("{title}: {} by stack", weight.name()), stacks));
        if weight == Weight::CriticalPath {
            let pieces = path.segments.iter().filter(|piece| piece.duration_ns > 0);
            let pieces: Vec<(Vec<Frame>, u64)> = pieces
                .map(|piece| {
                    let frames = stacks::of_segment(&path.stage, piece, kernel);
                    (frames, piece.duration_ns)
                })
                .collect();
            let pieces = pieces.iter().map(|(frames, ns)| (frames.as_slice(), *ns));
            profiles.push(frames.profile(format!("{title}: critical path in order"), pieces));
        }
    }
    let file = File {
        schema: "https://www.speedscope.app/file-format-schema.json",
        exporter: format!("ctrprof {}", env!("CARGO_PKG_VERSION")),
        name,
        shared: Shared {
            frames: frames.shown,
        },
        profiles,
    };
    serde_json::to_writer(&mut *out, &file)?;
    writeln!(out)
}

/// The frames of all profiles, each once.
#[derive(Default)]
struct Frames {
    shown: Vec<SharedFrame>,
    indices: HashMap<Frame, usize>,
}

impl Frames {
    fn index(&mut self, frame: &Frame) -> usize {
        if let Some(&index) = self.indices.get(frame) {
            return index;
        }
        let index = self.shown.len();
        self.shown.push(SharedFrame {
            name: frame.name.clone(),
            file: file_of(frame),
        });
        self.indices.insert(frame.clone(), index);
        index
    }

    fn profile<'f>(
        &mut self,
        name: String,
        stacks: impl Iterator<Item = (&'f [Frame], u64)>,
    ) -> Profile {
        let (samples, weights): (Vec<Vec<usize>>, Vec<u64>) = stacks
            .map(|(frames, total_ns)| {
                let indices = frames.iter().map(|frame| self.index(frame)).collect();
                (indices, total_ns)
            })
            .unzip();
        Profile {
            kind: "sampled",
            name,
            unit: "nanoseconds",
            start_value: 0,
            end_value: weights.iter().sum(),
            samples,
            weights,
        }
    }
}

/// What the viewer shows, and colours, as a frame's file.
fn file_of(frame: &Frame) -> String {
    match frame.kind {
        FrameKind::User => frame.module.clone(),
        FrameKind::Kernel => "kernel".to_owned(),
        FrameKind::Stage => "stage".to_owned(),
        FrameKind::Role => "role".to_owned(),
        FrameKind::Process => "process".to_owned(),
        FrameKind::Phase | FrameKind::Subphase => "phase".to_owned(),
        FrameKind::Call => "system call".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use serde_json::Value;

    use super::*;
    use crate::sample;

    fn written(paths: &[StagePath], weight: Weight) -> Value {
        let mut out = Vec::new();
        let kernel = |_| vec!["schedule".to_owned(), "synchronize_rcu".to_owned()];
        write(&mut out, ("podman run", weight), paths, &kernel).unwrap();
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn each_profile_adds_up_to_the_stage() {
        let path = sample::path();
        let file = written(std::slice::from_ref(&path), Weight::CriticalPath);
        let profiles = file["profiles"].as_array().unwrap();
        assert_eq!(profiles.len(), 2);
        for profile in profiles {
            let weights = profile["weights"].as_array().unwrap();
            let total: u64 = weights.iter().map(|ns| ns.as_u64().unwrap()).sum();
            assert_eq!(total, path.wall_ns, "{profile}");
            assert_eq!(profile["endValue"], path.wall_ns);
            let samples = profile["samples"].as_array().unwrap();
            assert_eq!(samples.len(), weights.len());
        }
    }

    #[test]
    fn frames_are_shared_and_runs_named() {
        let mut second = sample::path();
        second.run = 1;
        let file = written(&[sample::path(), second], Weight::ThreadTime);
        assert_eq!(file["profiles"].as_array().unwrap().len(), 2);
        assert_eq!(
            file["profiles"][1]["name"],
            "run 2 start: thread time by stack"
        );
        let frames = file["shared"]["frames"].as_array().unwrap();
        let stages = frames.iter().filter(|frame| frame["file"] == "stage");
        assert_eq!(stages.count(), 1);
    }
}

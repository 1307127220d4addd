//! Profiles for pprof: a gzipped message `perftools.profiles.Profile`, of which the fields are those of
//! <https://github.com/google/pprof/blob/main/proto/profile.proto>.

use std::collections::HashMap;
use std::io::{self, Write};

use analysis::report::path::StagePath;
use analysis::stacks::{self, Frame, FrameKind, KernelFunctions, WeightedStack};
use flate2::Compression;
use flate2::write::GzEncoder;
use prost::Message;

use super::Weight;

#[derive(Clone, PartialEq, Message)]
struct Profile {
    #[prost(message, repeated, tag = "1")]
    sample_type: Vec<ValueType>,
    #[prost(message, repeated, tag = "2")]
    sample: Vec<Sample>,
    #[prost(message, repeated, tag = "3")]
    mapping: Vec<Mapping>,
    #[prost(message, repeated, tag = "4")]
    location: Vec<Location>,
    #[prost(message, repeated, tag = "5")]
    function: Vec<Function>,
    #[prost(string, repeated, tag = "6")]
    string_table: Vec<String>,
    #[prost(int64, tag = "10")]
    duration_nanos: i64,
    #[prost(int64, repeated, tag = "13")]
    comment: Vec<i64>,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct ValueType {
    #[prost(int64, tag = "1")]
    kind: i64,
    #[prost(int64, tag = "2")]
    unit: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Sample {
    /// Innermost first.
    #[prost(uint64, repeated, tag = "1")]
    location_id: Vec<u64>,
    #[prost(int64, repeated, tag = "2")]
    value: Vec<i64>,
    #[prost(message, repeated, tag = "3")]
    label: Vec<Label>,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct Label {
    #[prost(int64, tag = "1")]
    key: i64,
    #[prost(int64, tag = "2")]
    text: i64,
    #[prost(int64, tag = "3")]
    number: i64,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct Mapping {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(int64, tag = "5")]
    filename: i64,
    #[prost(bool, tag = "7")]
    has_functions: bool,
}

#[derive(Clone, PartialEq, Message)]
struct Location {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(uint64, tag = "2")]
    mapping_id: u64,
    #[prost(message, repeated, tag = "4")]
    line: Vec<Line>,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct Line {
    #[prost(uint64, tag = "1")]
    function_id: u64,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct Function {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(int64, tag = "2")]
    name: i64,
    #[prost(int64, tag = "3")]
    system_name: i64,
    #[prost(int64, tag = "4")]
    filename: i64,
}

/// Writes the stacks of all stages, in nanoseconds, with labels `run`, `stage`, `role`, `process`, `phase` and
/// `call`, and `estimate` where the time was divided by samples.
///
/// # Errors
/// Those of `out`.
pub fn write(
    out: &mut dyn Write,
    (name, weight): (&str, Weight),
    paths: &[StagePath],
    kernel: &KernelFunctions<'_>,
) -> io::Result<()> {
    let mut builder = Builder::new(weight);
    for path in paths {
        for stack in stacks::of_stage(path, kernel) {
            builder.add(path.run, &stack);
        }
    }
    builder.profile.duration_nanos = number(paths.iter().map(|path| path.wall_ns).sum());
    let comment = builder.text(name);
    builder.profile.comment.push(comment);
    let mut gzip = GzEncoder::new(out, Compression::default());
    gzip.write_all(&builder.profile.encode_to_vec())?;
    gzip.finish()?;
    Ok(())
}

/// A number of the format, which are signed.
fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// The profile so far, and what of it is known already.
struct Builder {
    profile: Profile,
    texts: HashMap<String, i64>,
    mappings: HashMap<String, u64>,
    locations: HashMap<Frame, u64>,
}

impl Builder {
    fn new(weight: Weight) -> Self {
        let mut builder = Self {
            profile: Profile::default(),
            texts: HashMap::new(),
            mappings: HashMap::new(),
            locations: HashMap::new(),
        };
        // The format has the empty text first.
        builder.text("");
        let kind = builder.text(&weight.name().replace(' ', "_"));
        let unit = builder.text("nanoseconds");
        builder.profile.sample_type.push(ValueType { kind, unit });
        builder
    }

    fn text(&mut self, text: &str) -> i64 {
        if let Some(&index) = self.texts.get(text) {
            return index;
        }
        let index = number(self.profile.string_table.len() as u64);
        self.profile.string_table.push(text.to_owned());
        self.texts.insert(text.to_owned(), index);
        index
    }

    fn add(&mut self, run: usize, stack: &WeightedStack) {
        let innermost_first = stack.frames.iter().rev();
        let location_id = innermost_first.map(|frame| self.location(frame)).collect();
        let label = self.labels(run, stack);
        self.profile.sample.push(Sample {
            location_id,
            value: vec![number(stack.total_ns)],
            label,
        });
    }

    fn labels(&mut self, run: usize, stack: &WeightedStack) -> Vec<Label> {
        let mut labels = vec![Label {
            key: self.text("run"),
            number: number(run as u64 + 1),
            ..Label::default()
        }];
        let named = stack.frames.iter().filter_map(|frame| {
            let key = match frame.kind {
                FrameKind::Stage => "stage",
                FrameKind::Role => "role",
                FrameKind::Process => "process",
                FrameKind::Phase => "phase",
                FrameKind::Call => "call",
                FrameKind::Subphase | FrameKind::Kernel | FrameKind::User => return None,
            };
            Some((key, frame.name.as_str()))
        });
        let estimate = stack.is_estimate.then_some(("estimate", "by samples"));
        for (key, text) in named.chain(estimate) {
            let (key, text) = (self.text(key), self.text(text));
            labels.push(Label {
                key,
                text,
                ..Label::default()
            });
        }
        labels
    }

    fn location(&mut self, frame: &Frame) -> u64 {
        if let Some(&id) = self.locations.get(frame) {
            return id;
        }
        let mapping_id = self.mapping(frame);
        let id = self.profile.location.len() as u64 + 1;
        let name = self.text(&frame.name);
        let filename = self.text(&frame.module);
        self.profile.function.push(Function {
            id,
            name,
            system_name: name,
            filename,
        });
        self.profile.location.push(Location {
            id,
            mapping_id,
            line: vec![Line { function_id: id }],
        });
        self.locations.insert(frame.clone(), id);
        id
    }

    /// The program, library or the kernel that a function is of; 0, which is none, for other frames.
    fn mapping(&mut self, frame: &Frame) -> u64 {
        let file = match frame.kind {
            FrameKind::Kernel => "[kernel]",
            FrameKind::User if !frame.module.is_empty() => &frame.module,
            _ => return 0,
        };
        if let Some(&id) = self.mappings.get(file) {
            return id;
        }
        let id = self.profile.mapping.len() as u64 + 1;
        let filename = self.text(file);
        self.profile.mapping.push(Mapping {
            id,
            filename,
            has_functions: true,
        });
        self.mappings.insert(file.to_owned(), id);
        id
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::*;
    use crate::sample;

    fn written(paths: &[StagePath]) -> Profile {
        let mut out = Vec::new();
        let kernel = |_| vec!["schedule".to_owned(), "synchronize_rcu".to_owned()];
        write(
            &mut out,
            ("podman run", Weight::CriticalPath),
            paths,
            &kernel,
        )
        .unwrap();
        let mut message = Vec::new();
        GzDecoder::new(&out[..]).read_to_end(&mut message).unwrap();
        Profile::decode(&message[..]).unwrap()
    }

    #[test]
    fn samples_add_up_and_refer_to_what_there_is() {
        let path = sample::path();
        let profile = written(std::slice::from_ref(&path));
        let total: i64 = profile.sample.iter().map(|sample| sample.value[0]).sum();
        assert_eq!(total as u64, path.wall_ns);
        assert_eq!(profile.string_table[0], "");
        let text = |index: i64| profile.string_table[index as usize].as_str();
        assert_eq!(text(profile.sample_type[0].kind), "critical_path");
        let name = |id: u64| {
            let location = &profile.location[id as usize - 1];
            text(profile.function[location.line[0].function_id as usize - 1].name)
        };
        for sample in &profile.sample {
            assert_eq!(name(*sample.location_id.last().unwrap()), path.stage);
            let phase = sample.label.iter().find(|label| text(label.key) == "phase");
            let phase = text(phase.unwrap().text);
            assert!(sample.location_id.iter().any(|&id| name(id) == phase));
        }
    }
}

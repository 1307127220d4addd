//! Profiles for the Firefox Profiler, in its processed profile format.
//!
//! Each stage is a track with the pieces of its critical path in their order: their stacks as samples, weighted
//! by how long they took, with the phase as the category, and a marker for each piece of which the
//! cause is known. Functions of samples are not among them: when in a piece they ran is not kept.

use std::io::{self, Write};
use std::time::Duration;

use analysis::report::path::{Segment, StagePath};
use analysis::stacks::{self, KernelFunctions};
use fxprof_processed_profile::{
    CategoryColor, CategoryHandle, CpuDelta, Frame, FrameFlags, FrameInfo, MarkerFieldFlags,
    MarkerFieldFormat, MarkerTiming, Profile, ReferenceTimestamp, SamplingInterval, StackHandle,
    StaticSchemaMarker, StaticSchemaMarkerField, StringHandle, ThreadHandle, Timestamp, WeightType,
};
use serde_json::Value;
use trace::manifest::Manifest;
use trace::phase::Phase;

use super::title;

/// Writes the critical paths.
///
/// # Errors
/// Those of `out`; and of the format's crate, if it wrote what is no profile.
pub fn write(
    out: &mut dyn Write,
    manifest: &Manifest,
    paths: &[StagePath],
    kernel: &KernelFunctions<'_>,
) -> io::Result<()> {
    let mut tracks = Tracks::new(manifest, paths);
    for (index, path) in paths.iter().enumerate() {
        tracks.add(index, path, &title(path, paths), kernel);
    }
    let mut file = serde_json::to_value(&tracks.profile)?;
    set_weights(&mut file, &tracks.durations_ns)?;
    serde_json::to_writer(&mut *out, &file)?;
    writeln!(out)
}

/// Replaces the weights, which the format's crate takes as whole numbers, here the place of a duration
/// among `durations_ns`, by those durations in milliseconds.
fn set_weights(file: &mut Value, durations_ns: &[u64]) -> io::Result<()> {
    let threads = file["threads"].as_array_mut();
    for thread in threads.into_iter().flatten() {
        let weights = thread["samples"]["weight"].as_array_mut();
        let weights = weights.ok_or_else(|| io::Error::other("a thread has no weights"))?;
        for weight in weights {
            let place = weight
                .as_u64()
                .and_then(|place| usize::try_from(place).ok());
            let duration_ns = place.and_then(|place| durations_ns.get(place));
            let duration_ns = duration_ns.ok_or_else(|| io::Error::other("not our weight"))?;
            *weight = (*duration_ns as f64 / 1e6).into();
        }
    }
    Ok(())
}

struct Tracks {
    profile: Profile,
    /// The earliest beginning of a stage: zero of the profile.
    origin_ns: u64,
    categories: Vec<(Phase, CategoryHandle)>,
    durations_ns: Vec<u64>,
}

impl Tracks {
    fn new(manifest: &Manifest, paths: &[StagePath]) -> Self {
        let origins_ns = paths.iter().map(|path| path.start_ns);
        let origin_ns = origins_ns.min().unwrap_or(manifest.started_ns);
        let before_ns = origin_ns.saturating_sub(manifest.started_ns);
        let started = Duration::from_nanos(manifest.started_unix_ns.saturating_add(before_ns));
        let started = ReferenceTimestamp::from_duration_since_unix_epoch(started);
        let name = manifest.command.join(" ");
        let mut profile = Profile::new(&name, started, SamplingInterval::from_nanos(1));
        profile.set_symbolicated(true);
        let categories = Phase::ALL
            .iter()
            .map(|&phase| (phase, profile.add_category(phase.name(), colour(phase))))
            .collect();
        Self {
            profile,
            origin_ns,
            categories,
            durations_ns: Vec::new(),
        }
    }

    fn at(&self, instant_ns: u64) -> Timestamp {
        Timestamp::from_nanos_since_reference(instant_ns.saturating_sub(self.origin_ns))
    }

    fn category(&self, phase: Phase) -> CategoryHandle {
        let known = self.categories.iter().find(|(known, _)| *known == phase);
        known.map_or(CategoryHandle::OTHER, |(_, handle)| *handle)
    }

    fn add(&mut self, index: usize, path: &StagePath, title: &str, kernel: &KernelFunctions<'_>) {
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let (start, end) = (
            self.at(path.start_ns),
            self.at(path.start_ns + path.wall_ns),
        );
        let process = self.profile.add_process(title, number, start);
        self.profile.set_process_end_time(process, end);
        let thread = self.profile.add_thread(process, number, start, true);
        self.profile.set_thread_name(thread, title);
        self.profile.set_thread_end_time(thread, end);
        self.profile
            .set_thread_samples_weight_type(thread, WeightType::TracingMs);
        self.profile.add_initial_visible_thread(thread);
        for piece in path.segments.iter().filter(|piece| piece.duration_ns > 0) {
            let stack = self.stack(thread, &path.stage, piece, kernel);
            let place = i32::try_from(self.durations_ns.len()).unwrap_or(i32::MAX);
            self.durations_ns.push(piece.duration_ns);
            let at = self.at(piece.start_ns);
            self.profile
                .add_sample(thread, at, stack, CpuDelta::ZERO, place);
            self.mark(thread, piece, stack);
        }
    }

    fn stack(
        &mut self,
        thread: ThreadHandle,
        stage: &str,
        piece: &Segment,
        kernel: &KernelFunctions<'_>,
    ) -> Option<StackHandle> {
        let category = self.category(piece.phase);
        let frames = stacks::of_segment(stage, piece, kernel);
        let frames: Vec<FrameInfo> = frames
            .iter()
            .map(|frame| FrameInfo {
                frame: Frame::Label(self.profile.intern_string(&frame.name)),
                category_pair: category.into(),
                flags: FrameFlags::empty(),
            })
            .collect();
        self.profile.intern_stack_frames(thread, frames.into_iter())
    }

    fn mark(&mut self, thread: ThreadHandle, piece: &Segment, stack: Option<StackHandle>) {
        if piece.cause.is_empty() {
            return;
        }
        let woken_by = piece.woken_by.as_ref();
        let woken_by = woken_by.map(|wake| format!("{} {}", wake.comm, wake.tid));
        let marker = Cause {
            cause: self.profile.intern_string(&piece.cause),
            category: self.category(piece.phase),
            fields: [
                format!("{} {}", piece.comm, piece.tid),
                piece.role.name().to_owned(),
                piece.syscall.clone().unwrap_or_default(),
                piece.detail.clone(),
                woken_by.unwrap_or_default(),
            ]
            .map(|text| self.profile.intern_string(&text)),
        };
        let timing = MarkerTiming::Interval(self.at(piece.start_ns), self.at(piece.end_ns()));
        let handle = self.profile.add_marker(thread, timing, marker);
        self.profile.set_marker_stack(thread, handle, stack);
    }
}

/// A piece of which the cause is known.
struct Cause {
    cause: StringHandle,
    category: CategoryHandle,
    /// In the order of [`StaticSchemaMarker::FIELDS`].
    fields: [StringHandle; 5],
}

const fn field(key: &'static str, label: &'static str) -> StaticSchemaMarkerField {
    StaticSchemaMarkerField {
        key,
        label,
        format: MarkerFieldFormat::String,
        flags: MarkerFieldFlags::SEARCHABLE,
    }
}

impl StaticSchemaMarker for Cause {
    const UNIQUE_MARKER_TYPE_NAME: &'static str = "ctrprof cause";
    const DESCRIPTION: Option<&'static str> = Some("What the stage waited for, or worked on.");
    const TABLE_LABEL: Option<&'static str> = Some("{marker.data.thread} {marker.data.call}");
    const FIELDS: &'static [StaticSchemaMarkerField] = &[
        field("thread", "Thread"),
        field("role", "Role"),
        field("call", "System call"),
        field("detail", "Of"),
        field("wokenBy", "Woken by"),
    ];

    fn name(&self, _: &mut Profile) -> StringHandle {
        self.cause
    }

    fn category(&self, _: &mut Profile) -> CategoryHandle {
        self.category
    }

    fn string_field_value(&self, index: u32) -> StringHandle {
        self.fields[index as usize]
    }

    /// None of the fields is a number.
    fn number_field_value(&self, _: u32) -> f64 {
        0.0
    }
}

/// The colour of a phase: the kernel's objects in cool ones, waits in warm ones, user mode in yellow.
const fn colour(phase: Phase) -> CategoryColor {
    match phase {
        Phase::Namespaces | Phase::Network => CategoryColor::Blue,
        Phase::Mounts | Phase::Storage => CategoryColor::Green,
        Phase::Cgroups | Phase::Security => CategoryColor::Purple,
        Phase::Process => CategoryColor::LightBlue,
        Phase::Files | Phase::Memory => CategoryColor::LightGreen,
        Phase::Sockets | Phase::Ipc => CategoryColor::Brown,
        Phase::Locks | Phase::Rcu => CategoryColor::Red,
        Phase::Disk => CategoryColor::Magenta,
        Phase::Throttled | Phase::Runqueue => CategoryColor::Orange,
        Phase::User => CategoryColor::Yellow,
        Phase::Observer => CategoryColor::DarkGray,
        Phase::Unknown => CategoryColor::Gray,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::sample;

    #[test]
    fn weights_are_the_pieces_in_milliseconds() {
        let path = sample::path();
        let mut out = Vec::new();
        let kernel = |_| vec!["schedule".to_owned()];
        let manifest = Manifest {
            started_unix_ns: 1_700_000_000_000_000_000,
            ..Manifest::default()
        };
        write(&mut out, &manifest, std::slice::from_ref(&path), &kernel).unwrap();
        let file: Value = serde_json::from_slice(&out).unwrap();
        let samples = &file["threads"][0]["samples"];
        assert_eq!(samples["weightType"], "tracing-ms");
        let weights = samples["weight"].as_array().unwrap();
        let total_ns: u64 = weights
            .iter()
            .map(|ms| (ms.as_f64().unwrap() * 1e6).round() as u64)
            .sum();
        assert_eq!(total_ns, path.wall_ns);
        assert_eq!(file["threads"][0]["name"], "start");
        assert!(file["meta"]["startTime"].as_f64().unwrap() > 1.6e12);
    }
}

//! Kernel stacks: of samples, and of the critical path's waits for the kernel itself.

use std::collections::BTreeMap;

use super::key::Key;
use super::{RunProfile, Source, StackKey};
use crate::apportion::apportion;
use crate::attribution::Attribution;
use crate::attribution::critical_path::Piece;
use crate::attribution::stack;
use crate::attribution::stage::StageWindow;
use crate::functions::SampledStack;
use crate::timeline::{State, Timeline};
use trace::phase::Phase;
use trace::rows::Sample;

/// Stands for the system call of what handles a page fault.
pub const PAGE_FAULT: &str = "page fault";
/// Stands for the system call of what is neither in a call nor handles a page fault.
pub const OTHER: &str = "other";

/// The samples of a recording that have a kernel stack, by time.
#[derive(Debug)]
pub(super) struct Samples<'a> {
    by_time: Vec<&'a Sample>,
}

impl<'a> Samples<'a> {
    /// Those of a recording.
    pub(super) fn new(timeline: &Timeline<'a>) -> Self {
        let samples = timeline.tables().samples.iter();
        let mut by_time: Vec<&Sample> = samples
            .filter(|sample| sample.kernel_stack.is_some())
            .collect();
        by_time.sort_by_key(|sample| sample.at_ns);
        Self { by_time }
    }

    /// Adds those of a stage.
    pub(super) fn add(&self, source: &Source<'_, '_>, profile: &mut RunProfile) {
        let attribution = source.attribution;
        let timeline = attribution.timeline();
        let window = source.window;
        let first = self
            .by_time
            .partition_point(|sample| sample.at_ns < window.start_ns);
        let within = self.by_time[first..].iter();
        for sample in within.take_while(|sample| sample.at_ns < window.end_ns) {
            let thread = timeline.thread_at(sample.tid, sample.at_ns);
            let process = thread.map(|id| timeline.thread(id).process);
            let Some(stack) = sample.kernel_stack else {
                continue;
            };
            if process.is_some_and(source.takes_part) {
                let number = u32::try_from(sample.syscall).ok();
                let name = number.and_then(|number| timeline.syscall_name(number));
                let key = stack_key(attribution, name, stack);
                profile.stacks.entry(key).or_default().samples += 1;
            }
        }
    }
}

/// Adds a piece of the critical path; its time on a CPU to `on_cpu`.
pub(super) fn add_piece(
    attribution: &Attribution<'_, '_>,
    window: &StageWindow,
    piece: &Piece,
    key: &Key<'_>,
    (on_cpu, profile): (&mut BTreeMap<Vec<String>, u64>, &mut RunProfile),
) {
    let duration_ns = piece.end_ns - piece.start_ns;
    let row = piece
        .off_cpu()
        .map(|row| attribution.timeline().off_cpu(row));
    let stack = row.and_then(|row| row.stack);
    let functions = stack.map_or(&[][..], |stack| attribution.stacks().functions(stack));
    let frames = frames(window, key, functions);
    let folded = match piece.state {
        Some(State::User | State::Syscall) => on_cpu,
        Some(State::Runnable(_) | State::Blocked(_)) | None => &mut profile.folded,
    };
    *folded.entry(frames).or_default() += duration_ns;
    if let (true, Some(stack)) = (is_kernel_wait(key.category.phase), stack) {
        let stack_key = stack_key(attribution, key.syscall, stack);
        profile.stacks.entry(stack_key).or_default().blocked_ns += duration_ns;
    }
}

/// Adds the samples on the critical path, and its time on a CPU, divided by them.
pub(super) fn add_sampled(
    window: &StageWindow,
    on_cpu: BTreeMap<Vec<String>, u64>,
    sampled: Vec<SampledStack>,
    profile: &mut RunProfile,
) {
    let mut inner: BTreeMap<Vec<String>, Vec<(Vec<String>, u64)>> = BTreeMap::new();
    for stack in sampled {
        let mut outer = vec![
            window.stage.name().to_owned(),
            stack.role.name().to_owned(),
            stack.phase.name().to_owned(),
        ];
        outer.extend(stack.syscall.clone());
        let frames = inner.entry(outer).or_default();
        frames.push((stack.frames(), stack.samples));
        if stack.phase == Phase::User {
            let key = (stack.role, stack.user);
            *profile.user_stacks.entry(key).or_default() += stack.samples;
        }
    }
    for (outer, whole_ns) in on_cpu {
        for (frames, part_ns) in divided(whole_ns, inner.get(&outer)) {
            let stack = [outer.as_slice(), &frames].concat();
            *profile.folded.entry(stack).or_default() += part_ns;
        }
    }
}

/// Time of a CPU in proportion to samples; whole, where there are none.
fn divided(whole_ns: u64, samples: Option<&Vec<(Vec<String>, u64)>>) -> Vec<(Vec<String>, u64)> {
    let Some(samples) = samples else {
        return vec![(Vec::new(), whole_ns)];
    };
    let weights: Vec<u64> = samples.iter().map(|(_, samples)| *samples).collect();
    let parts = apportion(whole_ns, &weights);
    let frames = samples.iter().map(|(frames, _)| frames.clone());
    frames.zip(parts).collect()
}

/// Adds a stage without a critical path.
pub(super) fn add_unknown(window: &StageWindow, key: &Key<'_>, profile: &mut RunProfile) {
    let wall_ns = profile.wall_ns;
    *profile.folded.entry(frames(window, key, &[])).or_default() += wall_ns;
}

/// The frames of folded stacks, outermost first. Names of processes are left out: those of two
/// runtimes differ, and no stack of one would meet one of the other.
fn frames(window: &StageWindow, key: &Key<'_>, functions: &[&str]) -> Vec<String> {
    let mut frames = vec![
        window.stage.name().to_owned(),
        key.role.name().to_owned(),
        key.category.phase.name().to_owned(),
    ];
    frames.extend(key.syscall.map(str::to_owned));
    frames.extend(functions.iter().rev().map(|&name| name.to_owned()));
    frames
}

/// Whether time of this phase is spent waiting for the kernel or a device, not for a CPU.
fn is_kernel_wait(phase: Phase) -> bool {
    phase.is_wait() && !matches!(phase, Phase::Throttled | Phase::Runqueue)
}

/// The stack below its call.
fn stack_key(attribution: &Attribution<'_, '_>, syscall: Option<&str>, stack: u32) -> StackKey {
    let meaning = attribution.stacks().meaning(Some(stack));
    let in_page_fault = meaning.is_some_and(|meaning| meaning.in_page_fault);
    let functions = attribution.stacks().functions(stack);
    let functions = stack::below_call(functions);
    StackKey {
        syscall: match syscall {
            Some(name) => name,
            None if in_page_fault => PAGE_FAULT,
            None => OTHER,
        }
        .to_owned(),
        functions: functions.map(|&name| name.to_owned()).collect(),
    }
}

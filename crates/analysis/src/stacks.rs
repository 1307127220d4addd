//! Time by stack, outermost frame first: what flame graphs and the viewers of the field are given.

use std::collections::{BTreeMap, HashMap};

use crate::apportion::apportion;
use crate::attribution::stack::below_call;
use crate::functions::{SampledStack, UserFrame};
use crate::report::path::{Segment, SegmentState, StagePath};
use trace::phase::Phase;
use trace::role::Role;

/// What a frame stands for, outermost first. A stack has at most one of each but the functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FrameKind {
    /// A stage of the container's life.
    Stage,
    /// A part in it: client, daemon, runtime, ...
    Role,
    /// The name of a process.
    Process,
    /// A phase.
    Phase,
    /// A kind of work within the phase.
    Subphase,
    /// A system call.
    Call,
    /// A function of the kernel.
    Kernel,
    /// A function of a program or library.
    User,
}

/// A frame of a stack.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Frame {
    /// What it stands for.
    pub kind: FrameKind,
    /// Its name.
    pub name: String,
    /// The program or library of a [`FrameKind::User`]; empty where it is not known, and of others.
    pub module: String,
}

impl Frame {
    /// A frame that is of no file.
    pub fn new(kind: FrameKind, name: &str) -> Self {
        Self {
            kind,
            name: name.to_owned(),
            module: String::new(),
        }
    }
}

/// Frames, outermost first, and the time that was spent below them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeightedStack {
    /// The frames, outermost first.
    pub frames: Vec<Frame>,
    /// The time, nanoseconds.
    pub total_ns: u64,
    /// The number of pieces that the time is of; divided as it is, where that is divided.
    pub pieces: u64,
    /// Whether the time is a part of an exact time, divided in proportion to samples.
    pub is_estimate: bool,
}

/// The functions of a kernel stack by its id, innermost first, as recordings keep them.
pub type KernelFunctions<'a> = dyn Fn(u32) -> Vec<String> + 'a;

/// The time of a stage by stack, in the order of the stacks. It adds up to that of the segments.
///
/// Kernel frames are those that a thread was blocked in, without those of every such stack: the scheduler's
/// and the probes' at its inner end, the entry of system calls at its outer end. Of time on a CPU they are those of samples, user
/// frames below the phase `user` and the kernel's below a call: the time is divided in proportion to
/// the samples. Without samples it has none.
pub fn of_stage(path: &StagePath, kernel: &KernelFunctions<'_>) -> Vec<WeightedStack> {
    let mut blocked: BTreeMap<Vec<Frame>, Sum> = BTreeMap::new();
    let mut on_cpu: BTreeMap<(Vec<Frame>, Group<'_>), Sum> = BTreeMap::new();
    for (segment, added) in added_up(path) {
        let outer = outer_frames(&path.stage, segment);
        let sum = match segment.state {
            SegmentState::User | SegmentState::Syscall => on_cpu
                .entry((outer, Group::of_segment(segment)))
                .or_default(),
            SegmentState::Runnable | SegmentState::Blocked => {
                let frames = [outer, kernel_frames(segment, kernel)].concat();
                blocked.entry(frames).or_default()
            }
        };
        sum.total_ns += added.total_ns;
        sum.pieces += added.pieces;
    }
    let mut stacks = Sums::default();
    for (frames, sum) in blocked {
        stacks.add(frames, sum);
    }
    let sampled = sampled(path);
    for ((outer, group), whole) in on_cpu {
        match sampled.get(&group) {
            None => stacks.add(outer, whole),
            Some(samples) => stacks.divide(&outer, whole, samples),
        }
    }
    stacks.into_stacks()
}

/// Segments that have one stack, by one of them, with their sum: a path may have millions of segments, and has
/// few stacks.
fn added_up(path: &StagePath) -> impl Iterator<Item = (&Segment, Sum)> {
    let mut sums: HashMap<Alike<'_>, (&Segment, Sum)> = HashMap::new();
    for segment in path.segments.iter().filter(|piece| piece.duration_ns > 0) {
        let found = sums.entry(Alike::of(segment));
        let (_, sum) = found.or_insert((segment, Sum::default()));
        sum.total_ns += segment.duration_ns;
        sum.pieces += 1;
    }
    sums.into_values()
}

/// What the stack of a segment is made of.
#[derive(PartialEq, Eq, Hash)]
struct Alike<'a> {
    role: Role,
    comm: &'a str,
    phase: Phase,
    subphase: &'a str,
    syscall: Option<&'a str>,
    stack: Option<u32>,
    state: SegmentState,
}

impl<'a> Alike<'a> {
    fn of(segment: &'a Segment) -> Self {
        Self {
            role: segment.role,
            comm: &segment.comm,
            phase: segment.phase,
            subphase: &segment.subphase,
            syscall: segment.syscall.as_deref(),
            stack: segment.stack,
            state: segment.state,
        }
    }
}

/// The frames of a segment alone, outermost first: those of samples are not among them.
pub fn of_segment(stage: &str, segment: &Segment, kernel: &KernelFunctions<'_>) -> Vec<Frame> {
    [outer_frames(stage, segment), kernel_frames(segment, kernel)].concat()
}

/// Pieces on a CPU whose samples are kept together.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Group<'a> {
    role: &'static str,
    comm: &'a str,
    phase: &'static str,
    syscall: Option<&'a str>,
}

impl<'a> Group<'a> {
    fn of_segment(segment: &'a Segment) -> Self {
        Self {
            role: segment.role.name(),
            comm: &segment.comm,
            phase: segment.phase.name(),
            syscall: segment.syscall.as_deref(),
        }
    }

    fn of_samples(stack: &'a SampledStack) -> Self {
        Self {
            role: stack.role.name(),
            comm: &stack.comm,
            phase: stack.phase.name(),
            syscall: stack.syscall.as_deref(),
        }
    }
}

/// The inner frames of a group's samples, and how many samples have them.
fn sampled(path: &StagePath) -> BTreeMap<Group<'_>, Vec<(Vec<Frame>, u64)>> {
    let mut groups: BTreeMap<Group<'_>, Vec<(Vec<Frame>, u64)>> = BTreeMap::new();
    for stack in path.samples.iter().filter(|stack| stack.samples > 0) {
        let group = groups.entry(Group::of_samples(stack)).or_default();
        group.push((inner_frames(stack), stack.samples));
    }
    groups
}

/// What is known of a stack.
#[derive(Clone, Copy, Default)]
struct Sum {
    total_ns: u64,
    pieces: u64,
    is_estimate: bool,
}

#[derive(Default)]
struct Sums(BTreeMap<Vec<Frame>, Sum>);

impl Sums {
    fn add(&mut self, frames: Vec<Frame>, added: Sum) {
        let sum = self.0.entry(frames).or_default();
        sum.total_ns += added.total_ns;
        sum.pieces += added.pieces;
        sum.is_estimate |= added.is_estimate;
    }

    fn divide(&mut self, outer: &[Frame], whole: Sum, samples: &[(Vec<Frame>, u64)]) {
        let weights: Vec<u64> = samples.iter().map(|(_, samples)| *samples).collect();
        let times_ns = apportion(whole.total_ns, &weights);
        // Pieces go where there is time: what has none is no stack.
        let with_time = |(&weight, &time_ns): (&u64, &u64)| if time_ns > 0 { weight } else { 0 };
        let weights: Vec<u64> = weights.iter().zip(&times_ns).map(with_time).collect();
        let pieces = apportion(whole.pieces, &weights);
        for ((inner, _), (total_ns, pieces)) in samples.iter().zip(times_ns.into_iter().zip(pieces))
        {
            let part = Sum {
                total_ns,
                pieces,
                is_estimate: true,
            };
            self.add([outer, inner].concat(), part);
        }
    }

    fn into_stacks(self) -> Vec<WeightedStack> {
        let with_time = self.0.into_iter().filter(|(_, sum)| sum.total_ns > 0);
        with_time
            .map(|(frames, sum)| WeightedStack {
                frames,
                total_ns: sum.total_ns,
                pieces: sum.pieces,
                is_estimate: sum.is_estimate,
            })
            .collect()
    }
}

fn outer_frames(stage: &str, segment: &Segment) -> Vec<Frame> {
    let mut frames = vec![
        Frame::new(FrameKind::Stage, stage),
        Frame::new(FrameKind::Role, segment.role.name()),
        Frame::new(FrameKind::Process, &segment.comm),
        Frame::new(FrameKind::Phase, segment.phase.name()),
    ];
    if !segment.subphase.is_empty() {
        frames.push(Frame::new(FrameKind::Subphase, &segment.subphase));
    }
    let call = segment.syscall.as_deref();
    frames.extend(call.map(|name| Frame::new(FrameKind::Call, name)));
    frames
}

fn kernel_frames(segment: &Segment, kernel: &KernelFunctions<'_>) -> Vec<Frame> {
    let functions = segment.stack.map(kernel).unwrap_or_default();
    let functions: Vec<&str> = functions.iter().map(String::as_str).collect();
    let mut frames: Vec<Frame> = below_call(&functions)
        .map(|name| Frame::new(FrameKind::Kernel, name))
        .collect();
    frames.reverse();
    frames
}

fn inner_frames(stack: &SampledStack) -> Vec<Frame> {
    let user = stack.user.iter().rev().map(|frame: &UserFrame| Frame {
        kind: FrameKind::User,
        name: frame.shown(),
        module: frame.module.clone(),
    });
    let kernel = stack.kernel.iter().rev();
    user.chain(kernel.map(|name| Frame::new(FrameKind::Kernel, name)))
        .collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn segment(duration_ns: u64, state: SegmentState, subphase: &str) -> Segment {
        Segment {
            start_ns: 0,
            duration_ns,
            tid: 7,
            tgid: 7,
            comm: "crun".into(),
            role: Role::Runtime,
            state,
            syscall: Some("openat".into()),
            phase: Phase::Files,
            subphase: subphase.into(),
            detail: String::new(),
            cause: String::new(),
            stack: (state == SegmentState::Blocked).then_some(3),
            woken_by: None,
            heuristic: None,
        }
    }

    fn sample(kernel: &str, samples: u64) -> SampledStack {
        SampledStack {
            role: Role::Runtime,
            comm: "crun".into(),
            phase: Phase::Files,
            syscall: Some("openat".into()),
            user: Vec::new(),
            kernel: vec![kernel.into(), "do_sys_open".into()],
            samples,
        }
    }

    fn names(stack: &WeightedStack) -> Vec<&str> {
        stack
            .frames
            .iter()
            .map(|frame| frame.name.as_str())
            .collect()
    }

    #[test]
    fn time_on_a_cpu_is_divided_and_time_blocked_is_exact() {
        let path = StagePath {
            stage: "create".into(),
            segments: vec![
                segment(10, SegmentState::Syscall, "open"),
                segment(5, SegmentState::Blocked, "open"),
                segment(1, SegmentState::Syscall, ""),
            ],
            samples: vec![sample("vfs_open", 2), sample("path_openat", 1)],
            ..StagePath::default()
        };
        let stacks = of_stage(&path, &|_| {
            let functions = ["bpf_trace_run4", "schedule", "down", "do_syscall_64"];
            functions.map(str::to_owned).into()
        });
        let total_ns: u64 = stacks.iter().map(|stack| stack.total_ns).sum();
        assert_eq!(total_ns, 16);
        let pieces: u64 = stacks.iter().map(|stack| stack.pieces).sum();
        assert_eq!(pieces, 3);
        let blocked = stacks.iter().find(|stack| !stack.is_estimate).unwrap();
        let outer = ["create", "runtime", "crun", "files", "open", "openat"];
        assert_eq!(names(blocked), [&outer[..], &["down"]].concat());
        let times: Vec<u64> = stacks
            .iter()
            .filter(|stack| stack.is_estimate && names(stack).contains(&"open"))
            .map(|stack| stack.total_ns)
            .collect();
        assert_eq!(times, [3, 7]);
    }
}

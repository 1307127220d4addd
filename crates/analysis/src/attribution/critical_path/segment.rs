//! From pieces to what is told of them: names instead of numbers.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::{Piece, walk};
use crate::attribution::split::{Joined, split};
use crate::attribution::stage::StageWindow;
use crate::attribution::{Attribution, Category, Part};
use crate::functions::sampled::Collector;
use crate::report::path::{Segment, SegmentState, StagePath, Wake};
use crate::timeline::{ProcessId, State, ThreadId, Timeline};
use crate::work::Work;
use trace::phase::Phase;
use trace::role::Role;
use trace::rows::OffCpu;

/// The critical path of a stage, and how much of it is of each phase and part.
#[derive(Clone, Debug)]
pub struct Told<'a> {
    /// The path.
    pub path: StagePath,
    /// Its time by category, in nanoseconds.
    pub by_category: HashMap<Category<'a>, u64>,
    /// Its time by file and by error.
    pub work: Work<'a>,
}

/// The critical path of a stage, or, where roles are named, what is theirs of it; `run` is the index of its
/// run in the report. Nothing if the thread that its end belongs to is not in the recording.
pub fn stage_path<'a>(
    attribution: &Attribution<'_, 'a>,
    (takes_part, roles): (&dyn Fn(ProcessId) -> bool, &[Role]),
    run: usize,
    window: &StageWindow,
) -> Option<Told<'a>> {
    let mut segments = Vec::new();
    let mut by_category = HashMap::new();
    let mut work = Work::default();
    let mut sampled = Collector::new(attribution);
    let is_known = walk_stage(attribution, takes_part, window, &mut |piece| {
        if !roles.is_empty() && !roles.contains(&role_of(attribution, &piece)) {
            return;
        }
        let category = category(attribution, &piece);
        *by_category.entry(category).or_default() += piece.end_ns - piece.start_ns;
        work.add_piece(attribution, &piece);
        sampled.add(&piece, &category);
        segments.push(segment(attribution, &piece, &category));
    });
    if !is_known {
        return None;
    }
    segments.reverse();
    let path = StagePath {
        run,
        stage: window.stage.name().to_owned(),
        start_ns: window.start_ns,
        wall_ns: window.end_ns.saturating_sub(window.start_ns),
        segments,
        samples: sampled.finish(),
    };
    Some(Told {
        path,
        by_category,
        work,
    })
}

/// Hands out the pieces of a stage's critical path, latest first. Says whether there is one: not if
/// the thread that the stage's end belongs to is not in the recording.
pub fn walk_stage(
    attribution: &Attribution<'_, '_>,
    takes_part: &dyn Fn(ProcessId) -> bool,
    window: &StageWindow,
    sink: &mut dyn FnMut(Piece),
) -> bool {
    let Some(thread) = last_thread(attribution.timeline(), window) else {
        return false;
    };
    let bounds_ns = (window.start_ns, window.end_ns);
    let mut joined = Joined::new(sink);
    walk(attribution, takes_part, thread, bounds_ns, &mut |piece| {
        split(attribution, piece, &mut |part| joined.put(part));
    });
    joined.finish();
    true
}

/// The time of all tracked threads in a stage, what is alike added up.
pub fn thread_time<'a>(
    attribution: &Attribution<'_, 'a>,
    takes_part: &dyn Fn(ProcessId) -> bool,
    run: usize,
    window: &StageWindow,
) -> StagePath {
    let timeline = attribution.timeline();
    let mut sums: HashMap<Alike<'a>, Segment> = HashMap::new();
    let mut sampled = Collector::new(attribution);
    for id in timeline.thread_ids() {
        let thread = timeline.thread(id);
        let tracked_from_ns = thread.tracked_from_ns;
        let Some(tracked_from_ns) = tracked_from_ns.filter(|_| takes_part(thread.process)) else {
            continue;
        };
        let from_ns = tracked_from_ns.max(window.start_ns);
        for interval in timeline.intervals(id, from_ns, window.end_ns) {
            split(attribution, Piece::of(id, &interval), &mut |piece| {
                let category = category(attribution, &piece);
                sampled.add(&piece, &category);
                match sums.entry(Alike::of(attribution, &piece, category)) {
                    Entry::Occupied(mut sum) => {
                        sum.get_mut().duration_ns += piece.end_ns - piece.start_ns;
                    }
                    Entry::Vacant(place) => {
                        place.insert(segment(attribution, &piece, &category));
                    }
                }
            });
        }
    }
    StagePath {
        run,
        stage: window.stage.name().to_owned(),
        start_ns: window.start_ns,
        wall_ns: window.end_ns.saturating_sub(window.start_ns),
        segments: sums.into_values().collect(),
        samples: sampled.finish(),
    }
}

/// The key by which pieces are one folded stack.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Alike<'a> {
    comm: &'a str,
    role: Role,
    category: Category<'a>,
    syscall: Option<&'static str>,
    stack: Option<u32>,
    state: SegmentState,
}

impl<'a> Alike<'a> {
    fn of(attribution: &Attribution<'_, 'a>, piece: &Piece, category: Category<'a>) -> Self {
        let timeline = attribution.timeline();
        let process = timeline.thread(piece.thread).process;
        Self {
            comm: attribution.name(piece.thread, piece.start_ns),
            role: attribution.roles().role_at(process, piece.start_ns),
            category,
            syscall: call_of(timeline, piece),
            stack: piece.off_cpu().and_then(|row| timeline.off_cpu(row).stack),
            state: state_of(piece.state),
        }
    }
}

/// The thread that a stage's end belongs to: the one that set the mark; of a process that is over,
/// the one that lived longest, since a leader can end early.
pub fn last_thread(timeline: &Timeline<'_>, window: &StageWindow) -> Option<ThreadId> {
    let id = timeline.thread_at(window.tid, window.end_ns)?;
    if timeline.thread(id).ended_ns >= window.end_ns {
        return Some(id);
    }
    let process = timeline.process(timeline.thread(id).process);
    let threads = process.threads.iter().copied();
    threads.max_by_key(|&id| timeline.thread(id).ended_ns)
}

/// The phase of a piece.
pub fn category<'a>(attribution: &Attribution<'_, 'a>, piece: &Piece) -> Category<'a> {
    if let Some(share) = piece.share {
        return share.category(attribution, piece);
    }
    match piece.interval() {
        Some(interval) => attribution.interval(piece.thread, &interval),
        None if attribution.timeline().thread(piece.thread).ended_ns <= piece.start_ns => {
            Category::named(Phase::Process, "exit")
        }
        None => Category::unknown("before its thread"),
    }
}

/// The segment of the report that stands for a piece.
fn segment(attribution: &Attribution<'_, '_>, piece: &Piece, category: &Category<'_>) -> Segment {
    let timeline = attribution.timeline();
    let (thread, start_ns) = (timeline.thread(piece.thread), piece.start_ns);
    let off_cpu = piece.off_cpu().map(|row| timeline.off_cpu(row));
    let (subphase, detail) = named(attribution, category, piece.span);
    Segment {
        start_ns,
        duration_ns: piece.end_ns - start_ns,
        tid: thread.tid,
        tgid: thread.tgid,
        comm: attribution.name(piece.thread, start_ns).to_owned(),
        role: role_of(attribution, piece),
        state: state_of(piece.state),
        syscall: call_of(timeline, piece).map(str::to_owned),
        phase: category.phase,
        subphase,
        detail,
        cause: attribution
            .causes()
            .text(attribution.causes().of(attribution, piece))
            .to_owned(),
        stack: off_cpu.and_then(|off_cpu| off_cpu.stack),
        woken_by: off_cpu.and_then(|off_cpu| wake(attribution, off_cpu)),
        heuristic: piece.heuristic,
    }
}

/// The role of who is waited for in a piece.
fn role_of(attribution: &Attribution<'_, '_>, piece: &Piece) -> Role {
    let process = attribution.timeline().thread(piece.thread).process;
    attribution.roles().role_at(process, piece.start_ns)
}

fn state_of(state: Option<State>) -> SegmentState {
    match state {
        Some(State::User) => SegmentState::User,
        Some(State::Syscall) => SegmentState::Syscall,
        Some(State::Runnable(_)) => SegmentState::Runnable,
        Some(State::Blocked(_)) | None => SegmentState::Blocked,
    }
}

/// The system call of a piece: by its span, else by what the switch recorded.
pub fn call_of(timeline: &Timeline<'_>, piece: &Piece) -> Option<&'static str> {
    if let Some(share) = piece.share {
        return timeline.syscall_name(share.call(timeline)?);
    }
    let number = match piece.span {
        Some(span) => Some(timeline.span(span).nr),
        None => piece.off_cpu().and_then(|row| {
            let off_cpu = timeline.off_cpu(row);
            u32::try_from(off_cpu.syscall).ok()
        }),
    };
    timeline.syscall_name(number?)
}

/// Kind within the phase, and what it concerned: a lock, a file system, or the call's path.
fn named(
    attribution: &Attribution<'_, '_>,
    category: &Category<'_>,
    span: Option<u32>,
) -> (String, String) {
    match category.phase {
        Phase::Locks => return (String::new(), category.part.to_string()),
        // The part is the role, which a segment has anyway.
        Phase::Observer | Phase::User => return (String::new(), String::new()),
        Phase::Throttled | Phase::Runqueue => return (category.part.kind(), String::new()),
        Phase::Namespaces
        | Phase::Mounts
        | Phase::Storage
        | Phase::Cgroups
        | Phase::Network
        | Phase::Security
        | Phase::Process
        | Phase::Files
        | Phase::Memory
        | Phase::Sockets
        | Phase::Ipc
        | Phase::Rcu
        | Phase::Disk
        | Phase::Unknown => {}
    }
    let detail = match category.part {
        Part::File(..) => category.part.file_system().map(|found| found.to_string()),
        Part::Named(_) | Part::Namespaces(_) | Part::Number(_) | Part::Behind(..) => {
            span.and_then(|row| path_of(attribution.timeline(), row))
        }
    };
    (category.part.kind(), detail.unwrap_or_default())
}

/// The last path that a call was given: for a mount its target.
fn path_of(timeline: &Timeline<'_>, row: u32) -> Option<String> {
    let span = timeline.span(row);
    timeline
        .text(span.text2.or(span.text)?)
        .filter(|text| text.starts_with('/'))
        .map(str::to_owned)
}

fn wake(attribution: &Attribution<'_, '_>, off_cpu: &OffCpu) -> Option<Wake> {
    let timeline = attribution.timeline();
    let at_ns = off_cpu.wake_ns.filter(|_| off_cpu.is_wait())?;
    let tid = off_cpu.waker_tid?;
    let context = attribution.stacks().waker_context(off_cpu);
    let in_task = context == profiler_common::Context::Task as u8
        || context == profiler_common::Context::KernelThread as u8;
    let waker = timeline.thread_at(tid, at_ns).filter(|_| in_task);
    let call = u32::try_from(off_cpu.waker_syscall).ok();
    Some(match waker {
        Some(id) => Wake {
            tid,
            comm: attribution.name(id, at_ns).to_owned(),
            role: attribution
                .roles()
                .role_at(timeline.thread(id).process, at_ns),
            syscall: call
                .and_then(|call| timeline.syscall_name(call))
                .map(str::to_owned),
            at_ns,
        },
        // On the back of whoever was running: that one did not cause it.
        None => Wake {
            tid: 0,
            comm: interrupt(attribution, off_cpu).to_owned(),
            role: Role::Other,
            syscall: None,
            at_ns,
        },
    })
}

fn interrupt(attribution: &Attribution<'_, '_>, off_cpu: &OffCpu) -> &'static str {
    let waker = attribution.stacks().meaning(off_cpu.waker_stack);
    match waker {
        Some(waker) if waker.in_timer => "timer",
        Some(waker) if waker.in_network_receive => "network",
        Some(_) | None => "interrupt",
    }
}

//! The ancestors of a process, the programs that it ran, and its end.

use super::Edge;
use crate::attribution::command::{self, Command};
use crate::timeline::{Process, ProcessId, Program, Timeline};
use trace::rows::Exec;

/// A process and those that it descends from, nearest first.
pub(in crate::attribution) fn ancestry(
    timeline: &Timeline<'_>,
    id: ProcessId,
) -> impl Iterator<Item = ProcessId> {
    std::iter::successors(Some(id), |&id| {
        let process = timeline.process(id);
        let parent = timeline.thread(process.parent?).process;
        // Parents are older, or both are older than the recording: then the number of steps is
        // bounded by the depth of the tree, whatever damaged rows say.
        let is_older = timeline.process(parent).born_ns < process.born_ns;
        (is_older || are_of_before(timeline, parent, id)).then_some(parent)
    })
    .take(MAX_DEPTH)
}

/// More generations than process trees have.
const MAX_DEPTH: usize = 1_000;

fn are_of_before(timeline: &Timeline<'_>, parent: ProcessId, child: ProcessId) -> bool {
    parent != child && [parent, child].iter().all(|&id| !is_new(timeline, id))
}

/// Whether a process was made within the recording.
pub(super) fn is_new(timeline: &Timeline<'_>, id: ProcessId) -> bool {
    let first = timeline.process(id).threads.first();
    first.is_some_and(|&thread| timeline.thread(thread).born_in_recording)
}

/// Whether a process was tracked at any time.
pub(super) fn is_tracked(timeline: &Timeline<'_>, id: ProcessId) -> bool {
    let mut threads = timeline.process(id).threads.iter();
    threads.any(|&thread| timeline.thread(thread).tracked_from_ns.is_some())
}

/// The programs that a process ran, first to last.
pub(super) fn programs<'a>(
    timeline: &Timeline<'a>,
    process: ProcessId,
) -> impl Iterator<Item = Program<'a>> {
    execs(timeline, timeline.process(process)).map(program_of)
}

/// The execs of a process, by time.
pub(super) fn execs<'a>(
    timeline: &Timeline<'a>,
    process: &Process,
) -> impl Iterator<Item = &'a Exec> {
    let execs = &timeline.tables().execs;
    let rows: Vec<&'a Exec> = process
        .execs()
        .iter()
        .map(|&row| &execs[row as usize])
        .collect();
    rows.into_iter()
}

pub(super) fn program_of(exec: &Exec) -> Program<'_> {
    Program {
        path: &exec.path,
        argv: &exec.argv,
    }
}

/// The commands of runtimes that a process ran, with the row of each in `execs`.
pub(super) fn runtime_commands<'a>(
    timeline: &Timeline<'a>,
    process: ProcessId,
) -> impl Iterator<Item = (&'a Exec, Command<'a>)> {
    execs(timeline, timeline.process(process))
        .filter_map(|exec| Some((exec, command::of_runtime(&program_of(exec))?)))
}

/// When whoever waited for a process knew that it was over: when its last thread woke its parent,
/// else when it was gone. Nothing if it outlived the recording.
pub(crate) fn answer(timeline: &Timeline<'_>, process: &Process) -> Option<Edge> {
    let threads = process.threads.iter().map(|&id| timeline.thread(id));
    let last = threads.max_by_key(|thread| thread.ended_ns)?;
    let exiting_ns = last.exiting_from_ns?;
    let parent = process.parent.map(|id| timeline.thread(id).process);
    let waiters = parent
        .into_iter()
        .flat_map(|id| &timeline.process(id).threads);
    let wake_ups = waiters
        .flat_map(|&id| timeline.thread(id).off_cpu())
        .map(|&row| timeline.off_cpu(row))
        .filter(|row| row.waker_tid == Some(last.tid))
        .filter_map(|row| row.wake_ns)
        .filter(|at_ns| (exiting_ns..=last.ended_ns).contains(at_ns));
    Some(Edge {
        at_ns: wake_ups.min().unwrap_or(last.ended_ns),
        tid: process.tgid,
    })
}

//! The ancestors of a process, and the programs that it ran.

use crate::attribution::program;
use crate::timeline::{ProcessId, Program, Timeline};
use trace::role::Role;

/// A process and those that it descends from, nearest first.
pub(super) fn ancestry(timeline: &Timeline<'_>, id: ProcessId) -> impl Iterator<Item = ProcessId> {
    std::iter::successors(Some(id), |&id| {
        let process = timeline.process(id);
        let parent = timeline.thread(process.parent?).process;
        // Parents are older, whatever damaged rows say: so this ends.
        (timeline.process(parent).born_ns < process.born_ns).then_some(parent)
    })
}

/// The programs that a process ran, first to last.
pub(super) fn programs<'a>(
    timeline: &Timeline<'a>,
    process: ProcessId,
) -> impl Iterator<Item = Program<'a>> {
    let execs = &timeline.tables().execs;
    timeline.process(process).execs().iter().map(|&row| {
        let exec = &execs[row as usize];
        Program {
            path: &exec.path,
            argv: &exec.argv,
        }
    })
}

/// The last argument of a runtime that was called with one of some sub-commands: the id of the
/// container.
pub(super) fn runtime_command<'a>(program: &Program<'a>, commands: &[&str]) -> Option<&'a str> {
    let (role, _) = program::of_program(program)?;
    let mut arguments = program.arguments().skip(1);
    let is_called = role == Role::Runtime
        && arguments
            .by_ref()
            .any(|argument| commands.contains(&argument));
    is_called.then(|| arguments.last()).flatten()
}

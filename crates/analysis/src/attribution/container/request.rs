//! Who asked for something: the commands that a person or a script called.
//!
//! A request begins when its command is called and ends with the answer, when the command is over
//! and whoever waited for it knows. What an engine calls in its turn (conmon, a runtime, the podman
//! that cleans up) is none. Containers of a request are told by what it names, and by the runtimes
//! and shims that descend from it: never by counting.

use std::collections::HashMap;

use super::Edge;
use super::process::{ancestry, answer, execs, is_new, is_tracked, program_of, runtime_commands};
use crate::attribution::command::{self, Command};
use crate::attribution::program;
use crate::timeline::{ProcessId, Program, Timeline};
use trace::manifest::Manifest;
use trace::role::Role;
use trace::rows::Exec;

/// A request.
#[derive(Clone, Debug)]
pub(super) struct Request<'a> {
    /// The process that asks.
    pub(super) process: ProcessId,
    /// What for.
    pub(super) command: Command<'a>,
    /// When the command was called.
    pub(super) begun_ns: u64,
    /// Its answer; nothing if there was none within the recording.
    pub(super) answer: Option<Edge>,
    /// The ids that what descends from it was called with.
    pub(super) ids: Vec<&'a str>,
    /// Whether a daemon does the work: nothing descends from it.
    pub(super) is_for_daemon: bool,
    /// Whether what was traced made it: others may ask the same daemon.
    pub(super) is_ours: bool,
}

impl Request<'_> {
    /// When it was answered, or the end of time.
    pub(super) fn answered_ns(&self) -> u64 {
        self.answer.map_or(u64::MAX, |answer| answer.at_ns)
    }

    /// Whether it was made, but not yet answered, at an instant.
    pub(super) fn is_open_at(&self, at_ns: u64) -> bool {
        (self.begun_ns..=self.answered_ns()).contains(&at_ns)
    }
}

/// All requests, by the time at which they began.
pub(super) fn requests<'a>(manifest: &Manifest, timeline: &Timeline<'a>) -> Vec<Request<'a>> {
    let mut requests: Vec<Request<'a>> = timeline
        .process_ids()
        .filter_map(|id| request(manifest, timeline, id))
        .collect();
    requests.sort_by_key(|request| (request.begun_ns, request.process));
    let positions: HashMap<ProcessId, usize> = (0..)
        .zip(&requests)
        .map(|(position, request)| (request.process, position))
        .collect();
    for process in timeline.process_ids() {
        let ids = ids_of(timeline, process);
        if ids.is_empty() {
            continue;
        }
        let mut asking = ancestry(timeline, process).filter_map(|id| positions.get(&id));
        if let Some(&position) = asking.next() {
            let known = &mut requests[position].ids;
            for id in ids {
                if !known.contains(&id) {
                    known.push(id);
                }
            }
        }
    }
    requests
}

/// The request that a process is, by the first of its programs that asks for something.
fn request<'a>(manifest: &Manifest, timeline: &Timeline<'a>, id: ProcessId) -> Option<Request<'a>> {
    let process = timeline.process(id);
    let (exec, command) =
        execs(timeline, process).find_map(|exec| Some((exec, command::of(&program_of(exec))?)))?;
    if is_engines_own(timeline, id) {
        return None;
    }
    let role = program::of_program(&program_of(exec)).map(|(role, _)| role);
    Some(Request {
        process: id,
        is_for_daemon: role == Some(Role::Client) || command.is_remote,
        command,
        begun_ns: called_ns(manifest, timeline, id, exec),
        answer: answer(timeline, process),
        ids: Vec::new(),
        // Where no command was traced, whatever is asked of what was is of interest.
        is_ours: is_tracked(timeline, id) || manifest.command.is_empty(),
    })
}

/// Whether a process was made by an engine, or works for one.
fn is_engines_own(timeline: &Timeline<'_>, id: ProcessId) -> bool {
    let line: Vec<ProcessId> = ancestry(timeline, id).collect();
    let mut generations = line.windows(2);
    generations.any(|pair| {
        let [child, parent] = pair else { return false };
        let born_ns = timeline.process(*child).born_ns;
        is_engine(&timeline.program(*parent, born_ns))
    })
}

/// Whether a program is part of an engine. ctrprof, where it takes containers through their lives,
/// is who asks.
fn is_engine(program: &Program<'_>) -> bool {
    let is_known = program::of_program(program).is_some_and(|(role, _)| match role {
        Role::Manager | Role::Shim | Role::Runtime => true,
        Role::Client => command::of(program).is_some(),
        Role::Helper | Role::Container | Role::KernelThread | Role::Other => false,
    });
    is_known && program::name_of(program) != "ctrprof"
}

/// When a command was called: when the process was made for it, else when it began to run it.
fn called_ns(manifest: &Manifest, timeline: &Timeline<'_>, id: ProcessId, exec: &Exec) -> u64 {
    let process = timeline.process(id);
    let is_first = execs(timeline, process).next() == Some(exec);
    let is_root = manifest.root_tgids.contains(&process.tgid);
    if is_root && is_first && !is_new(timeline, id) {
        return manifest.released_ns;
    }
    let has_made_others = timeline.process_ids().any(|other| {
        let child = timeline.process(other);
        let parent = child.parent.map(|thread| timeline.thread(thread).process);
        parent == Some(id) && child.born_ns < exec.at_ns && other != id
    });
    let is_made_for_it = is_first && is_new(timeline, id) && !has_made_others;
    let at_ns = if is_made_for_it {
        process.born_ns
    } else {
        exec.at_ns
    };
    at_ns.max(manifest.released_ns)
}

/// The ids that a process was called with, as a runtime or a shim.
fn ids_of<'a>(timeline: &Timeline<'a>, id: ProcessId) -> Vec<&'a str> {
    let by_runtime = runtime_commands(timeline, id).flat_map(|(_, command)| command.containers);
    let by_shim = execs(timeline, timeline.process(id))
        .filter_map(|exec| Some(command::served(&program_of(exec))?.0));
    by_runtime.chain(by_shim).collect()
}

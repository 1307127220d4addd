//! One life of a container: what its first process (its *init*) did, by the kernel's own events.
//!
//! A life owns what happens between init's birth and its end, and, of what is named after the
//! container or was made for it, what happens before the next life under the same id.

use super::Edge;
use super::process::{ancestry, execs, is_new, is_tracked, program_of, runtime_commands};
use crate::attribution::command::{self, Verb};
use crate::attribution::program;
use crate::attribution::role::Roles;
use crate::timeline::{Process, ProcessId, Timeline};
use trace::role::Role;
use trace::rows::{Exec, OffCpu};

/// One life.
#[derive(Clone, Debug)]
pub(super) struct Life {
    /// Its first process.
    pub(super) init: ProcessId,
    /// The id of its container.
    pub(super) id: String,
    /// Whether it had begun before the recording: then it has no beginning here.
    pub(super) is_older: bool,
    /// When the first runtime or shim was called that served it.
    pub(super) begun_ns: u64,
    /// When init was made.
    pub(super) born_ns: u64,
    /// When the runtime was told to start the container, or its init to go on.
    pub(super) go: Option<Edge>,
    /// The exec of the container's own program.
    pub(super) program: Option<Edge>,
    /// When init began to exit.
    pub(super) exit: Option<Edge>,
    /// Init's last moment.
    pub(super) end: Option<Edge>,
    /// When the next life under the same id began, or the end of time.
    pub(super) next_ns: u64,
}

impl Life {
    pub(super) fn new(timeline: &Timeline<'_>, roles: &Roles, init: ProcessId, id: String) -> Self {
        let finder = Finder {
            timeline,
            roles,
            init_id: init,
            init: timeline.process(init),
            id: &id,
        };
        let is_older = !is_new(timeline, init);
        let program = finder.program(is_older);
        Self {
            is_older,
            begun_ns: finder.begun_ns(),
            born_ns: finder.init.born_ns,
            go: program.and_then(|program| finder.go(program.at_ns)),
            program,
            exit: finder.exit(),
            end: finder.end(),
            init,
            next_ns: u64::MAX,
            id,
        }
    }

    /// When init was gone, or the end of time.
    pub(super) fn ended_ns(&self) -> u64 {
        self.end.map_or(u64::MAX, |end| end.at_ns)
    }
}

struct Finder<'l, 'a> {
    timeline: &'l Timeline<'a>,
    roles: &'l Roles,
    init_id: ProcessId,
    init: &'l Process,
    id: &'l str,
}

impl<'a> Finder<'_, 'a> {
    /// When the outermost runtime or shim above init was made, or became one.
    fn begun_ns(&self) -> u64 {
        let mut serving = ancestry(self.timeline, self.init_id).filter_map(|id| {
            let process = self.timeline.process(id);
            let is_called = execs(self.timeline, process).any(|exec| {
                let program = program_of(exec);
                command::served(&program).is_some() || command::of_runtime(&program).is_some()
            });
            let parts = self.roles.parts(id).iter();
            let mut as_runtime = parts.filter(|part| part.role == Role::Runtime);
            match is_called {
                true => Some(process.born_ns),
                false => as_runtime.next().map(|part| part.from_ns),
            }
        });
        let first_ns = serving.next().unwrap_or(self.init.born_ns);
        serving.last().unwrap_or(first_ns)
    }

    /// The exec of the container's own program, by its init; of an older one the beginning of the
    /// recording.
    fn program(&self, is_older: bool) -> Option<Edge> {
        if is_older {
            return Some(Edge {
                at_ns: self.init.born_ns,
                tid: self.init.tgid,
            });
        }
        let mut execs = execs(self.timeline, self.init);
        let exec = execs.find(|exec| !is_runtime(exec))?;
        Some(edge(exec))
    }

    fn go(&self, program_ns: u64) -> Option<Edge> {
        self.start_called(program_ns)
            .or_else(|| self.fifo_opened(program_ns))
            .or_else(|| self.last_wake_up(program_ns))
    }

    /// The exec of `RUNTIME start ID`.
    fn start_called(&self, program_ns: u64) -> Option<Edge> {
        let execs = self.timeline.tables().execs.iter();
        let starts = execs.filter(|exec| {
            (self.init.born_ns..program_ns).contains(&exec.at_ns)
                && command::of_runtime(&program_of(exec)).is_some_and(|command| {
                    command.verb == Verb::Start && command.containers.contains(&self.id)
                })
        });
        starts.min_by_key(|exec| exec.at_ns).map(edge)
    }

    /// When somebody outside opened the pipe at which runc's init waits for leave to go on.
    fn fifo_opened(&self, program_ns: u64) -> Option<Edge> {
        let opens = self.timeline.tables().spans.iter().filter(|span| {
            let path = span.text.and_then(|text| self.timeline.text(text));
            (self.init.born_ns..program_ns).contains(&span.start_ns)
                && span.result >= 0
                && !self.id.is_empty()
                && path.is_some_and(|path| path.ends_with("/exec.fifo") && path.contains(self.id))
                && self.timeline.syscall_name(span.nr) == Some("openat")
                && self.timeline.process_at(span.tgid, span.start_ns) != Some(self.init_id)
        });
        let last = opens.max_by_key(|span| span.start_ns)?;
        Some(Edge {
            at_ns: last.start_ns,
            tid: last.tid,
        })
    }

    /// Who woke init last before its program began: any of its threads, for runc's has several.
    fn last_wake_up(&self, program_ns: u64) -> Option<Edge> {
        let threads = self.init.threads.iter();
        let wake_ups = threads.filter_map(|&id| {
            let rows = self.timeline.thread(id).off_cpu().iter().rev();
            rows.map(|&row| self.timeline.off_cpu(row))
                .find_map(|off_cpu| self.wake_up_from_outside(off_cpu, program_ns))
        });
        wake_ups.max_by_key(|edge| edge.at_ns)
    }

    /// The wake-up that ended a wait before an instant, if it came from the engine.
    fn wake_up_from_outside(&self, off_cpu: &OffCpu, before_ns: u64) -> Option<Edge> {
        let at_ns = off_cpu.wake_ns.filter(|&at_ns| at_ns < before_ns)?;
        let tid = off_cpu.waker_tid.filter(|_| off_cpu.is_wait())?;
        let waker = self.timeline.thread_at(tid, at_ns)?;
        let process = self.timeline.thread(waker).process;
        let role = self.roles.role_at(process, at_ns);
        let is_outside = off_cpu.waker_context == profiler_common::Context::Task as u8
            && process != self.init_id
            && matches!(role, Role::Runtime | Role::Manager | Role::Shim);
        is_outside.then_some(Edge { at_ns, tid })
    }

    /// When init began to exit, and which of its threads.
    fn exit(&self) -> Option<Edge> {
        if let Some((caller, at_ns)) = self.init.group_exit {
            let tid = self.timeline.thread(caller).tid;
            return Some(Edge { at_ns, tid });
        }
        let threads = self.init.threads.iter().map(|&id| self.timeline.thread(id));
        let mut leaders = threads.filter(|thread| thread.tid == self.init.tgid);
        let leader = leaders.next_back()?;
        let at_ns = leader.exiting_from_ns?;
        let tid = leader.tid;
        Some(Edge { at_ns, tid })
    }

    /// Init's last moment.
    fn end(&self) -> Option<Edge> {
        last_moment(self.timeline, self.init)
    }
}

/// A program that ran beside a container's own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Joiner {
    /// When the runtime was called that put it there, else when it was made.
    pub(super) begun_ns: u64,
    /// When it was made.
    pub(super) born_ns: u64,
    /// Its last moment.
    pub(super) end: Edge,
}

/// The programs that joined a life. Numbers of namespaces are given away again within milliseconds,
/// so a joiner must have been made while init lived; and be tracked, for others may be at work on
/// the same machine.
pub(super) fn joiners(timeline: &Timeline<'_>, life: &Life) -> Vec<Joiner> {
    let (Some(program), Some(namespace)) = (life.program, pid_namespace(timeline, life.init))
    else {
        return Vec::new();
    };
    let joined = timeline.process_ids().filter(|&id| {
        let process = timeline.process(id);
        let parent = process.parent.map(|id| timeline.thread(id).process);
        id != life.init
            && is_tracked(timeline, id)
            && (program.at_ns..life.ended_ns()).contains(&process.born_ns)
            && pid_namespace(timeline, id) == Some(namespace)
            && parent.and_then(|parent| pid_namespace(timeline, parent)) != Some(namespace)
    });
    joined.filter_map(|id| joiner(timeline, id)).collect()
}

fn joiner(timeline: &Timeline<'_>, id: ProcessId) -> Option<Joiner> {
    let process = timeline.process(id);
    // The runtime's own stages pass through the namespace as well; only one runs a program.
    execs(timeline, process).find(|exec| !is_runtime(exec))?;
    let called = ancestry(timeline, id).find(|&id| {
        let mut commands = runtime_commands(timeline, id);
        commands.any(|(_, command)| command.verb == Verb::Exec)
    });
    Some(Joiner {
        begun_ns: timeline.process(called.unwrap_or(id)).born_ns,
        born_ns: process.born_ns,
        end: last_moment(timeline, process)?,
    })
}

/// The pid namespace of a process, if it is not the outermost.
fn pid_namespace(timeline: &Timeline<'_>, id: ProcessId) -> Option<u32> {
    let first = timeline.process(id).threads.first()?;
    let task = timeline.task(*first)?;
    (task.pid_namespace != 0 && task.pid_level > 0).then_some(task.pid_namespace)
}

fn last_moment(timeline: &Timeline<'_>, process: &Process) -> Option<Edge> {
    let threads = process.threads.iter().map(|&id| timeline.thread(id));
    let last = threads.max_by_key(|thread| thread.ended_ns)?;
    last.exiting_from_ns.map(|_| Edge {
        at_ns: last.ended_ns,
        tid: last.tid,
    })
}

pub(super) fn is_runtime(exec: &Exec) -> bool {
    program::of_program(&program_of(exec)).is_some_and(|(role, _)| role == Role::Runtime)
}

fn edge(exec: &Exec) -> Edge {
    Edge {
        at_ns: exec.at_ns,
        tid: exec.tid,
    }
}

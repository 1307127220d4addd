//! When each stage of a container was, by the kernel's own events.
//!
//! | stage | begins | ends |
//! | --- | --- | --- |
//! | create | when the command that asked for the container was called | at the exec of `RUNTIME start ID`; without one, when the runtime opens the pipe that lets its init go on (`exec.fifo`, runc); without that, when its init is woken for the last time before its program by somebody outside |
//! | start | there | at the exec of its program, by its init |
//! | exec | for each process that joined its pid namespace: when the command that asked for it was called; without any: at the end of start | when that process exits; without any: when init exits |
//! | stop | when the command that had it killed was called; without one, when init begins to exit | at init's last moment |
//! | remove | there, or when the command that had it removed was called | when the last of its cgroups is gone, and the last mount that was made for it |
//!
//! A stage whose end is not in the recording is left out.

use super::process::{ancestry, programs, runtime_command};
use super::request::Requests;
use crate::attribution::program;
use crate::attribution::role::Roles;
use crate::attribution::stage::StageWindow;
use crate::timeline::{Process, ProcessId, Program, Timeline};
use trace::mark::Stage;
use trace::role::Role;
use trace::rows::{Exec, OffCpu, Span};

/// An instant, and the thread that was there.
#[derive(Clone, Copy, Debug)]
struct Edge {
    at_ns: u64,
    tid: u32,
}

/// One container's life.
pub(super) struct Life<'l, 'a> {
    timeline: &'l Timeline<'a>,
    roles: &'l Roles,
    requests: &'l Requests,
    container: usize,
    init: &'l Process,
    init_id: ProcessId,
    id: &'l str,
}

impl<'l, 'a> Life<'l, 'a> {
    pub(super) fn new(
        timeline: &'l Timeline<'a>,
        roles: &'l Roles,
        requests: &'l Requests,
        (container, init_id, id): (usize, ProcessId, &'l str),
    ) -> Self {
        Self {
            timeline,
            roles,
            requests,
            container,
            init: timeline.process(init_id),
            init_id,
            id,
        }
    }

    /// All stages, in order of time.
    pub(super) fn stages(&self) -> Vec<StageWindow> {
        let mut stages = Vec::new();
        let begun_ns = self.begun_ns();
        let Some(program) = self.program() else {
            return stages;
        };
        let go = self.go(&program);
        stages.extend(go.and_then(|go| window(Stage::Create, begun_ns, go)));
        let start_ns = go.map_or(begun_ns, |go| go.at_ns);
        stages.extend(window(Stage::Start, start_ns, program));
        let exit = self.exit();
        let execs = self.execs(&program);
        if execs.is_empty() {
            stages.extend(exit.and_then(|exit| window(Stage::Exec, program.at_ns, exit)));
        }
        stages.extend(execs);
        if let (Some(exit), Some(end)) = (exit, self.end()) {
            let asked_ns = self.command_ns(&["kill", "stop"], program.at_ns);
            let stop_ns = asked_ns.map_or(exit.at_ns, |asked_ns| asked_ns.min(exit.at_ns));
            stages.extend(window(Stage::Stop, stop_ns, end));
            stages.extend(self.removal(begun_ns, &program, &end));
        }
        stages.sort_by_key(|window| (window.start_ns, window.stage));
        stages
    }

    fn begun_ns(&self) -> u64 {
        match self.requests.asker(self.container) {
            Some(asker) => self.requests.begun_ns(self.timeline, asker),
            None => self.timeline.window_ns().0,
        }
    }

    /// The exec of the container's own program, by its init.
    fn program(&self) -> Option<Edge> {
        let mut execs = self.execs_of(self.init);
        let exec = execs.find(|exec| !is_runtime(exec))?;
        Some(Edge {
            at_ns: exec.at_ns,
            tid: exec.tid,
        })
    }

    /// When the runtime was told to start the container, or its init to go on.
    fn go(&self, program: &Edge) -> Option<Edge> {
        let born_ns = self.init.born_ns;
        let tables = self.timeline.tables();
        let starts = tables.execs.iter().filter(|exec| {
            (born_ns..program.at_ns).contains(&exec.at_ns)
                && runtime_command(&program_of(exec), &["start"]) == Some(self.id)
        });
        let start = starts.min_by_key(|exec| exec.at_ns).map(|exec| Edge {
            at_ns: exec.at_ns,
            tid: exec.tid,
        });
        start
            .or_else(|| self.fifo_opened(program))
            .or_else(|| self.last_wake_up(program))
    }

    /// When somebody outside opened the pipe at which runc's init waits for leave to go on.
    fn fifo_opened(&self, program: &Edge) -> Option<Edge> {
        let born_ns = self.init.born_ns;
        let opens = self.timeline.tables().spans.iter().filter(|span| {
            let path = span.text.and_then(|text| self.timeline.text(text));
            (born_ns..program.at_ns).contains(&span.start_ns)
                && span.result >= 0
                && path.is_some_and(|path| path.ends_with("/exec.fifo") && self.names(path))
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
    fn last_wake_up(&self, program: &Edge) -> Option<Edge> {
        let threads = self.init.threads.iter();
        let wake_ups = threads.filter_map(|&id| {
            let rows = self.timeline.thread(id).off_cpu().iter().rev();
            rows.map(|&row| self.timeline.off_cpu(row))
                .find_map(|off_cpu| self.wake_up_from_outside(off_cpu, program.at_ns))
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
        let threads = self.init.threads.iter().map(|&id| self.timeline.thread(id));
        let last = threads.max_by_key(|thread| thread.ended_ns)?;
        last.exiting_from_ns.map(|_| Edge {
            at_ns: last.ended_ns,
            tid: last.tid,
        })
    }

    /// A stage for each process that joined the container's pid namespace.
    fn execs(&self, program: &Edge) -> Vec<StageWindow> {
        let Some(namespace) = self.pid_namespace(self.init_id) else {
            return Vec::new();
        };
        let joined = self.timeline.process_ids().filter(|&id| {
            let process = self.timeline.process(id);
            let parent = process.parent.map(|id| self.timeline.thread(id).process);
            id != self.init_id
                && process.born_ns > program.at_ns
                && self.pid_namespace(id) == Some(namespace)
                && parent.and_then(|parent| self.pid_namespace(parent)) != Some(namespace)
        });
        joined
            .filter_map(|id| self.exec_stage(id, program))
            .collect()
    }

    fn exec_stage(&self, id: ProcessId, program: &Edge) -> Option<StageWindow> {
        let process = self.timeline.process(id);
        // The runtime's own stages pass through the namespace as well; only one runs a program.
        self.execs_of(process).find(|exec| !is_runtime(exec))?;
        let last = process.threads.iter().map(|&id| self.timeline.thread(id));
        let last = last.max_by_key(|thread| thread.ended_ns)?;
        last.exiting_from_ns?;
        let end = Edge {
            at_ns: last.ended_ns,
            tid: last.tid,
        };
        let asker = self
            .requests
            .since(self.timeline, self.roles, id, program.at_ns);
        let begun_ns = match asker {
            Some(asker) => self.requests.begun_ns(self.timeline, asker),
            None => self.runtime_call_ns(id).unwrap_or(process.born_ns),
        };
        window(Stage::Exec, begun_ns, end)
    }

    /// When the runtime that made a process was called.
    fn runtime_call_ns(&self, id: ProcessId) -> Option<u64> {
        ancestry(self.timeline, id).find_map(|process| {
            let called = programs(self.timeline, process)
                .any(|program| runtime_command(&program, &["exec"]).is_some());
            called.then(|| self.timeline.process(process).born_ns)
        })
    }

    fn pid_namespace(&self, id: ProcessId) -> Option<u32> {
        let first = self.timeline.process(id).threads.first()?;
        let task = self.timeline.task(*first)?;
        (task.pid_namespace != 0).then_some(task.pid_namespace)
    }

    /// When a sub-command of the runtime was asked for on this container, after an instant.
    fn command_ns(&self, commands: &[&str], after_ns: u64) -> Option<u64> {
        let execs = self.timeline.tables().execs.iter();
        let calls = execs.filter(|exec| {
            exec.at_ns > after_ns && runtime_command(&program_of(exec), commands) == Some(self.id)
        });
        let call = calls.min_by_key(|exec| exec.at_ns)?;
        let process = self.timeline.process_at(call.tgid, call.at_ns)?;
        let asker = self
            .requests
            .since(self.timeline, self.roles, process, after_ns);
        Some(asker.map_or(call.at_ns, |asker| {
            self.requests.begun_ns(self.timeline, asker)
        }))
    }

    fn removal(&self, begun_ns: u64, program: &Edge, end: &Edge) -> Option<StageWindow> {
        let cgroups = self.last_cgroup_removed(end.at_ns);
        let mounts = self.last_unmount(begun_ns, program.at_ns, end.at_ns);
        let last = cgroups
            .into_iter()
            .chain(mounts)
            .max_by_key(|edge| edge.at_ns)?;
        let asker = self
            .timeline
            .thread_at(last.tid, last.at_ns)
            .map(|id| self.timeline.thread(id).process)
            .and_then(|process| {
                self.requests
                    .since(self.timeline, self.roles, process, end.at_ns)
            });
        let asked_ns = asker.map(|asker| self.requests.begun_ns(self.timeline, asker));
        window(Stage::Remove, asked_ns.unwrap_or(end.at_ns), last)
    }

    /// The removal of the last cgroup that init was in, or that is named after the container.
    fn last_cgroup_removed(&self, after_ns: u64) -> Option<Edge> {
        let events = &self.timeline.tables().cgroups;
        let is_inits = |event: &&trace::rows::CgroupEvent| {
            events.iter().any(|attach| {
                attach.operation == "attach"
                    && attach.target_tid == self.init.tgid
                    && (attach.hierarchy, attach.id) == (event.hierarchy, event.id)
            })
        };
        let removals = events
            .iter()
            .filter(|event| event.operation == "rmdir" && event.at_ns >= after_ns)
            .filter(|event| self.names(&event.path) || is_inits(event));
        let last = removals.max_by_key(|event| event.at_ns)?;
        Some(Edge {
            at_ns: last.at_ns,
            tid: last.tid,
        })
    }

    /// The end of the last unmount, by a manager or shim, of what was mounted for the container.
    fn last_unmount(&self, begun_ns: u64, program_ns: u64, after_ns: u64) -> Option<Edge> {
        let calls = |name: &'static str| {
            let spans = self.timeline.tables().spans.iter();
            spans.filter(move |span| {
                span.result == 0 && self.timeline.syscall_name(span.nr) == Some(name)
            })
        };
        let mounted: Vec<&str> = calls("mount")
            .filter(|span| (begun_ns..program_ns).contains(&span.start_ns))
            .filter_map(|span| self.timeline.text(span.text2?))
            .collect();
        let unmounts = calls("umount2").filter(|span| {
            let path = span.text.and_then(|text| self.timeline.text(text));
            span.start_ns >= after_ns
                && path.is_some_and(|path| self.names(path) || mounted.contains(&path))
                && self.is_outside(span)
        });
        let end_ns = |span: &Span| span.start_ns + span.duration_ns;
        let last = unmounts.max_by_key(|span| end_ns(span))?;
        Some(Edge {
            at_ns: end_ns(last),
            tid: last.tid,
        })
    }

    fn is_outside(&self, span: &Span) -> bool {
        let process = self.timeline.process_at(span.tgid, span.start_ns);
        process.is_some_and(|process| {
            matches!(
                self.roles.role_at(process, span.start_ns),
                Role::Manager | Role::Shim
            )
        })
    }

    fn names(&self, path: &str) -> bool {
        !self.id.is_empty() && path.contains(self.id)
    }

    fn execs_of<'p>(
        &'p self,
        process: &'p Process,
    ) -> impl Iterator<Item = &'a Exec> + use<'p, 'l, 'a> {
        let execs = &self.timeline.tables().execs;
        process.execs().iter().map(|&row| &execs[row as usize])
    }
}

fn is_runtime(exec: &Exec) -> bool {
    program::of_program(&program_of(exec)).is_some_and(|(role, _)| role == Role::Runtime)
}

fn program_of(exec: &Exec) -> Program<'_> {
    Program {
        path: &exec.path,
        argv: &exec.argv,
    }
}

/// A stage, unless it ends before it begins.
fn window(stage: Stage, start_ns: u64, end: Edge) -> Option<StageWindow> {
    (start_ns <= end.at_ns).then_some(StageWindow {
        stage,
        start_ns,
        end_ns: end.at_ns,
        tid: end.tid,
    })
}

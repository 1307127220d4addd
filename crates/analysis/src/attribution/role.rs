//! The role of each process, over its life.
//!
//! A process begins as what its parent is, and becomes another with each exec:
//!
//! 1. In a pid namespace below the one of the command, or of who sets marks, a program that is no runtime is the container's.
//!    So is what a runtime starts in a mount namespace that is not the runtime's own, for
//!    containers that share the host's pid namespace.
//! 2. What a container's process makes or runs is the container's.
//! 3. A program that is known by name ([`super::program`]) is what its name says.
//! 4. What a manager, shim, runtime or helper starts is a helper.
//! 5. The traced command is the client, everything else is other.
//!
//! Without an exec: what a manager forks into another pid namespace is the runtime's (libcontainer
//! in process), and so is a process that names itself as libcontainer's and runc's stages do. A program of no known role
//! that makes the first process of a pid namespace is a runtime by that ([`super::bare_runtime`]).

use std::collections::BTreeSet;

use super::bare_runtime::FirstProcesses;
use super::container::process::ancestry;
use super::program::{self, Trade};
use crate::timeline::{ProcessId, Program, Timeline};
use trace::manifest::Manifest;
use trace::role::Role;
use trace::rows::{Exec, Task};

/// The part that a process has, from some instant on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taking {
    /// From when on, in nanoseconds of the recording's clock.
    pub from_ns: u64,
    /// Its role to the container.
    pub role: Role,
    /// The purpose of its work in the kernel.
    pub trade: Trade,
}

/// The roles of all processes.
#[derive(Clone, Debug)]
pub struct Roles {
    /// For each process what it was, by time; never empty.
    parts: Vec<Vec<Taking>>,
    graph_roots: Vec<String>,
}

impl Roles {
    /// Works out every process's role at each time.
    pub fn new(manifest: &Manifest, timeline: &Timeline<'_>) -> Self {
        let mut order: Vec<ProcessId> = timeline.process_ids().collect();
        // Parents first: a child begins as what its parent is then.
        order.sort_by_key(|&id| (timeline.process(id).born_ns, id));
        let host = HostNamespace::new(manifest, timeline);
        let is_container = |task: &Task| host.is_some_and(|host| host.is_above(task));
        let rules = Rules {
            timeline,
            root_tgids: &manifest.root_tgids,
            host,
            first_processes: FirstProcesses::new(timeline, is_container),
        };
        let mut roles = Self {
            parts: vec![Vec::new(); order.len()],
            graph_roots: Vec::new(),
        };
        let mut graph_roots = BTreeSet::new();
        for id in order {
            let parts = rules.life(&roles, id, &mut graph_roots);
            roles.parts[id.index()] = parts;
        }
        roles.graph_roots = graph_roots.into_iter().collect();
        roles
    }

    /// The part that a process took at `at_ns`.
    pub fn part_at(&self, id: ProcessId, at_ns: u64) -> Taking {
        let nothing = Taking {
            from_ns: 0,
            role: Role::Other,
            trade: Trade::General,
        };
        let Some(parts) = self.parts.get(id.index()) else {
            return nothing;
        };
        let begun = parts.partition_point(|part| part.from_ns <= at_ns);
        let part = parts.get(begun.saturating_sub(1));
        part.copied().unwrap_or(nothing)
    }

    /// The role of a process at `at_ns`.
    pub fn role_at(&self, id: ProcessId, at_ns: u64) -> Role {
        self.part_at(id, at_ns).role
    }

    /// The parts that a process took, by time.
    pub fn parts(&self, id: ProcessId) -> &[Taking] {
        self.parts.get(id.index()).map_or(&[], Vec::as_slice)
    }

    /// Directories that managers were told to keep images and layers in.
    pub fn graph_roots(&self) -> &[String] {
        &self.graph_roots
    }
}

/// The pid namespace that containers lie below.
///
/// Numbers of namespaces are given away again as soon as one is gone, so how deep one is must be
/// asked of the task itself.
#[derive(Clone, Copy)]
struct HostNamespace {
    number: u32,
    level: u32,
}

impl HostNamespace {
    /// Nothing where no task's namespace is known.
    fn new(manifest: &Manifest, timeline: &Timeline<'_>) -> Option<Self> {
        let tables = timeline.tables();
        let known = || tables.tasks.iter().filter(|task| task.pid_namespace != 0);
        // Who sets marks is outside of containers, though it may be in a namespace of its own.
        let marking = known().find(|task| tables.marks.iter().any(|mark| mark.tid == task.tid));
        let root = || known().find(|task| manifest.root_tgids.contains(&task.tid));
        let outermost = || known().min_by_key(|task| (task.pid_level, task.pid_namespace));
        let host = marking.or_else(root).or_else(outermost)?;
        Some(Self {
            number: host.pid_namespace,
            level: host.pid_level,
        })
    }

    /// Whether a task is in a container's namespace: below the one that the command lives in.
    const fn is_above(self, task: &Task) -> bool {
        task.pid_namespace != 0 && task.pid_namespace != self.number && task.pid_level > self.level
    }
}

/// An event of a process that can change its role.
enum Turn<'a> {
    Exec(&'a Exec),
    Name(&'a str),
}

struct Rules<'r, 'a> {
    timeline: &'r Timeline<'a>,
    root_tgids: &'r [u32],
    host: Option<HostNamespace>,
    first_processes: FirstProcesses,
}

impl<'a> Rules<'_, 'a> {
    /// All parts of a process's life.
    fn life(
        &self,
        roles: &Roles,
        id: ProcessId,
        graph_roots: &mut BTreeSet<String>,
    ) -> Vec<Taking> {
        let process = self.timeline.process(id);
        let mut now = self.at_birth(roles, id);
        let first = process
            .threads
            .first()
            .and_then(|&thread| self.timeline.task(thread));
        let mut mount_namespace = first.map_or(0, |task| task.mount_namespace);
        let mut parts = vec![now];
        self.note_graph_roots(
            now,
            &self.timeline.program(id, process.born_ns),
            graph_roots,
        );
        for (at_ns, turn) in self.turns(id) {
            let next = match turn {
                Turn::Exec(exec) => {
                    let before = self.runtime_namespace(id, exec).unwrap_or(mount_namespace);
                    let next = self.after_exec(now, (process.tgid, first), exec, before);
                    let next = self.by_what_it_makes(next, id, exec);
                    mount_namespace = exec.mount_namespace;
                    self.note_graph_roots(next, &program_of(exec), graph_roots);
                    next
                }
                Turn::Name(comm) => after_rename(now, comm),
            };
            now = Taking {
                from_ns: at_ns,
                ..next
            };
            parts.push(now);
        }
        parts
    }

    /// Execs of a process and names of its leading threads, by time.
    fn turns(&self, id: ProcessId) -> Vec<(u64, Turn<'a>)> {
        let tables = self.timeline.tables();
        let process = self.timeline.process(id);
        let leaders = process
            .threads
            .iter()
            .map(|&thread| self.timeline.thread(thread))
            .filter(|thread| thread.tid == process.tgid);
        let names: Vec<(u64, &str)> = leaders
            .flat_map(|thread| thread.renames())
            .map(|&row| &tables.renames[row as usize])
            .map(|rename| (rename.at_ns, rename.comm.as_str()))
            .collect();
        let execs = process.execs().iter().map(|&row| {
            let exec = &tables.execs[row as usize];
            (named_ns(exec, &names), Turn::Exec(exec))
        });
        let named = names.iter().map(|&(at_ns, comm)| (at_ns, Turn::Name(comm)));
        let mut turns: Vec<_> = execs.chain(named).collect();
        // An exec's name is given within it; the exec decides, so it comes last.
        turns.sort_by_key(|(at_ns, turn)| (*at_ns, matches!(turn, Turn::Exec(_))));
        turns
    }

    /// The mount namespace in which the runtime was called that a process belongs to. The process's
    /// own may have been the container's from its birth.
    fn runtime_namespace(&self, id: ProcessId, before: &Exec) -> Option<u32> {
        let tables = self.timeline.tables();
        let calls = ancestry(self.timeline, id).find_map(|id| {
            let execs = self.timeline.process(id).execs().iter().rev();
            execs
                .map(|&row| &tables.execs[row as usize])
                .filter(|exec| exec.at_ns < before.at_ns)
                .find(|exec| {
                    let known = program::of_program(&program_of(exec));
                    known.is_some_and(|(role, _)| role == Role::Runtime)
                })
        });
        calls.map(|exec| exec.mount_namespace)
    }

    fn at_birth(&self, roles: &Roles, id: ProcessId) -> Taking {
        let process = self.timeline.process(id);
        let from_ns = process.born_ns;
        let first = process.threads.first().copied();
        let task = first.and_then(|thread| self.timeline.task(thread));
        let is_new = first.is_some_and(|thread| self.timeline.thread(thread).born_in_recording);
        if task.is_some_and(|task| task.kernel_thread) {
            return taking(from_ns, (Role::KernelThread, Trade::General));
        }
        let parent = process
            .parent
            .map(|thread| self.timeline.thread(thread).process);
        match (is_new, parent) {
            (true, Some(parent)) => {
                let inherited = roles.part_at(parent, from_ns);
                let enters = self.enters_pid_namespace(parent, task);
                let role = match inherited.role {
                    Role::Manager if enters => Role::Runtime,
                    role => role,
                };
                Taking {
                    from_ns,
                    role,
                    ..inherited
                }
            }
            (true | false, _) => taking(from_ns, self.of_older(process.tgid, id, task)),
        }
    }

    /// Whether a new process lives in another pid namespace than its parent, a container's.
    fn enters_pid_namespace(&self, parent: ProcessId, task: Option<&Task>) -> bool {
        let parent = self.timeline.process(parent).threads.first();
        let parent = parent.and_then(|&thread| self.timeline.task(thread));
        match (parent, task) {
            (Some(parent), Some(task)) => {
                parent.pid_namespace != 0
                    && parent.pid_namespace != task.pid_namespace
                    && self.is_container(task)
            }
            (None, _) | (_, None) => false,
        }
    }

    /// The role of a process that is older than the recording, or the command itself.
    fn of_older(&self, tgid: u32, id: ProcessId, task: Option<&Task>) -> (Role, Trade) {
        let program = self.timeline.program(id, self.timeline.process(id).born_ns);
        let known = program::of_program(&program)
            .or_else(|| task.and_then(|task| program::of_name(&task.comm)));
        let is_inside = task.is_some_and(|task| self.is_container(task));
        match known {
            Some((Role::Runtime, trade)) => (Role::Runtime, trade),
            Some(_) | None if is_inside => (Role::Container, Trade::General),
            Some(known) => known,
            None if self.root_tgids.contains(&tgid) => (Role::Client, Trade::General),
            None => (Role::Other, Trade::General),
        }
    }

    fn is_container(&self, task: &Task) -> bool {
        self.host.is_some_and(|host| host.is_above(task))
    }

    /// `task` is the process's first; a process never leaves its pid namespace.
    fn after_exec(
        &self,
        now: Taking,
        (tgid, task): (u32, Option<&Task>),
        exec: &Exec,
        mount_namespace: u32,
    ) -> Taking {
        let container = Taking {
            role: Role::Container,
            trade: Trade::General,
            ..now
        };
        if now.role == Role::Container {
            return container;
        }
        let known = program::of_program(&program_of(exec));
        let is_runtime = known.is_some_and(|(role, _)| role == Role::Runtime);
        let moved = mount_namespace != 0
            && exec.mount_namespace != 0
            && exec.mount_namespace != mount_namespace;
        let leaves_runtime = now.role == Role::Runtime && moved;
        let is_inside = task.is_some_and(|task| self.is_container(task));
        if !is_runtime && (is_inside || leaves_runtime) {
            return container;
        }
        let (role, trade) = known.unwrap_or_else(|| match now.role {
            Role::Manager | Role::Helper => {
                let trade = program::trade_under_manager(&program_of(exec));
                (Role::Helper, trade)
            }
            Role::Shim | Role::Runtime => (Role::Helper, Trade::General),
            Role::Client | Role::Container | Role::KernelThread | Role::Other => {
                let is_root = self.root_tgids.contains(&tgid);
                (
                    if is_root { Role::Client } else { Role::Other },
                    Trade::General,
                )
            }
        });
        Taking { role, trade, ..now }
    }

    /// A program of no known role that makes the first process of a pid namespace is a runtime.
    fn by_what_it_makes(&self, now: Taking, id: ProcessId, exec: &Exec) -> Taking {
        let is_unknown = program::of_program(&program_of(exec)).is_none()
            && matches!(now.role, Role::Client | Role::Helper | Role::Other);
        let execs = &self.timeline.tables().execs;
        let mut later = self.timeline.process(id).execs().iter();
        let next_ns = later
            .find_map(|&row| {
                let at_ns = execs[row as usize].at_ns;
                (at_ns > exec.at_ns).then_some(at_ns)
            })
            .unwrap_or(u64::MAX);
        let makes = self.first_processes.has_made(id, (exec.at_ns, next_ns));
        match is_unknown && makes {
            true => Taking {
                role: Role::Runtime,
                trade: Trade::General,
                ..now
            },
            false => now,
        }
    }

    fn note_graph_roots(
        &self,
        now: Taking,
        program: &Program<'_>,
        graph_roots: &mut BTreeSet<String>,
    ) {
        if now.role == Role::Manager {
            graph_roots.extend(program::graph_roots(program).into_iter().map(str::to_owned));
        }
    }
}

fn taking(from_ns: u64, (role, trade): (Role, Trade)) -> Taking {
    Taking {
        from_ns,
        role,
        trade,
    }
}

/// When a process was named after the program that it began to run: the name is given within the
/// call, a little before it is done, and name and role change together.
fn named_ns(exec: &Exec, names: &[(u64, &str)]) -> u64 {
    /// The kernel cuts names off (TASK_COMM_LEN, include/linux/sched.h, v6.18).
    const NAME_BYTES: usize = 15;
    /// Longest between the two that is one call.
    const LIMIT_NS: u64 = 100_000_000;
    let file_name = program_of(exec).file_name();
    let name = file_name.get(..NAME_BYTES).unwrap_or(file_name);
    let before = names.iter().rev().find(|(at_ns, _)| *at_ns <= exec.at_ns);
    before
        .filter(|(at_ns, comm)| *comm == name && exec.at_ns - at_ns < LIMIT_NS)
        .map_or(exec.at_ns, |(at_ns, _)| *at_ns)
}

/// How the stages of libcontainer (youki) and runc's `nsexec` name themselves.
const RUNTIME_STAGES: &[&str] = &["youki:[", "runc:["];

fn after_rename(now: Taking, comm: &str) -> Taking {
    let is_stage = RUNTIME_STAGES.iter().any(|prefix| comm.starts_with(prefix));
    if is_stage && now.role != Role::Container {
        return Taking {
            role: Role::Runtime,
            ..now
        };
    }
    now
}

fn program_of(exec: &Exec) -> Program<'_> {
    Program {
        path: &exec.path,
        argv: &exec.argv,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::fixture::{exec, manifest, mark, rename, task};
    use trace::rows::Tables;

    fn in_namespace(mut task: Task, number: u32, level: u32) -> Task {
        (task.pid_namespace, task.pid_level, task.mount_namespace) = (number, level, 3);
        task
    }

    #[test]
    fn a_container_in_the_hosts_pid_namespace_is_told_by_its_mounts() {
        let child = |tid, parent, born_ns, namespace| {
            let mut task = task(tid, parent, Some(born_ns));
            task.mount_namespace = namespace;
            task
        };
        let inside = |tid, at_ns| {
            let mut exec = exec(tid, at_ns, "/bin/sleep", "sleep infinity");
            exec.mount_namespace = 9;
            exec
        };
        // crun clones into the new mount namespace; a hook runs in the runtime's own.
        let tables = Tables {
            tasks: vec![
                task(10, 1, None),
                child(20, 10, 5, 1),
                child(30, 20, 10, 9),
                child(31, 20, 12, 1),
            ],
            execs: vec![
                exec(20, 6, "/usr/bin/crun", "crun create a1"),
                inside(30, 40),
                exec(31, 13, "/bin/hook", "hook"),
            ],
            renames: vec![rename(20, 6, "crun"), rename(30, 38, "sleep")],
            ..Tables::default()
        };
        let manifest = manifest(100);
        let timeline = Timeline::new(&manifest, &tables);
        let roles = Roles::new(&manifest, &timeline);
        let role = |tid, at_ns| {
            let process = timeline.process_at(tid, at_ns)?;
            Some(roles.role_at(process, at_ns))
        };
        assert_eq!(role(30, 20), Some(Role::Runtime));
        assert_eq!(role(31, 20), Some(Role::Helper));
        // It has its name before the call is done, and its role with it.
        assert_eq!(role(30, 38), Some(Role::Container));
    }

    #[test]
    fn a_container_stays_one_when_another_sandbox_gets_the_number_of_its_namespace() {
        let mut exec = exec(13, 50, "/bin/sleep", "sleep infinity");
        (exec.pid_namespace, exec.mount_namespace) = (2, 3);
        let tables = Tables {
            tasks: vec![
                in_namespace(task(10, 1, None), 5, 1),
                in_namespace(task(13, 10, Some(40)), 2, 2),
                in_namespace(task(20, 1, Some(90)), 2, 1),
            ],
            execs: vec![exec],
            marks: vec![mark(10, 5, 2, 1)],
            ..Tables::default()
        };
        let manifest = manifest(100);
        let timeline = Timeline::new(&manifest, &tables);
        let roles = Roles::new(&manifest, &timeline);
        let role = |tid| {
            let process = timeline.process_at(tid, 60)?;
            Some(roles.role_at(process, 60))
        };
        assert_eq!(role(10), Some(Role::Other));
        assert_eq!(role(13), Some(Role::Container));
    }
}

//! Which command asked for something.
//!
//! Below the command, everything descends from it: podman, crun and the container by fork. Then the
//! request is the outermost process on that line that no engine made. A daemon breaks the line: its
//! shims and runtimes descend from the daemon, which works for everybody, whether it is older than
//! the recording or not. There the n-th client that asks for a container (`docker run`,
//! `docker create`, ...) is taken to have asked for the n-th container. A `docker start` asks for
//! none if it names what an earlier client asked for.

use super::process::{ancestry, programs};
use crate::attribution::program;
use crate::attribution::role::Roles;
use crate::timeline::{ProcessId, Program, Timeline};
use trace::manifest::Manifest;
use trace::role::Role;

/// Sub-commands that ask a daemon for a new container.
const ASKS: &[&str] = &["create", "run", START, "launch", "init"];
/// The one that may go on with a container instead.
const START: &str = "start";

/// Who asked for which container.
#[derive(Clone, Debug)]
pub(super) struct Requests {
    root_tgids: Vec<u32>,
    /// When the command was let go.
    released_ns: u64,
    /// By container: who asked for it.
    askers: Vec<Option<ProcessId>>,
}

impl Requests {
    pub(super) fn new(
        manifest: &Manifest,
        timeline: &Timeline<'_>,
        roles: &Roles,
        inits: &[ProcessId],
    ) -> Self {
        let mut requests = Self {
            root_tgids: manifest.root_tgids.clone(),
            released_ns: manifest.released_ns,
            askers: Vec::new(),
        };
        let mut clients = clients(timeline).into_iter();
        let askers = inits.iter().map(|&init| {
            requests
                .since(timeline, roles, init, 0)
                .or_else(|| clients.next())
        });
        requests.askers = askers.collect();
        requests
    }

    /// Who asked for a container.
    pub(super) fn asker(&self, container: usize) -> Option<ProcessId> {
        self.askers.get(container).copied().flatten()
    }

    /// When a process began to ask: at its birth, or when the command was let go.
    pub(super) fn begun_ns(&self, timeline: &Timeline<'_>, asker: ProcessId) -> u64 {
        timeline.process(asker).born_ns.max(self.released_ns)
    }

    /// The process that asked for what `process` does, if it was made after `after_ns`.
    pub(super) fn since(
        &self,
        timeline: &Timeline<'_>,
        roles: &Roles,
        process: ProcessId,
        after_ns: u64,
    ) -> Option<ProcessId> {
        let outermost = ancestry(timeline, process)
            .take_while(|&id| self.is_of_recording(timeline, id, after_ns))
            .take_while(|&id| is_engine(roles, id))
            .last()?;
        if programs(timeline, outermost).any(|program| program::is_daemon(&program)) {
            return None;
        }
        let born_ns = timeline.process(outermost).born_ns;
        let maker = timeline.process(outermost).parent;
        let maker = maker.map(|thread| timeline.thread(thread).process);
        let is_engines_own = maker.is_some_and(|maker| {
            is_engine_role(roles.role_at(maker, born_ns)) && !self.is_root(timeline, outermost)
        });
        (!is_engines_own).then_some(outermost)
    }

    fn is_root(&self, timeline: &Timeline<'_>, id: ProcessId) -> bool {
        self.root_tgids.contains(&timeline.process(id).tgid)
    }

    fn is_of_recording(&self, timeline: &Timeline<'_>, id: ProcessId, after_ns: u64) -> bool {
        let process = timeline.process(id);
        let first = process.threads.first();
        let is_new = first.is_some_and(|&thread| timeline.thread(thread).born_in_recording);
        process.born_ns >= after_ns && (is_new || self.is_root(timeline, id))
    }
}

/// Whether a process becomes part of an engine in its life.
fn is_engine(roles: &Roles, id: ProcessId) -> bool {
    roles.parts(id).iter().any(|part| is_engine_role(part.role))
}

fn is_engine_role(role: Role) -> bool {
    match role {
        Role::Manager | Role::Shim | Role::Runtime | Role::Helper | Role::Container => true,
        Role::Client | Role::KernelThread | Role::Other => false,
    }
}

/// The processes that asked a daemon for a container, by the time at which they were called.
fn clients(timeline: &Timeline<'_>) -> Vec<ProcessId> {
    let mut clients: Vec<ProcessId> = timeline
        .process_ids()
        .filter(|&id| programs(timeline, id).any(|program| asks_daemon(&program)))
        .collect();
    clients.sort_by_key(|&id| (timeline.process(id).born_ns, id));
    let mut named: Vec<&str> = Vec::new();
    clients.retain(|&id| {
        let words: Vec<&str> = programs(timeline, id)
            .filter(asks_daemon)
            .flat_map(|program| program.arguments().skip(1).collect::<Vec<_>>())
            .collect();
        let goes_on = words.contains(&START) && words.last().is_some_and(|it| named.contains(it));
        named.extend(words);
        !goes_on
    });
    clients
}

fn asks_daemon(program: &Program<'_>) -> bool {
    let is_client = program::of_program(program).is_some_and(|(role, _)| role == Role::Client);
    is_client
        && program
            .arguments()
            .skip(1)
            .any(|argument| ASKS.contains(&argument))
}

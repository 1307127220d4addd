//! The containers of a recording, and what was asked of them.
//!
//! A container is what bears one id: its lives, each with a first process (its *init*), and the
//! requests made on it. [`life`] finds what an init did, [`request`] who asked for what, [`subject`]
//! which lives and requests belong together, [`windows`] the stages of each; [`removal`] when the
//! last of a life was gone, [`identity`] ids and names, [`owners`] which processes worked for which
//! container; [`process`] is what they all read of a process.

mod identity;
mod life;
mod owners;
pub(super) mod process;
mod removal;
mod request;
mod subject;
mod windows;

use super::role::Roles;
use super::stage::StageWindow;
use crate::timeline::{ProcessId, Timeline};
use trace::manifest::Manifest;
use trace::role::Role;

use life::Life;
use owners::Owners;
use process::{ancestry, is_new, is_tracked, runtime_commands};

/// An instant, and the thread that was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Edge {
    pub(crate) at_ns: u64,
    pub(crate) tid: u32,
}

/// A container, as its recording shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// Its id, or the name that a bare runtime was given for it; empty if neither was seen.
    pub id: String,
    /// The name that its engine was told to give it.
    pub name: Option<String>,
    /// Its first processes, one for each time that it ran, in order.
    pub inits: Vec<ProcessId>,
    /// Its stages, in order of time, as far as they are in the recording.
    pub stages: Vec<StageWindow>,
}

/// All containers of a recording, and who worked for them.
#[derive(Clone, Debug)]
pub struct Containers {
    all: Vec<Container>,
    owners: Owners,
}

impl Containers {
    /// Finds them.
    pub fn new(manifest: &Manifest, timeline: &Timeline<'_>, roles: &Roles) -> Self {
        let lives = lives(manifest, timeline, roles);
        let requests = request::requests(manifest, timeline);
        let known = identity::known(manifest, timeline);
        let subjects = subject::subjects(lives, &requests, &known);
        let owners = Owners::new(timeline, &subjects, &requests);
        let all = subjects.iter().map(|subject| Container {
            id: subject.id.clone(),
            name: subject.name.clone(),
            inits: subject.lives.iter().map(|life| life.init).collect(),
            stages: windows::stages(timeline, roles, subject, &requests),
        });
        Self {
            all: all.collect(),
            owners,
        }
    }

    /// The containers, in the order in which they were first seen.
    pub fn all(&self) -> &[Container] {
        &self.all
    }

    /// The position of the container that a process worked for alone, if there is one.
    pub fn owner(&self, process: ProcessId) -> Option<usize> {
        self.owners.of(process)
    }
}

/// The lives of all containers, in the order of their inits' births.
fn lives(manifest: &Manifest, timeline: &Timeline<'_>, roles: &Roles) -> Vec<Life> {
    let mut inits: Vec<ProcessId> = timeline
        .process_ids()
        .filter(|&id| is_init(timeline, roles, id))
        .collect();
    inits.sort_by_key(|&id| (timeline.process(id).born_ns, id));
    let new = inits
        .into_iter()
        .map(|init| Life::new(timeline, roles, init, identity::id(timeline, init)));
    let mut lives: Vec<Life> = older(manifest, timeline, roles).chain(new).collect();
    lives.extend(in_hosts_namespace(timeline, roles, &lives));
    lives.sort_by_key(|life| (life.born_ns, life.init));
    for index in 0..lives.len() {
        let later = lives[index + 1..].iter();
        let next = later
            .filter(|life| life.id == lives[index].id)
            .min_by_key(|life| life.born_ns);
        lives[index].next_ns = next.map_or(u64::MAX, |life| life.born_ns);
    }
    lives
}

/// The lives that had begun before the recording.
fn older<'l, 'a>(
    manifest: &'l Manifest,
    timeline: &'l Timeline<'a>,
    roles: &'l Roles,
) -> impl Iterator<Item = Life> + use<'l, 'a> {
    manifest.containers.iter().filter_map(move |container| {
        let init = timeline.process_at(container.first_process?, timeline.window_ns().0)?;
        Some(Life::new(timeline, roles, init, container.id.clone()))
    })
}

/// The lives that share the host's pid namespace: what a runtime made for an id without any other
/// life began to run outside of the runtime's mounts. Hooks do so as well, but earlier.
fn in_hosts_namespace(timeline: &Timeline<'_>, roles: &Roles, others: &[Life]) -> Vec<Life> {
    let mut lives: Vec<Life> = Vec::new();
    for id in timeline.process_ids() {
        let parts = roles.parts(id);
        let leaves = parts.first().is_some_and(|part| part.role == Role::Runtime)
            && parts
                .last()
                .is_some_and(|part| part.role == Role::Container)
            && is_new(timeline, id)
            && is_tracked(timeline, id);
        let called = ancestry(timeline, id)
            .find_map(|id| runtime_commands(timeline, id).last())
            .filter(|(_, command)| leaves && command.makes());
        let Some((_, command)) = called else { continue };
        let made = command.containers.first().copied().unwrap_or_default();
        if others.iter().any(|life| life.id == made) {
            continue;
        }
        let life = Life::new(timeline, roles, id, made.to_owned());
        let program_ns = |life: &Life| life.program.map(|program| program.at_ns);
        match lives.iter_mut().find(|known| known.id == made) {
            Some(known) if program_ns(known) < program_ns(&life) => *known = life,
            Some(_) => {}
            None => lives.push(life),
        }
    }
    lives
}

fn is_init(timeline: &Timeline<'_>, roles: &Roles, id: ProcessId) -> bool {
    let process = timeline.process(id);
    let Some(&first) = process.threads.first() else {
        return false;
    };
    let is_first_task = timeline
        .task(first)
        .is_some_and(|task| task.inner_pid == 1 && task.pid_level > 0);
    let thread = timeline.thread(first);
    // Others may make containers meanwhile, which are nobody's business here.
    let is_ours = thread.born_in_recording && thread.tracked_from_ns.is_some();
    is_ours && is_first_task && roles.role_at(id, process.born_ns) == Role::Runtime
}

#[cfg(test)]
mod tests;

//! The containers of a recording, found by what the kernel saw of them.
//!
//! A container's first process (its *init*) is the first task of a new pid namespace that an OCI
//! runtime made. Its id is what the runtime was called with, else the name of its cgroup; its name
//! is what the engine's command line gives. [`edges`] finds its stages, [`request`] the command
//! that asked for something, [`owners`] which processes worked for which container; [`process`] is
//! what they all read of a process.
//!
//! Containers that share the host's pid namespace are not found.

mod edges;
mod identity;
mod owners;
mod process;
mod request;

use super::role::Roles;
use super::stage::StageWindow;
use crate::timeline::{ProcessId, Timeline};
use trace::manifest::Manifest;
use trace::role::Role;

use owners::Owners;
use request::Requests;

/// A container, as its recording shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// Its id, or the name that a bare runtime was given for it; empty if neither was seen.
    pub id: String,
    /// The name that its engine was told to give it.
    pub name: Option<String>,
    /// Its first process.
    pub init: ProcessId,
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
        let inits = inits(timeline, roles);
        let ids: Vec<String> = inits
            .iter()
            .map(|&init| identity::id(timeline, init))
            .collect();
        let requests = Requests::new(manifest, timeline, roles, &inits);
        let owners = Owners::new(timeline, &inits, &ids, &requests);
        let all = inits
            .iter()
            .zip(ids)
            .enumerate()
            .map(|(index, (&init, id))| {
                let life = edges::Life::new(timeline, roles, &requests, (index, init, &id));
                Container {
                    name: identity::name(timeline, &owners, index),
                    stages: life.stages(),
                    init,
                    id,
                }
            });
        Self {
            all: all.collect(),
            owners,
        }
    }

    /// The containers, in the order of their births.
    pub fn all(&self) -> &[Container] {
        &self.all
    }

    /// The position of the container that a process worked for alone, if there is one.
    pub fn owner(&self, process: ProcessId) -> Option<usize> {
        self.owners.of(process)
    }
}

/// The first processes of containers, in the order of their births.
fn inits(timeline: &Timeline<'_>, roles: &Roles) -> Vec<ProcessId> {
    let mut inits: Vec<ProcessId> = timeline
        .process_ids()
        .filter(|&id| is_init(timeline, roles, id))
        .collect();
    inits.sort_by_key(|&id| (timeline.process(id).born_ns, id));
    inits
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

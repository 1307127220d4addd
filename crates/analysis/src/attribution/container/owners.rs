//! Which processes worked for one container alone.
//!
//! A container's inits, who asked for something on it alone, whoever was called with its id (shims,
//! runtimes, conmon), and what descends from them. Daemons work for all.

use std::collections::HashMap;

use super::process::programs;
use super::request::Request;
use super::subject::Subject;
use crate::timeline::{ProcessId, Timeline};

/// The container of each process that has one.
#[derive(Clone, Debug)]
pub(super) struct Owners {
    by_process: Vec<Option<usize>>,
}

impl Owners {
    pub(super) fn new(
        timeline: &Timeline<'_>,
        subjects: &[Subject],
        requests: &[Request<'_>],
    ) -> Self {
        let known = known(subjects, requests);
        let mut order: Vec<ProcessId> = timeline.process_ids().collect();
        order.sort_by_key(|&id| (timeline.process(id).born_ns, id));
        let mut by_process = vec![None; order.len()];
        for id in order {
            let owner = match known.get(&id) {
                Some(&owner) => owner,
                None => called_with(timeline, id, subjects).or_else(|| {
                    let parent = timeline.process(id).parent?;
                    by_process[timeline.thread(parent).process.index()]
                }),
            };
            by_process[id.index()] = owner;
        }
        Self { by_process }
    }

    /// The position of a process's container.
    pub(super) fn of(&self, process: ProcessId) -> Option<usize> {
        self.by_process.get(process.index()).copied().flatten()
    }
}

/// The inits, and those who asked: who asked for several works for all of them.
fn known(subjects: &[Subject], requests: &[Request<'_>]) -> HashMap<ProcessId, Option<usize>> {
    let mut known: HashMap<ProcessId, Option<usize>> = HashMap::new();
    for (index, subject) in subjects.iter().enumerate() {
        for &request in &subject.requests {
            known
                .entry(requests[request].process)
                .and_modify(|owner| *owner = None)
                .or_insert(Some(index));
        }
    }
    for (index, subject) in subjects.iter().enumerate() {
        for life in &subject.lives {
            known.insert(life.init, Some(index));
        }
    }
    known
}

/// The container whose id a process was called with: of several that had it, the last that was there.
fn called_with(timeline: &Timeline<'_>, process: ProcessId, subjects: &[Subject]) -> Option<usize> {
    let at_ns = timeline.process(process).ended_ns;
    programs(timeline, process)
        .flat_map(|program| program.arguments().collect::<Vec<_>>())
        .find_map(|argument| {
            let alike = subjects.iter().enumerate().filter(|(_, subject)| {
                !subject.id.is_empty() && subject.id == argument && subject.begun_ns <= at_ns
            });
            let last = alike.max_by_key(|(_, subject)| subject.begun_ns)?;
            Some(last.0)
        })
}

//! Which processes worked for one container alone.
//!
//! A container's init, who asked for it, whoever was called with its id (shims, runtimes, conmon),
//! and what descends from them. Daemons work for all.

use std::collections::HashMap;

use super::process::programs;
use super::request::Requests;
use crate::timeline::{ProcessId, Timeline};

/// The container of each process that has one.
#[derive(Clone, Debug)]
pub(super) struct Owners {
    by_process: Vec<Option<usize>>,
}

impl Owners {
    pub(super) fn new(
        timeline: &Timeline<'_>,
        inits: &[ProcessId],
        ids: &[String],
        requests: &Requests,
    ) -> Self {
        let by_id: HashMap<&str, usize> = ids
            .iter()
            .enumerate()
            .filter(|(_, id)| !id.is_empty())
            .map(|(index, id)| (id.as_str(), index))
            .collect();
        let mut known: HashMap<ProcessId, Option<usize>> = HashMap::new();
        for (index, _) in inits.iter().enumerate() {
            if let Some(asker) = requests.asker(index) {
                // Who asked for several works for all of them.
                known
                    .entry(asker)
                    .and_modify(|owner| *owner = None)
                    .or_insert(Some(index));
            }
        }
        for (index, &init) in inits.iter().enumerate() {
            known.insert(init, Some(index));
        }
        let mut order: Vec<ProcessId> = timeline.process_ids().collect();
        order.sort_by_key(|&id| (timeline.process(id).born_ns, id));
        let mut by_process = vec![None; order.len()];
        for id in order {
            let owner = match known.get(&id) {
                Some(&owner) => owner,
                None => called_with(timeline, id, &by_id).or_else(|| {
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

/// The container whose id a process was called with.
fn called_with(
    timeline: &Timeline<'_>,
    process: ProcessId,
    by_id: &HashMap<&str, usize>,
) -> Option<usize> {
    programs(timeline, process)
        .flat_map(|program| program.arguments().collect::<Vec<_>>())
        .find_map(|argument| by_id.get(argument).copied())
}

//! Programs that are runtimes by what they do, whatever they are called: they make the first process of
//! a pid namespace, as unshare(1), bwrap(1) and runtimes of one's own do.

use std::collections::HashMap;

use crate::timeline::{ProcessId, Timeline};
use trace::rows::Task;

/// When processes made first processes of containers' pid namespaces.
#[derive(Clone, Debug, Default)]
pub(super) struct FirstProcesses {
    by_maker: HashMap<ProcessId, Vec<u64>>,
}

impl FirstProcesses {
    /// `is_container` tells whether a task is in a container's pid namespace.
    pub(super) fn new(timeline: &Timeline<'_>, is_container: impl Fn(&Task) -> bool) -> Self {
        let mut by_maker: HashMap<ProcessId, Vec<u64>> = HashMap::new();
        for id in timeline.process_ids() {
            let process = timeline.process(id);
            let first = process.threads.first().copied();
            let task = first.and_then(|thread| timeline.task(thread));
            let is_first = task.is_some_and(|task| task.inner_pid == 1 && is_container(task));
            if let (true, Some(parent)) = (is_first, process.parent) {
                let maker = timeline.thread(parent).process;
                by_maker.entry(maker).or_default().push(process.born_ns);
            }
        }
        Self { by_maker }
    }

    /// Whether a process made one from one instant up to another.
    pub(super) fn has_made(&self, maker: ProcessId, (from_ns, until_ns): (u64, u64)) -> bool {
        let made = self.by_maker.get(&maker);
        made.is_some_and(|births| births.iter().any(|ns| (from_ns..until_ns).contains(ns)))
    }
}

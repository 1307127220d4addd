//! The nodes of a graph in an order in which inputs come first.

use super::graph::{RawGraph, RawStretch};
use crate::timeline::{Interval, ThreadId};
use crate::what_if::graph::{Node, Step};

/// A node whose inputs are numbered in the order in which they were found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) thread: ThreadId,
    pub(super) at_ns: u64,
    pub(super) step: Step,
    /// Its wait for another, and where it was before: for one that closes a circle of waits.
    pub(super) wait: Option<(usize, Interval)>,
}

/// Orders the nodes so that inputs are first. A wait that closes a circle of waits at one instant is the
/// thread's own, as in the walk.
pub(super) fn in_order(found: Vec<Found>, stretches: Vec<RawStretch>, end: usize) -> RawGraph {
    let mut order = Order {
        position: vec![None; found.len()],
        nodes: Vec::with_capacity(found.len()),
        found,
        stretches,
    };
    let mut earliest_first: Vec<usize> = (0..order.found.len()).collect();
    earliest_first.sort_by_key(|&node| order.found[node].at_ns);
    for node in earliest_first {
        order.visit(node);
    }
    RawGraph {
        end: order.position[end].flatten().unwrap_or_default(),
        nodes: order.nodes,
        stretches: order.stretches,
    }
}

struct Order {
    /// By found node: its position in `nodes`; nothing inside while it is being visited.
    position: Vec<Option<Option<usize>>>,
    nodes: Vec<Node>,
    found: Vec<Found>,
    stretches: Vec<RawStretch>,
}

impl Order {
    /// Puts a node behind those of the same instant that it needs; earlier ones are there already.
    fn visit(&mut self, first: usize) {
        let mut stack = vec![first];
        while let Some(&node) = stack.last() {
            if matches!(self.position[node], Some(Some(_))) {
                stack.pop();
                continue;
            }
            self.position[node] = Some(None);
            let needed = match self.found[node].step {
                Step::Was(on) | Step::Awaits { on, .. } => Some(on),
                Step::Given | Step::Own { .. } => None,
            };
            match needed.map(|on| (on, self.position[on])) {
                Some((on, None)) => {
                    stack.push(on);
                    continue;
                }
                Some((_, Some(None))) => {
                    self.found[node].step = self.by_itself(node);
                }
                Some((_, Some(Some(_)))) | None => {}
            }
            self.place(node);
            stack.pop();
        }
    }

    /// A wait as the thread's own.
    fn by_itself(&mut self, node: usize) -> Step {
        let Found { thread, wait, .. } = self.found[node];
        let Some((before, interval)) = wait else {
            return Step::Given;
        };
        self.stretches.push(RawStretch {
            thread,
            interval: Some(interval),
            start_ns: interval.start_ns,
            end_ns: interval.end_ns,
            is_timer: false,
        });
        Step::Own {
            before,
            stretch: self.stretches.len() - 1,
        }
    }

    fn place(&mut self, node: usize) {
        let at = |found: usize| self.position[found].flatten();
        let Found { at_ns, step, .. } = self.found[node];
        let placed = match step {
            Step::Given => Some(Step::Given),
            Step::Was(on) => at(on).map(Step::Was),
            Step::Own { before, stretch } => at(before).map(|before| Step::Own { before, stretch }),
            Step::Awaits {
                before,
                on,
                by_timer,
            } => at(before).zip(at(on)).map(|(before, on)| Step::Awaits {
                before,
                on,
                by_timer,
            }),
        };
        self.position[node] = Some(Some(self.nodes.len()));
        self.nodes.push(Node {
            at_ns,
            step: placed.unwrap_or(Step::Given),
        });
    }
}

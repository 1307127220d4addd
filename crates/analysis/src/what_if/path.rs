//! What a replayed stage's end was waited for: the walk of the critical path, in replayed time.

use super::changes::Changes;
use super::class::ClassId;
use super::graph::{Graph, NodeId, Step};
use crate::apportion::apportion;

/// A critical path, added up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path {
    /// Time by class, in nanoseconds.
    pub by_class: Vec<u64>,
    /// What is left of waits that a timer ended.
    pub timer_ns: u64,
    /// Waits that a timer ended and that were taken for waits for others.
    pub awaited_by_timer: u64,
    /// Time before anybody is known to have been there.
    pub unknown_ns: u64,
}

/// How far another thread is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follow {
    /// Back to where the one that waited for it began to wait: as the report's critical path.
    Wait,
    /// As far back as it leads: a chain of which every part decides about the end.
    Chain,
}

/// The path of `times_ns`, replayed with `changes`.
pub fn path(graph: &Graph, times_ns: &[u64], changes: &Changes, follow: Follow) -> Path {
    let mut path = Path {
        by_class: vec![0; changes.classes()],
        ..Path::default()
    };
    let mut cursor_ns = times_ns.get(graph.end).copied().unwrap_or(graph.start_ns);
    let mut frames: Vec<(NodeId, u64)> = vec![(graph.end, graph.start_ns)];
    while let Some((node, limit_ns)) = frames.last_mut() {
        if cursor_ns <= *limit_ns {
            frames.pop();
            continue;
        }
        match graph.nodes[*node].step {
            Step::Given => {
                path.unknown_ns += cursor_ns - *limit_ns;
                cursor_ns = *limit_ns;
            }
            Step::Was(on) => *node = on,
            Step::Own { before, stretch } => {
                let from_ns = times_ns[before].max(*limit_ns);
                if from_ns < cursor_ns {
                    let found = &graph.stretches[stretch];
                    let spent_ns = cursor_ns - from_ns;
                    path.spend(&found.parts, changes, spent_ns);
                    path.timer_ns += if found.is_timer { spent_ns } else { 0 };
                    cursor_ns = from_ns;
                }
                *node = before;
            }
            Step::Awaits {
                before,
                on,
                by_timer,
            } => {
                *node = before;
                let from_ns = times_ns[before].max(*limit_ns);
                let from_ns = match follow {
                    Follow::Wait => from_ns,
                    Follow::Chain => graph.start_ns,
                };
                if times_ns[on] > times_ns[before] {
                    path.awaited_by_timer += u64::from(by_timer);
                    frames.push((on, from_ns));
                }
            }
        }
    }
    path
}

impl Path {
    /// Adds time of a stretch to the classes of its parts.
    fn spend(&mut self, parts: &[(ClassId, u64)], changes: &Changes, spent_ns: u64) {
        let weights: Vec<u64> = parts
            .iter()
            .map(|&(class, length_ns)| changes.scale(class, length_ns))
            .collect();
        for (&(class, _), share_ns) in parts.iter().zip(apportion(spent_ns, &weights)) {
            self.by_class[class] += share_ns;
        }
    }
}

//! A model, replayed with changes.

use super::changes::{Changes, Share};
use super::model::Model;
use super::path::{Follow, Path, path};
use super::replay::replay;
use super::selector::Change;

/// When a stage would have ended, and what it would have waited for.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How long it would have taken, in nanoseconds.
    pub wall_ns: u64,
    /// Its critical path.
    pub path: Path,
    /// A chain of which every part decides about its end.
    pub chain: Path,
}

impl Model {
    /// What changes make of the classes. Where several name the same time, the first counts.
    pub fn changes(&self, given: &[Change]) -> Changes {
        let mut changes = Changes::none(self.classes.len());
        for (id, class) in self.classes.iter().enumerate() {
            let mut named = given.iter().map(|change| {
                let (weight, all) = class.matched(&change.selector, &self.stage);
                let factor = change.factor;
                Share {
                    factor,
                    weight,
                    all,
                }
            });
            if let Some(share) = named.find(|share| share.weight > 0) {
                changes.set(id, share);
            }
        }
        changes
    }

    /// How long the stage would have taken, in nanoseconds.
    pub fn wall_ns(&self, changes: &Changes) -> u64 {
        let times_ns = replay(&self.graph, &changes.lengths_ns(&self.graph));
        self.end_ns(&times_ns) - self.graph.start_ns
    }

    /// How long it would have taken, and what it would have waited for.
    pub fn outcome(&self, changes: &Changes) -> Outcome {
        let times_ns = replay(&self.graph, &changes.lengths_ns(&self.graph));
        Outcome {
            wall_ns: self.end_ns(&times_ns) - self.graph.start_ns,
            path: path(&self.graph, &times_ns, changes, Follow::Wait),
            chain: path(&self.graph, &times_ns, changes, Follow::Chain),
        }
    }

    /// By how much a replay without changes misses the recorded end, in nanoseconds.
    pub fn drift_ns(&self) -> u64 {
        let changes = Changes::none(self.classes.len());
        let recorded_ns = self.graph.end_ns - self.graph.start_ns;
        self.wall_ns(&changes).abs_diff(recorded_ns)
    }

    fn end_ns(&self, times_ns: &[u64]) -> u64 {
        let end_ns = times_ns.get(self.graph.end).copied();
        end_ns.unwrap_or(self.graph.start_ns)
    }
}

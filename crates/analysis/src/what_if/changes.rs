//! What becomes of the time of each class.

use super::class::ClassId;
use super::factor::Factor;
use super::graph::{Graph, Stretch};

/// A factor for a share of the time of each class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    by_class: Vec<Share>,
}

/// `weight` of `all` equal shares are multiplied by the factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// What the shares are multiplied by.
    pub factor: Factor,
    /// How many.
    pub weight: u64,
    /// Of how many.
    pub all: u64,
}

impl Changes {
    /// Nothing changes in any of so many classes.
    pub fn none(classes: usize) -> Self {
        let same = Share {
            factor: Factor::SAME,
            weight: 0,
            all: 1,
        };
        Self {
            by_class: vec![same; classes],
        }
    }

    /// Changes a class.
    pub fn set(&mut self, class: ClassId, share: Share) {
        self.by_class[class] = share;
    }

    /// How many classes there are.
    pub fn classes(&self) -> usize {
        self.by_class.len()
    }

    /// The new length of time of a class, in nanoseconds.
    pub fn scale(&self, class: ClassId, length_ns: u64) -> u64 {
        let share = self.by_class[class];
        share.factor.scale(length_ns, share.weight, share.all)
    }

    /// The new length of each stretch, in nanoseconds.
    pub fn lengths_ns(&self, graph: &Graph) -> Vec<u64> {
        let length = |stretch: &Stretch| {
            let parts = stretch.parts.iter();
            parts
                .map(|&(class, length_ns)| self.scale(class, length_ns))
                .sum()
        };
        graph.stretches.iter().map(length).collect()
    }
}

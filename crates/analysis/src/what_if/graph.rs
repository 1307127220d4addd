//! What each instant of a thread has to wait for: the graph that is replayed.
//!
//! A node is a thread at an instant. All inputs of a node are at the same instant or before it, and
//! come before it in [`Graph::nodes`], so that one pass over the nodes replays them.

use super::class::ClassId;

/// Position of a node.
pub type NodeId = usize;

/// A thread at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// When that was, in nanoseconds of the recording's clock.
    pub at_ns: u64,
    /// What it had to wait for.
    pub step: Step,
}

/// How a thread came to an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It was there when the window began, or nobody knows how it came to be: it stays in its place.
    Given,
    /// Another thread was what mattered until then: the one that made it, or that ended its process.
    Was(NodeId),
    /// It ran or waited by itself, since an earlier node, in a stretch.
    Own {
        /// Where it was before.
        before: NodeId,
        /// What it did: an index into [`Graph::stretches`].
        stretch: usize,
    },
    /// It waited until another thread came to this instant.
    Awaits {
        /// Where it was before.
        before: NodeId,
        /// Where the other one is.
        on: NodeId,
        /// Whether a timer ended the wait, so that the other is known by a rule of thumb alone.
        by_timer: bool,
    },
}

/// A stretch of one state of a thread, with what it is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stretch {
    /// When it begins.
    pub start_ns: u64,
    /// When it ends. A node may lie within.
    pub end_ns: u64,
    /// Its parts, which add up to its length; their order is not known.
    pub parts: Vec<(ClassId, u64)>,
    /// Whether it is what is left of a wait that a timer ended.
    pub is_timer: bool,
    /// Whether it is a wait for a CPU after another wait: without that wait there is none.
    pub is_latency: bool,
}

/// The graph of a window of a recording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    /// When the window begins, in nanoseconds of the recording's clock.
    pub start_ns: u64,
    /// When it ended.
    pub end_ns: u64,
    /// The nodes, inputs before what awaits them.
    pub nodes: Vec<Node>,
    /// What threads did between nodes.
    pub stretches: Vec<Stretch>,
    /// The node of the window's end: the thread that ends it, at its end.
    pub end: NodeId,
}

//! Stacks as a tree, with what is short put together: what an icicle of a fixed width is drawn from.

use std::collections::BTreeMap;

use crate::stacks::{Frame, FrameKind, WeightedStack};

/// A frame, and what is below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The frame.
    pub frame: Frame,
    /// Its time, nanoseconds: that of its children, of what is put together, and its own.
    pub total_ns: u64,
    /// Whether it is of a function, and its time was divided by samples.
    pub is_estimate: bool,
    /// The frames below it, the longest first.
    pub children: Vec<Self>,
    /// What is below it and shorter than is kept.
    pub short: Short,
}

/// Frames that are put together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Short {
    /// How many.
    pub count: usize,
    /// Their time, nanoseconds.
    pub total_ns: u64,
    /// Their time by phase, where they are phases or above phases.
    pub phases: BTreeMap<String, u64>,
}

/// The trees of some stacks: a tree for each outermost frame, in the order of the stacks. Frames below those
/// that are shorter than `finest_ns` are put together.
pub fn trees(stacks: impl IntoIterator<Item = WeightedStack>, finest_ns: u64) -> Vec<Node> {
    let mut roots: Vec<Node> = Vec::new();
    for stack in stacks {
        let mut level = &mut roots;
        for frame in stack.frames {
            let known = level.iter().position(|node| node.frame == frame);
            let at = known.unwrap_or_else(|| {
                level.push(Node::new(frame));
                level.len() - 1
            });
            let node = &mut level[at];
            node.total_ns += stack.total_ns;
            node.is_estimate |= stack.is_estimate && node.frame.kind >= FrameKind::Kernel;
            level = &mut node.children;
        }
    }
    for root in &mut roots {
        root.fold(finest_ns);
    }
    roots
}

impl Node {
    fn new(frame: Frame) -> Self {
        Self {
            frame,
            total_ns: 0,
            is_estimate: false,
            children: Vec::new(),
            short: Short::default(),
        }
    }

    fn fold(&mut self, finest_ns: u64) {
        let children = std::mem::take(&mut self.children);
        let (long, short): (Vec<_>, Vec<_>) = children
            .into_iter()
            .partition(|child| child.total_ns >= finest_ns);
        for child in short {
            self.short.count += 1;
            self.short.total_ns += child.total_ns;
            child.add_phases(&mut self.short.phases);
        }
        self.children = long;
        // Stable: equals stay in the order of the stacks.
        self.children
            .sort_by_key(|child| std::cmp::Reverse(child.total_ns));
        for child in &mut self.children {
            child.fold(finest_ns);
        }
    }

    fn add_phases(&self, phases: &mut BTreeMap<String, u64>) {
        if self.frame.kind == FrameKind::Phase {
            *phases.entry(self.frame.name.clone()).or_default() += self.total_ns;
        } else if self.frame.kind < FrameKind::Phase {
            for child in &self.children {
                child.add_phases(phases);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(names: [&str; 5], total_ns: u64) -> WeightedStack {
        let kinds = [
            FrameKind::Stage,
            FrameKind::Role,
            FrameKind::Process,
            FrameKind::Phase,
            FrameKind::Kernel,
        ];
        let frames = kinds.into_iter().zip(names);
        WeightedStack {
            frames: frames.map(|(kind, name)| Frame::new(kind, name)).collect(),
            total_ns,
            pieces: 1,
            is_estimate: total_ns == 7,
        }
    }

    #[test]
    fn frames_add_up_and_short_ones_keep_their_phases() {
        let stacks = [
            stack(["create", "client", "podman", "files", "vfs_open"], 40),
            stack(["create", "client", "podman", "files", "vfs_read"], 7),
            stack(["create", "client", "podman", "user", "main"], 60),
            stack(["create", "helper", "conmon", "user", "main"], 4),
            stack(["create", "helper", "conmon", "ipc", "poll"], 3),
        ];
        let trees = trees(stacks, 10);
        assert_eq!(trees.len(), 1);
        let stage = &trees[0];
        assert_eq!((stage.total_ns, stage.children.len()), (114, 1));
        assert_eq!((stage.short.count, stage.short.total_ns), (1, 7));
        let phases = stage.short.phases.iter();
        let phases: Vec<(&str, u64)> = phases.map(|(name, ns)| (name.as_str(), *ns)).collect();
        assert_eq!(phases, [("ipc", 3), ("user", 4)]);
        let process = &stage.children[0].children[0];
        let names = process.children.iter().map(|node| &*node.frame.name);
        assert_eq!(names.collect::<Vec<_>>(), ["user", "files"]);
        let files = &process.children[1];
        assert!(!files.is_estimate, "a phase is exact");
        assert_eq!((files.short.total_ns, files.children.len()), (7, 1));
        assert!(files.short.phases.is_empty(), "they are below a phase");
    }
}

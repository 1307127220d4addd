//! The user stack of a piece of the critical path, as its samples have it.

use std::collections::BTreeMap;

use super::UserFrame;
use crate::attribution::Attribution;
use crate::report::path::Segment;

/// What the samples of a piece say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PieceStack {
    /// The frames that most of them have, innermost first.
    pub frames: Vec<UserFrame>,
    /// How many have these.
    pub samples: usize,
    /// How many there are.
    pub all: usize,
}

/// The stack that most samples of a piece have; of several that equally many have, the first in their order.
/// Nothing without a sample of which a frame is known: a thread is sampled on a CPU alone.
pub fn of_segment(attribution: &Attribution<'_, '_>, segment: &Segment) -> Option<PieceStack> {
    let timeline = attribution.timeline();
    let thread = timeline.thread_at(segment.tid, segment.start_ns)?;
    let samples = attribution.samples();
    let samples = samples.within(thread, segment.start_ns, segment.end_ns());
    let frames = samples
        .iter()
        .map(|sample| attribution.user_symbols().frames(sample));
    most(frames, samples.len())
}

fn most(stacks: impl Iterator<Item = Vec<UserFrame>>, all: usize) -> Option<PieceStack> {
    let mut counts: BTreeMap<Vec<UserFrame>, usize> = BTreeMap::new();
    for frames in stacks.filter(|frames| !frames.is_empty()) {
        *counts.entry(frames).or_default() += 1;
    }
    let most = counts.values().max().copied()?;
    let found = counts.into_iter().find(|&(_, samples)| samples == most);
    found.map(|(frames, samples)| PieceStack {
        frames,
        samples,
        all,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stack_with_most_samples_is_the_piece_s() {
        let frame = |name: &str| UserFrame::new(name, "/usr/bin/crun");
        let stacks = [
            vec![frame("memcpy"), frame("main")],
            Vec::new(),
            vec![frame("main")],
            vec![frame("memcpy"), frame("main")],
        ];
        let found = most(stacks.into_iter(), 4);
        assert_eq!(
            found,
            Some(PieceStack {
                frames: vec![frame("memcpy"), frame("main")],
                samples: 2,
                all: 4,
            })
        );
        assert_eq!(most([Vec::new()].into_iter(), 1), None);
    }
}

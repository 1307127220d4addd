//! A lane for each thread that worked in a stretch of a recording, and its critical path: what pictures of it
//! are drawn from, with short pieces put together where there are many.

use std::collections::BTreeMap;

use crate::attribution::{Attribution, Category};
use crate::report::path::{Segment, StagePath};
use crate::threads::is_tracked;
use crate::timeline::{Interval, State, ThreadId};
use trace::phase::Phase;
use trace::role::Role;

/// Pieces of all lanes together up to which each is kept by itself.
const MOST_PIECES: usize = 60_000;
/// Into how many parts a stretch is cut where there are more; what is shorter is put together.
const PARTS: u64 = 4_096;

/// A thread.
#[derive(Clone, Debug)]
pub struct Lane<'a> {
    /// Its number.
    pub tid: u32,
    /// The number of its process.
    pub tgid: u32,
    /// The name of its process at the end of the stretch.
    pub process: &'a str,
    /// Its own name then.
    pub comm: &'a str,
    /// Its part in the container's life then.
    pub role: Role,
    /// Its states, earliest first, without gap or overlap.
    pub pieces: Vec<LanePiece<'a>>,
}

/// A stretch of one state; or of several short ones, put together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LanePiece<'a> {
    /// When it begins, on the recording's clock.
    pub start_ns: u64,
    /// How long it lasts.
    pub duration_ns: u64,
    /// The state; of several, that of the last.
    pub state: State,
    /// Phase and part; of several, the phase with most of the time.
    pub category: Category<'a>,
    /// The system call that it lies in: a row of `spans`.
    pub span: Option<u32>,
    /// The time of each phase, where several pieces were put together.
    pub sums: Vec<(Phase, u64)>,
}

/// The lanes of `[from_ns, to_ns)`, by process and thread, and the number of tracked threads that are left
/// out, since they were blocked all the time.
pub fn lanes<'a>(
    attribution: &Attribution<'_, 'a>,
    (from_ns, to_ns): (u64, u64),
) -> (Vec<Lane<'a>>, u64) {
    let timeline = attribution.timeline();
    let tables = timeline.tables();
    let is_large = tables.spans.len() + tables.off_cpu.len() > MOST_PIECES;
    let finest_ns = if is_large {
        (to_ns - from_ns) / PARTS
    } else {
        0
    };
    let (mut lanes, mut left_out) = (Vec::new(), 0);
    for id in timeline.thread_ids().filter(|&id| is_tracked(timeline, id)) {
        let thread = timeline.thread(id);
        if thread.born_ns >= to_ns || thread.ended_ns <= from_ns {
            continue;
        }
        let pieces = pieces(attribution, id, (from_ns, to_ns), finest_ns);
        if !pieces.iter().any(is_work) {
            left_out += 1;
            continue;
        }
        let until_ns = to_ns.min(thread.ended_ns);
        lanes.push(Lane {
            tid: thread.tid,
            tgid: thread.tgid,
            process: attribution.process_name(thread.process, until_ns),
            comm: attribution.name(id, until_ns),
            role: attribution.roles().role_at(thread.process, until_ns),
            pieces,
        });
    }
    lanes.sort_by_key(|lane| {
        let start_ns = lane.pieces.first().map_or(0, |piece| piece.start_ns);
        (lane.role, lane.tgid, lane.tid, start_ns)
    });
    (lanes, left_out)
}

/// A piece of a critical path; or several short ones, put together.
#[derive(Clone, Debug, PartialEq)]
pub struct PathPiece<'p> {
    /// The piece; of several, the longest.
    pub segment: &'p Segment,
    /// When it begins, or the first of several does, on the recording's clock.
    pub start_ns: u64,
    /// How long it lasts, or all of several do.
    pub duration_ns: u64,
    /// The time of each phase, where several pieces were put together.
    pub sums: Vec<(Phase, u64)>,
}

/// The pieces of the critical paths of a run that lasts `wall_ns`, path by path.
pub fn path_pieces<'p>(paths: &[&'p StagePath], wall_ns: u64) -> Vec<Vec<PathPiece<'p>>> {
    let count: usize = paths.iter().map(|path| path.segments.len()).sum();
    let finest_ns = if count > MOST_PIECES {
        wall_ns / PARTS
    } else {
        0
    };
    let paths = paths.iter();
    paths
        .map(|path| folded(&path.segments, finest_ns))
        .collect()
}

fn folded(segments: &[Segment], finest_ns: u64) -> Vec<PathPiece<'_>> {
    let mut pieces: Vec<PathPiece<'_>> = Vec::new();
    let mut sums: BTreeMap<Phase, u64> = BTreeMap::new();
    let mut is_open = false;
    for segment in segments.iter().filter(|segment| segment.duration_ns > 0) {
        let is_short = segment.duration_ns < finest_ns;
        match pieces.last_mut().filter(|_| is_open && is_short) {
            Some(last) => {
                if segment.duration_ns > last.segment.duration_ns {
                    last.segment = segment;
                }
                last.duration_ns += segment.duration_ns;
                *sums.entry(segment.phase).or_default() += segment.duration_ns;
                last.sums = sums
                    .iter()
                    .map(|(&phase, &sum_ns)| (phase, sum_ns))
                    .collect();
                is_open = last.duration_ns < finest_ns;
            }
            None => {
                pieces.push(PathPiece {
                    segment,
                    start_ns: segment.start_ns,
                    duration_ns: segment.duration_ns,
                    sums: Vec::new(),
                });
                sums = BTreeMap::from([(segment.phase, segment.duration_ns)]);
                is_open = is_short;
            }
        }
    }
    pieces
}

fn is_work(piece: &LanePiece<'_>) -> bool {
    !matches!(piece.state, State::Blocked(_)) || !piece.sums.is_empty()
}

fn pieces<'a>(
    attribution: &Attribution<'_, 'a>,
    id: ThreadId,
    (from_ns, to_ns): (u64, u64),
    finest_ns: u64,
) -> Vec<LanePiece<'a>> {
    let mut folding = Folding::default();
    for interval in attribution.timeline().intervals(id, from_ns, to_ns) {
        if interval.duration_ns() == 0 {
            continue;
        }
        let category = attribution.interval(id, &interval);
        folding.add(&interval, category, finest_ns);
    }
    folding.finish()
}

/// Pieces so far, and short ones that are put together.
#[derive(Default)]
struct Folding<'a> {
    pieces: Vec<LanePiece<'a>>,
    /// Short pieces since the last one that is kept, and how many.
    short: Option<(LanePiece<'a>, u64)>,
    sums: BTreeMap<Phase, u64>,
}

impl<'a> Folding<'a> {
    fn add(&mut self, interval: &Interval, category: Category<'a>, finest_ns: u64) {
        let piece = LanePiece {
            start_ns: interval.start_ns,
            duration_ns: interval.duration_ns(),
            state: interval.state,
            category,
            span: interval.span,
            sums: Vec::new(),
        };
        if piece.duration_ns >= finest_ns {
            self.flush();
            self.pieces.push(piece);
            return;
        }
        let longest_ns = self.sums.values().max().copied().unwrap_or(0);
        let of_phase = self.sums.entry(category.phase).or_default();
        *of_phase += piece.duration_ns;
        let is_longest = *of_phase > longest_ns;
        match &mut self.short {
            None => self.short = Some((piece, 1)),
            Some((all, count)) => {
                all.duration_ns += piece.duration_ns;
                all.state = piece.state;
                *count += 1;
                if is_longest {
                    all.category = category;
                }
            }
        }
        let is_long = |(all, _): &(LanePiece<'a>, u64)| all.duration_ns >= finest_ns;
        if self.short.as_ref().is_some_and(is_long) {
            self.flush();
        }
    }

    fn flush(&mut self) {
        let sums = std::mem::take(&mut self.sums);
        if let Some((mut piece, count)) = self.short.take() {
            if count > 1 {
                piece.span = None;
                piece.sums = sums.into_iter().collect();
            }
            self.pieces.push(piece);
        }
    }

    fn finish(mut self) -> Vec<LanePiece<'a>> {
        self.flush();
        self.pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::path::SegmentState;

    fn interval(start_ns: u64, end_ns: u64) -> Interval {
        Interval {
            start_ns,
            end_ns,
            state: State::User,
            span: None,
        }
    }

    #[test]
    fn short_pieces_are_put_together_with_their_sums() {
        let mut folding = Folding::default();
        let category = |phase| Category::named(phase, "");
        for (start_ns, end_ns, phase) in [
            (0, 3, Phase::User),
            (3, 8, Phase::Files),
            (8, 9, Phase::User),
            (9, 40, Phase::Ipc),
            (40, 41, Phase::User),
        ] {
            folding.add(&interval(start_ns, end_ns), category(phase), 10);
        }
        let pieces = folding.finish();
        let told = pieces.iter().map(|piece| {
            let phase = piece.category.phase;
            (piece.start_ns, piece.duration_ns, phase, piece.sums.len())
        });
        assert_eq!(
            told.collect::<Vec<_>>(),
            [
                (0, 9, Phase::Files, 2),
                (9, 31, Phase::Ipc, 0),
                (40, 1, Phase::User, 0)
            ]
        );
        assert_eq!(pieces[0].sums, [(Phase::Files, 5), (Phase::User, 4)]);
    }

    #[test]
    fn short_pieces_of_a_path_are_put_together_and_nothing_is_lost() {
        let phases = [Phase::User, Phase::Files];
        let mut start_ns = 0;
        let segments: Vec<Segment> = [3, 5, 1, 31, 1, 12]
            .into_iter()
            .zip(phases.into_iter().cycle())
            .map(|(duration_ns, phase)| {
                let segment = segment(start_ns, duration_ns, phase);
                start_ns += duration_ns;
                segment
            })
            .collect();
        let pieces = folded(&segments, 8);
        let told = pieces.iter().map(|piece| {
            let phase = piece.segment.phase;
            (piece.start_ns, piece.duration_ns, phase, piece.sums.len())
        });
        assert_eq!(
            told.collect::<Vec<_>>(),
            [
                (0, 8, Phase::Files, 2),
                (8, 1, Phase::User, 0),
                (9, 31, Phase::Files, 0),
                (40, 1, Phase::User, 0),
                (41, 12, Phase::Files, 0)
            ]
        );
        assert_eq!(folded(&segments, 0).len(), segments.len());
    }

    fn segment(start_ns: u64, duration_ns: u64, phase: Phase) -> Segment {
        Segment {
            start_ns,
            duration_ns,
            tid: 1,
            tgid: 1,
            comm: String::new(),
            role: Role::Client,
            state: SegmentState::User,
            syscall: None,
            phase,
            subphase: String::new(),
            detail: String::new(),
            cause: String::new(),
            stack: None,
            woken_by: None,
            heuristic: None,
        }
    }
}

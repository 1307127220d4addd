//! The critical path of a run by role, with what is short put together: what a picture of a fixed width is
//! drawn from.

use std::collections::{BTreeMap, BTreeSet};

use crate::report::path::{Segment, StagePath};
use trace::phase::Phase;
use trace::role::Role;

/// The critical path of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PathRows<'p> {
    /// A row for each role that is on it, in the order of [`Role::ALL`]; its pieces, earliest first, add up
    /// to the time for which the role was waited for.
    pub rows: Vec<(Role, Vec<RowPiece<'p>>)>,
    /// When it goes from one role to another; of equal ones in the shortest time that is kept, the first.
    pub turns: Vec<Turn>,
}

/// A piece of one role, stage and phase; or several short ones, put together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RowPiece<'p> {
    /// The position of the stage among the paths.
    pub stage: usize,
    /// The piece; of several, the longest.
    pub segment: &'p Segment,
    /// When it begins, on the recording's clock. What is put together lies side by side from the first on.
    pub start_ns: u64,
    /// How long it lasts, or all of several do.
    pub duration_ns: u64,
    /// How many there are.
    pub count: usize,
}

/// The path goes from one role to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// When, on the recording's clock.
    pub at_ns: u64,
    /// Who was waited for until then.
    pub from: Role,
    /// Who is waited for from then on.
    pub to: Role,
}

/// The rows of a run's paths. Pieces shorter than `finest_ns` that begin within one stretch of that length
/// are put together if role, stage and phase are the same.
pub fn path_rows<'p>(paths: &[&'p StagePath], finest_ns: u64) -> PathRows<'p> {
    let finest_ns = finest_ns.max(1);
    let mut rows: BTreeMap<Role, Vec<RowPiece<'p>>> = BTreeMap::new();
    for (stage, path) in paths.iter().enumerate() {
        let mut short: BTreeMap<(Role, u64), Stretch<'p>> = BTreeMap::new();
        for segment in path.segments.iter().filter(|one| one.duration_ns > 0) {
            let piece = RowPiece {
                stage,
                segment,
                start_ns: segment.start_ns,
                duration_ns: segment.duration_ns,
                count: 1,
            };
            if segment.duration_ns >= finest_ns {
                rows.entry(segment.role).or_default().push(piece);
            } else {
                let key = (segment.role, segment.start_ns / finest_ns);
                short.entry(key).or_default().add(piece);
            }
        }
        for ((role, _), stretch) in short {
            rows.entry(role).or_default().extend(stretch.side_by_side());
        }
    }
    for row in rows.values_mut() {
        row.sort_by_key(|piece| piece.start_ns);
    }
    PathRows {
        rows: rows.into_iter().collect(),
        turns: turns(paths, finest_ns),
    }
}

/// Short pieces of one role and stage that begin within one stretch, by phase.
#[derive(Default)]
struct Stretch<'p>(BTreeMap<Phase, RowPiece<'p>>);

impl<'p> Stretch<'p> {
    fn add(&mut self, piece: RowPiece<'p>) {
        let known = self.0.entry(piece.segment.phase);
        known
            .and_modify(|all| {
                all.start_ns = all.start_ns.min(piece.start_ns);
                all.duration_ns += piece.duration_ns;
                all.count += 1;
                if piece.duration_ns > all.segment.duration_ns {
                    all.segment = piece.segment;
                }
            })
            .or_insert(piece);
    }

    /// Those of each phase behind those of the one before: as long as all are together, so that they end no
    /// later than the last of them.
    fn side_by_side(self) -> Vec<RowPiece<'p>> {
        let mut pieces: Vec<RowPiece<'p>> = self.0.into_values().collect();
        pieces.sort_by_key(|piece| piece.start_ns);
        let mut start_ns = pieces.first().map_or(0, |piece| piece.start_ns);
        for piece in &mut pieces {
            piece.start_ns = start_ns;
            start_ns += piece.duration_ns;
        }
        pieces
    }
}

fn turns(paths: &[&StagePath], finest_ns: u64) -> Vec<Turn> {
    let segments = paths.iter().flat_map(|path| &path.segments);
    let segments: Vec<&Segment> = segments.filter(|one| one.duration_ns > 0).collect();
    let mut known = BTreeSet::new();
    let pairs = segments.windows(2).map(|pair| Turn {
        at_ns: pair[1].start_ns,
        from: pair[0].role,
        to: pair[1].role,
    });
    pairs
        .filter(|turn| turn.from != turn.to)
        .filter(|turn| known.insert((turn.at_ns / finest_ns, turn.from, turn.to)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::path::SegmentState;
    use proptest::prelude::*;

    /// Pieces, one behind the other, of roles and phases in turn.
    fn path(durations: &[u64]) -> StagePath {
        let roles = [Role::Client, Role::Runtime];
        let phases = [Phase::User, Phase::Files, Phase::Ipc];
        let mut start_ns = 1_000;
        let segments = durations.iter().enumerate().map(|(index, &duration_ns)| {
            let segment = Segment {
                start_ns,
                duration_ns,
                tid: 1,
                tgid: 1,
                comm: String::new(),
                role: roles[index / 2 % 2],
                state: SegmentState::User,
                syscall: None,
                phase: phases[index % 3],
                subphase: String::new(),
                detail: String::new(),
                cause: String::new(),
                stack: None,
                woken_by: None,
                heuristic: None,
            };
            start_ns += duration_ns;
            segment
        });
        StagePath {
            start_ns: 1_000,
            segments: segments.collect(),
            wall_ns: durations.iter().sum(),
            ..StagePath::default()
        }
    }

    #[test]
    fn short_pieces_of_a_phase_are_put_together() {
        let path = path(&[2, 1, 3, 1, 50, 1]);
        let rows = path_rows(&[&path], 10);
        let told = rows.rows.iter().map(|(role, pieces)| {
            let pieces = pieces
                .iter()
                .map(|one| (one.segment.phase, one.start_ns, one.duration_ns, one.count));
            (*role, pieces.collect::<Vec<_>>())
        });
        assert_eq!(
            told.collect::<Vec<_>>(),
            [
                (
                    Role::Client,
                    vec![
                        (Phase::User, 1_000, 2, 1),
                        (Phase::Files, 1_002, 1, 1),
                        (Phase::Files, 1_007, 50, 1),
                        (Phase::Ipc, 1_057, 1, 1),
                    ]
                ),
                (
                    Role::Runtime,
                    vec![(Phase::Ipc, 1_003, 3, 1), (Phase::User, 1_006, 1, 1)]
                ),
            ]
        );
        let turns = rows.turns.iter().map(|turn| (turn.at_ns, turn.to));
        assert_eq!(
            turns.collect::<Vec<_>>(),
            [(1_003, Role::Runtime), (1_007, Role::Client)]
        );
    }

    proptest! {
        /// Nothing is lost of any phase of a role, and no two pieces of a row overlap.
        #[test]
        fn rows_hold_the_whole_path(
            durations in proptest::collection::vec(0_u64..40, 1..80),
            finest_ns in 0_u64..60,
        ) {
            let path = path(&durations);
            let rows = path_rows(&[&path], finest_ns);
            let mut drawn: BTreeMap<(Role, Phase), u64> = BTreeMap::new();
            for (role, pieces) in &rows.rows {
                for pair in pieces.windows(2) {
                    prop_assert!(pair[0].start_ns + pair[0].duration_ns <= pair[1].start_ns);
                }
                for piece in pieces {
                    *drawn.entry((*role, piece.segment.phase)).or_default() += piece.duration_ns;
                }
            }
            let mut whole: BTreeMap<(Role, Phase), u64> = BTreeMap::new();
            for segment in path.segments.iter().filter(|one| one.duration_ns > 0) {
                *whole.entry((segment.role, segment.phase)).or_default() += segment.duration_ns;
            }
            prop_assert_eq!(drawn, whole);
        }
    }
}

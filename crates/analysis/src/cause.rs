//! The critical path of a stage by cause.

use std::collections::HashMap;

use crate::report::CauseRow;
use crate::report::path::{Segment, StagePath};
use trace::phase::Phase;
use trace::role::Role;

/// The pieces of the path that are alike in role, program, phase, part, call and cause added up,
/// longest first.
pub fn rows(path: &StagePath) -> Vec<CauseRow> {
    let mut rows: Vec<CauseRow> = Vec::new();
    let mut known: HashMap<Alike<'_>, usize> = HashMap::new();
    for segment in &path.segments {
        let at = *known.entry(Alike::of(segment)).or_insert_with(|| {
            rows.push(row(segment));
            rows.len() - 1
        });
        rows[at].critical_path_ns += segment.duration_ns;
        rows[at].pieces += 1;
    }
    // Stable: equals stay in the order of time.
    rows.sort_by_key(|row| std::cmp::Reverse(row.critical_path_ns));
    rows
}

/// The key by which pieces are one row.
#[derive(PartialEq, Eq, Hash)]
struct Alike<'s> {
    role: Role,
    comm: &'s str,
    phase: Phase,
    part: &'s str,
    syscall: Option<&'s str>,
    cause: &'s str,
}

impl<'s> Alike<'s> {
    fn of(segment: &'s Segment) -> Self {
        Self {
            role: segment.role,
            comm: &segment.comm,
            phase: segment.phase,
            part: &segment.subphase,
            syscall: segment.syscall.as_deref(),
            cause: &segment.cause,
        }
    }
}

fn row(segment: &Segment) -> CauseRow {
    CauseRow {
        role: segment.role,
        comm: segment.comm.clone(),
        phase: segment.phase,
        part: segment.subphase.clone(),
        syscall: segment.syscall.clone(),
        cause: segment.cause.clone(),
        cause_kind: None,
        critical_path_ns: 0,
        pieces: 0,
        files: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::path::SegmentState;

    fn segment(comm: &str, cause: &str, duration_ns: u64) -> Segment {
        Segment {
            start_ns: 0,
            duration_ns,
            tid: 1,
            tgid: 1,
            comm: comm.to_owned(),
            role: Role::Runtime,
            state: SegmentState::Blocked,
            syscall: Some("flock".to_owned()),
            phase: Phase::Files,
            subphase: "lock".to_owned(),
            detail: String::new(),
            cause: cause.to_owned(),
            stack: None,
            woken_by: None,
            heuristic: None,
        }
    }

    #[test]
    fn pieces_of_one_cause_are_one_row_and_the_longest_is_first() {
        let path = StagePath {
            segments: vec![
                segment("crun", "", 5),
                segment("crun", "file lock on /run/l", 3),
                segment("crun", "file lock on /run/l", 4),
                segment("runc", "file lock on /run/l", 1),
            ],
            ..StagePath::default()
        };
        let rows = rows(&path);
        let told: Vec<_> = rows
            .iter()
            .map(|row| {
                (
                    row.comm.as_str(),
                    row.cause.as_str(),
                    row.critical_path_ns,
                    row.pieces,
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("crun", "file lock on /run/l", 7, 2),
                ("crun", "", 5, 1),
                ("runc", "file lock on /run/l", 1, 1),
            ]
        );
    }
}

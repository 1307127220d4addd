//! The threads of what the command started, as long as they live.

use std::collections::HashSet;

use profiler_common::{ExitRecord, ForkRecord, JoinReason, JoinRecord, RecordKind};
use zerocopy::FromBytes;

/// The command's threads and those of its descendants that have not ended, by their records.
#[derive(Debug, Default)]
pub struct AliveThreads {
    tids: HashSet<u32>,
    /// Whether processes take part that the command did not start: what they start for it, and when
    /// they are done, is not known.
    has_others: bool,
}

impl AliveThreads {
    /// The first thread of each root.
    pub fn of(roots: &[u32]) -> Self {
        Self {
            tids: roots.iter().copied().collect(),
            has_others: false,
        }
    }

    /// Notes what a record says of them. A lost record of an end leaves a thread alive for ever.
    pub fn note(&mut self, kind: Option<RecordKind>, record: &[u8]) {
        match kind {
            Some(RecordKind::Fork) => {
                if let Ok((fork, _)) = ForkRecord::read_from_prefix(record)
                    && fork.tracked == 1
                {
                    self.tids.insert(fork.child_tid);
                }
            }
            Some(RecordKind::Exit) => {
                if let Ok((exit, _)) = ExitRecord::read_from_prefix(record) {
                    self.tids.remove(&exit.header.tid);
                }
            }
            Some(RecordKind::Join) => {
                if let Ok((join, _)) = JoinRecord::read_from_prefix(record) {
                    self.has_others |= !matches!(
                        JoinReason::from_u32(join.reason),
                        Some(JoinReason::Root | JoinReason::Child)
                    );
                }
            }
            Some(_) | None => {}
        }
    }

    /// Whether all of them have ended, and nobody else worked for the command.
    pub fn are_gone(&self) -> bool {
        self.tids.is_empty() && !self.has_others
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use zerocopy::IntoBytes;

    use super::*;

    fn fork(tid: u32, tracked: u32) -> Vec<u8> {
        let mut fork = ForkRecord::read_from_bytes(&[0; size_of::<ForkRecord>()]).unwrap();
        (fork.child_tid, fork.tracked) = (tid, tracked);
        fork.as_bytes().to_vec()
    }

    fn exit(tid: u32) -> Vec<u8> {
        let mut exit = ExitRecord::read_from_bytes(&[0; size_of::<ExitRecord>()]).unwrap();
        exit.header.tid = tid;
        exit.as_bytes().to_vec()
    }

    fn join(reason: JoinReason) -> Vec<u8> {
        let mut join = JoinRecord::read_from_bytes(&[0; size_of::<JoinRecord>()]).unwrap();
        join.reason = reason as u32;
        join.as_bytes().to_vec()
    }

    #[test]
    fn they_are_gone_when_the_last_descendant_has_ended() {
        let mut alive = AliveThreads::of(&[10]);
        alive.note(Some(RecordKind::Fork), &fork(11, 1));
        alive.note(Some(RecordKind::Fork), &fork(99, 0));
        alive.note(Some(RecordKind::Exit), &exit(10));
        assert!(!alive.are_gone());
        alive.note(Some(RecordKind::Exit), &exit(11));
        assert!(alive.are_gone());
    }

    #[test]
    fn nobody_knows_when_others_are_done() {
        let mut alive = AliveThreads::of(&[10]);
        alive.note(Some(RecordKind::Join), &join(JoinReason::Root));
        alive.note(Some(RecordKind::Exit), &exit(10));
        assert!(alive.are_gone());
        alive.note(Some(RecordKind::Join), &join(JoinReason::Connected));
        assert!(!alive.are_gone());
    }
}

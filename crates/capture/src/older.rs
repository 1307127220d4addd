//! The threads of processes that are older than the recording: daemons, whose timers go on when
//! the command and all that it started have ended.

use std::collections::HashSet;

use profiler_common::{ForkRecord, RecordKind};
use trace::rows::Task;
use zerocopy::FromBytes;

/// The numbers of those processes and of their threads.
#[derive(Debug, Default)]
pub struct OlderThreads {
    tgids: HashSet<u32>,
    tids: HashSet<u32>,
}

impl OlderThreads {
    /// Those of the tasks that /proc has at the start.
    pub fn of(tasks: &[Task]) -> Self {
        tasks.iter().map(|task| (task.tid, task.tgid)).collect()
    }

    /// Notes the threads that such a process starts, and that a number now belongs to a younger one.
    pub fn note(&mut self, kind: Option<RecordKind>, record: &[u8]) {
        if kind != Some(RecordKind::Fork) {
            return;
        }
        let Ok((fork, _)) = ForkRecord::read_from_prefix(record) else {
            return;
        };
        let is_process = fork.child_tid == fork.child_tgid;
        if !is_process && self.tgids.contains(&fork.child_tgid) {
            self.tids.insert(fork.child_tid);
        } else {
            self.tgids.remove(&fork.child_tid);
            self.tids.remove(&fork.child_tid);
        }
    }

    /// Whether a thread is of a process that is older than the recording.
    pub fn has(&self, tid: u32) -> bool {
        self.tids.contains(&tid)
    }
}

/// From the numbers of threads and of their processes.
impl FromIterator<(u32, u32)> for OlderThreads {
    fn from_iter<I: IntoIterator<Item = (u32, u32)>>(threads: I) -> Self {
        let (tids, tgids) = threads.into_iter().unzip();
        Self { tgids, tids }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use zerocopy::IntoBytes;

    use super::*;

    fn fork(tid: u32, tgid: u32) -> Vec<u8> {
        let mut fork = ForkRecord::read_from_bytes(&[0; size_of::<ForkRecord>()]).unwrap();
        (fork.child_tid, fork.child_tgid) = (tid, tgid);
        fork.as_bytes().to_vec()
    }

    #[test]
    fn threads_of_older_processes_are_older_and_their_children_are_not() {
        let mut older = OlderThreads::from_iter([(10, 10)]);
        older.note(Some(RecordKind::Fork), &fork(11, 10));
        older.note(Some(RecordKind::Fork), &fork(12, 12));
        older.note(Some(RecordKind::Fork), &fork(13, 12));
        let of = |older: &OlderThreads| [10, 11, 12, 13].map(|tid| older.has(tid));
        assert_eq!(of(&older), [true, true, false, false]);
        // The number of a thread that has ended is given again.
        older.note(Some(RecordKind::Fork), &fork(11, 11));
        assert_eq!(of(&older), [true, false, false, false]);
    }
}

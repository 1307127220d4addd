//! One thread's life, as indexes into the tables.

use super::process::ProcessId;

/// A thread of a timeline. Unlike its number, it never recurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ThreadId(pub(super) u32);

impl ThreadId {
    /// Its position among the threads.
    pub fn index(self) -> usize {
        self.0 as usize
    }

    pub(super) fn from_index(index: usize) -> Self {
        Self(index as u32)
    }
}

/// The life of a thread.
#[derive(Clone, Debug)]
pub struct Thread {
    /// Its number.
    pub tid: u32,
    /// Its process.
    pub process: ProcessId,
    /// Number of its process.
    pub tgid: u32,
    /// When it was made; the beginning of the recording for older ones.
    pub born_ns: u64,
    /// When it ended: when it left its CPU for the last time, or the end of the recording for those
    /// that outlived it.
    pub ended_ns: u64,
    /// From when on it was being taken down (`sched_process_exit`, which v6.16 and later report
    /// before the memory map, the files and the namespaces are let go).
    pub exiting_from_ns: Option<u64>,
    /// Whether it was made while recording.
    pub born_in_recording: bool,
    /// The thread that made it, where that is known.
    pub parent: Option<ThreadId>,
    /// The thread that went on under this one's number: an exec by a thread that does not lead its
    /// process gives it the leader's (`de_thread`, fs/exec.c, v6.18).
    pub continues: Option<ThreadId>,
    /// From when on its system calls are recorded; nothing if it is not tracked, or slept through
    /// the whole recording.
    pub tracked_from_ns: Option<u64>,
    /// Its row in `tasks`.
    pub(super) task: Option<u32>,
    /// Its rows in `spans`, by start.
    pub(super) spans: Vec<u32>,
    /// Its rows in `off_cpu`, by start.
    pub(super) off_cpu: Vec<u32>,
    /// Its rows in `totals`, by end.
    pub(super) totals: Vec<u32>,
    /// Its rows in `locks`, by start.
    pub(super) locks: Vec<u32>,
    /// Its rows in `renames`, by time.
    pub(super) renames: Vec<u32>,
}

impl Thread {
    /// A thread that nothing is known of but its number and its life.
    pub(super) fn new(tid: u32, tgid: u32, born_ns: u64, ended_ns: u64) -> Self {
        Self {
            tid,
            process: ProcessId(0),
            tgid,
            born_ns,
            ended_ns: ended_ns.max(born_ns),
            exiting_from_ns: None,
            born_in_recording: false,
            parent: None,
            continues: None,
            tracked_from_ns: None,
            task: None,
            spans: Vec::new(),
            off_cpu: Vec::new(),
            totals: Vec::new(),
            locks: Vec::new(),
            renames: Vec::new(),
        }
    }

    /// Its system calls by start: indexes into `spans`.
    pub fn spans(&self) -> &[u32] {
        &self.spans
    }

    /// Its times off the CPU by start: indexes into `off_cpu`.
    pub fn off_cpu(&self) -> &[u32] {
        &self.off_cpu
    }

    /// Its in-kernel totals by end: indexes into `totals`.
    pub fn totals(&self) -> &[u32] {
        &self.totals
    }

    /// Its waits for kernel locks by start: indexes into `locks`.
    pub fn locks(&self) -> &[u32] {
        &self.locks
    }

    /// The names that it was given, by time: indexes into `renames`.
    pub fn renames(&self) -> &[u32] {
        &self.renames
    }
}

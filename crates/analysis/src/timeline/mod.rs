//! From the tables of a recording to the life of each thread: what it did at each instant.
//!
//! A [`Timeline`] borrows the tables and holds indexes only: for each thread its life, its system
//! calls and its times off the CPU in order. [`Timeline::intervals`] then cuts any window of a
//! thread's life into states, without gap or overlap. Numbers of threads and processes recur, so
//! everything here speaks of [`ThreadId`] and [`ProcessId`], which do not.
//!
//! Building is linear in the rows, but for threads whose rows are out of order, which are sorted;
//! every look-up is a binary search. Nothing depends on the order of rows.
//!
//! System calls of a thread before it joined the tracked set are not in the recording;
//! [`Thread::tracked_from_ns`] says from when on they are.

mod backward;
#[cfg(any(test, feature = "fixture"))]
pub mod fixture;
mod interval;
mod lives;
mod process;
mod rows;
mod thread;

use std::collections::HashMap;

pub use backward::Backward;
pub use interval::{Interval, Intervals, State};
pub use process::{Process, ProcessId, Program};
pub use thread::{Thread, ThreadId};

use trace::manifest::Manifest;
use trace::rows::{OffCpu, Span, Tables, Task};
use trace::syscall::{self, Machine};

/// The lives of all threads of a recording.
#[derive(Debug)]
pub struct Timeline<'a> {
    tables: &'a Tables,
    machine: Option<Machine>,
    start_ns: u64,
    end_ns: u64,
    threads: Vec<Thread>,
    processes: Vec<Process>,
    /// Lives by thread number, in the order of their beginnings.
    by_tid: HashMap<u32, Vec<ThreadId>>,
    /// Lives by process number, in the order of their beginnings.
    by_tgid: HashMap<u32, Vec<ProcessId>>,
    /// Rows of `strings` by id.
    text_rows: HashMap<u32, u32>,
}

impl<'a> Timeline<'a> {
    /// Indexes the tables. Rows of the idle task (thread 0) are left out: it is no thread's life.
    pub fn new(manifest: &Manifest, tables: &'a Tables) -> Self {
        let mut timeline = Self {
            tables,
            machine: Machine::from_uname(&manifest.host.machine),
            start_ns: manifest.started_ns,
            end_ns: manifest.ended_ns.max(manifest.started_ns),
            threads: Vec::new(),
            processes: Vec::new(),
            by_tid: HashMap::new(),
            by_tgid: HashMap::new(),
            text_rows: (0..)
                .zip(&tables.strings)
                .map(|(row, text)| (text.id, row))
                .collect(),
        };
        lives::build(&mut timeline);
        process::build(&mut timeline);
        rows::distribute(&mut timeline);
        process::note_ends(&mut timeline);
        timeline
    }

    /// The tables that it was made from.
    pub fn tables(&self) -> &'a Tables {
        self.tables
    }

    /// The machine whose system call numbers the recording holds, if they are known.
    pub fn machine(&self) -> Option<Machine> {
        self.machine
    }

    /// When recording began and ended, in nanoseconds of the recording's clock.
    pub fn window_ns(&self) -> (u64, u64) {
        (self.start_ns, self.end_ns)
    }

    /// All threads.
    pub fn thread_ids(&self) -> impl Iterator<Item = ThreadId> + use<> {
        (0..self.threads.len()).map(ThreadId::from_index)
    }

    /// All processes.
    pub fn process_ids(&self) -> impl Iterator<Item = ProcessId> + use<> {
        (0..self.processes.len()).map(ProcessId::from_index)
    }

    /// A thread.
    pub fn thread(&self, id: ThreadId) -> &Thread {
        &self.threads[id.index()]
    }

    /// A process.
    pub fn process(&self, id: ProcessId) -> &Process {
        &self.processes[id.index()]
    }

    /// The thread that had this number at `at_ns`: the last one born by then, or the first ever.
    pub fn thread_at(&self, tid: u32, at_ns: u64) -> Option<ThreadId> {
        let lives = self.by_tid.get(&tid)?;
        let born = lives.partition_point(|&id| self.thread(id).born_ns <= at_ns);
        lives.get(born.saturating_sub(1)).copied()
    }

    /// The process that had this number at `at_ns`: the last one born by then, or the first ever.
    pub fn process_at(&self, tgid: u32, at_ns: u64) -> Option<ProcessId> {
        let lives = self.by_tgid.get(&tgid)?;
        let born = lives.partition_point(|&id| self.process(id).born_ns <= at_ns);
        lives.get(born.saturating_sub(1)).copied()
    }

    /// Whether a process was made by another, or by one that was. Parents are older, so this ends.
    pub fn descends(&self, process: ProcessId, ancestor: ProcessId) -> bool {
        let mut current = process;
        loop {
            let born_ns = self.process(current).born_ns;
            let parent = self.process(current).parent;
            let parent = parent.map(|thread| self.thread(thread).process);
            match parent.filter(|&parent| self.process(parent).born_ns < born_ns) {
                Some(parent) if parent == ancestor => return true,
                Some(parent) => current = parent,
                None => return false,
            }
        }
    }

    /// The row of a thread in `tasks`, if it has one.
    pub fn task(&self, id: ThreadId) -> Option<&'a Task> {
        let row = self.thread(id).task?;
        self.tables.tasks.get(row as usize)
    }

    /// A row of `spans`, by the index that intervals carry.
    pub fn span(&self, index: u32) -> &'a Span {
        &self.tables.spans[index as usize]
    }

    /// A row of `off_cpu`, by the index that states carry.
    pub fn off_cpu(&self, index: u32) -> &'a OffCpu {
        &self.tables.off_cpu[index as usize]
    }

    /// A row of `strings`, by id.
    pub fn text(&self, id: u32) -> Option<&'a str> {
        let row = self.text_rows.get(&id)?;
        Some(&self.tables.strings[*row as usize].text)
    }

    /// The name of a system call of the recording's machine.
    pub fn syscall_name(&self, number: u32) -> Option<&'static str> {
        syscall::name(self.machine?, number)
    }

    /// The name of a thread at `at_ns`, empty if none was recorded.
    pub fn comm(&self, id: ThreadId, at_ns: u64) -> &'a str {
        let thread = self.thread(id);
        let given = thread
            .renames
            .partition_point(|&row| self.tables.renames[row as usize].at_ns <= at_ns);
        match given.checked_sub(1) {
            Some(last) => &self.tables.renames[thread.renames[last] as usize].comm,
            None => self.task(id).map_or("", |task| task.comm.as_str()),
        }
    }

    /// The name of a process at `at_ns`: that of its leading thread.
    pub fn process_comm(&self, id: ProcessId, at_ns: u64) -> &'a str {
        let tgid = self.process(id).tgid;
        self.thread_at(tgid, at_ns)
            .filter(|&leader| self.thread(leader).process == id)
            .or_else(|| self.process(id).threads.first().copied())
            .map_or("", |thread| self.comm(thread, at_ns))
    }

    /// The program that a process ran at `at_ns`.
    pub fn program(&self, id: ProcessId, at_ns: u64) -> Program<'a> {
        process::program(self, id, at_ns)
    }
}

#[cfg(test)]
mod tests;

//! Processes: their threads, their programs over time, and how they ended.

use super::Timeline;
use super::thread::ThreadId;
use trace::syscall;

/// A process of a timeline. Unlike its number, it never recurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProcessId(pub(super) u32);

impl ProcessId {
    /// Its position among the processes.
    pub fn index(self) -> usize {
        self.0 as usize
    }

    pub(super) fn from_index(index: usize) -> Self {
        Self(index as u32)
    }
}

/// A process: threads that share a number.
#[derive(Clone, Debug)]
pub struct Process {
    /// Its number.
    pub tgid: u32,
    /// When its first thread was made, or the beginning of the recording.
    pub born_ns: u64,
    /// When its last thread ended, or the end of the recording.
    pub ended_ns: u64,
    /// Its threads, in the order of their beginnings.
    pub threads: Vec<ThreadId>,
    /// The thread that made it, where that is known.
    pub parent: Option<ThreadId>,
    /// The thread that called `exit_group`, and when; the call takes all others down.
    pub group_exit: Option<(ThreadId, u64)>,
    /// The program that it was made with.
    initial: Source,
    /// Its rows in `execs`, by time.
    execs: Vec<u32>,
}

impl Process {
    /// Its execs by time: indexes into `execs`.
    pub fn execs(&self) -> &[u32] {
        &self.execs
    }
}

/// Where the name of a program stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Unknown,
    /// The `exe` of a row of `tasks`.
    Task(u32),
    /// A row of `execs`.
    Exec(u32),
}

/// A program and how it was called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Program<'a> {
    /// Its path, empty if unknown.
    pub path: &'a str,
    /// Its arguments joined by NUL, empty if unknown.
    pub argv: &'a str,
}

impl<'a> Program<'a> {
    /// The arguments, the program's own name first.
    pub fn arguments(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.argv
            .split('\0')
            .filter(|argument| !argument.is_empty())
    }

    /// The last component of its path.
    pub fn file_name(&self) -> &'a str {
        file_name(self.path)
    }
}

/// The last component of a path.
pub(crate) fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Groups the threads into processes and finds what each one ran.
pub(super) fn build(timeline: &mut Timeline<'_>) {
    let mut order: Vec<ThreadId> = timeline.thread_ids().collect();
    order.sort_by_key(|&id| {
        let thread = timeline.thread(id);
        // The leader first: it is what the process begins with.
        (thread.born_ns, thread.tid != thread.tgid, id)
    });
    for id in order {
        let process = process_of(timeline, id);
        timeline.threads[id.index()].process = process;
        timeline.processes[process.index()].threads.push(id);
    }
    for (row, exec) in timeline.tables.execs.iter().enumerate() {
        if let Some(id) = timeline.process_at(exec.tgid, exec.at_ns) {
            timeline.processes[id.index()].execs.push(row as u32);
        }
    }
    let execs = &timeline.tables.execs;
    for process in &mut timeline.processes {
        process.execs.sort_by_key(|&row| execs[row as usize].at_ns);
    }
    inherit_programs(timeline);
    share_tracking(timeline);
}

/// The process of a thread, made if the thread is its first. Called in the order of birth.
fn process_of(timeline: &mut Timeline<'_>, id: ThreadId) -> ProcessId {
    let thread = timeline.thread(id);
    let (tgid, born_ns) = (thread.tgid, thread.born_ns);
    let last = timeline
        .by_tgid
        .get(&tgid)
        .and_then(|lives| lives.last())
        .copied();
    let leads_anew = thread.tid == tgid && thread.continues.is_none();
    match last {
        Some(last) if !leads_anew => last,
        Some(_) | None => {
            let process = Process {
                tgid,
                born_ns,
                ended_ns: thread.ended_ns,
                threads: Vec::new(),
                parent: thread.parent,
                group_exit: None,
                initial: Source::Unknown,
                execs: Vec::new(),
            };
            let id = ProcessId::from_index(timeline.processes.len());
            timeline.processes.push(process);
            timeline.by_tgid.entry(tgid).or_default().push(id);
            id
        }
    }
}

/// A process runs what its parent ran when it was made. Parents come first: they are older.
fn inherit_programs(timeline: &mut Timeline<'_>) {
    let mut order: Vec<ProcessId> = timeline.process_ids().collect();
    order.sort_by_key(|&id| (timeline.process(id).born_ns, id));
    for id in order {
        let process = timeline.process(id);
        let own = process.threads.first().and_then(|&first| {
            let row = timeline.thread(first).task?;
            let task = &timeline.tables.tasks[row as usize];
            (!task.exe.is_empty()).then_some(Source::Task(row))
        });
        let inherited = process.parent.map(|parent| {
            let parent = timeline.thread(parent).process;
            source_at(timeline, parent, process.born_ns)
        });
        timeline.processes[id.index()].initial = own.or(inherited).unwrap_or(Source::Unknown);
    }
}

/// A process joins the tracked set whole: its threads are tracked from when the first of them is.
fn share_tracking(timeline: &mut Timeline<'_>) {
    for process in &timeline.processes {
        let joined_ns = process
            .threads
            .iter()
            .filter_map(|&id| timeline.threads[id.index()].tracked_from_ns)
            .min();
        let Some(joined_ns) = joined_ns else { continue };
        for id in &process.threads {
            let thread = &mut timeline.threads[id.index()];
            thread.tracked_from_ns = Some(joined_ns.max(thread.born_ns));
        }
    }
}

fn source_at(timeline: &Timeline<'_>, id: ProcessId, at_ns: u64) -> Source {
    let process = timeline.process(id);
    let begun = process
        .execs
        .partition_point(|&row| timeline.tables.execs[row as usize].at_ns <= at_ns);
    match begun.checked_sub(1) {
        Some(last) => Source::Exec(process.execs[last]),
        None => process.initial,
    }
}

/// See [`Timeline::program`].
pub(super) fn program<'a>(timeline: &Timeline<'a>, id: ProcessId, at_ns: u64) -> Program<'a> {
    match source_at(timeline, id, at_ns) {
        Source::Unknown => Program::default(),
        Source::Task(row) => Program {
            path: &timeline.tables.tasks[row as usize].exe,
            argv: "",
        },
        Source::Exec(row) => {
            let exec = &timeline.tables.execs[row as usize];
            Program {
                path: &exec.path,
                argv: &exec.argv,
            }
        }
    }
}

/// Notes when each process ended, and by whom.
pub(super) fn note_ends(timeline: &mut Timeline<'_>) {
    for process in &mut timeline.processes {
        let ends = process
            .threads
            .iter()
            .map(|id| timeline.threads[id.index()].ended_ns);
        process.ended_ns = ends.max().unwrap_or(process.ended_ns);
    }
    find_group_exits(timeline);
}

/// Finds, for each process, the thread that called `exit_group`.
fn find_group_exits(timeline: &mut Timeline<'_>) {
    let Some(number) = timeline
        .machine
        .and_then(|machine| syscall::number(machine, "exit_group"))
    else {
        return;
    };
    for index in 0..timeline.threads.len() {
        let thread = &timeline.threads[index];
        let Some(&last) = thread.spans.last() else {
            continue;
        };
        let span = timeline.span(last);
        if span.nr != number {
            continue;
        }
        let caller = (ThreadId::from_index(index), span.start_ns);
        let exit = &mut timeline.processes[thread.process.index()].group_exit;
        // Of several callers the first one did it.
        if exit.is_none_or(|(_, at_ns)| caller.1 < at_ns) {
            *exit = Some(caller);
        }
    }
}

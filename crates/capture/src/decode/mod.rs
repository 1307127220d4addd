//! Decode: bytes of the spill to rows.
//!
//! Records stream by once; what is kept in memory is one entry for each living thread, and each
//! distinct string and stack.

mod awaited;
mod intern;
mod memory;
mod off_cpu;
mod record;
mod signal;
mod tasks;
mod throttle;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, Read};
use std::ops::Range;

use profiler_common::*;

use self::intern::Interner;
pub use self::off_cpu::{Leave, OffCpuPairing, Wake};
pub use self::record::{Frames, Record, RecordError};
use self::tasks::{TASK_DEAD, TaskTable};
use trace::rows::*;
use trace::spill::{Frame, SpillReader};

/// Takes rows as they are decoded.
pub trait Sink {
    /// The error of a row that could not be taken.
    type Error;

    /// Takes a row.
    fn put(&mut self, fact: Fact) -> Result<(), Self::Error>;
}

/// The reasons for which a spill could not be decoded.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError<E> {
    /// The spill could not be read.
    #[error("failed to read the raw records: {0}")]
    Read(#[from] io::Error),
    /// A record is not one.
    #[error("record {number} is damaged: {source}")]
    Record {
        /// Which, counted from 0.
        number: u64,
        source: RecordError,
    },
    /// The rows could not be taken.
    #[error(transparent)]
    Sink(E),
}

/// The result of decoding a whole spill.
#[derive(Debug, Default)]
pub struct Decoded {
    /// Records.
    pub received: u64,
    /// Switches that were missed and imputed.
    pub imputed_switches: u64,
    /// Whether the last record was cut: the writer was killed.
    pub is_cut: bool,
    /// Addresses in kernel stacks.
    pub kernel_addresses: BTreeSet<u64>,
    /// Addresses in user stacks, with the process.
    pub user_addresses: BTreeSet<(u32, u64)>,
    /// Addresses of locks that were waited for.
    pub lock_addresses: BTreeSet<u64>,
    /// When the last record was made.
    pub last_ns: u64,
    /// The sequence numbers of each CPU: the lowest, and one past the highest. Numbers before the
    /// lowest were taken before the recording began.
    pub sequences: BTreeMap<u16, Range<u64>>,
}

impl Decoded {
    /// Records that were made from the first to the last that arrived, going by the sequence
    /// numbers alone.
    pub fn sent(&self) -> u64 {
        self.sequences
            .values()
            .map(|sequence| sequence.end - sequence.start)
            .sum()
    }
}

/// Decodes a whole spill into a sink. `roots` are the processes tracked from `started_ns` on.
pub fn decode<S: Sink>(
    spill: impl Read,
    roots: &[u32],
    started_ns: u64,
    sink: &mut S,
) -> Result<Decoded, DecodeError<S::Error>> {
    let mut reader = SpillReader::new(spill);
    let mut decoder = Decoder::new(roots, started_ns, sink);
    while let Some(frame) = reader.next_frame()? {
        match frame {
            Frame::Tasks(tasks) => decoder.known_tasks(tasks),
            Frame::Record(bytes) => {
                let number = decoder.decoded.received;
                let record = Record::parse(bytes)
                    .map_err(|source| DecodeError::Record { number, source })?;
                decoder.decoded.received += 1;
                decoder.record(&record).map_err(DecodeError::Sink)?;
            }
        }
    }
    let mut decoded = decoder.finish().map_err(DecodeError::Sink)?;
    decoded.is_cut = reader.is_cut();
    Ok(decoded)
}

struct Decoder<'s, S> {
    sink: &'s mut S,
    off_cpu: OffCpuPairing,
    tasks: TaskTable,
    strings: Interner<Box<str>>,
    stacks: Interner<Box<[u64]>>,
    /// Path of the program that a thread's running execve has put in place.
    exec_paths: HashMap<u32, Option<u32>>,
    decoded: Decoded,
}

/// Text of the kernel: up to the first NUL, with what is not UTF-8 replaced.
fn text(bytes: &[u8]) -> String {
    let len = bytes
        .iter()
        .position(|&byte| byte == 0)
        .unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..len]).into_owned()
}

impl<'s, S: Sink> Decoder<'s, S> {
    fn new(roots: &[u32], started_ns: u64, sink: &'s mut S) -> Self {
        Self {
            sink,
            off_cpu: OffCpuPairing::new(started_ns),
            tasks: TaskTable::new(roots, started_ns),
            strings: Interner::default(),
            stacks: Interner::default(),
            exec_paths: HashMap::new(),
            decoded: Decoded::default(),
        }
    }

    fn known_tasks(&mut self, tasks: Vec<Task>) {
        for task in tasks {
            self.tasks.known(task);
        }
    }

    fn record(&mut self, record: &Record<'_>) -> Result<(), S::Error> {
        match record {
            Record::Span(span, texts) => self.span(span, *texts),
            Record::Total(total) => self.total(total),
            Record::Switch(switch, stack) => self.switch(switch, *stack),
            Record::Wake(wake, stack) => self.wake(wake, *stack),
            Record::Fork(fork) => {
                self.see(&fork.header);
                self.tasks.fork(fork);
                let header = &fork.header;
                self.off_cpu
                    .born(fork.child_tid, fork.child_tgid, header.at_ns, header.cpu);
                Ok(())
            }
            Record::Exec(exec, path, argv) => self.exec(exec, path, argv),
            Record::Exit(exit) => {
                self.see(&exit.header);
                self.tasks.exit(exit);
                Ok(())
            }
            Record::Rename(rename) => {
                self.see(&rename.header);
                self.sink.put(Fact::Rename(Rename {
                    at_ns: rename.header.at_ns,
                    tid: rename.target_tid,
                    comm: text(&rename.comm),
                }))
            }
            Record::Join(join) => {
                self.see(&join.header);
                self.tasks.join(join);
                Ok(())
            }
            Record::Mark(mark) => {
                self.see(&mark.header);
                self.sink.put(Fact::Mark(Mark {
                    at_ns: mark.header.at_ns,
                    tid: mark.header.tid,
                    tgid: mark.tgid,
                    code: mark.code,
                    value: mark.value,
                }))
            }
            Record::Lock(lock, stack) => self.lock(lock, *stack),
            Record::Cgroup(cgroup, path) => self.cgroup(cgroup, path),
            Record::Sample(sample, kernel, user) => self.sample(sample, *kernel, *user),
            Record::Function(function) => self.function(function),
            Record::Throttle(throttle, name) => self.throttle(throttle, name),
            Record::Faults(faults) => self.faults(faults),
            Record::MemoryLimit(limit, name) => self.memory_limit(limit, name),
            Record::Signal(signal) => self.signal(signal),
            Record::Descriptor(descriptor, names) => {
                self.see(&descriptor.header);
                self.sink
                    .put(Fact::Awaited(awaited::row(descriptor, names)))
            }
        }
    }

    fn see(&mut self, header: &Header) {
        self.decoded.last_ns = self.decoded.last_ns.max(header.at_ns);
        let number = header.sequence;
        let sequence = self.decoded.sequences.entry(header.cpu);
        let sequence = sequence.or_insert(number..number);
        sequence.start = sequence.start.min(number);
        sequence.end = sequence.end.max(number.saturating_add(1));
    }

    fn string(&mut self, bytes: &[u8]) -> Result<Option<u32>, S::Error> {
        if bytes.is_empty() {
            return Ok(None);
        }
        let (id, new) = self.strings.intern(String::from_utf8_lossy(bytes).into());
        if let Some(text) = new {
            self.sink.put(Fact::Text(Text {
                id,
                text: text.into_string(),
            }))?;
        }
        Ok(Some(id))
    }

    fn stack(&mut self, frames: Frames<'_>) -> Result<Option<u32>, S::Error> {
        if frames.is_empty() {
            return Ok(None);
        }
        let (id, new) = self.stacks.intern(frames.addresses().collect());
        if let Some(frames) = new {
            self.sink.put(Fact::Stack(Stack {
                id,
                frames: frames.into_vec(),
            }))?;
        }
        Ok(Some(id))
    }

    fn kernel_stack(&mut self, frames: Frames<'_>) -> Result<Option<u32>, S::Error> {
        self.decoded.kernel_addresses.extend(frames.addresses());
        self.stack(frames)
    }

    fn span(&mut self, span: &SpanRecord, texts: [&[u8]; 3]) -> Result<(), S::Error> {
        self.see(&span.header);
        let mut ids = [None; 3];
        for (id, text) in ids.iter_mut().zip(texts) {
            *id = self.string(text)?;
        }
        if let Some(path) = self.exec_paths.remove(&span.header.tid) {
            ids[0] = ids[0].or(path);
        }
        let end_ns = span.header.at_ns;
        self.sink.put(Fact::Span(Span {
            start_ns: span.start_ns,
            duration_ns: end_ns.saturating_sub(span.start_ns),
            tid: span.header.tid,
            tgid: span.tgid,
            cpu: span.header.cpu,
            nr: span.nr,
            result: span.result,
            arg0: span.args[0],
            arg1: span.args[1],
            arg2: span.args[2],
            arg3: span.args[3],
            clone_flags: span.clone_flags,
            off_cpu_ns: span.off_cpu_ns,
            lock_wait_ns: span.lock_wait_ns,
            fs_magic: span.fs_magic,
            socket_family: span.socket_family,
            flags: span.flags,
            text: ids[0],
            text2: ids[1],
            text3: ids[2],
        }))
    }

    fn total(&mut self, total: &TotalRecord) -> Result<(), S::Error> {
        self.see(&total.header);
        self.sink.put(Fact::Total(Total {
            from_ns: total.first_ns,
            to_ns: total.last_ns,
            tid: total.header.tid,
            tgid: total.tgid,
            nr: total.nr,
            count: total.count,
            errors: total.errors,
            total_ns: total.total_ns,
            off_cpu_ns: total.off_cpu_ns,
            lock_wait_ns: total.lock_wait_ns,
            max_ns: total.max_ns,
            fs_magic: total.fs_magic,
            socket_family: total.socket_family as u16,
            buckets: total
                .buckets
                .iter()
                .map(|&count| u64::from(count))
                .collect(),
        }))
    }

    fn switch(&mut self, switch: &SwitchRecord, frames: Frames<'_>) -> Result<(), S::Error> {
        let header = &switch.header;
        self.see(header);
        let stack = self.kernel_stack(frames)?;
        // Thread 0 is a CPU that has nothing to do.
        if header.tid != 0 {
            let missed = self.off_cpu.leave(Leave {
                tid: header.tid,
                tgid: switch.prev_tgid,
                at_ns: header.at_ns,
                cpu: header.cpu,
                state: switch.prev_state,
                preempted: switch.preempted != 0,
                syscall: switch.prev_syscall,
                stack,
            });
            if let Some(missed) = missed {
                self.sink.put(Fact::OffCpu(missed))?;
            }
            if switch.prev_state & TASK_DEAD != 0
                && let Some(task) = self.tasks.dead(header.tid, header.at_ns)
            {
                self.sink.put(Fact::Task(task))?;
            }
        }
        if switch.next_tid != 0 {
            let off =
                self.off_cpu
                    .enter(switch.next_tid, switch.next_tgid, header.at_ns, header.cpu);
            self.sink.put(Fact::OffCpu(off))?;
        }
        Ok(())
    }

    fn wake(&mut self, wake: &WakeRecord, frames: Frames<'_>) -> Result<(), S::Error> {
        self.see(&wake.header);
        let stack = self.kernel_stack(frames)?;
        self.off_cpu.wake(
            wake.target_tid,
            Wake {
                at_ns: wake.header.at_ns,
                waker_tid: wake.header.tid,
                context: wake.header.context,
                syscall: wake.waker_syscall,
                stack,
            },
        );
        Ok(())
    }

    fn exec(&mut self, exec: &ExecRecord, path: &[u8], argv: &[u8]) -> Result<(), S::Error> {
        self.see(&exec.header);
        if let Some(ended) = self
            .tasks
            .exec(exec.old_tid, exec.header.tid, exec.header.at_ns)
        {
            self.sink.put(Fact::Task(ended))?;
        }
        let path_id = self.string(path)?;
        if exec.tracked != 0 {
            self.exec_paths.insert(exec.header.tid, path_id);
        }
        let argv = argv.strip_suffix(b"\0").unwrap_or(argv);
        self.sink.put(Fact::Exec(Exec {
            at_ns: exec.header.at_ns,
            tid: exec.header.tid,
            old_tid: exec.old_tid,
            tgid: exec.tgid,
            path: String::from_utf8_lossy(path).into_owned(),
            argv: String::from_utf8_lossy(argv).into_owned(),
            inner_pid: exec.inner_pid,
            pid_namespace: exec.pid_namespace,
            mount_namespace: exec.mount_namespace,
            cut: exec.flags != 0,
        }))
    }

    fn lock(&mut self, lock: &LockRecord, frames: Frames<'_>) -> Result<(), S::Error> {
        self.see(&lock.header);
        let stack = self.kernel_stack(frames)?;
        self.decoded.lock_addresses.insert(lock.address);
        self.sink.put(Fact::LockWait(LockWait {
            start_ns: lock.start_ns,
            duration_ns: lock.header.at_ns.saturating_sub(lock.start_ns),
            tid: lock.header.tid,
            tgid: lock.tgid,
            address: lock.address,
            lock_flags: lock.lock_flags,
            syscall: lock.syscall,
            stack,
        }))
    }

    fn cgroup(&mut self, cgroup: &CgroupRecord, path: &[u8]) -> Result<(), S::Error> {
        self.see(&cgroup.header);
        let operation = CgroupOperation::from_u32(cgroup.operation);
        self.sink.put(Fact::CgroupEvent(CgroupEvent {
            at_ns: cgroup.header.at_ns,
            tid: cgroup.header.tid,
            operation: operation
                .map_or("unknown", CgroupOperation::name)
                .to_owned(),
            hierarchy: cgroup.hierarchy,
            id: cgroup.id,
            path: String::from_utf8_lossy(path).into_owned(),
            target_tid: cgroup.target_tid,
            populated: cgroup.populated != 0,
        }))
    }

    fn sample(
        &mut self,
        sample: &SampleRecord,
        kernel: Frames<'_>,
        user: Frames<'_>,
    ) -> Result<(), S::Error> {
        self.see(&sample.header);
        let kernel_stack = self.kernel_stack(kernel)?;
        let user_addresses = user.addresses().map(|address| (sample.tgid, address));
        self.decoded.user_addresses.extend(user_addresses);
        let user_stack = self.stack(user)?;
        self.sink.put(Fact::Sample(Sample {
            at_ns: sample.header.at_ns,
            tid: sample.header.tid,
            tgid: sample.tgid,
            cpu: sample.header.cpu,
            syscall: sample.syscall,
            kernel_stack,
            user_stack,
        }))
    }

    fn function(&mut self, function: &FunctionRecord) -> Result<(), S::Error> {
        self.see(&function.header);
        let name = KernelFunction::from_u32(function.function).map_or("", KernelFunction::name);
        let Some(id) = self.string(name.as_bytes())? else {
            return Ok(());
        };
        self.sink.put(Fact::FunctionRun(FunctionRun {
            start_ns: function.start_ns,
            duration_ns: function.header.at_ns.saturating_sub(function.start_ns),
            tid: function.header.tid,
            tgid: function.tgid,
            function: id,
        }))
    }

    fn finish(mut self) -> Result<Decoded, S::Error> {
        self.decoded.imputed_switches = self.off_cpu.imputed();
        for off in self.off_cpu.finish() {
            self.sink.put(Fact::OffCpu(off))?;
        }
        for task in self.tasks.finish() {
            self.sink.put(Fact::Task(task))?;
        }
        Ok(self.decoded)
    }
}

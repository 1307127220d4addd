//! Recordings of which one knows what every run does.

use std::collections::BTreeMap;

use analysis::timeline::fixture::{manifest, mark, number, off_cpu, span, task};
use trace::manifest::Manifest;
use trace::mark::{MarkCode, Stage};
use trace::rows::{Sample, Stack, Symbol, Tables, Text};

/// The only thread that makes calls.
const TID: u32 = 7;
/// One sample stands for a millisecond.
const SAMPLE_HZ: u32 = 1_000;

/// include/uapi/linux/sched.h, v6.18
const CLONE_THREAD: u64 = 0x0001_0000;

/// Something that a run does.
#[derive(Clone, Debug)]
pub enum Doing {
    /// Computes, nanoseconds.
    User(u64),
    /// Makes calls of one kind.
    Calls {
        call: &'static str,
        count: u64,
        each_ns: u64,
        fs_magic: u32,
    },
    /// Is blocked in a call all the while.
    Wait {
        call: &'static str,
        duration_ns: u64,
        stack: &'static str,
    },
    /// Makes a call on a CPU, and is sampled in it every millisecond.
    Sampled {
        call: &'static str,
        duration_ns: u64,
        fs_magic: u32,
        stack: &'static str,
    },
    /// Computes in this function of this program, and is sampled in it every millisecond.
    Computes {
        function: &'static str,
        module: &'static str,
        duration_ns: u64,
    },
    /// Waits for a child, which computes.
    Program(u64),
    /// Starts so many threads, each in so many nanoseconds.
    Threads(u64, u64),
    /// Is runnable, but not on a CPU.
    CpuWait(u64),
}

impl Doing {
    /// Makes calls of one kind.
    pub fn calls(call: &'static str, count: u64, each_ns: u64, fs_magic: u32) -> Self {
        Self::Calls {
            call,
            count,
            each_ns,
            fs_magic,
        }
    }

    /// Is blocked in a call.
    pub fn wait(call: &'static str, duration_ns: u64, stack: &'static str) -> Self {
        Self::Wait {
            call,
            duration_ns,
            stack,
        }
    }
}

/// A recording of runs that each do this in their stage `create`. Each run computes a little longer
/// than the one before, so that there is noise.
pub fn recording(doings: &[Doing], runs: u64) -> (Manifest, Tables) {
    let mut writer = Writer::default();
    writer.tables.tasks.push(task(TID, 1, None));
    for run in 1..=runs {
        writer.now_ns += 1_000;
        writer.mark(MarkCode::Begin(Stage::Create), run);
        for doing in doings {
            writer.write(doing);
        }
        writer.now_ns += run * 1_000;
        writer.mark(MarkCode::End(Stage::Create), run);
    }
    let mut manifest = manifest(writer.now_ns + 1_000);
    manifest.root_tgids = vec![TID];
    manifest.sample_hz = SAMPLE_HZ;
    (manifest, writer.tables)
}

#[derive(Default)]
struct Writer {
    now_ns: u64,
    children: u32,
    opens: u32,
    tables: Tables,
    addresses: BTreeMap<&'static str, u64>,
}

impl Writer {
    fn mark(&mut self, code: MarkCode, run: u64) {
        let row = mark(TID, self.now_ns, code.to_u64(), run);
        self.tables.marks.push(row);
    }

    fn write(&mut self, doing: &Doing) {
        match *doing {
            Doing::User(duration_ns) => self.now_ns += duration_ns,
            Doing::Calls {
                call,
                count,
                each_ns,
                fs_magic,
            } => {
                for _ in 0..count {
                    self.call(call, each_ns, fs_magic);
                }
            }
            Doing::Wait {
                call,
                duration_ns,
                stack,
            } => self.wait(call, duration_ns, stack),
            Doing::Sampled {
                call,
                duration_ns,
                fs_magic,
                stack,
            } => self.sampled(call, duration_ns, fs_magic, stack),
            Doing::Computes {
                function,
                module,
                duration_ns,
            } => self.computes(function, module, duration_ns),
            Doing::Program(duration_ns) => self.program(duration_ns),
            Doing::Threads(count, each_ns) => {
                for _ in 0..count {
                    self.call("clone3", each_ns, 0);
                    if let Some(row) = self.tables.spans.last_mut() {
                        row.clone_flags = CLONE_THREAD;
                    }
                }
            }
            Doing::CpuWait(duration_ns) => {
                let mut row = off_cpu(TID, self.now_ns, self.now_ns + duration_ns);
                (row.state, row.preempted, row.wake_ns) = (0, true, None);
                self.tables.off_cpu.push(row);
                self.now_ns += duration_ns + 10;
            }
        }
    }

    fn call(&mut self, call: &str, duration_ns: u64, fs_magic: u32) {
        let mut row = span(TID, call, self.now_ns, duration_ns);
        row.fs_magic = fs_magic;
        row.result = 3;
        row.text = (call == "openat").then(|| self.path());
        self.tables.spans.push(row);
        // A moment in user mode, so that no two calls touch.
        self.now_ns += duration_ns + 10;
    }

    fn wait(&mut self, call: &str, duration_ns: u64, stack: &'static str) {
        let mut row = off_cpu(TID, self.now_ns, self.now_ns + duration_ns);
        row.syscall = i32::try_from(number(call)).unwrap_or(-1);
        row.state = 2;
        row.stack = Some(self.stack(stack));
        self.tables.off_cpu.push(row);
        self.call(call, duration_ns, 0);
        if let Some(row) = self.tables.spans.last_mut() {
            row.off_cpu_ns = duration_ns;
        }
    }

    fn sampled(&mut self, call: &str, duration_ns: u64, fs_magic: u32, stack: &'static str) {
        let stack = self.stack(stack);
        let period_ns = 1_000_000_000 / u64::from(SAMPLE_HZ);
        for tick in 0..duration_ns / period_ns {
            self.tables.samples.push(Sample {
                at_ns: self.now_ns + tick * period_ns + 1,
                tid: TID,
                tgid: TID,
                cpu: 0,
                syscall: i32::try_from(number(call)).unwrap_or(-1),
                kernel_stack: Some(stack),
                user_stack: None,
            });
        }
        self.call(call, duration_ns, fs_magic);
    }

    fn computes(&mut self, function: &'static str, module: &'static str, duration_ns: u64) {
        let stack = self.user_stack(function, module);
        let period_ns = 1_000_000_000 / u64::from(SAMPLE_HZ);
        for tick in 0..duration_ns / period_ns {
            self.tables.samples.push(Sample {
                at_ns: self.now_ns + tick * period_ns + 1,
                tid: TID,
                tgid: TID,
                cpu: 0,
                syscall: -1,
                kernel_stack: None,
                user_stack: Some(stack),
            });
        }
        self.now_ns += duration_ns;
    }

    /// The id of a stack of one function of a program.
    fn user_stack(&mut self, name: &str, module: &str) -> u32 {
        let known = self.tables.symbols.iter();
        let mut known = known.filter(|symbol| symbol.tgid == TID);
        let address = known
            .find(|symbol| (symbol.name.as_str(), symbol.module.as_str()) == (name, module))
            .map(|symbol| symbol.address);
        let address = address.unwrap_or_else(|| {
            let address = 0x40_0000 + self.tables.symbols.len() as u64 * 0x100;
            self.tables.symbols.push(Symbol {
                tgid: TID,
                address,
                name: name.to_owned(),
                offset: 0,
                module: module.to_owned(),
                source: String::new(),
                from_ns: 0,
            });
            address
        });
        let id = self.tables.stacks.len() as u32 + 1;
        self.tables.stacks.push(Stack {
            id,
            frames: vec![address],
        });
        id
    }

    fn program(&mut self, duration_ns: u64) {
        self.children += 1;
        let child = 100 + self.children;
        let end_ns = self.now_ns + duration_ns;
        let mut row = task(child, TID, Some(self.now_ns));
        (row.exiting_ns, row.ended_ns) = (Some(end_ns), Some(end_ns));
        row.group_dead = true;
        self.tables.tasks.push(row);
        let mut wait = off_cpu(TID, self.now_ns, end_ns);
        wait.syscall = i32::try_from(number("wait4")).unwrap_or(-1);
        wait.waker_tid = Some(child);
        self.tables.off_cpu.push(wait);
        self.call("wait4", duration_ns, 0);
        if let Some(row) = self.tables.spans.last_mut() {
            row.off_cpu_ns = duration_ns;
        }
    }

    /// The id of the path of another file; after some, those from before again.
    fn path(&mut self) -> u32 {
        const FILES: u32 = 30;
        let id = self.opens % FILES;
        if self.opens < FILES {
            let text = format!("/data/{id}");
            self.tables.strings.push(Text { id, text });
        }
        self.opens += 1;
        id
    }

    /// The id of a stack: functions separated by spaces, innermost first.
    fn stack(&mut self, functions: &'static str) -> u32 {
        let names = functions.split_whitespace();
        let frames = names.map(|name| self.address(name)).collect();
        let id = self.tables.stacks.len() as u32 + 1;
        self.tables.stacks.push(Stack { id, frames });
        id
    }

    fn address(&mut self, name: &'static str) -> u64 {
        let next = 0xffff_ffff_8100_0000 + self.addresses.len() as u64 * 0x100;
        let address = *self.addresses.entry(name).or_insert(next);
        if address == next {
            self.tables.symbols.push(Symbol {
                tgid: 0,
                address,
                name: name.to_owned(),
                offset: 0,
                module: String::new(),
                source: String::new(),
                from_ns: 0,
            });
        }
        address
    }
}

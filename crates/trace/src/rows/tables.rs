//! All tables together, and a row of any of them.

use super::{
    Awaited, CgroupEvent, Exec, Faults, FunctionRun, LockWait, Mark, MemoryLimit, OffCpu, Rename,
    Sample, Signal, Span, Stack, Symbol, Task, Text, Throttle, Total,
};

/// All tables of a recording, in memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tables {
    /// System calls.
    pub spans: Vec<Span>,
    /// In-kernel totals.
    pub totals: Vec<Total>,
    /// Times off the CPU.
    pub off_cpu: Vec<OffCpu>,
    /// Threads.
    pub tasks: Vec<Task>,
    /// Programs started.
    pub execs: Vec<Exec>,
    /// Names given.
    pub renames: Vec<Rename>,
    /// Marks.
    pub marks: Vec<Mark>,
    /// Lock waits.
    pub locks: Vec<LockWait>,
    /// Cgroup events.
    pub cgroups: Vec<CgroupEvent>,
    /// Samples.
    pub samples: Vec<Sample>,
    /// Runs of hooked functions.
    pub functions: Vec<FunctionRun>,
    /// Threads held back by CPU quotas.
    pub throttles: Vec<Throttle>,
    /// Page faults of threads.
    pub faults: Vec<Faults>,
    /// Memory groups at their limit.
    pub memory_limits: Vec<MemoryLimit>,
    /// Signals.
    pub signals: Vec<Signal>,
    /// Files and sockets that calls waited for.
    pub awaited: Vec<Awaited>,
    /// Stacks.
    pub stacks: Vec<Stack>,
    /// Symbols.
    pub symbols: Vec<Symbol>,
    /// Strings.
    pub strings: Vec<Text>,
}

/// A row of any of the tables that are filled while records are decoded.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// Of `spans`.
    Span(Span),
    /// Of `totals`.
    Total(Total),
    /// Of `off_cpu`.
    OffCpu(OffCpu),
    /// Of `tasks`.
    Task(Task),
    /// Of `execs`.
    Exec(Exec),
    /// Of `renames`.
    Rename(Rename),
    /// Of `marks`.
    Mark(Mark),
    /// Of `locks`.
    LockWait(LockWait),
    /// Of `cgroups`.
    CgroupEvent(CgroupEvent),
    /// Of `samples`.
    Sample(Sample),
    /// Of `functions`.
    FunctionRun(FunctionRun),
    /// Of `throttles`.
    Throttle(Throttle),
    /// Of `faults`.
    Faults(Faults),
    /// Of `memory_limits`.
    MemoryLimit(MemoryLimit),
    /// Of `signals`.
    Signal(Signal),
    /// Of `awaited`.
    Awaited(Awaited),
    /// Of `stacks`.
    Stack(Stack),
    /// Of `strings`.
    Text(Text),
}

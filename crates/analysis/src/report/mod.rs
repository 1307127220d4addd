//! A report before it is drawn: the facts behind text and JSON alike.
//!
//! Serialised as it stands; docs/report-json.md and docs/report.schema.json describe it.

use std::collections::BTreeMap;

mod cause;
mod command;
pub mod functions;
pub mod path;
pub mod selection;
mod work;

use serde::{Deserialize, Serialize};

use crate::report::functions::FunctionGroup;
pub use cause::{CauseKind, CauseRow};
pub use command::{CommandKind, CommandRow};
pub use work::{ErrorRow, FileRow, MemoryLimitRow, QuotaRow};

use crate::report::path::Heuristic;
use trace::manifest::{Host, ObserverCost, ProbeState};
use trace::phase::Phase;
use trace::role::Role;

/// Version of the shape of this report.
pub const SCHEMA_VERSION: u32 = 1;

/// The report of ctrprof on a recording.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(title = "ctrprof report"))]
pub struct Report {
    /// Version of this schema.
    #[cfg_attr(feature = "schema", schemars(extend("const" = SCHEMA_VERSION)))]
    pub schema: u32,
    /// The machine that was recorded on.
    pub host: Host,
    /// The traced command and its arguments; empty where roots were given otherwise.
    pub command: Vec<String>,
    /// `full` (every system call was recorded by itself) or `summary` (short ones were added up in
    /// the kernel).
    pub level: String,
    /// Records sent, received and lost.
    pub records: RecordCounts,
    /// Every probe, and whether it ran.
    pub probes: Vec<ProbeState>,
    /// The cost of observing.
    pub observer: ObserverCost,
    /// How the cost of the probes on system calls, which is taken out of the other phases, came
    /// about; null where it is not known, and not taken out.
    pub observer_estimate: Option<ObserverEstimate>,
    /// Samples by which the time of page faults in user mode was estimated, the parts `fault` of phase
    /// `memory`.
    pub fault_samples: u64,
    /// The reason for which the recording ended early; null if it did not.
    pub interrupted: Option<String>,
    /// The roles that it is limited to; empty if it is of all. Wall times stay those of the stages, and
    /// shares those of them.
    pub roles: Vec<Role>,
    /// The runs of one configuration together, for each configuration with several.
    pub aggregates: Vec<Aggregate>,
    /// The runs in the recording.
    pub runs: Vec<Run>,
}

/// How the time of phase `observer` was estimated: the calibrated cost of the probes on a system
/// call, corrected by samples, times the number of calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "observer_estimate"))]
pub struct ObserverEstimate {
    /// Samples in those probes.
    pub samples: u64,
    /// The cost that was used over the calibrated one, in millionths.
    pub scale_ppm: u64,
    /// Its standard error over the cost, in millionths: by the number of samples, and by how far the
    /// calibrations at the recording's beginning and end are apart.
    pub error_ppm: u64,
}

/// Records sent, received and lost; sent = received + lost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "records"))]
pub struct RecordCounts {
    /// Records made by the kernel side.
    pub sent: u64,
    /// Records that arrived.
    pub received: u64,
    /// Records that did not fit into a buffer, of all kinds.
    pub lost: u64,
    /// Lost records by kind of record: `span`, `wake`, ...
    pub lost_by_kind: BTreeMap<String, u64>,
    /// Look-ups of task storage that failed: a system call each that is not in the figures.
    pub storage_failures: u64,
    /// Runs of a probe that the kernel skipped because it was already running on that CPU.
    pub missed_runs: u64,
    /// Switches between threads that were missed and put in by inference.
    pub imputed_switches: u64,
    /// Marks of stages that other programs than ctrprof's engine tried to set, which do not count.
    pub refused_marks: u64,
}

/// One container taken through its life, or one command.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "run"))]
pub struct Run {
    /// The configuration, by name of the axis (manager, runtime, storage, ...); empty for a
    /// command.
    pub configuration: BTreeMap<String, String>,
    /// Name and id of the container; null for a command, or where none was found.
    pub container: Option<ContainerIdentity>,
    /// Its stages, in order of time.
    pub stages: Vec<StageReport>,
}

impl Run {
    /// Wall time of all its stages together; what is in several of them counts once.
    pub fn wall_ns(&self) -> u64 {
        let mut windows: Vec<(u64, u64)> = self
            .stages
            .iter()
            .map(|stage| (stage.start_ns, stage.start_ns.saturating_add(stage.wall_ns)))
            .collect();
        windows.sort_unstable();
        let (mut sum_ns, mut until_ns) = (0, 0);
        for (start_ns, end_ns) in windows {
            sum_ns += end_ns.saturating_sub(start_ns.max(until_ns));
            until_ns = until_ns.max(end_ns);
        }
        sum_ns
    }
}

/// Name and id of a container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "container"))]
pub struct ContainerIdentity {
    /// Its id, or the name that a bare runtime was given for it; empty if neither was seen.
    pub id: String,
    /// The name that its engine was told to give it; null if none was seen.
    pub name: Option<String>,
}

/// An interval of the life of a container.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "stage"))]
pub struct StageReport {
    /// `create`, `start`, `exec`, `response`, `stop`, `remove`; `command` where there is no
    /// container.
    pub name: String,
    /// Whether its edges were inferred from the kernel's events, for want of marks.
    pub inferred: bool,
    /// When it began, in nanoseconds of CLOCK_MONOTONIC.
    pub start_ns: u64,
    /// How long it took, in nanoseconds.
    pub wall_ns: u64,
    /// Its time by kind of kernel work, longest first.
    pub phases: Vec<PhaseRow>,
    /// Its critical path by cause, longest first; together `wall_ns`. Empty where the path was not
    /// computed.
    pub causes: Vec<CauseRow>,
    /// The commands behind it, and how they ended: the request first, then the runtime's own steps
    /// within it, then the container's program if it ended in it. Without a request, nobody is
    /// known to have asked.
    pub commands: Vec<CommandRow>,
    /// The user time of its critical path by function, by samples: an estimate. Longest first; empty
    /// where the path was not computed.
    pub functions: Vec<FunctionGroup>,
    /// Processes that took part, longest first.
    pub processes: Vec<ProcessRow>,
    /// Rules of thumb that decided parts of its critical path.
    pub heuristics: Vec<HeuristicRow>,
    /// System calls that ended in it, longest total first.
    pub syscalls: Vec<SyscallRow>,
    /// Waits for kernel locks, longest first.
    pub locks: Vec<LockRow>,
    /// CPU quotas that held back threads which take part, longest first.
    pub quotas: Vec<QuotaRow>,
    /// Memory limits that were reached, the one that took most of the critical path first.
    pub memory_limits: Vec<MemoryLimitRow>,
    /// Files by path, those first on which the critical path spends most; the first 64.
    pub files: Vec<FileRow>,
    /// System calls that failed a hundred times or more, most first; the first 64.
    pub errors: Vec<ErrorRow>,
}

impl StageReport {
    /// Time of all tracked threads together: the sum of the phases' thread time.
    pub fn thread_ns(&self) -> u64 {
        self.phases
            .iter()
            .fold(0, |sum, row| sum.saturating_add(row.thread_ns))
    }

    /// Whether the critical path was computed.
    pub fn has_critical_path(&self) -> bool {
        self.phases.iter().any(|row| row.critical_path_ns.is_some())
    }

    /// The sum of the phases' leading times: the wall time where the critical path was computed,
    /// else the time of all threads.
    pub fn leading_total_ns(&self) -> u64 {
        if self.has_critical_path() {
            self.wall_ns
        } else {
            self.thread_ns()
        }
    }

    /// The processes, those of one role and name together; roles and names in the order of their
    /// longest process.
    pub fn process_groups(&self) -> Vec<ProcessGroup> {
        let mut groups: Vec<ProcessGroup> = Vec::new();
        for row in &self.processes {
            let known = groups
                .iter_mut()
                .find(|group| group.role == row.role && group.comm == row.comm);
            match known {
                Some(group) => group.add(row),
                None => groups.push(ProcessGroup::of(row)),
            }
        }
        groups
    }
}

/// The processes of a stage that have one role and one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessGroup {
    /// Their role.
    pub role: Role,
    /// Their name.
    pub comm: String,
    /// Their process numbers.
    pub pids: Vec<u32>,
    /// As [`ProcessRow::thread_ns`], together.
    pub thread_ns: u64,
    /// As [`ProcessRow::cpu_ns`], together.
    pub cpu_ns: u64,
    /// System calls, together.
    pub syscalls: u64,
    /// As [`ProcessRow::minor_faults`], together.
    pub minor_faults: u64,
    /// As [`ProcessRow::major_faults`], together.
    pub major_faults: u64,
}

impl ProcessGroup {
    fn of(row: &ProcessRow) -> Self {
        Self {
            role: row.role,
            comm: row.comm.clone(),
            pids: vec![row.pid],
            thread_ns: row.thread_ns,
            cpu_ns: row.cpu_ns,
            syscalls: row.syscalls,
            minor_faults: row.minor_faults,
            major_faults: row.major_faults,
        }
    }

    fn add(&mut self, row: &ProcessRow) {
        self.pids.push(row.pid);
        self.thread_ns = self.thread_ns.saturating_add(row.thread_ns);
        self.cpu_ns = self.cpu_ns.saturating_add(row.cpu_ns);
        self.syscalls = self.syscalls.saturating_add(row.syscalls);
        self.minor_faults = self.minor_faults.saturating_add(row.minor_faults);
        self.major_faults = self.major_faults.saturating_add(row.major_faults);
    }
}

/// A kind of kernel work in a stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "phase"))]
pub struct PhaseRow {
    /// Name of the phase.
    pub phase: Phase,
    /// Time on the stage's critical path, in nanoseconds: over all phases these add up to
    /// `wall_ns`. Null where the path was not computed.
    pub critical_path_ns: Option<u64>,
    /// Time of all tracked threads together, in nanoseconds; can exceed the wall time.
    pub thread_ns: u64,
    /// System calls of this phase that ended in the stage; for a phase of waiting, the waits.
    pub count: u64,
    /// Its parts, longest first.
    pub parts: Vec<PhasePart>,
}

impl PhaseRow {
    /// The time by which phases are ranked: on the critical path where that was computed, else of
    /// all threads.
    pub fn leading_ns(&self, critical_path: bool) -> u64 {
        if critical_path {
            self.critical_path_ns.unwrap_or(0)
        } else {
            self.thread_ns
        }
    }
}

/// A part of a phase.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "part"))]
pub struct PhasePart {
    /// Kind of namespace, kind of file access and file system, name of a lock, ...: `net`, `open
    /// overlay`, `rtnl_mutex`.
    pub name: String,
    /// Time on the stage's critical path, in nanoseconds; null where the path was not computed.
    pub critical_path_ns: Option<u64>,
    /// Time of all tracked threads together, in nanoseconds.
    pub thread_ns: u64,
    /// System calls or waits.
    pub count: u64,
}

impl PhasePart {
    /// The time by which parts are ranked: as [`PhaseRow::leading_ns`].
    pub fn leading_ns(&self, critical_path: bool) -> u64 {
        if critical_path {
            self.critical_path_ns.unwrap_or(0)
        } else {
            self.thread_ns
        }
    }
}

/// How much of a stage's critical path a rule of thumb decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "heuristic"))]
pub struct HeuristicRow {
    /// The rule.
    pub name: Heuristic,
    /// Segments that it decided.
    pub segments: u64,
    /// How long they are together, in nanoseconds.
    pub critical_path_ns: u64,
}

/// The critical paths of several runs of one configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "aggregate"))]
pub struct Aggregate {
    /// The configuration, by name of the axis.
    pub configuration: BTreeMap<String, String>,
    /// How many runs.
    pub runs: u64,
    /// How long all stages of a run took together.
    pub wall: Spread,
    /// Index of the run whose stages together took the median, or just less.
    pub median_run: u64,
    /// The stages that they went through, in order.
    pub stages: Vec<StageAggregate>,
}

/// One stage of several runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "stage_aggregate"))]
pub struct StageAggregate {
    /// Name of the stage.
    pub name: String,
    /// Runs that went through it.
    pub runs: u64,
    /// How long it took.
    pub wall: Spread,
    /// The parts of its critical paths, largest share first.
    pub rows: Vec<AggregateRow>,
}

/// The work of one role in one system call of one kind, on the critical paths of a stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "aggregate_row"))]
pub struct AggregateRow {
    /// Whose time it is.
    pub role: Role,
    /// Name of the phase.
    pub phase: Phase,
    /// Kind within the phase; for a kernel lock its name; empty if the phase has none.
    pub subphase: String,
    /// System call; null outside calls.
    pub syscall: Option<String>,
    /// Time per run.
    pub critical_path: Spread,
    /// Its share of all runs' wall time, in millionths.
    pub share_ppm: u32,
}

/// A quantity over several runs: the median, and the quartiles around it. A run that has nothing of
/// it counts as 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "spread"))]
pub struct Spread {
    /// Lower quartile, in nanoseconds.
    pub p25_ns: u64,
    /// Median, in nanoseconds.
    pub median_ns: u64,
    /// Upper quartile, in nanoseconds.
    pub p75_ns: u64,
}

/// A process that took part in the stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "process"))]
pub struct ProcessRow {
    /// Process number, outside any container.
    pub pid: u32,
    /// Its name in the stage.
    pub comm: String,
    /// Its part in the life of the container.
    pub role: Role,
    /// Time of its threads on a CPU, waiting for one, and waiting for kernel locks, grace periods
    /// and disks, in nanoseconds; waits for other processes are left out.
    pub thread_ns: u64,
    /// Of that, time on a CPU, in nanoseconds.
    pub cpu_ns: u64,
    /// System calls that ended in the stage.
    pub syscalls: u64,
    /// Page faults in the stage for which nothing had to be read, by the kernel's count.
    pub minor_faults: u64,
    /// Page faults in the stage that waited for a page to be read, by the kernel's count.
    pub major_faults: u64,
}

/// A system call, over all tracked threads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "syscall"))]
pub struct SyscallRow {
    /// Name of the call.
    pub name: String,
    /// Calls that ended in the stage.
    pub count: u64,
    /// Of them, calls that failed.
    pub errors: u64,
    /// Sum of their durations, in nanoseconds.
    pub total_ns: u64,
    /// Median of their durations, in nanoseconds.
    pub p50_ns: u64,
    /// 99th percentile of their durations, in nanoseconds.
    pub p99_ns: u64,
    /// The longest duration, in nanoseconds.
    pub max_ns: u64,
}

/// Waits of tracked threads for one kernel lock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "lock"))]
pub struct LockRow {
    /// Name of the lock, or of the kernel function that acquires it.
    pub name: String,
    /// Time waited, in nanoseconds.
    pub wait_ns: u64,
    /// Waits.
    pub count: u64,
}

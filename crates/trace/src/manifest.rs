//! `manifest.json`: what a recording is, how it came about, and what it could not see.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Version of the format of recordings. Raised by every change that an older reader would misread.
pub const FORMAT_VERSION: u32 = 1;

/// The manifest of a recording.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT_VERSION`] of the writer.
    pub format: u32,
    /// Version of ctrprof that wrote it.
    pub ctrprof: String,
    /// The machine.
    pub host: Host,
    /// The traced command, or empty where roots were given otherwise.
    pub command: Vec<String>,
    /// Its exit status: the code, or 128 plus the signal.
    pub exit_status: Option<i32>,
    /// Processes that were tracked from the beginning: the command, or the given ones and theirs.
    pub root_tgids: Vec<u32>,
    /// The configuration, for runs of an engine: manager, runtime, storage, ... by name of the
    /// axis.
    pub configuration: BTreeMap<String, String>,
    /// Where the run stands in its bench, for runs of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bench: Option<BenchPlace>,
    /// Containers as their engines described them on disk while they were recorded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub containers: Vec<KnownContainer>,
    /// Name of the clock of all times.
    pub clock: String,
    /// When recording began, on that clock.
    pub started_ns: u64,
    /// When it ended.
    pub ended_ns: u64,
    /// When the command was let go at its exec; equal to `started_ns` where there is none.
    pub released_ns: u64,
    /// When the command's process ended; `ended_ns` where there is none.
    pub command_ended_ns: u64,
    /// When recording began, in nanoseconds since 1970 (UTC).
    pub started_unix_ns: u64,
    /// `full` or `summary`.
    pub level: String,
    /// `system` or `tracked`: whose scheduler events were recorded.
    pub sched: String,
    /// In `summary`: calls at least this long are spans.
    pub threshold_ns: u64,
    /// Samples per second and CPU, 0 for none.
    pub sample_hz: u32,
    /// Every probe and whether it ran.
    pub probes: Vec<ProbeState>,
    /// Records sent, received and lost.
    pub records: Records,
    /// The cost of observing.
    pub observer: ObserverCost,
    /// How much there was on the machine when recording began, and when it ended.
    #[serde(default)]
    pub host_counts: Vec<HostCounts>,
    /// The reason for which the recording ended early, if it did.
    pub interrupted: Option<String>,
    /// Rows of each table.
    pub rows: BTreeMap<String, u64>,
    /// CRC-32 (ISO 3309, as in gzip) of each table's file.
    #[serde(default)]
    pub crc32: BTreeMap<String, u32>,
}

/// Where a run stands in its bench.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BenchPlace {
    /// Title of the matrix.
    pub title: String,
    /// Seed of the order of runs.
    pub seed: u64,
    /// How many runs of the bench, warm-ups included, were over before it.
    pub position: u64,
    /// Its number within its configuration and workload.
    pub number: u32,
}

/// A container as its engine described it: in the bundle that its runtime was called with, in
/// the arguments of its shim, and in files of the engine's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownContainer {
    /// Its id.
    pub id: String,
    /// Its name; empty if none was found.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The image that it was made from; empty if none was found.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub image: String,
    /// Its program and arguments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub program: Vec<String>,
    /// The number of its first process, if that is older than the recording.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_process: Option<u32>,
}

/// The machine that a recording was made on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "host"))]
pub struct Host {
    /// Release of the kernel, as `uname -r`.
    pub kernel: String,
    /// Hardware name, as `uname -m`.
    pub machine: String,
    /// CPUs that were online.
    pub cpus: u32,
    /// `v1`, `v2` or `hybrid`.
    pub cgroup: String,
    /// Load average over a minute at the start, times 1000.
    pub load_milli: u32,
}

/// How much there is on a machine of what the cost of others' work grows with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "host_counts"))]
pub struct HostCounts {
    /// Mounts in ctrprof's own mount namespace.
    pub mounts: u64,
    /// Control groups, of the hierarchy that has most.
    pub cgroups: u64,
    /// Network namespaces in which processes are.
    pub network_namespaces: u64,
    /// Loop devices with a file behind them.
    pub loop_devices: u64,
    /// Threads.
    pub tasks: u64,
}

impl HostCounts {
    /// Each with its name in reports.
    pub fn named(&self) -> [(&'static str, u64); 5] {
        [
            ("mounts", self.mounts),
            ("control groups", self.cgroups),
            ("network namespaces", self.network_namespaces),
            ("loop devices", self.loop_devices),
            ("threads", self.tasks),
        ]
    }
}

/// Kind of a hook on a function: a trampoline at its entry and one at its exit.
pub const FENTRY: &str = "fentry";
/// Kind of a hook on a function: a breakpoint or jump at its entry and another return address.
pub const KPROBE: &str = "kprobe";

/// A probe and whether it ran.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "probe"))]
pub struct ProbeState {
    /// Name of the tracepoint, event or kernel function.
    pub name: String,
    /// How it is attached: `tp_btf`, `raw_tp`, `perf_event`, `fentry` or `kprobe`.
    pub kind: String,
    /// `attached`, or `unavailable` if it could not be.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["attached", "unavailable"])))]
    pub state: String,
    /// The reason for which it could not be attached, and the loss without it; empty if it was attached.
    pub reason: String,
    /// How often it ran.
    pub runs: u64,
}

impl ProbeState {
    /// The state of a probe: how it was attached, or why it could not be; `kind` is the kind that
    /// it counts as.
    pub fn of(name: &str, kind: &str, outcome: Result<&str, String>) -> Self {
        let (kind, state, reason) = match outcome {
            Ok(attached) => (attached, "attached", String::new()),
            Err(reason) => (kind, "unavailable", reason),
        };
        Self {
            name: name.to_owned(),
            kind: kind.to_owned(),
            state: state.to_owned(),
            reason,
            runs: 0,
        }
    }

    /// Whether this is a hook on a kernel function: tracepoints may have the same names.
    pub fn is_function_hook(&self) -> bool {
        [FENTRY, KPROBE].contains(&self.kind.as_str())
    }
}

/// Records sent, received and lost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Records {
    /// Made by the kernel side.
    pub sent: u64,
    /// Arrived.
    pub received: u64,
    /// Did not fit, by kind.
    pub lost: BTreeMap<String, u64>,
    /// Task storage look-ups that failed.
    pub storage_failures: u64,
    /// Runs of a probe that the kernel skipped because it was already running on that CPU.
    pub missed_runs: u64,
    /// Switches that had to be imputed.
    pub imputed_switches: u64,
    /// Marks that others than the engine set, which do not count.
    #[serde(default)]
    pub refused_marks: u64,
}

impl Records {
    /// Records lost, of all kinds.
    pub fn lost_total(&self) -> u64 {
        self.lost.values().sum()
    }
}

/// The cost of observing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "observer"))]
pub struct ObserverCost {
    /// Calibrated cost of the entry and exit probes for a system call of a thread that is not
    /// tracked, in nanoseconds.
    pub untracked_syscall_ns: u64,
    /// The same for a tracked thread, in nanoseconds.
    pub tracked_syscall_ns: u64,
    /// Calibrated cost of a wait, in nanoseconds: the switch in which a thread blocks, with its
    /// stack, and the wake-up that ends it.
    #[serde(default)]
    pub wait_ns: u64,
    /// The same for any other switch, in nanoseconds.
    #[serde(default)]
    pub switch_ns: u64,
    /// Estimate for the whole recording, in nanoseconds: the calibrated cost of each probe times
    /// its count.
    pub total_ns: u64,
    /// CPU time of ctrprof itself while it recorded, in nanoseconds.
    pub own_cpu_ns: u64,
    /// Calibrated cost of a system call of a tracked thread by kind of call, at the beginning and
    /// at the end of the recording; empty where it was not measured.
    #[serde(default)]
    pub calls: Vec<CallCost>,
}

/// Cost that the probes add to a system call of a tracked thread, measured at one time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "call_cost"))]
pub struct CallCost {
    /// When it was measured, in nanoseconds of the recording's clock.
    pub at_ns: u64,
    /// Of any call: between the time that is taken at its entry and the one at its exit, so within
    /// its recorded duration, in nanoseconds.
    pub inside_ns: u64,
    /// Of a call without descriptor or path: before and after its recorded duration, in nanoseconds.
    pub plain_ns: u64,
    /// The same of a call with a descriptor, in nanoseconds.
    pub descriptor_ns: u64,
    /// The same of a call with a path, in nanoseconds.
    pub path_ns: u64,
}

//! Rows of a stage: quotas, memory limits, files and failing calls.

use serde::{Deserialize, Serialize};

use trace::role::Role;

/// A CPU quota that held back threads which take part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "quota"))]
pub struct QuotaRow {
    /// Whose it is: `the container's group`, `group NAME`, or `a control group` where none was found.
    pub group: String,
    /// CPU time that the group may use in each period, in nanoseconds.
    pub quota_ns: u64,
    /// The period, in nanoseconds.
    pub period_ns: u64,
    /// Time on the stage's critical path in which it held a thread back, in nanoseconds; null where the
    /// path was not computed.
    pub critical_path_ns: Option<u64>,
    /// Time in which it held back tracked threads, all together, in nanoseconds.
    pub thread_ns: u64,
    /// Periods in which it held one back.
    pub periods: u64,
}

/// A memory limit that a control group of processes which take part reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "memory_limit"))]
pub struct MemoryLimitRow {
    /// Whose it is: `the container's group`, `group NAME`.
    pub group: String,
    /// Memory that the group may have, in bytes.
    pub limit_bytes: u64,
    /// Whether it is `memory.high`, above which memory is taken back but not refused.
    pub is_high: bool,
    /// How often the group reached it in the stage, by whichever thread: each time the kernel takes
    /// memory back before it gives more.
    pub reached: u64,
    /// Time on the stage's critical path in which memory was taken back for it, or pages were read in
    /// page faults after it had been reached, in nanoseconds; null where the path was not computed.
    pub critical_path_ns: Option<u64>,
}

/// Files of one pattern that processes of one role and name worked on. At level `summary`, calls that
/// were added up in the kernel are not among them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "file"))]
pub struct FileRow {
    /// Role of the processes.
    pub role: Role,
    /// Their name.
    pub comm: String,
    /// The path as they know it: `PID` for numbers of processes, `ID` for ids in hexadecimal, `N` for
    /// other long numbers, `*` for many files of one directory.
    pub path: String,
    /// Opens, failed ones too.
    pub opens: u64,
    /// Reads, of directories too.
    pub reads: u64,
    /// Writes.
    pub writes: u64,
    /// Other calls: of attributes, closes.
    pub others: u64,
    /// Bytes read and written.
    pub bytes: u64,
    /// Sum of the calls' durations, in nanoseconds.
    pub thread_ns: u64,
    /// Time on the critical path, in nanoseconds.
    pub critical_path_ns: u64,
}

/// System calls that failed with one error. At level `summary`, calls that were added up in the kernel
/// are not among them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "error"))]
pub struct ErrorRow {
    /// Role of the processes.
    pub role: Role,
    /// Their name.
    pub comm: String,
    /// Name of the call.
    pub syscall: String,
    /// Name of the error.
    pub error: String,
    /// How often.
    pub count: u64,
    /// Sum of the calls' durations, in nanoseconds.
    pub thread_ns: u64,
    /// Time on the critical path, in nanoseconds.
    pub critical_path_ns: u64,
    /// The largest descriptor that was given, as an unsigned number; null for calls that take none.
    pub largest_descriptor: Option<u64>,
}

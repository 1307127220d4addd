//! System calls and kernel functions of two sides.

use serde::{Deserialize, Serialize};

use super::{Actor, Change};

/// The work of a stage's processes on files, means per run; the units of work that calls are held
/// against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "work"))]
pub struct Work {
    /// In `a`.
    pub a: WorkSide,
    /// In `b`.
    pub b: WorkSide,
}

/// The work of one side on files, on file systems that store them: means per run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "work_side"))]
pub struct WorkSide {
    /// Opens that succeeded, times 1000.
    pub opens_milli: u64,
    /// Different paths that were opened, times 1000; null at level `summary`, which does not keep
    /// the paths of short calls.
    pub files_milli: Option<u64>,
    /// Bytes read and written; null at level `summary`, which does not keep results.
    pub bytes: Option<u64>,
}

/// A path that a run of either side opens more than once; of each run the 32 that it opens most
/// often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "path"))]
pub struct PathDifference {
    /// The path, as it was given to the call.
    pub path: String,
    /// Opens per run of `a` that succeeded, times 1000.
    pub a_milli: u64,
    /// The same of `b`.
    pub b_milli: u64,
    /// How long they take in a run of `a`, in nanoseconds.
    pub a_ns: u64,
    /// The same of `b`, in nanoseconds.
    pub b_ns: u64,
    /// `b_ns` less `a_ns`.
    pub difference: Change,
}

/// On which side something occurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "presence"))]
#[serde(rename_all = "kebab-case")]
pub enum Presence {
    /// On both.
    Both,
    /// In `a` alone.
    OnlyA,
    /// In `b` alone.
    OnlyB,
}

impl Presence {
    /// From whether each side has it.
    pub const fn of(in_a: bool, in_b: bool) -> Self {
        match (in_a, in_b) {
            (true, false) => Self::OnlyA,
            (false, true) => Self::OnlyB,
            (true, true) | (false, false) => Self::Both,
        }
    }
}

/// One system call on one file system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "call"))]
pub struct CallDifference {
    /// Name of the call.
    pub syscall: String,
    /// File system that it worked on; empty if none is known.
    pub file_system: String,
    /// Which side makes it.
    pub presence: Presence,
    /// In `a`.
    pub a: CallSide,
    /// In `b`.
    pub b: CallSide,
}

/// One system call of one side: all calls that ended in the stage, of all its processes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "call_side"))]
pub struct CallSide {
    /// Calls of all runs together.
    pub count: u64,
    /// Of them, how many failed.
    pub errors: u64,
    /// Calls per run, times 1000.
    pub per_run_milli: u64,
    /// Calls for each open on the same file system that succeeded, times 1000; null without opens.
    pub per_open_milli: Option<u64>,
    /// Calls for each file that was opened, times 1000; null where files are not known.
    pub per_file_milli: Option<u64>,
    /// Calls for each MiB that was read or written, times 1000; null where that is not known, or
    /// less than one MiB a run.
    pub per_mib_milli: Option<u64>,
    /// Time per run in it, waits included, in nanoseconds.
    pub time_ns: u64,
    /// Of it, time on a CPU, in nanoseconds.
    pub cpu_ns: u64,
    /// Median duration, in nanoseconds.
    pub p50_ns: u64,
    /// 99th percentile of the durations, in nanoseconds.
    pub p99_ns: u64,
}

/// One kernel function below one system call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "function"))]
pub struct FunctionDifference {
    /// System call, or `page fault`, or `other` for what belongs to neither.
    pub syscall: String,
    /// The function; what it called is counted with it.
    pub function: String,
    /// The functions on the way to it that are on the very same stacks, from the inner to the outer.
    pub callers: Vec<String>,
    /// In `a`.
    pub a: FunctionSide,
    /// In `b`.
    pub b: FunctionSide,
    /// How likely samples would differ as much or more by chance, in millionths; null with fewer
    /// than 10 samples, or different rates.
    pub chance_ppm: Option<u32>,
    /// Whether the samples differ by more than chance, at 5 % false discoveries among all functions
    /// of the stage.
    pub is_significant: bool,
}

/// One kernel function of one side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "function_side"))]
pub struct FunctionSide {
    /// Samples in it, of all runs together.
    pub samples: u64,
    /// CPU time per run that they stand for, in nanoseconds.
    pub cpu_ns: u64,
    /// Time per run that the critical path was blocked in it, in nanoseconds: for a lock, a grace
    /// period, a device.
    pub blocked_ns: u64,
}

/// One function or subsystem of user mode, of one role, on the critical path: by samples.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "user_function"))]
pub struct UserFunctionDifference {
    /// Whose time it is.
    pub role: Actor,
    /// The subsystem (`dynamic linking`, `package initialisers`, `libseccomp`), else the function.
    pub function: String,
    /// Within it the part that differs most: of initialisers a package, else the innermost function.
    pub part: String,
    /// In `a`.
    pub a: UserFunctionSide,
    /// In `b`.
    pub b: UserFunctionSide,
    /// The estimate of `b` less that of `a`, in nanoseconds.
    pub difference_ns: i64,
}

/// One function or subsystem of user mode of one side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "user_function_side"))]
pub struct UserFunctionSide {
    /// Samples in it, of all runs together.
    pub samples: u64,
    /// Time per run, in nanoseconds: the share of the role's user time that its samples are of the
    /// role's; an estimate.
    pub estimated_ns: u64,
}

//! Several sides beside each other: what each does for a unit of its work.
//!
//! Serialised as it stands; docs/profile.md and docs/profile.schema.json describe it. Everything that
//! has a figure for each side has them in the order of `sides`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::warning::ProfileWarning;
use trace::role::Role;

/// Version of the shape of such a report.
pub const SCHEMA_VERSION: u32 = 1;

/// Several sides beside each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileReport {
    /// [`SCHEMA_VERSION`].
    pub schema: u32,
    /// The unit of work that calls are divided by.
    pub unit: Unit,
    /// The roles whose calls are counted.
    pub roles: Vec<Role>,
    /// The stages whose calls are counted, in the order of a lifecycle.
    pub stages: Vec<String>,
    /// By what the rows are sorted.
    pub order: Order,
    /// The configuration that all sides have in common, by name of the axis.
    pub configuration: BTreeMap<String, String>,
    /// The axes in which the sides differ.
    pub differing_axes: Vec<ProfileAxis>,
    /// Reasons to doubt a figure, gravest first.
    pub warnings: Vec<ProfileWarning>,
    /// The sides.
    pub sides: Vec<ProfileSide>,
    /// A row for each system call.
    pub calls: Vec<CallRow>,
    /// A row for each error of each system call.
    pub errors: Vec<ErrorRow>,
    /// A row for each path or address that a run gives to a call more than once.
    pub repeated: Vec<RepeatedRow>,
}

/// The unit of work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "unit"))]
pub struct Unit {
    /// Its name: `file`, `query`, `request`, `namespace`, `container`; `unit` where a recording says
    /// how many there are and not of what.
    pub name: String,
    /// How it was chosen.
    pub source: UnitSource,
}

/// How the unit of work was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "unit_source"))]
#[serde(rename_all = "kebab-case")]
pub enum UnitSource {
    /// The recordings say what their workload's units are, and how many.
    Recording,
    /// The container was asked for.
    Asked,
    /// The recordings say nothing of units.
    Untold,
    /// The sides have units of different kinds, or only some of them have any.
    Unlike,
}

/// By what rows are sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "order"))]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// The largest difference in calls for a unit first, then in time.
    #[default]
    Calls,
    /// The largest difference in time for a unit first, then in calls.
    Time,
}

/// An axis in which the sides differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "axis"))]
pub struct ProfileAxis {
    /// Name of the axis.
    pub axis: String,
    /// Its value on each side; null where a side has none, or several.
    pub values: Vec<Option<String>>,
}

/// One side: a configuration, and what its runs did together. Figures for a unit are means over all
/// runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "side"))]
pub struct ProfileSide {
    /// Its values on the axes in which the sides differ; where those tell no two apart, where it lies.
    pub name: String,
    /// Its recordings.
    pub recordings: Vec<String>,
    /// The configuration that all its recordings have in common, by name of the axis.
    pub configuration: BTreeMap<String, String>,
    /// Runs that went through one of the stages.
    pub runs: u64,
    /// Units of work of a run.
    pub units: u64,
    /// Calls for a unit, times 1000.
    pub calls_milli: u64,
    /// The same of the run with the fewest.
    pub calls_low_milli: u64,
    /// The same of the run with the most.
    pub calls_high_milli: u64,
    /// Of them failed, times 1000.
    pub errors_milli: u64,
    /// Time for a unit in system calls, waits included, in nanoseconds.
    pub time_ns: u64,
    /// The same of the run with the least, in nanoseconds.
    pub time_low_ns: u64,
    /// The same of the run with the most, in nanoseconds.
    pub time_high_ns: u64,
    /// Of `time_ns` on a CPU, in nanoseconds.
    pub cpu_ns: u64,
}

/// One system call, on all file systems.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "call"))]
pub struct CallRow {
    /// Name of the call.
    pub syscall: String,
    /// Calls for a unit of the side with most, less those of the side with fewest, times 1000.
    pub difference_milli: u64,
    /// Time for a unit of the side with most, less that of the side with least, in nanoseconds.
    pub difference_ns: u64,
    /// Index of the only side that makes it; null where several do, or there is but one side.
    pub only: Option<u64>,
    /// Whether every side makes it less than 0.05 times for a unit: what programs do at their start, spread
    /// over many units. Rows that are rare come last where calls are what is sorted by.
    pub rare: bool,
    /// On each side.
    pub sides: Vec<CallCell>,
}

/// One system call of one side.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "call_side"))]
pub struct CallCell {
    /// Calls of all runs together.
    pub count: u64,
    /// Calls for a unit, times 1000.
    pub per_unit_milli: u64,
    /// Of all calls, how many failed.
    pub errors: u64,
    /// Time for a unit, waits included, in nanoseconds.
    pub time_ns: u64,
    /// Mean time of a call, waits included, in nanoseconds.
    pub each_ns: u64,
    /// Of it on a CPU, in nanoseconds.
    pub each_cpu_ns: u64,
    /// Calls of all runs by the file system that they worked on; the empty name stands for none that
    /// is known.
    pub file_systems: BTreeMap<String, u64>,
}

/// One error of one system call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "error"))]
pub struct ErrorRow {
    /// Name of the call.
    pub syscall: String,
    /// Name of the error, such as `ENOENT`; `unknown` where level `summary` did not keep it.
    pub error: String,
    /// As of a call, times 1000.
    pub difference_milli: u64,
    /// As of a call.
    pub rare: bool,
    /// On each side.
    pub sides: Vec<CountCell>,
}

/// A path or an address that calls are given again and again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "repeated"))]
pub struct RepeatedRow {
    /// Name of the call.
    pub syscall: String,
    /// The path or address, as it was given to the call.
    pub text: String,
    /// As of a call, times 1000.
    pub difference_milli: u64,
    /// On each side; runs that give it only once are not counted.
    pub sides: Vec<CountCell>,
}

/// How often something occurs on one side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "count"))]
pub struct CountCell {
    /// Of all runs together.
    pub count: u64,
    /// For a unit, times 1000.
    pub per_unit_milli: u64,
}

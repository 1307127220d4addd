//! User time by function.

use serde::{Deserialize, Serialize};

use trace::role::Role;

/// The user time of the processes of one role and name on a stage's critical path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "function_group"))]
pub struct FunctionGroup {
    /// Their role.
    pub role: Role,
    /// Their name.
    pub comm: String,
    /// Their user time on the critical path, in nanoseconds: exact.
    pub critical_path_ns: u64,
    /// Samples in that time.
    pub samples: u64,
    /// That time by function, most samples first; empty with fewer than 5 samples, which are too few.
    pub functions: Vec<FunctionRow>,
}

/// User time in one subsystem or function: an estimate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "function"))]
pub struct FunctionRow {
    /// What it is: a subsystem (`dynamic linking`, `package initialisers`, `libseccomp`), else a
    /// function; a program or library in brackets where it has no symbols.
    pub name: String,
    /// Samples.
    pub samples: u64,
    /// The share of the group's time that its samples are of the group's, in nanoseconds: an
    /// estimate. Those of a group add up to `critical_path_ns`.
    pub estimated_ns: u64,
    /// Within it: of initialisers the packages, else the innermost functions; most samples first.
    pub parts: Vec<FunctionPart>,
}

/// A part of a subsystem or function: an estimate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "function_part"))]
pub struct FunctionPart {
    /// Name of the package or function.
    pub name: String,
    /// Samples.
    pub samples: u64,
    /// Its share of the time, in nanoseconds: an estimate.
    pub estimated_ns: u64,
}

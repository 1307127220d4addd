//! The comparison of two sides: stages, where the gap goes, calls, kernel functions, advice.
//!
//! Serialised as it stands; docs/diff-json.md and docs/diff.schema.json describe it. Side `a` is the
//! one that side `b` is compared with: every difference is that of `b` less that of `a`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::report::measure::MeasureDifference;
use analysis::profile::RecordingFacts;

mod advice;
mod calls;
pub mod claim;
pub mod diagnosis;
pub mod finding;
pub mod measure;
mod part;
pub mod question;
mod wall;

pub use advice::{MIN_RUNS, SideName, Warning};
pub use calls::{
    CallDifference, CallSide, FunctionDifference, FunctionSide, PathDifference, Presence,
    UserFunctionDifference, UserFunctionSide, Work, WorkSide,
};
pub use part::{
    Actor, Effects, Figures, FileSystemDifference, GroupDifference, PartDifference, PartSide,
    ProcessTimes,
};
pub use wall::{Change, Ratio, Verdict, Wall, WallDifference};

/// Version of the shape of a comparison.
pub const SCHEMA_VERSION: u32 = 1;

/// Two sides, compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// [`SCHEMA_VERSION`].
    pub schema: u32,
    /// The base of the comparison.
    pub a: Side,
    /// The side that is compared with the base.
    pub b: Side,
    /// The axes in which their configurations differ, by name.
    pub differing_axes: Vec<AxisDifference>,
    /// Whether times are compared by what is done, since other processes do it on either side.
    pub by_work: bool,
    /// Reasons to doubt a figure.
    pub warnings: Vec<Warning>,
    /// The stages together, over the runs that went through all of them; nothing if there is but
    /// one stage.
    pub total: Option<WallDifference>,
    /// The measures, in the order in which they were asked for.
    pub measures: Vec<MeasureDifference>,
    /// The stages that either side went through, in the order of a lifecycle.
    pub stages: Vec<StageDifference>,
}

impl Comparison {
    /// All stages together, or the one that there is.
    pub fn whole(&self) -> Option<&WallDifference> {
        let only = self.stages.first().map(|stage| &stage.wall);
        self.total.as_ref().or(only)
    }
}

/// One side: a configuration, and what was recorded of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "side"))]
pub struct Side {
    /// Its name.
    pub name: String,
    /// The configuration that all its recordings have in common, by name of the axis.
    pub configuration: BTreeMap<String, String>,
    /// Its recordings; their runs count alike.
    pub recordings: Vec<RecordingFacts>,
}

/// An axis in which the configurations differ.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "axis"))]
pub struct AxisDifference {
    /// Name of the axis.
    pub axis: String,
    /// Its value in `a`; null where it has none.
    pub a: Option<String>,
    /// Its value in `b`; null where it has none.
    pub b: Option<String>,
}

/// One stage of both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "stage"))]
pub struct StageDifference {
    /// Name of the stage.
    pub name: String,
    /// How long both sides took.
    pub wall: WallDifference,
    /// Where the gap goes, by role and phase, those with the largest difference first. Their times
    /// add up to the mean wall times, their differences to the gap, without any rest.
    pub groups: Vec<GroupDifference>,
    /// The work of its processes on files.
    pub work: Work,
    /// Paths that a run opens more than once, those with the largest difference first.
    pub paths: Vec<PathDifference>,
    /// System calls of all processes that take part, whether anybody waited for them or not; those
    /// of the name with the largest difference in CPU time first.
    pub calls: Vec<CallDifference>,
    /// Kernel functions below system calls and page faults, those with the largest difference in
    /// time first. Without those that have fewer than 3 samples and that nothing was blocked in.
    pub functions: Vec<FunctionDifference>,
    /// Functions of user mode on the critical path, by role, those with the largest difference in
    /// time first: estimates. Without roles of which a side has fewer than 5 samples.
    pub user_functions: Vec<UserFunctionDifference>,
}

impl StageDifference {
    /// The parts of all groups, those with the largest difference first.
    pub fn largest_parts(&self) -> Vec<&PartDifference> {
        let mut parts: Vec<&PartDifference> =
            self.groups.iter().flat_map(|group| &group.parts).collect();
        parts
            .sort_by_key(|part| std::cmp::Reverse(part.figures.difference.value_ns.unsigned_abs()));
        parts
    }
}
